//! Distances and travel.
//!
//! Design: great-circle distance on a sphere (haversine formula, mean radius), which errs by at most half a
//! percent; terminals are known to streets at best. Only approved card-present payments leave a place behind:
//! a web shop's address says nothing about where the card is, and a refused try must not move it.

use crate::payment::{Payment, Place};
use crate::{HOUR_US, MINUTE_US};

/// Mean radius of the earth in km (IUGG).
const EARTH_RADIUS_KM: f64 = 6_371.008_8;
/// Times between two payments below this count as this, in microseconds: two tills of one mall, with clocks
/// that disagree, are no journey.
const TRAVEL_US_MIN: i64 = 10 * MINUTE_US;

impl Place {
    /// Great-circle distance in km. Not finite where a coordinate is not.
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat1, lat2) = (f64::from(self.lat).to_radians(), f64::from(other.lat).to_radians());
        let half_lat = (lat2 - lat1) / 2.0;
        let half_lon = (f64::from(other.lon) - f64::from(self.lon)).to_radians() / 2.0;
        let chord = half_lat.sin().powi(2) + lat1.cos() * lat2.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()
    }
}

/// The last approved card-present payment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LastPresent {
    pub(super) at_us: i64,
    pub(super) country: u16,
    pub(super) place: Option<Place>,
}

impl LastPresent {
    /// Keeps the newest; a late payment does not replace it.
    pub(super) fn update(last: &mut Option<Self>, payment: &Payment) {
        let newest = last.is_none_or(|known| known.at_us <= payment.at_us);
        if payment.card_present && newest && (payment.place.is_some() || payment.country != 0) {
            *last = Some(Self { at_us: payment.at_us, country: payment.country, place: payment.place });
        }
    }

    /// Hours between the two; a late payment counts forward as well.
    pub(super) fn hours_until(&self, at_us: i64) -> f64 {
        at_us.abs_diff(self.at_us) as f64 / HOUR_US as f64
    }

    pub(super) fn country_changed(&self, payment: &Payment) -> Option<bool> {
        (self.country != 0 && payment.country != 0).then_some(self.country != payment.country)
    }

    pub(super) fn distance_km(&self, payment: &Payment) -> Option<f64> {
        Some(self.place?.distance_km(payment.place?))
    }

    pub(super) fn speed_kmh(&self, at_us: i64, distance_km: f64) -> f64 {
        let apart_us = at_us.abs_diff(self.at_us).max(TRAVEL_US_MIN.unsigned_abs());
        distance_km / (apart_us as f64 / HOUR_US as f64)
    }
}
