//! Why an authorization was answered as it was: one closed list for engine, wire, screens and statistics.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $key:literal;)*) => {
        /// The reason of an answer. The number is what the database holds; it never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[repr(i16)]
        pub enum Reason { $($(#[$doc])* $name = $number,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Field 39 of ISO 8583 (1987).
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The stable name: in the API, in statistics, and behind `reason-` in translations.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// What the database holds.
            pub const fn number(self) -> i16 {
                self as i16
            }

            /// The reason with this number; a number from a newer program reads as a fault.
            pub const fn from_number(number: i16) -> Self {
                match number { $($number => Self::$name,)* _ => Self::Fault }
            }
        }
    };
}

reasons! {
    /// Approved.
    Approved = 0, "00", "approved";
    /// Approved for less than was asked.
    Partial = 1, "10", "partial";
    /// No card of ours has this number.
    UnknownCard = 2, "14", "unknown_card";
    /// The card has expired, or the expiry presented is not the card's.
    Expired = 3, "54", "expired";
    /// Not enough credit.
    OverLimit = 4, "51", "over_limit";
    /// More than the cardholder allows for one payment, or than the limit for cash.
    AmountLimit = 5, "61", "amount_limit";
    /// The cardholder switched this kind of payment off.
    Control = 6, "57", "control";
    /// The cardholder or staff froze the card.
    Frozen = 7, "62", "frozen";
    /// The card was reported lost.
    Lost = 8, "41", "lost";
    /// The card was reported stolen.
    Stolen = 9, "43", "stolen";
    /// The account is closed or blocked.
    Closed = 10, "62", "closed";
    /// The card verification value does not match.
    CardValue = 11, "82", "card_value";
    /// Too many wrong values; the proof is refused for a time.
    CardValueTries = 12, "82", "card_value_tries";
    /// The PIN is wrong, or can't be verified.
    Pin = 13, "55", "pin";
    /// A rule found it unlike the cardholder.
    SuspectedFraud = 14, "59", "suspected_fraud";
    /// A rule found too many payments in too short a time.
    Velocity = 15, "65", "velocity";
    /// The currency can't be settled for this account.
    Currency = 16, "12", "currency";
    /// The amount is missing, zero where it can't be, or too large.
    Amount = 17, "13", "amount";
    /// The message lacks something or contradicts itself.
    Format = 18, "30", "format";
    /// Same trace numbers as an earlier message, other content.
    Mismatch = 19, "94", "mismatch";
    /// The request waited too long to be approved, or the queue is full.
    Overload = 20, "91", "overload";
    /// Something of ours failed.
    Fault = 21, "96", "fault";
    /// The reversal names no message we know; it is kept in case the message is on its way.
    OriginalUnknown = 22, "25", "original_unknown";
    /// A reversal of this very message came first.
    ReversedBefore = 23, "05", "reversed_before";
    /// A repayment or correction that took effect.
    Accepted = 24, "00", "accepted";
    /// Too many wrong PINs; the PIN is refused until it is unblocked.
    PinTries = 25, "75", "pin_tries";
    /// The verification value in the data of stripe or chip does not match.
    TrackValue = 26, "82", "track_value";
    /// The chip's cryptogram is wrong.
    Cryptogram = 27, "82", "cryptogram";
    /// The chip's cryptogram was used before, or is older than one that was.
    CryptogramReplay = 28, "82", "cryptogram_replay";
    /// The chip's transaction counter is far ahead of the last one seen.
    ChipCounter = 29, "82", "chip_counter";
    /// The chip's cryptogram covers another amount or currency than the message asks for.
    ChipAmount = 30, "82", "chip_amount";
}

impl Reason {
    /// Whether the answer lets the payment through (in full or in part) or takes note of a message.
    pub const fn is_approval(self) -> bool {
        matches!(self, Self::Approved | Self::Partial | Self::Accepted)
    }

    /// Whether it was declined because it looked like fraud.
    pub const fn is_fraud(self) -> bool {
        matches!(self, Self::SuspectedFraud | Self::Velocity)
    }

    /// The reason that a decisive rule stands for.
    pub const fn of_rule(reason: decision::Reason) -> Self {
        match reason {
            decision::Reason::Velocity => Self::Velocity,
            _ => Self::SuspectedFraud,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_keys_are_unique() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_number(reason.number()), *reason);
        }
        let keys: std::collections::HashSet<_> = Reason::ALL.iter().map(|reason| reason.key()).collect();
        assert_eq!(keys.len(), Reason::ALL.len());
        assert_eq!(Reason::from_number(9_999), Reason::Fault);
    }
}
