//! What a person usually does: where they shop, when they are up, what they subscribe to, when they are paid.

use super::chance::{Chance, Purpose};
use super::people::SamplePerson;
use super::world::World;

/// Days in a block of the calendar by which trips and compromises are drawn.
pub(super) const BLOCK_DAYS: i64 = 28;

/// Classes of shops on the ground that a person has favourites of, and how many.
const FAVOURITES: [(&str, usize); 12] = [
    ("grocery", 3),
    ("restaurant", 4),
    ("quick_food", 2),
    ("transit", 1),
    ("taxi", 1),
    ("fuel", 1),
    ("parking", 2),
    ("pharmacy", 1),
    ("clothing", 2),
    ("beauty", 1),
    ("entertainment", 1),
    ("sport", 1),
];
/// Shops on the net that charge on their own, by class, with how many of a thousand people pay them.
const SUBSCRIPTIONS: [(&str, u32); 4] =
    [("digital", 620), ("telecom", 850), ("utilities", 700), ("insurance", 180)];
/// Where the people of this bank travel to, the likelier ones more than once.
const DESTINATIONS: [&str; 24] = [
    "BJS", "CTU", "CAN", "SZX", "XIY", "XMN", "HGH", "NKG", "HKG", "HKG", "TPE", "TYO", "TYO", "OSA", "OSA",
    "SEL", "SEL", "SIN", "BKK", "BKK", "LON", "PAR", "NYC", "LAX",
];

/// A standing charge.
pub(super) struct Subscription {
    pub(super) shop: usize,
    pub(super) day_of_month: i8,
    /// CNY minor units, the same every month.
    pub(super) cny_minor: i64,
}

pub(super) struct Habits {
    pub(super) city: usize,
    /// Minutes by which this person's day is later than an office worker's.
    pub(super) late_minutes: i64,
    pub(super) works: bool,
    pub(super) drives: bool,
    /// Spending against the usual amounts, percent.
    pub(super) spend_percent: i64,
    /// Readiness to buy on the net, per thousand of the usual.
    pub(super) net_per_mille: u32,
    /// Trips a block of [`BLOCK_DAYS`] days, per thousand.
    pub(super) trips_per_mille: u32,
    pub(super) payday: i8,
    pub(super) favourites: Vec<usize>,
    pub(super) net_favourites: Vec<usize>,
    pub(super) subscriptions: Vec<Subscription>,
}

impl Habits {
    pub(super) fn of(world: &World, seed: u64, person: &SamplePerson) -> Self {
        let mut chance = Chance::of(seed, Purpose::Habits, person.number, 0);
        let city = world.city_index(&person.city).unwrap_or(0);
        let (late_minutes, works) = match chance.below(100) {
            0..=57 => (0, true),
            58..=69 => (100, true),
            70..=77 => (430, true),
            78..=88 => (-60, false),
            _ => (60, false),
        };
        let mut favourites = Vec::new();
        for (class, count) in FAVOURITES {
            let shops = world.local(city, class);
            favourites.extend((0..count).filter_map(|_| chance.pick(shops).copied()));
        }
        let mut net_favourites = Vec::new();
        for class in
            ["online_retail", "online_retail", "quick_food", "grocery", "books", "digital", "travel_agency"]
        {
            net_favourites.extend(chance.pick(world.net(class)).copied());
        }
        let mut subscriptions = Vec::new();
        for (class, per_mille) in SUBSCRIPTIONS {
            if chance.per_mille(per_mille) {
                subscriptions.extend(subscription(world, &mut chance, class));
            }
        }
        Self {
            city,
            late_minutes,
            works,
            drives: chance.per_mille(380),
            spend_percent: chance.skewed(55, 260),
            net_per_mille: u32::try_from(chance.between(300, 2_000)).unwrap_or(1_000),
            trips_per_mille: if chance.per_mille(150) { 700 } else { 140 },
            payday: i8::try_from(chance.between(1, 28)).unwrap_or(10),
            favourites,
            net_favourites,
            subscriptions,
        }
    }

    /// A shop of the class where the person is: a favourite mostly when at home, any elsewhere.
    pub(super) fn shop(&self, world: &World, chance: &mut Chance, city: usize, class: &str) -> Option<usize> {
        if city == self.city && chance.per_mille(780) {
            let of_class = |index: &&usize| world.shop(**index).is_some_and(|shop| shop.class == class);
            let known: Vec<usize> = self.favourites.iter().filter(of_class).copied().collect();
            if let Some(shop) = chance.pick(&known) {
                return Some(*shop);
            }
        }
        chance.pick(world.local(city, class)).copied()
    }
}

fn subscription(world: &World, chance: &mut Chance, class: &str) -> Option<Subscription> {
    let index = *chance.pick(world.net(class))?;
    let shop = world.shop(index)?;
    Some(Subscription {
        shop: index,
        day_of_month: i8::try_from(chance.between(1, 28)).ok()?,
        cny_minor: chance.skewed(shop.low, shop.high) / 100 * 100,
    })
}

/// A stay in another city, days since the epoch, both included.
pub(super) struct Trip {
    pub(super) city: usize,
    pub(super) first: i64,
    pub(super) last: i64,
    /// The day on which the way is booked, some days before.
    pub(super) booked: i64,
}

impl Trip {
    /// The trip of the block in which a day lies; at most one a block, and it begins and ends inside it.
    pub(super) fn around(world: &World, seed: u64, person: u64, habits: &Habits, day: i64) -> Option<Self> {
        let block = day.div_euclid(BLOCK_DAYS);
        let mut chance = Chance::of(seed, Purpose::Trip, person, block.unsigned_abs());
        if !chance.per_mille(habits.trips_per_mille) {
            return None;
        }
        let city = world.city_index(chance.pick(&DESTINATIONS)?).filter(|city| *city != habits.city)?;
        let first = block * BLOCK_DAYS + chance.between(8, 19);
        let last = first + chance.between(1, 6);
        Some(Self { city, first, last, booked: first - chance.between(3, 8) })
    }
}
