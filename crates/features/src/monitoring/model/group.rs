//! Counts by place and by merchant class: minutes of the last two hours, hours of the last two days.
//!
//! A group is a small ordered map, pruned as time goes on. There is room for [`GROUPS_MAX`] of each kind;
//! what comes when the room is full is counted under [`Place::Other`], so that sums stay right.

use super::{FAMILIES, Family, Pending, Range};
use std::collections::{BTreeMap, HashMap};

/// Places, and merchant classes, that are counted apart.
pub const GROUPS_MAX: usize = 512;
/// Minutes that a group remembers one by one: the longest range by minutes and the one before it.
const MINUTES_MAX: i64 = 121;
/// Hours that a group remembers.
const HOURS_MAX: i64 = 49;
/// Letters of a city that are kept; field 43 has 13.
const CITY_CHARS_MAX: usize = 40;

/// Where a payment is made, as the wall tells places apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On the web or with kept card data, at a merchant of the cardholder's country.
    OnlineHome,
    /// The same, at a merchant of another country.
    OnlineAbroad,
    /// In a city.
    City {
        /// ISO 3166 numeric; 0 unknown.
        country: u16,
        /// As field 43 has it.
        city: String,
    },
    /// Everything else.
    Other,
}

impl Place {
    /// The place of a card that was there.
    pub fn city(country: u16, city: &str) -> Self {
        let printable: String = city.chars().filter(|letter| !letter.is_control()).collect();
        let cut: String = printable.trim().chars().take(CITY_CHARS_MAX).collect();
        // Cut between two words, a name would end in a space and be another place when it is read back.
        match cut.trim_end() {
            "" => Self::Other,
            city => Self::City { country, city: city.to_owned() },
        }
    }

    /// As the database holds it; [`Place::from_text`] reads it back.
    pub fn to_text(&self) -> String {
        match self {
            Self::OnlineHome => "online/home".to_owned(),
            Self::OnlineAbroad => "online/abroad".to_owned(),
            Self::City { country, city } => format!("{country}/{city}"),
            Self::Other => "other".to_owned(),
        }
    }

    /// Reads what [`Place::to_text`] wrote; anything else is elsewhere.
    pub fn from_text(text: &str) -> Self {
        match text {
            "online/home" => Self::OnlineHome,
            "online/abroad" => Self::OnlineAbroad,
            _ => match text.split_once('/').map(|(country, city)| (country.parse(), city)) {
                Some((Ok(country), city)) => Self::city(country, city),
                _ => Self::Other,
            },
        }
    }
}

/// Counts by family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums(pub [u64; FAMILIES]);

impl Sums {
    /// One more, or several.
    pub fn add(&mut self, family: Family, count: u64) {
        if let Some(sum) = self.0.get_mut(family.index()) {
            *sum += count;
        }
    }

    /// Takes in another one's counts.
    pub fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, more)| *own += more);
    }

    /// How many of this family.
    pub fn get(&self, family: Family) -> u64 {
        self.0.get(family.index()).copied().unwrap_or(0)
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// All that were let through.
    pub fn approved(&self) -> u64 {
        self.get(Family::Approved)
    }

    /// All that were declined.
    pub fn declined(&self) -> u64 {
        self.total() - self.approved()
    }

    /// The family with most declines, the first of equals; `None` without declines.
    pub fn main_decline(&self) -> Option<Family> {
        let most = Family::DECLINED.into_iter().rev().max_by_key(|family| self.get(*family));
        most.filter(|family| self.get(*family) > 0)
    }
}

/// Counts of one group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    minutes: BTreeMap<i64, Sums>,
    hours: BTreeMap<i64, Sums>,
    /// What the store must still add, by hour.
    pending: BTreeMap<i64, Sums>,
}

impl Group {
    fn add(&mut self, minute: i64, family: Family, count: u64) {
        let hour = minute.div_euclid(60);
        self.minutes.entry(minute).or_default().add(family, count);
        self.hours.entry(hour).or_default().add(family, count);
        self.pending.entry(hour).or_default().add(family, count);
    }

    fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.minutes.is_empty() && self.pending.is_empty()
    }

    /// Counts of the `minutes` minutes that end with `last` (included). Beyond two hours whole hours count.
    pub fn sums(&self, last: i64, minutes: i64) -> Sums {
        let mut sums = Sums::default();
        if minutes < MINUTES_MAX {
            self.minutes.range(last - minutes + 1..=last).for_each(|(_, counts)| sums.join(counts));
        } else {
            let hour = last.div_euclid(60);
            self.hours.range(hour - minutes / 60 + 1..=hour).for_each(|(_, counts)| sums.join(counts));
        }
        sums
    }

    fn prune(&mut self, minute: i64) {
        self.minutes = self.minutes.split_off(&(minute - MINUTES_MAX));
        self.hours = self.hours.split_off(&(minute.div_euclid(60) - HOURS_MAX));
    }
}

/// All places, all merchant classes.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    places: HashMap<Place, Group>,
    classes: HashMap<u16, Group>,
}

impl Groups {
    /// Counts at a place.
    pub fn add_place(&mut self, place: Place, minute: i64, family: Family, count: u64) {
        if let Some(group) = self.places.get_mut(&place) {
            return group.add(minute, family, count);
        }
        let place = if self.places.len() < GROUPS_MAX { place } else { Place::Other };
        self.places.entry(place).or_default().add(minute, family, count);
    }

    /// Counts in a merchant class (ISO 18245); 0 stands for all that have no room.
    pub fn add_class(&mut self, class: u16, minute: i64, family: Family, count: u64) {
        let known = self.classes.contains_key(&class);
        let class = if known || self.classes.len() < GROUPS_MAX { class } else { 0 };
        self.classes.entry(class).or_default().add(minute, family, count);
    }

    /// Moves what the store must still add into `pending`.
    pub fn take_pending(&mut self, pending: &mut Pending) {
        for (place, group) in self.places.iter_mut().filter(|(_, group)| !group.pending.is_empty()) {
            let name = place.to_text();
            for (hour, family, count) in counts(&std::mem::take(&mut group.pending)) {
                *pending.places.entry((hour, name.clone(), family)).or_default() += count;
            }
        }
        for (class, group) in self.classes.iter_mut().filter(|(_, group)| !group.pending.is_empty()) {
            for (hour, family, count) in counts(&std::mem::take(&mut group.pending)) {
                *pending.classes.entry((hour, *class, family)).or_default() += count;
            }
        }
    }

    /// A stored hour, at the start.
    pub fn load_place(&mut self, place: &Place, hour: i64, family: Family, count: u64) {
        if self.places.contains_key(place) || self.places.len() < GROUPS_MAX {
            let group = self.places.entry(place.clone()).or_default();
            group.hours.entry(hour).or_default().add(family, count);
        }
    }

    /// A stored hour, at the start.
    pub fn load_class(&mut self, class: u16, hour: i64, family: Family, count: u64) {
        if self.classes.contains_key(&class) || self.classes.len() < GROUPS_MAX {
            let group = self.classes.entry(class).or_default();
            group.hours.entry(hour).or_default().add(family, count);
        }
    }

    /// Places with their counts in a range, and in the range before it.
    pub fn places(&self, last: i64, range: Range) -> Vec<(&Place, Sums, Sums)> {
        let span = range.minutes();
        let of = |group: &Group| (group.sums(last, span), group.sums(last - span, span));
        self.places.iter().map(|(place, group)| (place, of(group).0, of(group).1)).collect()
    }

    /// Merchant classes with their counts in a range, and in the range before it.
    pub fn classes(&self, last: i64, range: Range) -> Vec<(u16, Sums, Sums)> {
        let span = range.minutes();
        let of = |group: &Group| (group.sums(last, span), group.sums(last - span, span));
        self.classes.iter().map(|(class, group)| (*class, of(group).0, of(group).1)).collect()
    }

    /// Forgets what no range reaches.
    pub fn prune(&mut self, minute: i64) {
        self.places.values_mut().for_each(|group| group.prune(minute));
        self.classes.values_mut().for_each(|group| group.prune(minute));
        self.places.retain(|_, group| !group.is_empty());
        self.classes.retain(|_, group| !group.is_empty());
    }
}

/// Hour, family and count of all that are not zero.
fn counts(sums: &BTreeMap<i64, Sums>) -> Vec<(i64, u8, u64)> {
    let of_hour = |(hour, sums): (&i64, &Sums)| {
        let hour = *hour;
        let families = sums.0.into_iter().zip(0_u8..).filter(|(count, _)| *count > 0);
        families.map(move |(count, family)| (hour, family, count)).collect::<Vec<_>>()
    };
    sums.iter().flat_map(of_hour).collect()
}
