//! What a message asks.

use crate::iso8583::{
    Message, Mti,
    fields::{self, BadField, PanEntry, StoredCredential, Track2, Transaction},
};
use decision::Channel;
use features::authorizations::{
    Amounts, ChipData, Class, Expiry, Moment, Original, PinData, Purpose, RawMessage, Reason, Trace,
    TrackData, Where,
};
use kernel::{Currency, Money, SECOND_US, Secret, Timestamp, country_numeric};

/// Subelement of field 48 in a sign-on by which a replay says where its time begins, seconds since the epoch.
pub const REPLAY_START: &str = "RS";
/// Subelement of field 48 in an administrative advice (0620) by which a replay says what a payment was: `1` fraud,
/// `0` genuine after all.
pub const FRAUD_LABEL: &str = "FL";

/// Nothing; of which currency does not matter, but a record names one.
const NO_AMOUNT: Money = Money::zero(Currency::CNY);

/// What a replay says of an earlier payment.
#[derive(Clone, Debug)]
pub struct FraudLabel {
    /// The digits of the card number of the payment.
    pub card_number: Secret<String>,
    /// Field 11 of the payment.
    pub stan: u32,
    /// Field 37 of the payment.
    pub rrn: String,
    /// What it was.
    pub fraud: bool,
}

/// Reads an authorization, advice or reversal. The error is the reason of the answer.
pub fn read(message: &Message, arrived_us: u64) -> Result<RawMessage, Reason> {
    let class = class(message).ok_or(Reason::Format)?;
    let purpose = purpose(message, class)?;
    let amounts = amounts(message, class.is_reversal() || purpose == Purpose::Balance)?;
    let number = fields::card_number(message).map_err(format)?.ok_or(Reason::Format)?;
    let track = fields::track2(message).map_err(format)?;
    let expiry = fields::expiry(message).map_err(format)?.or(track.and_then(|track| track.expiry));
    let (channel, card_present) = channel(message)?;
    let track_data = track.and_then(|track| track_data(&track, channel));
    let code = message.text(39);
    Ok(RawMessage {
        class,
        purpose: if amounts.transaction.minor() == 0 && purpose == Purpose::Purchase {
            Purpose::Check
        } else {
            purpose
        },
        card_number: Secret::new(number.to_owned()),
        expiry: expiry.map(|expiry| Expiry { year: expiry.year, month: expiry.month }),
        cvv2: fields::card_verification(message).map_err(format)?.map(|value| Secret::new(value.to_owned())),
        track: track_data,
        pin: pin(message)?,
        chip: chip(message)?,
        amounts,
        moment: message.text(7).map_or(Moment::Unsaid, |digits| Moment::MonthToSecond(digits.to_owned())),
        arrived_us,
        trace: trace(message)?,
        site: site(message)?,
        channel,
        card_present,
        partial_ok: fields::takes_partial_approval(message).map_err(format)?,
        approved_elsewhere: code.is_none_or(|code| matches!(code, "00" | "10")),
        original: original(message)?,
    })
}

/// Where the time of a replay begins, if a sign-on says so.
pub fn replay_start(message: &Message) -> Result<Option<Timestamp>, BadField> {
    let said = fields::private_element(message, REPLAY_START)?;
    Ok(said
        .and_then(|text| text.parse::<i64>().ok())
        .map(|s| Timestamp::from_us(s.saturating_mul(SECOND_US))))
}

/// What an administrative advice says of an earlier payment; `None` for any other message.
pub fn fraud_label(message: &Message) -> Option<FraudLabel> {
    if message.mti().without_repeat() != Mti::ADMINISTRATIVE_ADVICE {
        return None;
    }
    let fraud = match fields::private_element(message, FRAUD_LABEL).ok()?? {
        "1" => true,
        "0" => false,
        _ => return None,
    };
    Some(FraudLabel {
        card_number: Secret::new(fields::card_number(message).ok()??.to_owned()),
        stan: fields::trace_number(message).ok()??,
        rrn: message.text(37)?.trim().to_owned(),
        fraud,
    })
}

/// What the chip said. Data that lack what a cryptogram covers prove nothing and are refused.
fn chip(message: &Message) -> Result<Option<ChipData>, Reason> {
    fields::chip_data(message).map(ChipData::read).transpose().map_err(|_| Reason::Format)
}

/// The PIN; a format that binds no card number (1, 2), or none, is refused before anything is decrypted.
fn pin(message: &Message) -> Result<Option<PinData>, Reason> {
    let Some(pin) = fields::encrypted_pin(message).map_err(format)? else { return Ok(None) };
    PinData::try_new(pin.format, pin.zone, pin.block).map(Some).ok_or(Reason::Format)
}

/// What shows that stripe or chip were read: only where the message says that they were.
fn track_data(track: &Track2<'_>, channel: Channel) -> Option<TrackData> {
    let of_chip = match channel {
        Channel::Chip | Channel::Contactless => true,
        Channel::Magstripe => false,
        _ => return None,
    };
    Some(TrackData {
        expiry: track.expiry.map(|expiry| Expiry { year: expiry.year, month: expiry.month }),
        service_code: track.service_code.and_then(|code| code.parse().ok()),
        value: track.verification_value().map(|value| Secret::new(value.to_owned())),
        of_chip,
    })
}

fn format(_: BadField) -> Reason {
    Reason::Format
}

fn class(message: &Message) -> Option<Class> {
    Some(match message.mti().without_repeat().as_str() {
        "0100" => Class::Authorization,
        "0200" => Class::Financial,
        "0120" => Class::Advice,
        "0220" => Class::FinancialAdvice,
        "0400" => Class::Reversal,
        "0420" => Class::ReversalAdvice,
        _ => return None,
    })
}

fn purpose(message: &Message, class: Class) -> Result<Purpose, Reason> {
    let code = match fields::processing_code(message).map_err(format)? {
        Some(code) => code,
        // A reversal names its original, which has a purpose.
        None if class.is_reversal() => return Ok(Purpose::Purchase),
        None => return Err(Reason::Format),
    };
    Ok(match code.transaction {
        Transaction::Cash | Transaction::PurchaseWithCash => Purpose::Cash,
        Transaction::Refund => Purpose::Refund,
        Transaction::BalanceInquiry => Purpose::Balance,
        Transaction::Purchase | Transaction::Other(_) => Purpose::Purchase,
    })
}

/// Where no amount is needed, one without a currency is none.
fn amounts(message: &Message, may_lack: bool) -> Result<Amounts, Reason> {
    let minor = fields::amount_transaction(message).map_err(format)?.unwrap_or(0);
    let transaction = match fields::currency_transaction(message).map_err(format)? {
        Some(currency) => money(minor, currency)?,
        None if may_lack => NO_AMOUNT,
        None => return Err(Reason::Format),
    };
    let billing = match fields::amount_billing(message).map_err(format)? {
        None => None,
        Some(minor) => {
            let currency = fields::currency_billing(message).map_err(format)?.ok_or(Reason::Format)?;
            Some(money(minor, currency)?)
        }
    };
    let replacement = fields::replacement(message).map_err(format)?;
    Ok(Amounts {
        transaction,
        billing,
        remaining_minor: replacement.map(|replacement| replacement.transaction_minor),
    })
}

fn money(minor: i64, currency: u16) -> Result<Money, Reason> {
    Currency::from_numeric(currency).map(|currency| Money::new(minor, currency)).map_err(|_| Reason::Currency)
}

fn trace(message: &Message) -> Result<Trace, Reason> {
    let text = |field: u8| message.text(field).unwrap_or("");
    let transmitted = text(7).to_owned();
    let local = match (message.text(13), message.text(12)) {
        (None, None) => transmitted.get(..4).unwrap_or("").to_owned(),
        (date, time) => format!("{}{}", date.unwrap_or(""), time.unwrap_or("")),
    };
    Ok(Trace {
        stan: fields::trace_number(message).map_err(format)?.ok_or(Reason::Format)?,
        rrn: text(37).trim().to_owned(),
        acquirer: text(32).trim().to_owned(),
        local,
        transmitted,
    })
}

fn site(message: &Message) -> Result<Where, Reason> {
    let location = fields::location(message).map_err(format)?;
    let owned = |text: Option<&str>| text.unwrap_or("").to_owned();
    let named = location.and_then(|location| country_numeric(location.country));
    let country = match named {
        Some(country) => country,
        None => fields::acquirer_country(message).map_err(format)?.unwrap_or(0),
    };
    Ok(Where {
        terminal: owned(fields::terminal(message).map_err(format)?),
        merchant: owned(fields::merchant(message).map_err(format)?),
        name: owned(location.map(|location| location.name)),
        city: owned(location.map(|location| location.city)),
        country,
        mcc: fields::merchant_class(message).map_err(format)?.unwrap_or(0),
        place: None,
    })
}

fn channel(message: &Message) -> Result<(Channel, bool), Reason> {
    let entry = fields::entry_mode(message).map_err(format)?.map_or(PanEntry::Unknown, |mode| mode.pan);
    let stored = fields::stored_credential(message).map_err(format)?;
    let channel = match (stored, entry) {
        (Some(StoredCredential::Recurring | StoredCredential::Instalment), _) => Channel::Recurring,
        (Some(StoredCredential::ByCardholder | StoredCredential::ByMerchant), _) | (_, PanEntry::OnFile) => {
            Channel::CardOnFile
        }
        (_, PanEntry::Chip) => Channel::Chip,
        (_, PanEntry::Contactless | PanEntry::ContactlessStripe) => Channel::Contactless,
        (_, PanEntry::Stripe | PanEntry::Fallback) => Channel::Magstripe,
        (_, PanEntry::Online) => Channel::Ecommerce,
        (_, PanEntry::Manual) => Channel::Manual,
        (_, PanEntry::Unknown | PanEntry::Other(_)) => Channel::Other,
    };
    Ok((channel, entry.is_card_present()))
}

fn original(message: &Message) -> Result<Option<Original>, Reason> {
    if !matches!(class(message), Some(Class::Reversal | Class::ReversalAdvice)) {
        return Ok(None);
    }
    let quoted = fields::original(message).map_err(format)?;
    Ok(Some(quoted.map_or(Original::SameTrace, |quoted| Original::Quoted {
        stan: quoted.trace_number,
        transmitted: quoted.transmission_time.to_owned(),
    })))
}
