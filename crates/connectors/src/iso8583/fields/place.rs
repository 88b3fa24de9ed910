//! Where and how the card was used (DE18, 19, 22, 25, 41, 42, 43, 61).
//!
//! Problem: rules need the merchant, its class and country, and whether the card was there. Design: the
//! two-digit codes as closed enums with a rest. What it does not do: look anything up.

use super::{BadField, Read, digits, trimmed};
use crate::iso8583::message::Message;

/// DE18: the merchant class, a four-digit ISO 18245 code.
pub fn merchant_class(message: &Message) -> Read<u16> {
    three_or_four(message, 18)
}

/// DE19: the acquirer's country, a three-digit ISO 3166 code.
pub fn acquirer_country(message: &Message) -> Read<u16> {
    three_or_four(message, 19)
}

fn three_or_four(message: &Message, field: u8) -> Read<u16> {
    let Some(value) = message.get(field) else { return Ok(None) };
    u16::try_from(digits(field, value)?).map(Some).map_err(|_| BadField { field })
}

/// How the card number came into the terminal: the first two digits of DE22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PanEntry {
    /// `00`
    Unknown,
    /// `01`: typed.
    Manual,
    /// `02`, `90`: magnetic stripe.
    Stripe,
    /// `05`, `95`: chip.
    Chip,
    /// `07`: contactless chip.
    Contactless,
    /// `10`: stored by the merchant.
    OnFile,
    /// `80`: magnetic stripe, because the chip could not be read.
    Fallback,
    /// `81`: typed by the cardholder on a web page or in an app.
    Online,
    /// `91`: contactless magnetic stripe.
    ContactlessStripe,
    /// Any other two digits.
    Other(u8),
}

impl PanEntry {
    /// Whether the card itself was read.
    pub fn is_card_present(self) -> bool {
        matches!(
            self,
            Self::Stripe | Self::Chip | Self::Contactless | Self::Fallback | Self::ContactlessStripe
        )
    }
}

/// Whether the terminal can take a PIN: the last digit of DE22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinCapability {
    /// `0` and digits without a meaning.
    Unknown,
    /// `1`
    Able,
    /// `2`
    Unable,
    /// `8`: its PIN pad is out of order.
    OutOfOrder,
}

/// DE22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryMode {
    /// How the card number came in.
    pub pan: PanEntry,
    /// Whether the terminal can take a PIN.
    pub pin: PinCapability,
}

/// DE22: how the card number came in and whether a PIN could be given.
pub fn entry_mode(message: &Message) -> Read<EntryMode> {
    let Some(value) = message.get(22) else { return Ok(None) };
    let number = digits(22, value)?;
    let pan = match number / 10 {
        0 => PanEntry::Unknown,
        1 => PanEntry::Manual,
        2 | 90 => PanEntry::Stripe,
        5 | 95 => PanEntry::Chip,
        7 => PanEntry::Contactless,
        10 => PanEntry::OnFile,
        80 => PanEntry::Fallback,
        81 => PanEntry::Online,
        91 => PanEntry::ContactlessStripe,
        other => PanEntry::Other(u8::try_from(other).map_err(|_| BadField { field: 22 })?),
    };
    let pin = match number % 10 {
        1 => PinCapability::Able,
        2 => PinCapability::Unable,
        8 => PinCapability::OutOfOrder,
        _ => PinCapability::Unknown,
    };
    Ok(Some(EntryMode { pan, pin }))
}

/// The circumstances at the point of service: DE25.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// `00`
    Normal,
    /// `01`: the customer is not there.
    CustomerAbsent,
    /// `02`: nobody attends the terminal.
    Unattended,
    /// `03`: the merchant finds it suspicious.
    MerchantSuspicious,
    /// `05`: the customer is there, the card is not.
    CardAbsent,
    /// `06`: an authorization to be completed later.
    Preauthorized,
    /// `08`: by letter or telephone.
    MailOrTelephone,
    /// `59`: over the internet.
    Internet,
    /// Any other two digits.
    Other(u8),
}

/// DE25: the circumstances.
pub fn condition(message: &Message) -> Read<Condition> {
    let Some(value) = message.get(25) else { return Ok(None) };
    let code = u8::try_from(digits(25, value)?).map_err(|_| BadField { field: 25 })?;
    Ok(Some(match code {
        0 => Condition::Normal,
        1 => Condition::CustomerAbsent,
        2 => Condition::Unattended,
        3 => Condition::MerchantSuspicious,
        5 => Condition::CardAbsent,
        6 => Condition::Preauthorized,
        8 => Condition::MailOrTelephone,
        59 => Condition::Internet,
        other => Condition::Other(other),
    }))
}

/// DE41: the terminal, without filling spaces.
pub fn terminal(message: &Message) -> Read<&str> {
    trimmed(message, 41)
}

/// DE42: the merchant, without filling spaces.
pub fn merchant(message: &Message) -> Read<&str> {
    trimmed(message, 42)
}

/// DE61: what the networks put there, as text.
pub fn point_of_service(message: &Message) -> Read<&str> {
    trimmed(message, 61)
}

/// DE43: name and place of the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// Characters 1 to 25: name, or street.
    pub name: &'a str,
    /// Characters 26 to 38.
    pub city: &'a str,
    /// Characters 39 and 40: a two-letter ISO 3166 code; empty when the sender leaves it out.
    pub country: &'a str,
}

/// DE43, cut into name (25), city (13) and country (2), without filling spaces.
pub fn location(message: &Message) -> Read<Location<'_>> {
    let bad = BadField { field: 43 };
    let Some(value) = message.get(43) else { return Ok(None) };
    let text = std::str::from_utf8(value).map_err(|_| bad)?;
    let (name, rest) = text.split_at_checked(25).ok_or(bad)?;
    let (city, country) = rest.split_at_checked(13).filter(|(_, rest)| rest.len() == 2).ok_or(bad)?;
    Ok(Some(Location { name: name.trim_end(), city: city.trim_end(), country: country.trim() }))
}

/// Sets DE43; name, city and country are cut and filled to their places.
///
/// # Errors
/// As [`Message::set`].
pub fn set_location(message: &mut Message, location: Location<'_>) -> Result<(), crate::iso8583::SetError> {
    let mut text = String::with_capacity(40);
    for (part, width) in [(location.name, 25), (location.city, 13), (location.country, 2)] {
        let printable = part.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' });
        text.extend(printable.chain(std::iter::repeat(' ')).take(width));
    }
    message.set(43, &text)
}
