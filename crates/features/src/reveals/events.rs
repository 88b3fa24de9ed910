//! Acts in the audit log, by the names that others may rely on.

/// Staff were shown a full card number.
pub const CARD_SHOWN: &str = "reveals.card.shown";
/// Staff were shown a telephone number.
pub const PHONE_SHOWN: &str = "reveals.phone.shown";
/// Staff were shown a mail address.
pub const EMAIL_SHOWN: &str = "reveals.email.shown";
/// Staff were shown the number of an identity document.
pub const DOCUMENT_SHOWN: &str = "reveals.document.shown";
/// A cardholder was shown the number of their own card.
pub const OWN_CARD_SHOWN: &str = "reveals.own_card.shown";
/// A full value was asked for and not shown.
pub const REFUSED: &str = "reveals.value.refused";
