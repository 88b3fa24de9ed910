//! The world in which the people live: shops with places and terminals, cities with clocks, money with rates.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::chance::{Chance, Purpose};
use crate::issuer::{Chain, City, CurrencyRow, IssuerData, IssuerError, NET_PLACE};
use crate::traffic::event::{Amount, Merchant, Place};

/// Microseconds in a minute and in a day.
pub(super) const MINUTE_US: i64 = 60_000_000;
pub(super) const DAY_US: i64 = 86_400_000_000;
/// How far a branch may be from the middle of its city, millionths of a degree.
const SPREAD_MICRODEGREES: i64 = 110_000;

/// One branch, or a shop on the net.
pub(super) struct Shop {
    pub(super) merchant: Arc<Merchant>,
    /// Index of the city; the city where a net shop is registered.
    pub(super) city: usize,
    pub(super) place: Option<Place>,
    pub(super) mcc: u16,
    pub(super) class: String,
    pub(super) terminals: Vec<String>,
    /// Bounds of a usual amount, CNY minor units.
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) net: bool,
}

pub(super) struct World {
    pub(super) data: IssuerData,
    pub(super) shops: Vec<Shop>,
    clocks: Vec<TimeZone>,
    /// Shops of a city by merchant class.
    local: BTreeMap<(usize, String), Vec<usize>>,
    /// Shops on the net by merchant class.
    net: BTreeMap<String, Vec<usize>>,
}

impl World {
    pub(super) fn new(data: IssuerData) -> Result<Self, IssuerError> {
        let clocks = data.cities.iter().map(clock).collect::<Result<_, _>>()?;
        let mut world =
            Self { shops: Vec::new(), clocks, local: BTreeMap::new(), net: BTreeMap::new(), data };
        for (number, chain) in world.data.chains.clone().iter().enumerate() {
            for place in &chain.places {
                for branch in 1..=chain.branches {
                    world.open_shop(number, chain, place, branch);
                }
            }
        }
        Ok(world)
    }

    fn open_shop(&mut self, number: usize, chain: &Chain, place: &str, branch: u8) {
        let Some((index, city)) = self.data.cities.iter().enumerate().find(|(_, city)| city.id == place)
        else {
            return;
        };
        let class = self.data.class_of(chain.mcc).map_or(String::new(), |class| class.id.clone());
        // A branch stands where it stands, whatever the seed of the traffic.
        let site = u64::try_from(number * 10_000 + index * 100).unwrap_or(0) + u64::from(branch);
        let mut chance = Chance::of(0, Purpose::Shop, site, 0);
        let at = near(city, &mut chance);
        let tills = if chain.net { 1 } else { chance.between(1, 3) };
        let id_place = if chain.net { NET_PLACE } else { city.id.as_str() };
        let shop = Shop {
            merchant: Arc::new(Merchant {
                id: format!("{}{id_place}{branch:02}", chain.code),
                name: chain.name.en.clone(),
                city: city.name.en.clone(),
                country: city.country.clone(),
                country_numeric: city.country_numeric,
            }),
            city: index,
            place: (!chain.net).then_some(at),
            mcc: chain.mcc,
            class: class.clone(),
            terminals: (1..=tills).map(|t| format!("Q{:02}{index:02}{branch:02}{t}", number % 100)).collect(),
            low: chain.low,
            high: chain.high,
            net: chain.net,
        };
        let list = if chain.net {
            self.net.entry(class).or_default()
        } else {
            self.local.entry((index, class)).or_default()
        };
        list.push(self.shops.len());
        self.shops.push(shop);
    }

    /// Shops of a class in a city.
    pub(super) fn local(&self, city: usize, class: &str) -> &[usize] {
        self.local.get(&(city, class.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Shops of a class on the net.
    pub(super) fn net(&self, class: &str) -> &[usize] {
        self.net.get(class).map_or(&[], Vec::as_slice)
    }

    pub(super) fn shop(&self, index: usize) -> Option<&Shop> {
        self.shops.get(index)
    }

    /// The first city of the list, where the issuer sits.
    pub(super) fn home_city(&self) -> Option<&City> {
        self.data.cities.first()
    }

    pub(super) fn city_index(&self, id: &str) -> Option<usize> {
        self.data.cities.iter().position(|city| city.id == id)
    }

    /// A home city, by how many people live in each.
    pub(super) fn draw_city(&self, chance: &mut Chance) -> Option<&City> {
        let mut ticket = chance.below(1_000);
        self.data.cities.iter().find(|city| {
            let people = u64::from(city.people);
            let here = ticket < people;
            ticket = ticket.saturating_sub(people);
            here
        })
    }

    /// What the clocks of a city add to UTC at a time, minutes.
    pub(super) fn offset_minutes(&self, city: usize, at_us: i64) -> i16 {
        let Some(zone) = self.clocks.get(city) else { return 0 };
        let Ok(at) = jiff::Timestamp::from_microsecond(at_us) else { return 0 };
        i16::try_from(zone.to_offset(at).seconds() / 60).unwrap_or(0)
    }

    pub(super) fn money(&self, code: &str) -> Option<&CurrencyRow> {
        self.data.currency(code)
    }

    /// What is charged in a city.
    pub(super) fn money_of(&self, city: usize) -> Option<&CurrencyRow> {
        self.data.cities.get(city).and_then(|city| self.money(&city.currency))
    }

    /// CNY minor units in another currency's minor units at the sample's rate, at least one.
    pub(super) fn converted_cny(&self, minor: i64, to: &CurrencyRow) -> i64 {
        let shifted = i128::from(minor) * 1_000_000 * 10_i128.pow(u32::from(to.exponent));
        let divisor = i128::from(to.cny_ppm) * 100;
        let rounded = (shifted + divisor / 2) / divisor;
        i64::try_from(rounded).unwrap_or(i64::MAX).max(i64::from(minor > 0))
    }

    /// An amount in another currency at the sample's rates, at least one minor unit of it.
    pub(super) fn exchanged(&self, amount: Amount, to: &CurrencyRow) -> Option<Amount> {
        let from = self.data.issuer.currencies.iter().find(|row| row.numeric == amount.currency)?;
        let above = i128::from(amount.minor) * i128::from(from.cny_ppm) * 10_i128.pow(u32::from(to.exponent));
        let below = i128::from(to.cny_ppm) * 10_i128.pow(u32::from(from.exponent));
        let minor = i64::try_from((above + below / 2) / below).ok()?;
        Some(Amount { minor: minor.max(i64::from(amount.minor > 0)), currency: to.numeric })
    }
}

fn clock(city: &City) -> Result<TimeZone, IssuerError> {
    TimeZone::get(&city.time_zone).map_err(|_| IssuerError::Inconsistent {
        file: "places.toml",
        reason: format!("{}: no time zone {}", city.id, city.time_zone),
    })
}

/// A point in or around a city.
fn near(city: &City, chance: &mut Chance) -> Place {
    let mut off = || {
        let micro = chance.between(-SPREAD_MICRODEGREES, SPREAD_MICRODEGREES);
        f64::from(i32::try_from(micro).unwrap_or(0)) / 1_000_000.0
    };
    let round = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
    Place { lat: round(city.lat + off()), lon: round(city.lon + off()) }
}
