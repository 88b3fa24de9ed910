//! The card's state as bytes.
//!
//! Design: events newest first as differences in time; whole seconds (the resolution of ISO 8583 field 7) are
//! written as seconds, so an event takes about seven bytes. The first byte is the version. `serde` gets the
//! same bytes as one byte string, so that the state can sit inside a larger postcard value.
//!
//! Why safe: reading checks every length against its limit and every order it relies on; damaged bytes are an
//! error, never a panic and never a state that a limit forbids.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::novelty::{COUNTRIES_MAX, MCCS_MAX, MERCHANTS_MAX, Novelty};
use super::place::LastPresent;
use super::window::{EVENTS_MAX, Event, Events};
use super::{CardBehaviour, Lifetime};
use crate::bytes::{DecodeError, Reader, put_i64, put_u64};
use crate::payment::{AMOUNT_MINOR_MAX, Place};

const VERSION: u8 = 1;
/// Room for everything but events and merchants.
const ENCODED_FIXED_MAX: usize = 256;
const SECOND_US: i64 = 1_000_000;

const EVENT_DECLINED: u64 = 1;
const EVENT_CHECK: u64 = 2;
const EVENT_SECONDS: u64 = 4;
const EVENT_BITS: u32 = 3;

const HAS_FIRST: u8 = 1;
const HAS_DROPPED: u8 = 2;
const HAS_PRESENT: u8 = 4;
const HAS_PLACE: u8 = 8;
const HAS_TRUST: u8 = 16;

impl CardBehaviour {
    /// The state as bytes, appended to `out`. Some 350 bytes for a card with 40 events.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let place = self.last_present.and_then(|last| last.place);
        out.reserve(ENCODED_FIXED_MAX + 8 * self.events.list.len() + 4 * self.novelty.merchants.len());
        out.push(VERSION);
        out.push(
            flag(self.first_seen_us.is_some(), HAS_FIRST)
                | flag(self.events.dropped_us.is_some(), HAS_DROPPED)
                | flag(self.last_present.is_some(), HAS_PRESENT)
                | flag(place.is_some(), HAS_PLACE)
                | flag(self.trusted_until_us.is_some(), HAS_TRUST),
        );
        for time in [self.first_seen_us, self.events.dropped_us, self.trusted_until_us].into_iter().flatten()
        {
            put_i64(out, time);
        }
        if let Some(last) = &self.last_present {
            put_i64(out, last.at_us);
            put_u64(out, u64::from(last.country));
        }
        if let Some(place) = place {
            out.extend_from_slice(&place.lat.to_le_bytes());
            out.extend_from_slice(&place.lon.to_le_bytes());
        }
        encode_lifetime(&self.lifetime, out);
        encode_events(&self.events, out);
        encode_novelty(&self.novelty, out);
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// Damaged, truncated or foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let has = reader.u8()?;
        let first_seen_us = if has & HAS_FIRST == 0 { None } else { Some(reader.i64()?) };
        let dropped_us = if has & HAS_DROPPED == 0 { None } else { Some(reader.i64()?) };
        let trusted_until_us = if has & HAS_TRUST == 0 { None } else { Some(reader.i64()?) };
        let mut last_present = None;
        if has & HAS_PRESENT != 0 {
            let (at_us, country) = (reader.i64()?, reader.u16("country")?);
            let mut place = None;
            if has & HAS_PLACE != 0 {
                place = Some(Place { lat: reader.f32()?, lon: reader.f32()? });
            }
            last_present = Some(LastPresent { at_us, country, place });
        }
        let lifetime = decode_lifetime(&mut reader)?;
        let events = Events { list: decode_events(&mut reader)?, dropped_us };
        let novelty = decode_novelty(&mut reader)?;
        if !reader.is_empty() {
            return Err(DecodeError::Range("length"));
        }
        Ok(Self { first_seen_us, events, last_present, lifetime, novelty, trusted_until_us })
    }
}

fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}

fn encode_lifetime(lifetime: &Lifetime, out: &mut Vec<u8>) {
    put_u64(out, u64::from(lifetime.count));
    if lifetime.count > 0 {
        for value in [lifetime.mean, lifetime.squares, lifetime.log_mean, lifetime.log_squares] {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

fn decode_lifetime(reader: &mut Reader<'_>) -> Result<Lifetime, DecodeError> {
    let count = reader.u32("count")?;
    if count == 0 {
        return Ok(Lifetime::default());
    }
    let mut value = || {
        let value = reader.f64()?;
        if value.is_finite() { Ok(value) } else { Err(DecodeError::Range("mean")) }
    };
    Ok(Lifetime { count, mean: value()?, squares: value()?, log_mean: value()?, log_squares: value()? })
}

fn encode_events(events: &Events, out: &mut Vec<u8>) {
    put_u64(out, events.list.len() as u64);
    let mut newer_us = 0_i64;
    for (index, event) in events.list.iter().rev().enumerate() {
        // The newest is written as it is, the others as the time to the newer one.
        let step = if index == 0 { event.at_us } else { newer_us.wrapping_sub(event.at_us) };
        newer_us = event.at_us;
        let seconds = step % SECOND_US == 0;
        let mut head = if seconds { EVENT_SECONDS } else { 0 };
        head |= if event.declined { EVENT_DECLINED } else { 0 };
        head |= if event.check { EVENT_CHECK } else { 0 };
        // Flags share a byte with the low bits of the amount.
        put_u64(out, (event.minor.unsigned_abs() << EVENT_BITS) | head);
        put_i64(out, if seconds { step / SECOND_US } else { step });
    }
}

fn decode_events(reader: &mut Reader<'_>) -> Result<Vec<Event>, DecodeError> {
    let count = reader.len(EVENTS_MAX, "events")?;
    let mut list = Vec::with_capacity(count + 1);
    let mut newer_us = 0_i64;
    for index in 0..count {
        let head = reader.u64()?;
        let minor = i64::try_from(head >> EVENT_BITS).map_err(|_| DecodeError::Range("amount"))?;
        if minor > AMOUNT_MINOR_MAX {
            return Err(DecodeError::Range("amount"));
        }
        let mut step = reader.i64()?;
        if head & EVENT_SECONDS != 0 {
            step = step.checked_mul(SECOND_US).ok_or(DecodeError::Range("time"))?;
        }
        let at_us = if index == 0 { step } else { newer_us.wrapping_sub(step) };
        if index > 0 && at_us > newer_us {
            return Err(DecodeError::Range("order of events"));
        }
        newer_us = at_us;
        let (declined, check) = (head & EVENT_DECLINED != 0, head & EVENT_CHECK != 0);
        list.push(Event { at_us, minor, declined, check });
    }
    list.reverse();
    Ok(list)
}

fn encode_novelty(novelty: &Novelty, out: &mut Vec<u8>) {
    put_u64(out, novelty.merchants.len() as u64);
    for merchant in &novelty.merchants {
        out.extend_from_slice(&merchant.to_le_bytes());
    }
    for list in [&novelty.countries, &novelty.mccs] {
        put_u64(out, list.len() as u64);
        for code in list {
            put_u64(out, u64::from(*code));
        }
    }
    out.extend_from_slice(&novelty.hours);
}

fn decode_novelty(reader: &mut Reader<'_>) -> Result<Novelty, DecodeError> {
    let count = reader.len(MERCHANTS_MAX, "merchants")?;
    let mut merchants = Vec::with_capacity(count + 1);
    for _ in 0..count {
        merchants.push(u32::from_le_bytes(reader.array()?));
    }
    let countries = decode_codes(reader, COUNTRIES_MAX, "countries")?;
    let mccs = decode_codes(reader, MCCS_MAX, "merchant classes")?;
    Ok(Novelty { merchants, countries, mccs, hours: reader.array()? })
}

fn decode_codes(reader: &mut Reader<'_>, max: usize, what: &'static str) -> Result<Vec<u16>, DecodeError> {
    let count = reader.len(max, what)?;
    let mut list = Vec::with_capacity(count + 1);
    for _ in 0..count {
        list.push(reader.u16(what)?);
    }
    Ok(list)
}

impl Serialize for CardBehaviour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(512);
        self.encode(&mut bytes);
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for CardBehaviour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = CardBehaviour;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the bytes of a card's behaviour")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<CardBehaviour, E> {
                CardBehaviour::decode(bytes).map_err(E::custom)
            }
            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<CardBehaviour, E> {
                self.visit_bytes(&bytes)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}
