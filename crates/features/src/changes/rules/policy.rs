//! What a change of each field asks for, as data, and how long it waits.
//!
//! A change waits for its field's own time; with any sign of risk for the raised time at least; and for the time of each
//! other exposing change that it is taken together with, so that telephone and mail address on one day wait longer than
//! either alone. More signs never give a shorter time.

use super::super::model::Field;
use kernel::HOUR_US;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table in the program.
const TABLE: &str = include_str!("policy.toml");
/// The shortest time between the signature and an exposing change, hours.
const EXPOSING_HOURS_MIN: i64 = 24;
/// The longest time that the table may name, hours.
const HOURS_MAX: i64 = 24 * 60;

/// Whether a change makes an account easier to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It does.
    Exposing,
    /// It changes nothing about that.
    Neutral,
}

/// How a field is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// By the customer, in the app.
    #[serde(rename = "self")]
    SelfService,
    /// With a document that somebody looks at.
    Evidence,
}

/// What speaks for a longer wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// A passkey of theirs is new.
    NewDevice,
    /// A code by letter, for a new beginning, is on its way.
    Recovery,
    /// A proof of theirs is refused after wrong tries.
    WrongTries,
    /// Another exposing change waits, or was made, not long ago.
    OtherChange,
    /// The new value is known from elsewhere.
    KnownValue,
}

impl Sign {
    /// Every sign.
    pub const ALL: [Self; 5] =
        [Self::NewDevice, Self::Recovery, Self::WrongTries, Self::OtherChange, Self::KnownValue];

    /// The word in columns, entries and keys.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::Recovery => "recovery",
            Self::WrongTries => "wrong_tries",
            Self::OtherChange => "other_change",
            Self::KnownValue => "known_value",
        }
    }
}

/// What is said about one field.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    direction: Direction,
    path: Path,
    delay_hours: i64,
    undo_hours: i64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Risk {
    raised_hours: i64,
    new_device_hours: i64,
    together_hours: i64,
    delay_hours_max: i64,
}

/// The table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    fields: BTreeMap<Field, Rule>,
    risk: Risk,
}

/// Why a table can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no such table.
    #[error("the table of changes can't be read: {0}")]
    Unreadable(String),
    /// A field is not in it.
    #[error("the table of changes says nothing about {0}")]
    Missing(&'static str),
    /// A time is too short or too long.
    #[error(
        "{0}: an exposing change waits 24 hours at least, and no time is negative or longer than 60 days"
    )]
    Hours(&'static str),
}

/// How long a change waits and can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Between the signature and the change, microseconds; 0 where it is made at once.
    pub delay_us: i64,
    /// After the change, in which it can be undone, microseconds.
    pub undo_us: i64,
    /// What made it longer, each once.
    pub signs: Vec<Sign>,
}

impl Policy {
    /// The table in the program.
    ///
    /// # Errors
    /// It can't be used; a test sees to it that it can.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::read(TABLE)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// It can't be read, leaves a field out, or lets an exposing change wait too short.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let policy: Self =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        for field in Field::ALL {
            let rule = policy.fields.get(&field).ok_or(PolicyError::Missing(field.word()))?;
            let waits = rule.direction == Direction::Exposing && rule.path == Path::SelfService;
            let least = if waits { EXPOSING_HOURS_MIN } else { 0 };
            if !(least..=HOURS_MAX).contains(&rule.delay_hours) || !(0..=HOURS_MAX).contains(&rule.undo_hours)
            {
                return Err(PolicyError::Hours(field.word()));
            }
        }
        let risk = &policy.risk;
        let times = [risk.raised_hours, risk.new_device_hours, risk.together_hours, risk.delay_hours_max];
        let fits = times.iter().all(|hours| (EXPOSING_HOURS_MIN..=HOURS_MAX).contains(hours));
        if fits && risk.raised_hours <= risk.delay_hours_max {
            Ok(policy)
        } else {
            Err(PolicyError::Hours("risk"))
        }
    }

    /// How a field is changed.
    pub fn path(&self, field: Field) -> Path {
        self.fields.get(&field).map_or(Path::Evidence, |rule| rule.path)
    }

    /// Whether a field's change is exposing; one that the table leaves out is.
    pub fn direction(&self, field: Field) -> Direction {
        self.fields.get(&field).map_or(Direction::Exposing, |rule| rule.direction)
    }

    /// How old a passkey must be to be no sign, microseconds.
    pub fn new_device_us(&self) -> i64 {
        self.risk.new_device_hours * HOUR_US
    }

    /// How far apart changes are that count together, microseconds.
    pub fn together_us(&self) -> i64 {
        self.risk.together_hours * HOUR_US
    }

    /// How long a change waits, with these signs and so many other exposing changes around it.
    pub fn plan(&self, field: Field, signs: &[Sign], others: usize) -> Plan {
        let undo_us = self.fields.get(&field).map_or(0, |rule| rule.undo_hours * HOUR_US);
        let own = self.fields.get(&field).map_or(self.risk.raised_hours, |rule| rule.delay_hours);
        if self.direction(field) == Direction::Neutral {
            return Plan { delay_us: own * HOUR_US, undo_us, signs: Vec::new() };
        }
        let mut signs = signs.to_vec();
        if others > 0 {
            signs.push(Sign::OtherChange);
        }
        signs.sort_unstable();
        signs.dedup();
        let alone = if signs.is_empty() { own } else { own.max(self.risk.raised_hours) };
        let others = i64::try_from(others).unwrap_or(i64::MAX);
        let whole = alone.saturating_add(others.saturating_mul(own));
        Plan { delay_us: whole.min(self.risk.delay_hours_max.max(own)) * HOUR_US, undo_us, signs }
    }
}
