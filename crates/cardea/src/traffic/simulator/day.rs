//! An ordinary day of a person: errands at their hours, at home or on a trip.

use jiff::civil::Date;

use super::chance::{Chance, Purpose};
use super::habits::{Habits, Trip};
use super::planned::{Message, Planned};
use super::world::{DAY_US, MINUTE_US, World};
use crate::traffic::event::{Channel, Purpose as Spent};

/// Days before and on which a fresh salary loosens the purse.
const PAYDAY_GLOW_DAYS: i8 = 3;
/// Greatest amount that is tapped, CNY minor units; above it the chip is read and the PIN asked.
const TAP_CNY_MAX: i64 = 30_000;

/// One kind of errand.
struct Errand {
    class: &'static str,
    /// Probability on a workday and on a free day, per thousand.
    workday: u32,
    free_day: u32,
    /// Between these minutes of the day.
    from: i64,
    to: i64,
    /// On the net.
    net: bool,
    /// Only people who work, or who drive.
    needs: Needs,
}

#[derive(PartialEq)]
enum Needs {
    Nothing,
    Work,
    Car,
}

const fn errand(class: &'static str, chances: (u32, u32), hours: (i64, i64)) -> Errand {
    let ((workday, free_day), (from, to)) = (chances, hours);
    Errand { class, workday, free_day, from: from * 60, to: to * 60, net: false, needs: Needs::Nothing }
}

const fn on_net(class: &'static str, chances: (u32, u32), hours: (i64, i64)) -> Errand {
    Errand { net: true, ..errand(class, chances, hours) }
}

const AT_HOME: [Errand; 25] = [
    Errand { needs: Needs::Work, ..errand("transit", (520, 60), (7, 9)) },
    errand("quick_food", (330, 160), (7, 10)),
    errand("quick_food", (260, 120), (11, 14)),
    errand("restaurant", (240, 260), (11, 14)),
    Errand { needs: Needs::Work, ..errand("transit", (480, 90), (17, 20)) },
    errand("taxi", (110, 150), (8, 23)),
    errand("grocery", (310, 420), (16, 21)),
    errand("restaurant", (130, 330), (18, 21)),
    Errand { needs: Needs::Car, ..errand("fuel", (140, 160), (7, 21)) },
    Errand { needs: Needs::Car, ..errand("parking", (260, 330), (9, 21)) },
    errand("pharmacy", (35, 40), (9, 20)),
    errand("health", (12, 6), (8, 16)),
    errand("beauty", (18, 55), (10, 20)),
    errand("sport", (30, 45), (10, 21)),
    errand("clothing", (18, 95), (11, 21)),
    errand("department", (12, 55), (11, 21)),
    errand("home", (8, 35), (10, 20)),
    errand("books", (10, 30), (10, 20)),
    errand("family", (12, 40), (10, 20)),
    errand("entertainment", (25, 130), (13, 22)),
    errand("electronics", (4, 14), (11, 20)),
    errand("cash", (22, 26), (9, 21)),
    on_net("quick_food", (170, 190), (11, 21)),
    on_net("online_retail", (150, 210), (19, 24)),
    on_net("digital", (40, 60), (18, 24)),
];

const ON_TRIP: [Errand; 9] = [
    errand("quick_food", (420, 420), (8, 10)),
    errand("transit", (450, 450), (9, 12)),
    errand("restaurant", (620, 620), (12, 14)),
    errand("entertainment", (320, 320), (13, 17)),
    errand("taxi", (360, 360), (14, 22)),
    errand("department", (220, 220), (14, 20)),
    errand("clothing", (160, 160), (14, 20)),
    errand("restaurant", (640, 640), (18, 21)),
    errand("grocery", (420, 420), (19, 23)),
];

/// A date to be planned.
pub(super) struct Day {
    /// Days since the epoch, of the calendar on the person's wall.
    pub(super) number: i64,
    pub(super) date: Date,
}

impl Day {
    pub(super) fn of(number: i64) -> Option<Self> {
        let at = jiff::Timestamp::from_microsecond(number.checked_mul(DAY_US)?).ok()?;
        Some(Self { number, date: at.to_zoned(jiff::tz::TimeZone::UTC).date() })
    }

    fn is_free(&self) -> bool {
        matches!(self.date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }
}

/// Where the hours of a day are spent.
struct Whereabouts {
    city: usize,
    errands: &'static [Errand],
    from: i64,
    to: i64,
}

/// One date of one person.
pub(super) struct PersonDay<'a> {
    pub(super) world: &'a World,
    pub(super) seed: u64,
    /// Index of the person.
    pub(super) person: usize,
    pub(super) habits: &'a Habits,
    pub(super) day: &'a Day,
    trip: Option<Trip>,
    here: Whereabouts,
}

impl<'a> PersonDay<'a> {
    pub(super) fn of(world: &'a World, seed: u64, person: usize, habits: &'a Habits, day: &'a Day) -> Self {
        let key = u64::try_from(person).unwrap_or(0);
        let trip = Trip::around(world, seed, key, habits, day.number);
        let here = whereabouts(habits, trip.as_ref(), day.number);
        Self { world, seed, person, habits, day, trip, here }
    }

    /// The number by which this person's streams of chance are told apart.
    pub(super) fn key(&self) -> u64 {
        u64::try_from(self.person).unwrap_or(0)
    }

    /// The city where the person is.
    pub(super) fn city(&self) -> usize {
        self.here.city
    }

    /// UTC time of some moment between two minutes of this day on a city's clocks.
    pub(super) fn at(&self, city: usize, (from, to): (i64, i64), chance: &mut Chance) -> i64 {
        let midnight_us = self.day.number * DAY_US;
        let offset_us = i64::from(self.world.offset_minutes(city, midnight_us)) * MINUTE_US;
        midnight_us - offset_us + chance.between(from * MINUTE_US, to * MINUTE_US - 1)
    }

    /// The ordinary payments of the day, tickets not set.
    pub(super) fn ordinary(&self) -> Vec<Planned> {
        let mut chance = Chance::of(self.seed, Purpose::Day, self.key(), self.day.number.unsigned_abs());
        let mut payments = Vec::new();
        for errand in self.here.errands {
            payments.extend(self.run(errand, &mut chance));
        }
        self.standing_charges(&mut payments, &mut chance);
        self.trip_charges(&mut payments, &mut chance);
        payments
    }

    fn glow(&self) -> bool {
        (0..=PAYDAY_GLOW_DAYS).contains(&(self.day.date.day() - self.habits.payday))
    }

    fn run(&self, errand: &Errand, chance: &mut Chance) -> Option<Planned> {
        let habits = self.habits;
        let fits = match errand.needs {
            Needs::Nothing => true,
            Needs::Work => habits.works,
            Needs::Car => habits.drives,
        };
        let mut probability = if self.day.is_free() { errand.free_day } else { errand.workday };
        if errand.net {
            probability = probability * habits.net_per_mille / 1_000;
        }
        if self.glow() {
            probability = probability * 13 / 10;
        }
        if !chance.per_mille(probability) || !fits {
            return None;
        }
        let late = if self.here.city == habits.city { habits.late_minutes } else { 0 };
        let minute = (chance.between(errand.from, errand.to - 1) + late).rem_euclid(24 * 60);
        if !(self.here.from..self.here.to).contains(&minute) {
            return None;
        }
        let shop = if errand.net {
            self.net_shop(errand.class, chance)?
        } else {
            habits.shop(self.world, chance, self.here.city, errand.class)?
        };
        let at_us = self.at(self.here.city, (minute, minute + 1), chance);
        let percent = habits.spend_percent * if self.glow() { 120 } else { 100 } / 100;
        self.purchase(shop, at_us, percent, chance)
    }

    /// A favourite shop on the net mostly, any of the class else.
    fn net_shop(&self, class: &str, chance: &mut Chance) -> Option<usize> {
        let of_class = |index: &&usize| self.world.shop(**index).is_some_and(|shop| shop.class == class);
        let known: Vec<usize> = self.habits.net_favourites.iter().filter(of_class).copied().collect();
        let any = chance.pick(self.world.net(class)).copied();
        if chance.per_mille(820) { chance.pick(&known).copied().or(any) } else { any }
    }

    /// An ordinary purchase: amount within the shop's bounds, card used as one uses it there.
    fn purchase(&self, shop: usize, at_us: i64, percent: i64, chance: &mut Chance) -> Option<Planned> {
        let place = self.world.shop(shop)?;
        let spread = chance.skewed(place.low, place.high);
        let cny = (spread * percent / 100).clamp(place.low, place.high.saturating_mul(2));
        let cash = place.class == "cash";
        let cny = if cash { (cny / 10_000).max(1) * 10_000 } else { cny };
        let till = usize::try_from(chance.below(3)).unwrap_or(0);
        let planned = Planned { till, ..Planned::purchase(self.world, self.person, shop, at_us, cny)? };
        Some(match place.class.as_str() {
            "cash" => Planned { purpose: Spent::Cash, message: Message::Financial, ..planned },
            "transit" => planned.tapped(),
            _ if place.net && chance.per_mille(450) => planned.on_file(Channel::CardOnFile),
            _ if place.net => planned,
            _ if cny <= TAP_CNY_MAX && chance.per_mille(650) => planned.tapped(),
            _ => planned,
        })
    }

    /// What merchants charge on their own on this day of the month, in the small hours.
    fn standing_charges(&self, payments: &mut Vec<Planned>, chance: &mut Chance) {
        let due = self.habits.subscriptions.iter().filter(|s| s.day_of_month == self.day.date.day());
        for subscription in due {
            let at_us = self.at(self.habits.city, (2 * 60, 6 * 60), chance);
            let planned =
                Planned::purchase(self.world, self.person, subscription.shop, at_us, subscription.cny_minor);
            payments.extend(planned.map(|p| p.on_file(Channel::Recurring)));
        }
    }

    /// The booking of a trip, and the hotel on arrival.
    fn trip_charges(&self, payments: &mut Vec<Planned>, chance: &mut Chance) {
        let Some(trip) = &self.trip else { return };
        if self.day.number == trip.booked {
            for class in ["airline", "travel_agency"] {
                let at_us = self.at(self.habits.city, (19 * 60, 23 * 60), chance);
                let Some(shop) = chance.pick(self.world.net(class)).copied() else { continue };
                payments.extend(self.purchase(shop, at_us, self.habits.spend_percent, chance));
            }
        }
        if self.day.number == trip.first {
            let at_us = self.at(trip.city, (15 * 60, 18 * 60), chance);
            let nights = (trip.last - trip.first).max(1);
            if let Some(shop) = chance.pick(self.world.local(trip.city, "lodging")).copied() {
                payments.extend(self.purchase(shop, at_us, 60 * nights, chance));
            }
        }
    }
}

fn whereabouts(habits: &Habits, trip: Option<&Trip>, day: i64) -> Whereabouts {
    let home = Whereabouts { city: habits.city, errands: &AT_HOME, from: 0, to: 24 * 60 };
    let Some(trip) = trip else { return home };
    let away = Whereabouts { city: trip.city, errands: &ON_TRIP, ..home };
    // Arrives after midday, leaves before noon, and is home the afternoon after: nobody flies faster.
    match day {
        _ if day == trip.first => Whereabouts { from: 14 * 60, ..away },
        _ if day == trip.last => Whereabouts { to: 11 * 60, ..away },
        _ if (trip.first..trip.last).contains(&day) => away,
        _ if day == trip.last + 1 => Whereabouts { from: 16 * 60, ..home },
        _ if day == trip.first - 1 => Whereabouts { to: 23 * 60, ..home },
        _ => home,
    }
}
