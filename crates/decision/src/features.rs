//! The feature table: every number a rule can read, with its slot, name, unit and meaning.
//!
//! Design: one table, written once by a macro, gives the [`Slot`] enum, the names that rules use and the
//! reference page. Slots are append-only: a kept decision record is read by slot number, so a slot is never
//! reused and [`FEATURE_SCHEMA`] rises when one is added.
//!
//! Values are `f64`. Counts and minor units below 2^53 are exact in it. Ratios are rounded to `f32` when they
//! are set, so that a record that keeps four bytes of them gives back the very number that was judged.
//!
//! What it does not do: compute anything. See `behaviour` and `cross`.

use crate::payment::{Channel, Kind};

/// Version of the table below. A record written under an older version has fewer slots.
pub const FEATURE_SCHEMA: u16 = 1;

/// What kind of value a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureKind {
    /// A whole number.
    Int,
    /// Money in major units of the account's currency, an exact number of minor units.
    Money,
    /// A ratio, distance, speed or deviation, to `f32` precision.
    Double,
    /// 0 or 1.
    Bool,
    /// One word of a closed set; the value is its position.
    Text(&'static [&'static str]),
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct FeatureDef {
    /// Number of the slot.
    pub slot: Slot,
    /// What rules write: `card.sum_24h`.
    pub name: &'static str,
    /// Stable snake-case id for translations: `card_sum_24h`.
    pub id: &'static str,
    /// Kind of value.
    pub kind: FeatureKind,
    /// Unit of the value, in words.
    pub unit: &'static str,
    /// The slot that says what is usual for this card, where there is one.
    pub typical: Option<Slot>,
    /// Meaning, in a sentence or two.
    pub doc: &'static str,
}

macro_rules! feature_table {
    ($($slot:ident $name:literal $id:literal $kind:expr, $unit:literal, $typical:expr, $doc:literal;)*) => {
        /// Number of a feature. The order never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Slot {
            $(#[doc = $doc] $slot,)*
        }

        /// The table, in slot order.
        pub const FEATURES: &[FeatureDef] = &[
            $(FeatureDef {
                slot: Slot::$slot, name: $name, id: $id, kind: $kind, unit: $unit, typical: $typical, doc: $doc,
            },)*
        ];
    };
}

use FeatureKind::{Bool, Double, Int, Money, Text};

feature_table! {
    Amount "payment.amount" "payment_amount" Money, "major units", Some(Slot::Mean30d), "Amount of this payment.";
    Mcc "payment.mcc" "payment_mcc" Int, "code", None, "Merchant category code (ISO 18245).";
    Country "payment.country" "payment_country" Int, "code", None, "Country of the merchant (ISO 3166 numeric).";
    Channel "payment.channel" "payment_channel" Text(Channel::NAMES), "word", None, "How the card's data reached the merchant.";
    Kind "payment.kind" "payment_kind" Text(Kind::NAMES), "word", None, "What the payment is for.";
    CardPresent "payment.card_present" "payment_card_present" Bool, "yes or no", None, "The card itself was at the terminal.";
    Hour "payment.hour" "payment_hour" Int, "hour", None, "Hour of the day on the cardholder's clock, 0 to 23.";
    Night "payment.night" "payment_night" Bool, "yes or no", None, "From 22:00 to 05:59 on the cardholder's clock.";
    Weekend "payment.weekend" "payment_weekend" Bool, "yes or no", None, "Saturday or Sunday on the cardholder's clock.";
    Abroad "payment.abroad" "payment_abroad" Bool, "yes or no", None, "The merchant's country is not the cardholder's. Missing where either is unknown.";
    Small "payment.small" "payment_small" Bool, "yes or no", None, "At most 500 minor units (5.00 EUR, 500 JPY, 0.500 KWD), checks included.";
    Count1h "card.count_1h" "card_count_1h" Int, "payments", None, "Approved purchases and cash in the last hour, with this one.";
    Count24h "card.count_24h" "card_count_24h" Int, "payments", Some(Slot::DayCount), "Approved purchases and cash in the last 24 hours, with this one.";
    Count7d "card.count_7d" "card_count_7d" Int, "payments", None, "Approved purchases and cash in the last 7 days, with this one.";
    Count30d "card.count_30d" "card_count_30d" Int, "payments", None, "Approved purchases and cash in the last 30 days, with this one.";
    Sum1h "card.sum_1h" "card_sum_1h" Money, "major units", None, "Their amounts in the last hour, with this one.";
    Sum24h "card.sum_24h" "card_sum_24h" Money, "major units", Some(Slot::DaySum), "Their amounts in the last 24 hours, with this one.";
    Sum7d "card.sum_7d" "card_sum_7d" Money, "major units", None, "Their amounts in the last 7 days, with this one.";
    Sum30d "card.sum_30d" "card_sum_30d" Money, "major units", None, "Their amounts in the last 30 days, with this one.";
    Mean30d "card.mean_30d" "card_mean_30d" Double, "major units", None, "Mean amount of the 30 days before this payment, without it. Missing where there was none.";
    Deviation30d "card.deviation_30d" "card_deviation_30d" Double, "major units", None, "Standard deviation of those amounts. Missing for fewer than 2.";
    Max30d "card.max_30d" "card_max_30d" Money, "major units", None, "Largest of those amounts. Missing where there was none.";
    Mean "card.mean" "card_mean" Double, "major units", None, "Mean amount over the card's life, without this payment. Missing where there was none.";
    Deviation "card.deviation" "card_deviation" Double, "major units", None, "Standard deviation over the card's life. Missing for fewer than 2.";
    AmountRatio "card.amount_ratio" "card_amount_ratio" Double, "times", None, "This amount divided by card.mean_30d, else by card.mean. Missing where there is neither.";
    AmountZ "card.amount_z" "card_amount_z" Double, "deviations", None, "How many deviations of 30 days this amount lies above their mean. Missing for fewer than 5 payments or no deviation.";
    LogZ "card.log_z" "card_log_z" Double, "deviations", None, "The same over the card's life on a logarithmic scale, which one odd amount hardly moves. Missing for fewer than 5 payments.";
    DaySum "card.day_sum" "card_day_sum" Double, "major units a day", None, "Usual spending a day: the 30 days before the last 24 hours. Missing in the first 3 days.";
    DayCount "card.day_count" "card_day_count" Double, "payments a day", None, "Usual payments a day over the same time. Missing in the first 3 days.";
    Attempts1h "card.attempts_1h" "card_attempts_1h" Int, "payments", None, "Everything tried in the last hour, declined or not, checks included, with this one.";
    Attempts24h "card.attempts_24h" "card_attempts_24h" Int, "payments", None, "Everything tried in the last 24 hours, with this one.";
    Declines1h "card.declines_1h" "card_declines_1h" Int, "payments", None, "Declined in the last hour.";
    Declines24h "card.declines_24h" "card_declines_24h" Int, "payments", None, "Declined in the last 24 hours.";
    DeclinesRow "card.declines_row" "card_declines_row" Int, "payments", None, "Declined one after another just before this payment.";
    Small1h "card.small_1h" "card_small_1h" Int, "payments", None, "Tried in the last hour for at most 500 minor units, checks included, with this one.";
    Checks24h "card.checks_24h" "card_checks_24h" Int, "payments", None, "Zero-amount checks in the last 24 hours, with this one.";
    DistancePreviousKm "card.distance_previous_km" "card_distance_previous_km" Double, "km", None, "From the last approved card-present payment. Missing where a place is unknown or the card is absent.";
    DistanceHomeKm "card.distance_home_km" "card_distance_home_km" Double, "km", None, "From home. Missing where a place is unknown or the card is absent.";
    TravelKmh "card.travel_kmh" "card_travel_kmh" Double, "km/h", None, "Speed needed since the last approved card-present payment; less than 10 minutes count as 10.";
    CountryChanged "card.country_changed" "card_country_changed" Bool, "yes or no", None, "The card is present in another country than at its last approved card-present payment. Missing where either is unknown.";
    HoursSincePresent "card.hours_since_present" "card_hours_since_present" Double, "hours", None, "Since the last approved card-present payment.";
    NewMerchant "card.new_merchant" "card_new_merchant" Bool, "yes or no", None, "First approved payment at this merchant that the card remembers.";
    NewCountry "card.new_country" "card_new_country" Bool, "yes or no", None, "First in this country.";
    NewMcc "card.new_mcc" "card_new_mcc" Bool, "yes or no", None, "First at this merchant class.";
    HourShare "card.hour_share" "card_hour_share" Double, "share", None, "Share of the card's payments in this hour of the day and its two neighbours, 0 to 1. Missing for fewer than 10 payments.";
    MinutesSince "card.minutes_since" "card_minutes_since" Double, "minutes", None, "Since the last attempt. Missing for the first, and for a late payment after a month of silence.";
    TenureDays "card.tenure_days" "card_tenure_days" Double, "days", None, "Since the card was first seen; 0 for the first payment.";
    Payments "card.payments" "card_payments" Int, "payments", None, "Approved purchases and cash over the card's life, without this one.";
    Truncated "card.truncated" "card_truncated" Bool, "yes or no", None, "The card had more events than are kept, so the longer windows count too little.";
    Trusted "card.trusted" "card_trusted" Bool, "yes or no", None, "The cardholder confirmed a declined payment of the last 24 hours as their own.";
    TerminalCount1d "terminal.count_1d" "terminal_count_1d" Int, "payments", None, "Payments at this terminal in a day, seven days ago.";
    TerminalCount7d "terminal.count_7d" "terminal_count_7d" Int, "payments", None, "Payments at this terminal in 7 days, seven days ago.";
    TerminalCount30d "terminal.count_30d" "terminal_count_30d" Int, "payments", None, "Payments at this terminal in 30 days, seven days ago.";
    TerminalRisk1d "terminal.risk_1d" "terminal_risk_1d" Double, "share", None, "Share of the day's payments that proved to be fraud. Missing where there was none.";
    TerminalRisk7d "terminal.risk_7d" "terminal_risk_7d" Double, "share", None, "Share of the 7 days' payments that proved to be fraud. Missing where there was none.";
    TerminalRisk30d "terminal.risk_30d" "terminal_risk_30d" Double, "share", None, "Share of the 30 days' payments that proved to be fraud. Missing where there was none.";
    TerminalFrauds30d "terminal.frauds_30d" "terminal_frauds_30d" Int, "payments", None, "Proven frauds at this terminal in 30 days, seven days ago.";
    TerminalRecentFrauds "terminal.recent_frauds" "terminal_recent_frauds" Int, "payments", None, "Frauds at this terminal in the last 7 days that are known already.";
    MerchantCount1d "merchant.count_1d" "merchant_count_1d" Int, "payments", None, "Payments at this merchant in a day, seven days ago.";
    MerchantCount7d "merchant.count_7d" "merchant_count_7d" Int, "payments", None, "Payments at this merchant in 7 days, seven days ago.";
    MerchantCount30d "merchant.count_30d" "merchant_count_30d" Int, "payments", None, "Payments at this merchant in 30 days, seven days ago.";
    MerchantRisk1d "merchant.risk_1d" "merchant_risk_1d" Double, "share", None, "Share of the day's payments that proved to be fraud. Missing where there was none.";
    MerchantRisk7d "merchant.risk_7d" "merchant_risk_7d" Double, "share", None, "Share of the 7 days' payments that proved to be fraud. Missing where there was none.";
    MerchantRisk30d "merchant.risk_30d" "merchant_risk_30d" Double, "share", None, "Share of the 30 days' payments that proved to be fraud. Missing where there was none.";
    MerchantFrauds30d "merchant.frauds_30d" "merchant_frauds_30d" Int, "payments", None, "Proven frauds at this merchant in 30 days, seven days ago.";
    MerchantRecentFrauds "merchant.recent_frauds" "merchant_recent_frauds" Int, "payments", None, "Frauds at this merchant in the last 7 days that are known already.";
    MerchantSmall10m "merchant.small_10m" "merchant_small_10m" Int, "cards", None, "Different cards tried here in the last 10 minutes for at most 500 minor units.";
    MerchantDeclines10m "merchant.declines_10m" "merchant_declines_10m" Int, "payments", None, "Declined here in the last 10 minutes.";
    BinAlarm "bin.alarm" "bin_alarm" Int, "level", None, "Alarm level of the card's number range: 0 none, 1 watch, 2 attack under way.";
}

/// How many slots there are.
pub const FEATURE_COUNT: usize = FEATURES.len();

const _: () = assert!(FEATURE_COUNT <= 128, "the missing map has 128 bits");

impl Slot {
    /// The slot's row.
    pub fn def(self) -> &'static FeatureDef {
        // The table has one row per variant, in order; the macro writes both.
        match FEATURES.get(usize::from(self as u8)) {
            Some(def) => def,
            None => &FEATURES[0],
        }
    }

    /// The slot that rules call `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        FEATURES.iter().find(|def| def.name == name).map(|def| def.slot)
    }

    fn bit(self) -> u128 {
        1 << (self as u8)
    }
}

/// The feature table as a Markdown table, for the reference page.
pub fn feature_table() -> String {
    let mut text = String::from("| name | type | unit | usual | meaning |\n|---|---|---|---|---|\n");
    for def in FEATURES {
        let kind = match def.kind {
            Int => "int",
            Money | Double => "double",
            Bool => "bool",
            Text(_) => "string",
        };
        let usual = def.typical.map_or(String::new(), |slot| format!("`{}`", slot.def().name));
        text += &format!("| `{}` | {kind} | {} | {usual} | {} |\n", def.name, def.unit, def.doc);
    }
    text
}

/// The features of one payment: an array of slots, each with a value or missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    values: [f64; FEATURE_COUNT],
    present: u128,
    exponent: u8,
    cross_as_of_us: i64,
}

impl Features {
    /// All slots missing.
    ///
    /// `exponent`: decimal places of the account's currency. `cross_as_of_us`: how old the terminal and
    /// merchant figures are.
    pub fn empty(exponent: u8, cross_as_of_us: i64) -> Self {
        Self { values: [0.0; FEATURE_COUNT], present: 0, exponent: exponent.min(4), cross_as_of_us }
    }

    /// The value, or `None` where it is missing.
    #[inline]
    pub fn get(&self, slot: Slot) -> Option<f64> {
        if self.present & slot.bit() == 0 {
            return None;
        }
        self.values.get(usize::from(slot as u8)).copied()
    }

    /// The word of a text slot.
    pub fn word(&self, slot: Slot) -> Option<&'static str> {
        let FeatureKind::Text(words) = slot.def().kind else { return None };
        words.get(self.get(slot)? as usize).copied()
    }

    /// Decimal places of the account's currency.
    pub fn exponent(&self) -> u8 {
        self.exponent
    }

    /// The newest event in the terminal and merchant figures, microseconds since the epoch.
    pub fn cross_as_of_us(&self) -> i64 {
        self.cross_as_of_us
    }

    /// Sets a whole number, a flag or a word's position.
    pub fn set_count(&mut self, slot: Slot, value: u32) {
        self.put(slot, f64::from(value));
    }

    /// Sets a flag.
    pub fn set_flag(&mut self, slot: Slot, value: bool) {
        self.put(slot, f64::from(u8::from(value)));
    }

    /// Sets money from minor units.
    pub fn set_money(&mut self, slot: Slot, minor: i64) {
        self.put(slot, major(minor, self.exponent));
    }

    /// Sets a ratio, rounded to `f32`. A value that is not finite leaves the slot missing.
    pub fn set_double(&mut self, slot: Slot, value: f64) {
        self.put(slot, f64::from(value as f32));
    }

    fn put(&mut self, slot: Slot, value: f64) {
        if !value.is_finite() {
            return;
        }
        if let Some(place) = self.values.get_mut(usize::from(slot as u8)) {
            *place = value;
            self.present |= slot.bit();
        }
    }
}

/// Minor units as major units: 12345 with two places is 123.45.
pub(crate) fn major(minor: i64, exponent: u8) -> f64 {
    let unit = match exponent {
        0 => 1.0,
        1 => 10.0,
        2 => 100.0,
        3 => 1_000.0,
        _ => 10_000.0,
    };
    // Exact below 2^53 minor units, which is more money than there is on any card.
    minor as f64 / unit
}

/// The inverse of [`major`] for values that it made.
pub(crate) fn minor(major: f64, exponent: u8) -> i64 {
    (major * 10_f64.powi(i32::from(exponent))).round() as i64
}
