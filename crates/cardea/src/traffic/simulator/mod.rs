//! Made-up card payments: seeded, deterministic, endless.
//!
//! Problem: an issuer without traffic shows nothing, and real traffic can't leave a bank. Design: people with
//! habits (home city, usual shops, working hours, payday, subscriptions, trips) live day by day; thieves and
//! slips come on top, each labelled. The stream is an iterator in time order that knows no clock: the caller
//! decides whether its times are now, last year, or a hundred times faster than life.
//!
//! Why it can be trusted: the same seed and plan give the same stream on every machine, since only whole numbers
//! are drawn (`chance`), and each person's day is drawn from a stream of its own, so more people change
//! nothing about the ones that were there. Memory is one day of payments. What it does not do: know the
//! answers. A payment after a decline comes all the same, as in life.

mod chance;
mod day;
mod fraud;
mod habits;
mod names;
mod people;
mod planned;
#[cfg(test)]
mod tests;
mod trouble;
mod world;

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

pub use fraud::FraudRates;
pub use people::{PEOPLE_MAX, SampleCard, SamplePerson};
pub use trouble::TroubleRates;

use self::chance::{Chance, Purpose};
use self::day::{Day, PersonDay};
use self::habits::Habits;
use self::planned::{Message, Planned, Typed};
use self::world::{DAY_US, World};
use super::event::{EventKind, Merchant, Original, Place, Reversed, TrafficEvent};
use crate::issuer::{IssuerData, IssuerError};

/// Local days differ from UTC days by up to this much: a date may begin so long before its UTC midnight.
const ZONE_LEAD_US: i64 = 14 * 3_600 * 1_000_000;

/// What to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatorPlan {
    /// How many people, at most [`PEOPLE_MAX`]. Each pays about four times a day.
    pub people: usize,
    /// No payment comes before this, UTC microseconds.
    pub start_us: i64,
    /// Of a thousand people on the mainland, how many have their account in USD or JPY.
    pub foreign_accounts_per_mille: u32,
    pub fraud: FraudRates,
    pub trouble: TroubleRates,
}

impl SimulatorPlan {
    /// The usual mix for a number of people from a time on.
    #[must_use]
    pub fn usual(people: usize, start_us: i64) -> Self {
        Self {
            people,
            start_us,
            foreign_accounts_per_mille: 40,
            fraud: FraudRates::USUAL,
            trouble: TroubleRates::USUAL,
        }
    }

    /// Fifty people from 2 March 2026: enough for a test.
    #[must_use]
    pub fn small() -> Self {
        Self::usual(50, 1_772_409_600_000_000)
    }
}

/// The people of a plan, in the order of their numbers: what the sample issuer is set up with.
///
/// # Errors
/// Where the data in `examples/issuer` is wrong.
pub fn sample_people(seed: u64, plan: &SimulatorPlan) -> Result<Vec<SamplePerson>, IssuerError> {
    let world = World::new(IssuerData::embedded()?)?;
    Ok(people_of(&world, seed, plan))
}

/// A shop of the sample: what a receiver looks up by DE42, since the wire carries no coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleMerchant {
    /// DE42, and its terminals (DE41).
    pub merchant: Arc<Merchant>,
    pub terminals: Vec<String>,
    pub mcc: u16,
    /// Id of the city in `places.toml`; for a shop on the net the city where it is registered.
    pub city: String,
    /// Where it stands; none on the net.
    pub place: Option<Place>,
}

/// Every shop of the sample, the same for every seed.
///
/// # Errors
/// Where the data in `examples/issuer` is wrong.
pub fn sample_merchants() -> Result<Vec<SampleMerchant>, IssuerError> {
    let world = World::new(IssuerData::embedded()?)?;
    let shops = world.shops.iter().map(|shop| SampleMerchant {
        merchant: Arc::clone(&shop.merchant),
        terminals: shop.terminals.clone(),
        mcc: shop.mcc,
        city: world.data.cities.get(shop.city).map_or(String::new(), |city| city.id.clone()),
        place: shop.place,
    });
    Ok(shops.collect())
}

fn people_of(world: &World, seed: u64, plan: &SimulatorPlan) -> Vec<SamplePerson> {
    (0..plan.people.min(PEOPLE_MAX))
        .filter_map(|index| {
            people::person(world, seed, index, plan.start_us, plan.foreign_accounts_per_mille)
        })
        .collect()
}

/// An endless stream of payments in time order.
pub struct Simulator {
    seed: u64,
    plan: SimulatorPlan,
    world: World,
    people: Arc<[SamplePerson]>,
    habits: Vec<Habits>,
    heap: BinaryHeap<Planned>,
    /// The next date to be planned, days since the epoch.
    next_day: i64,
    tickets: u64,
    row: u64,
    /// Payments that a later message names: ticket to what was sent.
    sent: HashMap<u64, Original>,
}

impl Simulator {
    /// A simulator with the people that the seed makes.
    ///
    /// # Errors
    /// Where the data in `examples/issuer` is wrong.
    pub fn new(seed: u64, plan: SimulatorPlan) -> Result<Self, IssuerError> {
        let world = World::new(IssuerData::embedded()?)?;
        let people: Arc<[SamplePerson]> = people_of(&world, seed, &plan).into();
        Ok(Self::in_world(seed, plan, world, people))
    }

    /// A simulator with given people: those of [`sample_people`], perhaps with card codes from a key module.
    /// `plan.people` is not looked at.
    ///
    /// # Errors
    /// Where the data in `examples/issuer` is wrong.
    pub fn with_people(
        seed: u64,
        plan: SimulatorPlan,
        people: Arc<[SamplePerson]>,
    ) -> Result<Self, IssuerError> {
        let world = World::new(IssuerData::embedded()?)?;
        Ok(Self::in_world(seed, plan, world, people))
    }

    fn in_world(seed: u64, plan: SimulatorPlan, world: World, people: Arc<[SamplePerson]>) -> Self {
        let habits = people.iter().map(|person| Habits::of(&world, seed, person)).collect();
        let next_day = plan.start_us.div_euclid(DAY_US) - 1;
        let (heap, sent) = (BinaryHeap::new(), HashMap::new());
        Self { seed, plan, world, people, habits, heap, next_day, tickets: 0, row: 0, sent }
    }

    /// The people whose payments these are.
    #[must_use]
    pub fn people(&self) -> &[SamplePerson] {
        &self.people
    }

    /// Every payment before this time has been planned.
    fn planned_until_us(&self) -> i64 {
        self.next_day.saturating_mul(DAY_US).saturating_sub(ZONE_LEAD_US)
    }

    /// Plans one date for everybody. `None` at the end of the calendar.
    fn plan_day(&mut self) -> Option<()> {
        let day = Day::of(self.next_day)?;
        for index in 0..self.people.len() {
            self.plan_person(index, &day);
        }
        self.next_day += 1;
        Some(())
    }

    fn plan_person(&mut self, index: usize, day: &Day) {
        let (Some(person), Some(habits)) = (self.people.get(index), self.habits.get(index)) else { return };
        let today = PersonDay::of(&self.world, self.seed, index, habits, day);
        let ordinary = today.ordinary();
        let fraud = today.fraud(&self.plan.fraud, &ordinary);
        let mut chance = Chance::of(self.seed, Purpose::Trouble, person.number, day.number.unsigned_abs());
        for payment in ordinary {
            let sent = trouble::troubled(
                &self.world,
                &self.plan.trouble,
                person,
                payment,
                &mut self.tickets,
                &mut chance,
            );
            self.heap.extend(sent);
        }
        for payment in fraud {
            self.tickets += 1;
            self.heap.push(Planned { ticket: self.tickets, ..payment });
        }
    }

    /// Makes the event of a planned payment; `None` for one that is not sent after all (a message about a
    /// payment from before the start).
    fn event(&mut self, planned: &Planned) -> Option<TrafficEvent> {
        let person = self.people.get(planned.person)?;
        let card = person.cards.get(planned.card)?;
        let shop = self.world.shop(planned.shop)?;
        let kind = match planned.message {
            Message::Authorization => EventKind::Authorization,
            Message::Financial => EventKind::Financial,
            Message::Advice => EventKind::Advice,
            Message::Repeat { of } => EventKind::Repeat(self.sent.remove(&of)?),
            Message::Reversal { of, remaining } => EventKind::Reversal(
                self.sent.remove(&of)?,
                remaining.map_or(Reversed::Whole, Reversed::Remaining),
            ),
        };
        let row = self.row + 1;
        if planned.followed {
            let financial = kind == EventKind::Financial;
            self.sent.insert(planned.ticket, Original { row, at_us: planned.at_us, financial });
        }
        let account = self.world.money(&person.currency)?;
        let foreign = account.numeric != planned.amount.currency;
        let unknown = planned.unknown.is_some();
        let present = planned.channel.card_present();
        let typed = planned.cvv2 != Typed::Nothing;
        self.row = row;
        Some(TrafficEvent {
            row,
            at_us: planned.at_us,
            local_offset_minutes: self.world.offset_minutes(shop.city, planned.at_us),
            customer: if unknown { 0 } else { person.number },
            pan: planned.unknown.clone().unwrap_or_else(|| card.pan.clone()),
            expiry: (present || typed).then_some(card.expiry),
            psn: (present && !unknown).then_some(card.psn),
            cvv2: match planned.cvv2 {
                Typed::Nothing => None,
                Typed::Right => Some(card.cvv2.clone()),
                Typed::Wrong => Some(card.cvv2.mistyped()),
            },
            pin_entered: planned.pin,
            kind,
            purpose: planned.purpose,
            amount: planned.amount,
            billing: if foreign { self.world.exchanged(planned.amount, account) } else { None },
            channel: planned.channel,
            mcc: shop.mcc,
            merchant: Arc::clone(&shop.merchant),
            terminal_id: shop.terminals.get(planned.till % shop.terminals.len().max(1))?.clone(),
            place: if present { shop.place } else { None },
            label: planned.label,
        })
    }
}

impl Iterator for Simulator {
    type Item = TrafficEvent;

    fn next(&mut self) -> Option<TrafficEvent> {
        if self.people.is_empty() {
            return None;
        }
        loop {
            let ready = self.heap.peek().is_some_and(|first| first.at_us < self.planned_until_us());
            if !ready {
                self.plan_day()?;
                continue;
            }
            let planned = self.heap.pop()?;
            if planned.at_us < self.plan.start_us {
                continue;
            }
            if let Some(event) = self.event(&planned) {
                return Some(event);
            }
        }
    }
}
