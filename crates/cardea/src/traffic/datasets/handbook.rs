//! The Fraud Detection Handbook's simulated transactions.
//!
//! A terminal is a merchant here: the data knows no more. There is no place and no merchant class; the class is
//! the general one (5999), so that rules on classes and distances see nothing rather than something invented.

use std::sync::Arc;

use super::lines::ReadSoFar;
use super::merchants::Merchants;
use super::table::{Row, Table};
use super::{RowProblem, decimal, time};
use crate::traffic::event::{Amount, Channel, EventKind, Label, Merchant, Purpose, Scenario, TrafficEvent};
use crate::traffic::pan::TestPan;

pub(super) const COLUMNS: [&str; 7] = [
    "TRANSACTION_ID",
    "TX_DATETIME",
    "CUSTOMER_ID",
    "TERMINAL_ID",
    "TX_AMOUNT",
    "TX_FRAUD",
    "TX_FRAUD_SCENARIO",
];
/// EUR.
pub(super) const CURRENCY: u16 = 978;
/// Belgium, where the handbook was written.
const COUNTRY: (&str, u16) = ("BE", 56);
/// Miscellaneous retail.
const MCC: u16 = 5999;
/// One more than the greatest terminal number that fits DE41.
const TERMINALS_MAX: u32 = 100_000_000;

pub(super) struct Handbook {
    table: Table,
    merchants: Merchants,
}

impl Handbook {
    pub(super) fn new(table: Table) -> Self {
        Self { table, merchants: Merchants::default() }
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
        let at_us = time::utc_us(row.field(1)).ok_or("TX_DATETIME is not a time")?;
        let customer: u64 = row.field(2).parse().map_err(|_| "CUSTOMER_ID is not a number")?;
        let pan = TestPan::of_customer(customer).ok_or("CUSTOMER_ID has more than 14 digits")?;
        let terminal: u32 = row.field(3).parse().map_err(|_| "TERMINAL_ID is not a number")?;
        if terminal >= TERMINALS_MAX {
            return Err("TERMINAL_ID has more than 8 digits");
        }
        let minor = decimal::minor_units(row.field(4), 2)?;
        let fraud = match (row.field(5), row.field(6).parse::<u8>()) {
            ("0", _) => None,
            ("1", Ok(scenario)) => Some(Scenario::Imported(scenario)),
            ("1", Err(_)) => return Err("TX_FRAUD_SCENARIO is not a number"),
            _ => return Err("TX_FRAUD is neither 0 nor 1"),
        };
        let terminal_id = format!("{terminal:08}");
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
            channel: Channel::Chip,
            mcc: MCC,
            merchant: self.merchant(&terminal_id),
            terminal_id,
            place: None,
            label: Label { fraud, expected: None },
        })
    }

    fn merchant(&mut self, terminal_id: &str) -> Arc<Merchant> {
        self.merchants.of(terminal_id, || Merchant {
            id: format!("HB{terminal_id}"),
            name: format!("Terminal {terminal_id}"),
            city: String::new(),
            country: COUNTRY.0.to_owned(),
            country_numeric: COUNTRY.1,
        })
    }
}
