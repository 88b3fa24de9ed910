//! Families of reasons: few enough to tell apart in one chart.

use crate::authorizations::Reason;

/// What an answer comes to, in the words of the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Let through, in full or in part, or taken note of.
    Approved,
    /// Not enough credit, or more than is allowed for one payment or for cash.
    Limit,
    /// The card or the message can't be used: frozen, lost, expired, unknown, closed, malformed.
    Unusable,
    /// A wrong verification value, PIN or cryptogram.
    Proof,
    /// Switched off by the cardholder.
    Control,
    /// A rule found it unlike the cardholder.
    Risk,
}

/// Families, approvals included.
pub const FAMILIES: usize = 6;

impl Family {
    /// The declined ones, in the order in which bars are stacked.
    pub const DECLINED: [Self; 5] = [Self::Limit, Self::Unusable, Self::Proof, Self::Control, Self::Risk];

    /// The family of a reason.
    pub const fn of(reason: Reason) -> Self {
        match reason {
            Reason::Approved | Reason::Partial | Reason::Accepted => Self::Approved,
            Reason::OverLimit | Reason::AmountLimit => Self::Limit,
            Reason::CardValue
            | Reason::CardValueTries
            | Reason::TrackValue
            | Reason::Pin
            | Reason::PinTries
            | Reason::Cryptogram
            | Reason::CryptogramReplay
            | Reason::ChipCounter
            | Reason::ChipAmount => Self::Proof,
            Reason::Control => Self::Control,
            Reason::SuspectedFraud | Reason::Velocity => Self::Risk,
            Reason::UnknownCard
            | Reason::Expired
            | Reason::Frozen
            | Reason::Lost
            | Reason::Stolen
            | Reason::Closed
            | Reason::Currency
            | Reason::Amount
            | Reason::Format
            | Reason::Mismatch
            | Reason::Overload
            | Reason::Fault
            | Reason::OriginalUnknown
            | Reason::ReversedBefore => Self::Unusable,
        }
    }

    /// Its place in arrays of [`FAMILIES`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Behind `monitoring-family-` in translations.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Approved => "monitoring-family-approved",
            Self::Limit => "monitoring-family-limit",
            Self::Unusable => "monitoring-family-unusable",
            Self::Proof => "monitoring-family-proof",
            Self::Control => "monitoring-family-control",
            Self::Risk => "monitoring-family-risk",
        }
    }
}
