//! What goes wrong in honest traffic: slips, lost messages, changed minds.
//!
//! Rates are per ten thousand ordinary payments. A slip that should be declined is labelled, so that a test can
//! hold the answer against it.

use super::chance::Chance;
use super::people::{SamplePerson, pan};
use super::planned::{Message, Planned, Typed};
use super::world::{DAY_US, World};
use crate::traffic::event::{Amount, Channel, ExpectedDecline, Label, Purpose};

/// Seconds in microseconds.
const SECOND_US: i64 = 1_000_000;

/// How often each thing goes wrong, per ten thousand ordinary payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TroubleRates {
    pub over_limit: u32,
    pub wrong_cvv2: u32,
    pub unknown_card: u32,
    /// Charges to an old card, of those who have one.
    pub expired_card: u32,
    pub advice: u32,
    pub reversal: u32,
    pub partial_reversal: u32,
    pub repeat: u32,
    pub refund: u32,
    pub account_check: u32,
}

impl TroubleRates {
    /// Enough of each for a wall that is watched by people.
    pub const USUAL: Self = Self {
        over_limit: 60,
        wrong_cvv2: 250,
        unknown_card: 20,
        expired_card: 600,
        advice: 50,
        reversal: 50,
        partial_reversal: 40,
        repeat: 40,
        refund: 60,
        account_check: 150,
    };
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        over_limit: 0,
        wrong_cvv2: 0,
        unknown_card: 0,
        expired_card: 0,
        advice: 0,
        reversal: 0,
        partial_reversal: 0,
        repeat: 0,
        refund: 0,
        account_check: 0,
    };
}

/// A payment with what goes wrong about it: itself, perhaps changed, and what else is sent because of it.
/// `tickets` numbers payments in the order of planning.
pub(super) fn troubled(
    world: &World,
    rates: &TroubleRates,
    person: &SamplePerson,
    mut payment: Planned,
    tickets: &mut u64,
    chance: &mut Chance,
) -> Vec<Planned> {
    let mut next_ticket = || {
        *tickets += 1;
        *tickets
    };
    payment.ticket = next_ticket();
    let happens = |rate: u32, chance: &mut Chance| chance.per_million(rate.saturating_mul(100));
    let on_net = payment.channel == Channel::Ecommerce;
    if on_net && happens(rates.wrong_cvv2, chance) {
        let slip = expected(Planned { cvv2: Typed::Wrong, ..payment.clone() }, ExpectedDecline::WrongCvv2);
        let again = Planned { at_us: payment.at_us + 40 * SECOND_US, ticket: next_ticket(), ..payment };
        return vec![slip, again];
    }
    if on_net && happens(rates.unknown_card, chance) {
        let serial = 5_000_000 + chance.below(1_000_000);
        let unknown = pan(&person.product, serial);
        return vec![expected(Planned { unknown, ..payment }, ExpectedDecline::UnknownCard)];
    }
    let old = person.cards.iter().position(|card| card.expired);
    let kept = matches!(payment.channel, Channel::Recurring | Channel::CardOnFile);
    if let Some(card) = old.filter(|_| kept && happens(rates.expired_card, chance)) {
        return vec![expected(Planned { card, ..payment }, ExpectedDecline::Expired)];
    }
    if happens(rates.over_limit, chance)
        && let Some(amount) = over_limit(world, person, &payment, chance)
    {
        return vec![expected(Planned { amount, ..payment }, ExpectedDecline::OverLimit)];
    }
    if on_net && happens(rates.account_check, chance) {
        let at_us = payment.at_us - 5 * SECOND_US;
        let zero = Amount { minor: 0, ..payment.amount };
        let check = Planned { at_us, amount: zero, purpose: Purpose::AccountCheck, ..payment.clone() };
        return vec![check, Planned { ticket: next_ticket(), ..payment }];
    }
    if payment.message == Message::Authorization
        && payment.channel.card_present()
        && happens(rates.advice, chance)
    {
        return vec![Planned { message: Message::Advice, ..payment }];
    }
    followed(rates, payment, next_ticket(), chance)
}

/// A payment that went well, and what may come after it.
fn followed(rates: &TroubleRates, mut payment: Planned, ticket: u64, chance: &mut Chance) -> Vec<Planned> {
    let happens = |rate: u32, chance: &mut Chance| chance.per_million(rate.saturating_mul(100));
    let of = payment.ticket;
    let later = |message: Message, after_us: i64| Planned {
        at_us: payment.at_us + after_us,
        ticket,
        message,
        followed: false,
        ..payment.clone()
    };
    let follower = if happens(rates.repeat, chance) {
        later(Message::Repeat { of }, chance.between(8, 30) * SECOND_US)
    } else if happens(rates.reversal, chance) {
        later(Message::Reversal { of, remaining: None }, chance.between(20, 900) * SECOND_US)
    } else if happens(rates.partial_reversal, chance) && payment.amount.minor > 1 {
        let remaining = Some(chance.between(1, payment.amount.minor - 1));
        later(Message::Reversal { of, remaining }, chance.between(60, 3_600) * SECOND_US)
    } else if happens(rates.refund, chance) && payment.purpose == Purpose::Purchase {
        let back = later(
            Message::Authorization,
            chance.between(1, 6) * DAY_US + chance.between(0, 3_600) * SECOND_US,
        );
        return vec![payment, Planned { purpose: Purpose::Refund, ..back }];
    } else {
        return vec![payment];
    };
    payment.followed = true;
    vec![payment, follower]
}

fn expected(payment: Planned, decline: ExpectedDecline) -> Planned {
    Planned { label: Label { fraud: None, expected: Some(decline) }, ..payment }
}

/// An amount above the whole limit, in the currency of the payment.
fn over_limit(
    world: &World,
    person: &SamplePerson,
    payment: &Planned,
    chance: &mut Chance,
) -> Option<Amount> {
    let account = world.money(&person.currency)?;
    let minor = person.limit_minor.checked_mul(chance.between(110, 300))? / 100;
    let charged = world.data.issuer.currencies.iter().find(|row| row.numeric == payment.amount.currency)?;
    world.exchanged(Amount { minor, currency: account.numeric }, charged)
}
