//! What serde can't see in the issuer's data: references that lead nowhere, overlaps, impossible numbers.

use std::collections::BTreeSet;

use super::{IssuerData, NET_PLACE, OTHER_CLASS};

impl IssuerData {
    pub(super) fn check_issuer(&self) -> Result<(), String> {
        let issuer = &self.issuer;
        let home = self.currency(&issuer.home_currency).ok_or("home_currency is not among the currencies")?;
        if home.cny_ppm <= 0 || issuer.currencies.iter().any(|c| c.cny_ppm <= 0 || c.exponent > 4) {
            return Err("a currency has an impossible rate or exponent".to_owned());
        }
        issuer.ibm3624.settings().map_err(|error| format!("ibm3624: {error}"))?;
        for range in &issuer.card_ranges {
            let digits = |text: &str| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
            if !digits(&range.first) || !digits(&range.last) || range.first > range.last {
                return Err(format!(
                    "card range {} to {} is not eight digits forwards",
                    range.first, range.last
                ));
            }
            self.product(&range.product).ok_or(format!("no product {}", range.product))?;
        }
        for product in &issuer.products {
            self.currency(&product.limit_currency)
                .ok_or(format!("no currency {}", product.limit_currency))?;
            if !(0..=product.credit_limit_max).contains(&product.credit_limit_default) {
                return Err(format!("{}: the usual limit is above the greatest", product.id));
            }
        }
        let unknown = issuer.holds.by_class.keys().find(|id| !self.classes.iter().any(|c| c.id == **id));
        unknown.map_or(Ok(()), |id| Err(format!("holds name the class {id}, which is not there")))
    }

    pub(super) fn check_classes(&self) -> Result<(), String> {
        if !self.classes.iter().any(|class| class.id == OTHER_CLASS) {
            return Err(format!("there is no class {OTHER_CLASS}"));
        }
        let mut taken: Vec<(u16, u16)> = Vec::new();
        for class in &self.classes {
            for range in class.ranges() {
                let (first, last) = range.ok_or(format!("{}: a code is not a code", class.id))?;
                if taken.iter().any(|(from, to)| first <= *to && *from <= last) {
                    return Err(format!("{first} is in two classes"));
                }
                taken.push((first, last));
            }
        }
        Ok(())
    }

    pub(super) fn check_cities(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        for city in &self.cities {
            if city.id.len() != 3 || city.id == NET_PLACE || !ids.insert(&city.id) {
                return Err(format!("{}: not three letters of its own", city.id));
            }
            self.currency(&city.currency).ok_or(format!("{}: no currency {}", city.id, city.currency))?;
            if city.lat.abs() > 90.0 || city.lon.abs() > 180.0 {
                return Err(format!("{}: not on the earth", city.id));
            }
        }
        let people: u32 = self.cities.iter().map(|city| u32::from(city.people)).sum();
        if people == 1_000 { Ok(()) } else { Err(format!("{people} of a thousand people live somewhere")) }
    }

    pub(super) fn check_chains(&self) -> Result<(), String> {
        let mut codes = BTreeSet::new();
        for chain in &self.chains {
            let plain = chain.code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if !plain || !(1..=8).contains(&chain.code.len()) || !codes.insert(&chain.code) {
                return Err(format!("{}: not a code of its own", chain.code));
            }
            if chain.name.en.len() > 25 || !chain.name.en.is_ascii() {
                return Err(format!("{}: the English name must fit 25 ASCII characters", chain.code));
            }
            if chain.low < 0 || chain.high < chain.low || !(1..=99).contains(&chain.branches) {
                return Err(format!("{}: amounts or branches are impossible", chain.code));
            }
            if chain.places.is_empty() {
                return Err(format!("{}: it is nowhere", chain.code));
            }
            for place in &chain.places {
                self.city(place).ok_or(format!("{}: no place {place}", chain.code))?;
            }
        }
        Ok(())
    }
}
