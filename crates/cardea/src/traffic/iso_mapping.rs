//! The ISO 8583 request of a payment.
//!
//! Problem: a sender's numbers (trace number, retrieval reference) must be the same when the same stream is sent
//! again, and different for every payment within it. Design: both follow from the payment's row and time; a
//! repeat carries those of its original, a reversal its own trace number and DE90 for the original's. Pure: no
//! clock, no counter. Private elements (DE48) are those of [`connectors::iso8583::fields`].
//!
//! | field | from |
//! |---|---|
//! | 2, 14, 23 | card number, expiry, card sequence number where they were read or typed |
//! | 3 | 00 purchase and account check, 01 cash, 20 refund |
//! | 4 and 49, 6 and 51 | amount and currency; in the cardholder's currency where it differs |
//! | 7; 12, 13 | time in UTC; on the terminal's wall |
//! | 11, 37 | row modulo 999,999, plus 1; year, day of year and hour with the trace number |
//! | 18, 19, 22, 25, 32 | merchant class, country, entry mode, condition, acquirer of that country |
//! | 41, 42, 43 | terminal, merchant, name with city and country |
//! | 48 | 92 CVV2, 20 stored-card mark, 42 commerce indicator |
//! | 90, 95 | a reversal's original, and what remains of it |
//!
//! What it does not do: encrypt a PIN block (DE52), since no key is at hand; DE22 says whether one was asked.

use connectors::authorizations::{FRAUD_LABEL, REPLAY_START};
use connectors::iso8583::fields::{
    CARD_VERIFICATION, COMMERCE_INDICATOR, Location, STORED_CREDENTIAL, set_amount_billing,
    set_amount_transaction, set_location, set_original, set_private, set_replacement,
};
use connectors::iso8583::{Message, Mti, SetError, network::SIGN_ON};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::event::{Channel, EventKind, Original, Purpose, Reversed, TrafficEvent};

/// Trace numbers run from 1 to this and again.
const TRACE_NUMBERS: u64 = 999_999;
const MINUTE_US: i64 = 60_000_000;
const SECOND_US: i64 = 1_000_000;
/// 0101 and 0201: the same request again.
const AUTHORIZATION_REPEAT: [u8; 4] = *b"0101";
const FINANCIAL_REPEAT: [u8; 4] = *b"0201";

/// Why a payment has no message.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("the time is outside the calendar")]
    Time,
    #[error("the row is outside the trace numbers")]
    Row,
    #[error(transparent)]
    Field(#[from] SetError),
}

/// By which row and time a message's numbers are made.
#[derive(Clone, Copy)]
struct Numbers {
    row: u64,
    at_us: i64,
}

impl Numbers {
    fn trace(self) -> Result<u64, MappingError> {
        Ok(self.row.checked_sub(1).ok_or(MappingError::Row)? % TRACE_NUMBERS + 1)
    }

    /// DE37: last digit of the year, day of the year, hour, trace number.
    fn reference(self) -> Result<String, MappingError> {
        let at = civil(self.at_us)?;
        let (year, day, hour) = (at.year().rem_euclid(10), at.day_of_year(), at.hour());
        Ok(format!("{year}{day:03}{hour:02}{:06}", self.trace()?))
    }
}

/// The request that tells an issuer of this payment.
///
/// # Errors
/// [`MappingError`] where a number does not fit its field; no source of traffic makes such a payment.
pub fn request(event: &TrafficEvent) -> Result<Message, MappingError> {
    let own = Numbers { row: event.row, at_us: event.at_us };
    // A repeat is the original message again, sent later: all its numbers but DE7 are the original's.
    let numbers = match event.kind {
        EventKind::Repeat(original) => Numbers { row: original.row, at_us: original.at_us },
        _ => own,
    };
    let mut message = Message::new(message_type(event.kind));
    set_card(&mut message, event)?;
    set_amount_transaction(&mut message, event.amount.minor, event.amount.currency)?;
    if let Some(billing) = event.billing {
        set_amount_billing(&mut message, billing.minor, billing.currency)?;
    }
    message.set(7, transmission_time(event.at_us)?)?;
    message.set_number(11, numbers.trace()?, 6)?;
    let local = civil(numbers.at_us.saturating_add(i64::from(event.local_offset_minutes) * MINUTE_US))?;
    message.set(12, local.strftime("%H%M%S").to_string())?;
    message.set(13, local.strftime("%m%d").to_string())?;
    message.set(32, acquirer(event))?;
    // A reversal belongs to its original: it carries the original's reference.
    let reference = match event.kind {
        EventKind::Reversal(original, _) => Numbers { row: original.row, at_us: original.at_us }.reference(),
        _ => numbers.reference(),
    };
    message.set(37, reference?)?;
    set_acceptor(&mut message, event)?;
    set_private_elements(&mut message, event)?;
    if event.kind == EventKind::Advice {
        message.set(38, format!("A{:05}", numbers.trace()? % 100_000))?;
    }
    if let EventKind::Reversal(original, reversed) = event.kind {
        set_reversed(&mut message, event, original, reversed)?;
    }
    Ok(message)
}

/// The administrative advice (0620) by which a replay says, at `told_us`, that this payment was fraud. It carries
/// the payment's own card number, trace number and reference.
///
/// # Errors
/// As [`request`].
pub fn fraud_label(event: &TrafficEvent, told_us: i64) -> Result<Message, MappingError> {
    let numbers = Numbers { row: event.row, at_us: event.at_us };
    let mut message = Message::new(Mti::ADMINISTRATIVE_ADVICE);
    message.set(2, event.pan.reveal())?;
    message.set(7, transmission_time(told_us)?)?;
    message.set_number(11, numbers.trace()?, 6)?;
    message.set(32, acquirer(event))?;
    message.set(37, numbers.reference()?)?;
    message.set_padded(41, &event.terminal_id, 8)?;
    set_private(&mut message, &[(FRAUD_LABEL, "1")])?;
    Ok(message)
}

/// The sign-on (0800) by which a replay says when its first payment was made: DE7 has no year.
///
/// # Errors
/// As [`request`].
pub fn sign_on(first_us: i64) -> Result<Message, MappingError> {
    let mut message = Message::new(Mti::NETWORK);
    message.set(7, transmission_time(first_us)?)?;
    message.set_number(11, 1, 6)?;
    message.set(70, SIGN_ON)?;
    set_private(&mut message, &[(REPLAY_START, &first_us.div_euclid(SECOND_US).to_string())])?;
    Ok(message)
}

fn message_type(kind: EventKind) -> Mti {
    let repeat = |digits| Mti::from_digits(digits).unwrap_or(Mti::AUTHORIZATION);
    match kind {
        EventKind::Authorization => Mti::AUTHORIZATION,
        EventKind::Financial => Mti::FINANCIAL,
        EventKind::Advice => Mti::AUTHORIZATION_ADVICE,
        EventKind::Reversal(..) => Mti::REVERSAL,
        EventKind::Repeat(Original { financial: true, .. }) => repeat(FINANCIAL_REPEAT),
        EventKind::Repeat(_) => repeat(AUTHORIZATION_REPEAT),
    }
}

fn set_card(message: &mut Message, event: &TrafficEvent) -> Result<(), SetError> {
    message.set(2, event.pan.reveal())?;
    let processing = match event.purpose {
        Purpose::Purchase | Purpose::AccountCheck => "000000",
        Purpose::Cash => "010000",
        Purpose::Refund => "200000",
    };
    message.set(3, processing)?;
    if let Some(expiry) = event.expiry {
        message.set(14, expiry.yymm())?;
    }
    if let Some(psn) = event.psn {
        message.set_number(23, u64::from(psn), 3)?;
    }
    let (entry, condition) = match event.channel {
        Channel::Chip => ("051", "00"),
        Channel::Contactless => ("071", "00"),
        Channel::MagneticStripe => ("901", "00"),
        Channel::Ecommerce => ("812", "59"),
        Channel::CardOnFile => ("102", "59"),
        Channel::Recurring => ("102", "01"),
        Channel::Telephone => ("012", "08"),
    };
    message.set(22, entry)?;
    message.set(25, condition)
}

fn set_acceptor(message: &mut Message, event: &TrafficEvent) -> Result<(), SetError> {
    let merchant = &event.merchant;
    message.set_number(18, u64::from(event.mcc), 4)?;
    message.set_number(19, u64::from(merchant.country_numeric), 3)?;
    message.set_padded(41, &event.terminal_id, 8)?;
    message.set_padded(42, &merchant.id, 15)?;
    set_location(message, Location { name: &merchant.name, city: &merchant.city, country: &merchant.country })
}

fn set_private_elements(message: &mut Message, event: &TrafficEvent) -> Result<(), SetError> {
    let mut elements: Vec<(&str, &str)> = Vec::new();
    match event.channel {
        Channel::CardOnFile => elements.push((STORED_CREDENTIAL, "C")),
        Channel::Recurring => elements.push((STORED_CREDENTIAL, "R")),
        // No authentication of the cardholder took place.
        Channel::Ecommerce => elements.push((COMMERCE_INDICATOR, "07")),
        Channel::Chip | Channel::Contactless | Channel::MagneticStripe | Channel::Telephone => {}
    }
    if let Some(cvv2) = &event.cvv2 {
        elements.push((CARD_VERIFICATION, cvv2.reveal()));
    }
    if elements.is_empty() { Ok(()) } else { set_private(message, &elements) }
}

/// DE90, and DE95 where a part remains.
fn set_reversed(
    message: &mut Message,
    event: &TrafficEvent,
    original: Original,
    reversed: Reversed,
) -> Result<(), MappingError> {
    let numbers = Numbers { row: original.row, at_us: original.at_us };
    let kind = if original.financial { Mti::FINANCIAL } else { Mti::AUTHORIZATION };
    let mut before = Message::new(kind);
    before.set(7, transmission_time(original.at_us)?)?;
    before.set_number(11, numbers.trace()?, 6)?;
    before.set(32, acquirer(event))?;
    set_original(message, &before)?;
    if let Reversed::Remaining(minor) = reversed {
        set_replacement(message, minor)?;
    }
    Ok(())
}

/// An invented acquirer for each country: 900 and the country's number.
fn acquirer(event: &TrafficEvent) -> String {
    format!("900{:03}", event.merchant.country_numeric)
}

/// DE7: MMDDhhmmss in UTC.
fn transmission_time(at_us: i64) -> Result<String, MappingError> {
    Ok(civil(at_us)?.strftime("%m%d%H%M%S").to_string())
}

fn civil(at_us: i64) -> Result<jiff::civil::DateTime, MappingError> {
    let at = Timestamp::from_microsecond(at_us).map_err(|_| MappingError::Time)?;
    Ok(at.to_zoned(TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use connectors::iso8583::fields::{
        StoredCredential, Transaction, amount_billing, card_verification, entry_mode, location,
        merchant_class, original, processing_code, replacement, stored_credential,
    };
    use connectors::iso8583::{BuiltIn, Dialect};

    use super::*;
    use crate::traffic::simulator::{Simulator, SimulatorPlan, TroubleRates};

    fn events() -> Vec<TrafficEvent> {
        let often = TroubleRates { repeat: 300, reversal: 300, partial_reversal: 300, ..TroubleRates::USUAL };
        let plan = SimulatorPlan { trouble: often, ..SimulatorPlan::small() };
        Simulator::new(21, plan).expect("sample data").take(4_000).collect()
    }

    fn text(message: &Message, field: u8) -> String {
        message.text(field).unwrap_or("").to_owned()
    }

    #[test]
    fn every_event_travels_in_every_dialect() {
        let dialects: Vec<Dialect> =
            BuiltIn::ALL.iter().map(|which| Dialect::built_in(*which).expect("built in")).collect();
        for event in events() {
            let message = request(&event).expect("fits");
            for dialect in &dialects {
                let mut bytes = Vec::new();
                dialect.write(&message, &mut bytes).expect("written");
                assert_eq!(dialect.parse(&bytes).expect("parsed"), message);
            }
        }
    }

    #[test]
    fn fields_say_what_the_event_says() {
        for event in events() {
            let message = request(&event).expect("fits");
            assert_eq!(text(&message, 2), event.pan.reveal());
            assert_eq!(merchant_class(&message), Ok(Some(event.mcc)));
            assert_eq!(amount_billing(&message), Ok(event.billing.map(|b| b.minor)));
            assert_eq!(card_verification(&message), Ok(event.cvv2.as_ref().map(|c| c.reveal())));
            let mode = entry_mode(&message).expect("readable").expect("there");
            assert_eq!(mode.pan.is_card_present(), event.channel.card_present());
            let place = location(&message).expect("readable").expect("there");
            assert_eq!(
                (place.name, place.country),
                (event.merchant.name.as_str(), event.merchant.country.as_str())
            );
            let mark = stored_credential(&message).expect("readable");
            assert_eq!(mark == Some(StoredCredential::Recurring), event.channel == Channel::Recurring);
            let code = processing_code(&message).expect("readable").expect("there");
            assert_eq!(code.transaction == Transaction::Refund, event.purpose == Purpose::Refund);
            assert!(!format!("{message:?}").contains(event.pan.reveal()));
        }
    }

    #[test]
    fn local_time_is_the_terminals() {
        let event = events().into_iter().find(|e| e.merchant.country == "CN").expect("mostly");
        let message = request(&event).expect("fits");
        let utc = Timestamp::from_microsecond(event.at_us).expect("in range");
        let shanghai = utc.to_zoned(TimeZone::get("Asia/Shanghai").expect("known"));
        assert_eq!(text(&message, 7), utc.strftime("%m%d%H%M%S").to_string());
        let local = shanghai.strftime("%m%d%H%M%S").to_string();
        assert_eq!(format!("{}{}", text(&message, 13), text(&message, 12)), local);
    }

    #[test]
    fn later_messages_find_their_original() {
        let sent = events();
        let by_row: HashMap<u64, &TrafficEvent> = sent.iter().map(|e| (e.row, e)).collect();
        let first = |row: u64| request(by_row.get(&row).expect("sent before")).expect("fits");
        let (mut repeats, mut reversals) = (0, 0);
        for event in &sent {
            let message = request(event).expect("fits");
            match event.kind {
                EventKind::Repeat(of) => {
                    repeats += 1;
                    let before = first(of.row);
                    assert!(message.mti().is_repeat() && message.mti().without_repeat() == before.mti());
                    assert!(message.fields().filter(|f| *f != 7).all(|f| message.get(f) == before.get(f)));
                    assert_ne!(text(&message, 7), text(&before, 7));
                }
                EventKind::Reversal(of, reversed) => {
                    reversals += 1;
                    let before = first(of.row);
                    let named = original(&message).expect("readable").expect("there");
                    assert_eq!(named.mti, before.mti());
                    assert_eq!(format!("{:06}", named.trace_number), text(&before, 11));
                    assert_eq!(
                        (named.transmission_time, named.acquirer),
                        (text(&before, 7).as_str(), text(&before, 32).as_str())
                    );
                    assert_eq!(text(&message, 37), text(&before, 37));
                    assert_ne!(text(&message, 11), text(&before, 11));
                    let rest = replacement(&message)
                        .expect("readable")
                        .map(|r| Reversed::Remaining(r.transaction_minor));
                    assert_eq!(rest.unwrap_or(Reversed::Whole), reversed);
                }
                _ => assert!(!message.has(90) && !message.has(95)),
            }
        }
        assert!(repeats > 20 && reversals > 40, "{repeats} {reversals}");
    }

    #[test]
    fn numbers_follow_from_the_row_and_never_are_zero() {
        let mut event = events().into_iter().next().expect("one");
        event.at_us = 1_773_316_800_000_000; // 12 March 2026, 12:00 UTC, day 71 of the year
        for (row, trace) in [(1, "000001"), (999_999, "999999"), (1_000_000, "000001"), (2_000_000, "000002")]
        {
            event.row = row;
            let message = request(&event).expect("fits");
            assert_eq!(text(&message, 11), trace);
            assert_eq!(text(&message, 37), format!("607112{trace}"));
        }
        event.row = 0;
        assert!(matches!(request(&event), Err(MappingError::Row)));
    }
}
