//! Transactions of the Sparkov generator: people of the United States, merchants in 14 categories.
//!
//! The files' card numbers are only used to find the person in `customers.csv`; what goes out is the test
//! number of that person. A category that ends in `_net` is a purchase on the net, which has no place: the
//! generator writes one for it all the same, and a rule on distance would be fooled by it.

use std::collections::HashMap;

use super::lines::ReadSoFar;
use super::merchants::{Merchants, derived_number, terminal_at, wire_text};
use super::people::{CardKey, People};
use super::table::{Row, Table};
use super::{RowProblem, decimal, time};
use crate::traffic::event::{
    Amount, Channel, EventKind, Label, Merchant, Place, Purpose, Scenario, TrafficEvent,
};
use crate::traffic::pan::TestPan;

pub(super) const COLUMNS: [&str; 9] =
    ["tx_id", "ts", "cc_num", "merchant", "category", "amt", "merch_lat", "merch_long", "is_fraud"];
/// USD.
pub(super) const CURRENCY: u16 = 840;
const COUNTRY: (&str, u16) = ("US", 840);

/// The generator's categories: name, merchant category code (ISO 18245), and how the card is used there.
pub(super) const CATEGORIES: [(&str, u16, Channel); 14] = [
    ("entertainment", 7832, Channel::Chip),
    ("food_dining", 5812, Channel::Chip),
    ("gas_transport", 5541, Channel::Chip),
    ("grocery_net", 5499, Channel::Ecommerce),
    ("grocery_pos", 5411, Channel::Contactless),
    ("health_fitness", 7997, Channel::Chip),
    ("home", 5712, Channel::Chip),
    ("kids_pets", 5995, Channel::Chip),
    ("misc_net", 5969, Channel::Ecommerce),
    ("misc_pos", 5999, Channel::Chip),
    ("personal_care", 7230, Channel::Contactless),
    ("shopping_net", 5964, Channel::Ecommerce),
    ("shopping_pos", 5311, Channel::Chip),
    ("travel", 4722, Channel::CardOnFile),
];

pub(super) struct Sparkov {
    table: Table,
    merchants: Merchants,
    customers: HashMap<CardKey, u64>,
    customer_problems: Vec<RowProblem>,
}

impl Sparkov {
    /// Reads all the people first: a payment is worth nothing without its person.
    pub(super) fn new(table: Table, people: People) -> Self {
        let mut customers = HashMap::new();
        let mut customer_problems = Vec::new();
        for person in people {
            match person {
                Ok(person) => {
                    customers.insert(person.card_key(), person.number);
                }
                Err(problem) => customer_problems.push(problem),
            }
        }
        Self { table, merchants: Merchants::default(), customers, customer_problems }
    }

    pub(super) fn customer_problems(&self) -> &[RowProblem] {
        &self.customer_problems
    }

    pub(super) fn so_far(&self) -> &ReadSoFar {
        self.table.so_far()
    }

    pub(super) fn next_event(&mut self) -> Option<Result<TrafficEvent, RowProblem>> {
        let row = match self.table.next_row()? {
            Ok(row) => row,
            Err(problem) => return Some(Err(problem)),
        };
        Some(self.event(&row).map_err(|reason| row.problem(reason)))
    }

    fn event(&mut self, row: &Row) -> Result<TrafficEvent, &'static str> {
        let at_us = time::utc_us(row.field(1)).ok_or("ts is not a time")?;
        let card = CardKey::parse(row.field(2)).ok_or("cc_num is not a card number")?;
        let customer = *self.customers.get(&card).ok_or("cc_num belongs to nobody in the customers file")?;
        let pan = TestPan::of_customer(customer).ok_or("the customers file has too many lines")?;
        let name = row.field(3);
        if name.is_empty() {
            return Err("merchant is empty");
        }
        let category = row.field(4);
        let (_, mcc, channel) =
            CATEGORIES.iter().find(|(known, ..)| *known == category).ok_or("category is not known")?;
        let minor = decimal::minor_units(row.field(5), 2)?;
        let place = place(row.field(6), row.field(7))?;
        let fraud = match row.field(8) {
            "0" => None,
            "1" => Some(Scenario::Imported(0)),
            _ => return Err("is_fraud is neither 0 nor 1"),
        };
        let place = channel.card_present().then_some(place);
        let terminal_id = place.map_or_else(|| derived_number('N', name, 8), |at| terminal_at(at, name));
        let merchant = self.merchants.of(name, || Merchant {
            id: derived_number('M', name, 13),
            name: wire_text(name),
            city: String::new(),
            country: COUNTRY.0.to_owned(),
            country_numeric: COUNTRY.1,
        });
        Ok(TrafficEvent {
            row: row.line.saturating_sub(1),
            at_us,
            local_offset_minutes: 0,
            customer,
            pan,
            expiry: None,
            psn: None,
            cvv2: None,
            pin_entered: false,
            kind: EventKind::Authorization,
            purpose: Purpose::Purchase,
            amount: Amount { minor, currency: CURRENCY },
            billing: None,
            channel: *channel,
            mcc: *mcc,
            merchant,
            terminal_id,
            place,
            label: Label { fraud, expected: None },
        })
    }
}

/// A point from two texts in degrees.
pub(super) fn place(lat: &str, lon: &str) -> Result<Place, &'static str> {
    let degrees = |text: &str, bound: f64| text.parse::<f64>().ok().filter(|d| d.abs() <= bound);
    match (degrees(lat, 90.0), degrees(lon, 180.0)) {
        (Some(lat), Some(lon)) => Ok(Place { lat, lon }),
        _ => Err("latitude or longitude is not a place"),
    }
}
