//! A payment on its way into the stream: indices instead of texts, so that a day of many people stays small.

use std::cmp::Ordering;

use super::world::World;
use crate::traffic::event::{Amount, Channel, Label, Purpose};
use crate::traffic::pan::TestPan;

/// What message it will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    Authorization,
    Financial,
    Advice,
    /// Takes back the payment with that ticket, but for what remains (`None`: wholly).
    Reversal {
        of: u64,
        remaining: Option<i64>,
    },
    Repeat {
        of: u64,
    },
}

/// What the payer types as CVV2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    Nothing,
    Right,
    Wrong,
}

#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) at_us: i64,
    /// Order of planning: ties in time are settled by it, and later messages name the payment by it.
    pub(super) ticket: u64,
    /// Index of the person and of the card among the person's.
    pub(super) person: usize,
    pub(super) card: usize,
    pub(super) shop: usize,
    pub(super) till: usize,
    pub(super) message: Message,
    /// Whether a later message will name this one.
    pub(super) followed: bool,
    pub(super) purpose: Purpose,
    pub(super) amount: Amount,
    pub(super) channel: Channel,
    pub(super) cvv2: Typed,
    pub(super) pin: bool,
    /// A card number that was never issued, instead of the person's.
    pub(super) unknown: Option<TestPan>,
    pub(super) label: Label,
}

impl Planned {
    /// An authorization by a person at a shop, CNY amounts turned into what is charged there.
    pub(super) fn purchase(
        world: &World,
        person: usize,
        shop: usize,
        at_us: i64,
        cny_minor: i64,
    ) -> Option<Self> {
        let place = world.shop(shop)?;
        let money = world.money_of(place.city)?;
        let amount = Amount { minor: world.converted_cny(cny_minor, money), currency: money.numeric };
        Some(Self {
            at_us,
            ticket: 0,
            person,
            card: 0,
            shop,
            till: 0,
            message: Message::Authorization,
            followed: false,
            purpose: Purpose::Purchase,
            amount,
            channel: if place.net { Channel::Ecommerce } else { Channel::Chip },
            cvv2: if place.net { Typed::Right } else { Typed::Nothing },
            pin: !place.net,
            unknown: None,
            label: Label::default(),
        })
    }

    /// With the card held to the reader, no PIN.
    pub(super) fn tapped(self) -> Self {
        Self { channel: Channel::Contactless, pin: false, ..self }
    }

    /// With the stripe read, which copies have.
    pub(super) fn swiped(self) -> Self {
        Self { channel: Channel::MagneticStripe, pin: false, ..self }
    }

    /// With a card number that the merchant keeps.
    pub(super) fn on_file(self, channel: Channel) -> Self {
        Self { channel, cvv2: Typed::Nothing, pin: false, ..self }
    }
}

/// Earliest first out of a max-heap.
impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.ticket).cmp(&(self.at_us, self.ticket))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Planned {}
