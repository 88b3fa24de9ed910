//! From a message as it came over a wire to a request that the engine can decide.
//!
//! Problem: the engine must never see a card number or a verification value, and it needs a moment in time where
//! messages carry five numbers without a year. Design: REST and ISO 8583 both fill a [`RawMessage`]; [`Intake`]
//! turns its card number into the keyed hash by which the engine finds the card, compares verification values
//! in the vault, finds the year nearest the clock, and adds coordinates that a table knows. Why safe: number and
//! value are overwritten when the raw message is dropped, and nothing here prints them. It runs on the thread
//! that decoded the message, before the engine's queue, so the ciphers don't slow the batch.
//!
//! It does not decide, and it does not refuse: a number that no card can have gets a hash that no card has, so
//! the answer is recorded like every other one.

mod checks;

pub use checks::{ChipDialogue, PinData, Prepared, TrackData, WaitingPin};

use super::engine::{Engine, Reply};
use super::model::{
    Amounts, Answer, AuthorizationRequest, CardKey, ChipCheck, Class, Expiry, Original, Proofs, Purpose,
    Reason, Trace, UNHASHED, Where,
};
use super::port::{CardFacts, KnownCards};
use decision::{Channel, Place};
use jiff::civil::DateTime;
use kernel::{Clock, MINUTE_US, Secret, Timestamp};
use platform::text::FreeText;
use std::{collections::HashMap, sync::Arc};
use vault::{CardCrypto, ChipData, ExpiryOrder, KeyRing, LookupKind};

/// Digits in a text from which on it may hold a card number: the shortest one has so many.
const SUSPECT_DIGITS: usize = 12;
/// How far the time of a message may lie from ours, before that of its arrival is taken, microseconds.
pub const SKEW_US: i64 = 15 * MINUTE_US;

/// When the payment was made, as the message says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Exactly.
    At(Timestamp),
    /// Month, day, hour, minute, second in UTC without a year: `MMDDhhmmss`, field 7.
    MonthToSecond(String),
    /// Not at all.
    Unsaid,
}

/// One message as it came, whatever wire it came over.
#[derive(Clone, Debug)]
pub struct RawMessage {
    /// What kind of message.
    pub class: Class,
    /// What for.
    pub purpose: Purpose,
    /// The digits of the card number as presented, checked or not.
    pub card_number: Secret<String>,
    /// Expiry as presented.
    pub expiry: Option<Expiry>,
    /// The verification value printed on the card, as presented.
    pub cvv2: Option<Secret<String>>,
    /// What the terminal read from stripe or chip.
    pub track: Option<TrackData>,
    /// The encrypted PIN.
    pub pin: Option<PinData>,
    /// What the chip said.
    pub chip: Option<ChipData>,
    /// The money.
    pub amounts: Amounts,
    /// The moment of the payment.
    pub moment: Moment,
    /// Arrival, on the clock that only goes forward, microseconds.
    pub arrived_us: u64,
    /// Trace numbers.
    pub trace: Trace,
    /// Where; its coordinates may be missing.
    pub site: Where,
    /// How the card's data got there.
    pub channel: Channel,
    /// Whether the card was there.
    pub card_present: bool,
    /// Whether less than the amount would do.
    pub partial_ok: bool,
    /// For an advice: whether the payment had been approved elsewhere.
    pub approved_elsewhere: bool,
    /// For a reversal: what it undoes.
    pub original: Option<Original>,
}

/// Coordinates of terminals, merchants and cities, and classes of merchants, for messages that don't say them.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// By field 41.
    pub terminals: HashMap<String, Place>,
    /// By field 42: coordinates and class, either of which may be unknown.
    pub merchants: HashMap<String, (Option<Place>, Option<u16>)>,
    /// By country and name of the city in capital letters.
    pub cities: HashMap<(u16, String), Place>,
    /// For terminals whose number itself tells where they stand, as those of imported data do; a demo only.
    pub of_number: Option<fn(&str) -> Option<Place>>,
}

impl Places {
    /// Adds what the tables know and the message does not say: the most exact coordinates, the class.
    pub fn complete(&self, site: &mut Where) {
        let merchant = self.merchants.get(site.merchant.trim());
        if site.place.is_none() {
            site.place = self
                .terminals
                .get(site.terminal.trim())
                .copied()
                .or_else(|| self.of_number.and_then(|place_of| place_of(site.terminal.trim())))
                .or_else(|| merchant.and_then(|(place, _)| *place))
                .or_else(|| self.city(site));
        }
        if site.mcc == 0 {
            site.mcc = merchant.and_then(|(_, mcc)| *mcc).unwrap_or(0);
        }
    }

    fn city(&self, site: &Where) -> Option<Place> {
        if self.cities.is_empty() || site.city.trim().is_empty() {
            return None;
        }
        self.cities.get(&(site.country, site.city.trim().to_uppercase())).copied()
    }
}

/// The way from a wire to the engine. Cheap to clone; a service of the server.
#[derive(Clone)]
pub struct Intake {
    /// The key for the hash of the number.
    pub keys: Arc<KeyRing>,
    /// The payment module, which compares card values.
    pub crypto: Arc<dyn CardCrypto>,
    /// Who knows what a card's PIN and chip are checked against; without it none can be.
    pub known: Option<Arc<dyn KnownCards>>,
    /// Who decides.
    pub engine: Engine,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is known about where payments are made.
    pub places: Arc<Places>,
    /// The order of the expiry in verification values.
    pub expiry_order: ExpiryOrder,
    /// How far the time of a message may lie from ours, microseconds; `None` where a replay drives the clock and
    /// its times are believed.
    pub skew_us: Option<i64>,
}

impl Intake {
    /// With the usual skew.
    pub fn new(
        keys: Arc<KeyRing>,
        crypto: Arc<dyn CardCrypto>,
        engine: Engine,
        clock: Arc<dyn Clock>,
        places: Arc<Places>,
    ) -> Self {
        Self {
            keys,
            crypto,
            known: None,
            engine,
            clock,
            places,
            expiry_order: ExpiryOrder::default(),
            skew_us: Some(SKEW_US),
        }
    }

    /// What the engine is asked.
    ///
    /// # Errors
    /// The card had to be looked up and could not be.
    pub async fn prepared(&self, raw: RawMessage) -> Result<Prepared, Reason> {
        let mut facts = self.facts(&raw, self.card_hash(&raw.card_number)).await?;
        let (chip, session) = self.chip(&raw, &facts);
        let request = self.with_facts(raw, &facts, chip);
        let (card, new_pin) = (request.card, facts.new_pin.take());
        let dialogue = session.map(|session| ChipDialogue::new(session, card, new_pin));
        Ok(Prepared { request, dialogue })
    }

    /// What the engine is asked, where [`Intake::asks_for_card`] is false; a PIN would count as one that can't be
    /// compared.
    pub fn request(&self, raw: RawMessage) -> AuthorizationRequest {
        self.with_facts(raw, &CardFacts::default(), None)
    }

    fn with_facts(
        &self,
        raw: RawMessage,
        facts: &CardFacts,
        chip: Option<ChipCheck>,
    ) -> AuthorizationRequest {
        let (at, at_arrival) = self.moment(&raw.moment);
        let (card, proofs) = (self.card_hash(&raw.card_number), Proofs { chip, ..self.proofs(&raw, facts) });
        let mut site = raw.site;
        self.places.complete(&mut site);
        hide_card_numbers(&mut site.name);
        hide_card_numbers(&mut site.city);
        AuthorizationRequest {
            class: raw.class,
            purpose: raw.purpose,
            card,
            range: range_of(raw.card_number.expose()),
            proofs,
            amounts: raw.amounts,
            at,
            at_arrival,
            arrived_us: raw.arrived_us,
            trace: raw.trace,
            site,
            channel: raw.channel,
            card_present: raw.card_present,
            partial_ok: raw.partial_ok,
            approved_elsewhere: raw.approved_elsewhere,
            original: raw.original,
        }
    }

    /// The hash by which the engine finds the card. Without the key module there is none: the engine answers that
    /// with a fault.
    fn card_hash(&self, number: &Secret<String>) -> CardKey {
        let hash = self.keys.lookup(LookupKind::CardNumber, number.expose());
        hash.map_or_else(
            |error| {
                tracing::error!(%error, "a card number can't be hashed");
                UNHASHED
            },
            |hash| hash.0,
        )
    }

    /// Asks and waits for the durable answer.
    pub async fn authorize(&self, raw: RawMessage) -> Answer {
        self.authorize_chip(raw).await.0
    }

    /// The same, with field 55 of the answer where a chip asked.
    pub async fn authorize_chip(&self, raw: RawMessage) -> (Answer, Option<Vec<u8>>) {
        match self.prepared(raw).await {
            Ok(Prepared { request, dialogue }) => {
                let answer = self.engine.authorize(request).await;
                let chip = dialogue.and_then(|dialogue| self.chip_answer(&dialogue, &answer));
                (answer, chip)
            }
            Err(reason) => (Answer::unrecorded(reason), None),
        }
    }

    /// Asks; `reply` gets the answer once it is durable. A message whose card is looked up first needs a runtime.
    pub fn submit(&self, raw: RawMessage, reply: Reply) {
        if !self.asks_for_card(&raw) {
            return self.engine.submit(self.request(raw), reply);
        }
        let intake = self.clone();
        tokio::spawn(async move {
            match intake.prepared(raw).await {
                Ok(prepared) => intake.engine.submit(prepared.request, reply),
                Err(reason) => reply(Answer::unrecorded(reason)),
            }
        });
    }

    /// The moment of the payment, and whether it is only that of arrival.
    fn moment(&self, said: &Moment) -> (Timestamp, bool) {
        let now = self.clock.now();
        let at = match said {
            Moment::At(at) => Some(*at),
            Moment::MonthToSecond(digits) => nearest_year(digits, now),
            Moment::Unsaid => return (now, true),
        };
        let believable = |at: &Timestamp| self.skew_us.is_none_or(|skew| at.since_us(now).abs() <= skew);
        match at.filter(believable) {
            Some(at) => (at, false),
            None => {
                metrics::counter!("cardea_authorizations_time_of_arrival_total").increment(1);
                (now, true)
            }
        }
    }
}

/// See [`AuthorizationRequest::range`].
fn range_of(number: &str) -> u32 {
    number.get(..8).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Takes a card number out of a text of the merchant's, which is stored. Nearly no text has so many digits: counting
/// them costs some tens of nanoseconds, and the scan is left out.
fn hide_card_numbers(text: &mut String) {
    if text.chars().filter(|letter| letter.is_numeric()).count() >= SUSPECT_DIGITS
        && let Some(scanned) = FreeText::scan(text)
    {
        scanned.reveal().clone_into(text);
    }
}

/// The moment with these ten digits (`MMDDhhmmss`, UTC) that is nearest to `now`; `None` if no year has it.
pub fn nearest_year(digits: &str, now: Timestamp) -> Option<Timestamp> {
    if digits.len() != 10 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits.get(from..from + 2).and_then(|two| two.parse::<i8>().ok());
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    let this_year = now.to_jiff()?.to_zoned(jiff::tz::TimeZone::UTC).year();
    // 29 February may be up to four years away from a year that has it.
    (this_year.saturating_sub(4)..=this_year.saturating_add(4))
        .filter_map(|year| DateTime::new(year, month, day, hour, minute, second, 0).ok())
        .filter_map(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|zoned| Timestamp::from(zoned.timestamp()))
        .min_by_key(|at| at.since_us(now).abs())
}
