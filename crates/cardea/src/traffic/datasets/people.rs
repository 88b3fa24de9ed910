//! The people of a Sparkov `customers.csv`.
//!
//! Personal data, though invented by a generator: the struct has no `Debug`, and the columns that nobody needs
//! (social security number, account number) are never read.

use std::collections::HashSet;
use std::path::Path;

use super::sparkov::place;
use super::table::{Row, Table};
use super::{DatasetError, RowProblem};
use crate::traffic::event::Place;
use crate::traffic::pan::{CUSTOMERS_MAX, TestPan};

pub(super) const COLUMNS: [&str; 12] =
    ["cc_num", "first", "last", "gender", "street", "city", "state", "zip", "lat", "long", "job", "dob"];

/// A card number of the file, only to be compared: how many digits, and their value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CardKey(usize, u64);

impl CardKey {
    /// `None` unless the text is 8 to 19 digits (ISO/IEC 7812).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        (digits && (8..=19).contains(&text.len())).then(|| text.parse().ok().map(|n| Self(text.len(), n)))?
    }
}

/// One person of the file. Without `Debug` on purpose.
#[derive(Clone)]
pub struct Person {
    /// Place in the file, the first line after the header being 1; the customer's number everywhere else.
    pub number: u64,
    pub first: String,
    pub last: String,
    /// As written: `F` or `M`.
    pub gender: String,
    pub street: String,
    pub city: String,
    /// Two letters.
    pub state: String,
    pub zip: String,
    pub home: Place,
    pub job: String,
    pub born: jiff::civil::Date,
    card: CardKey,
    pan: TestPan,
}

impl Person {
    /// The person's card in the test range.
    #[must_use]
    pub fn pan(&self) -> &TestPan {
        &self.pan
    }

    pub(super) fn card_key(&self) -> CardKey {
        self.card
    }
}

/// The people of a file, one after the other.
pub struct People {
    table: Table,
    seen: HashSet<CardKey>,
    ended: bool,
}

impl People {
    /// Opens a `customers.csv` or `customers.csv.gz`.
    ///
    /// # Errors
    /// [`DatasetError`] where the file can't be read or has the wrong header.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let table = Table::open(path, "sparkov customers", &COLUMNS)?;
        Ok(Self { table, seen: HashSet::new(), ended: false })
    }

    fn person(&mut self, row: &Row) -> Result<Person, &'static str> {
        let card = CardKey::parse(row.field(0)).ok_or("cc_num is not a card number")?;
        if self.seen.contains(&card) {
            return Err("cc_num is there twice");
        }
        let text = |n: usize, why: &'static str| match row.field(n) {
            "" => Err(why),
            field => Ok(field.to_owned()),
        };
        let number = row.line.saturating_sub(1);
        let pan = TestPan::of_customer(number % CUSTOMERS_MAX).ok_or("the file has too many lines")?;
        let person = Person {
            number,
            first: text(1, "first is empty")?,
            last: text(2, "last is empty")?,
            gender: text(3, "gender is empty")?,
            street: text(4, "street is empty")?,
            city: text(5, "city is empty")?,
            state: text(6, "state is empty")?,
            zip: text(7, "zip is empty")?,
            home: place(row.field(8), row.field(9))?,
            job: text(10, "job is empty")?,
            born: row.field(11).parse().map_err(|_| "dob is not a date")?,
            card,
            pan,
        };
        self.seen.insert(card);
        Ok(person)
    }
}

impl Iterator for People {
    type Item = Result<Person, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = match self.table.next_row()? {
            Ok(row) => self.person(&row).map_err(|reason| row.problem(reason)),
            Err(problem) => Err(problem),
        };
        self.ended = matches!(&item, Err(RowProblem { ends: true, .. }));
        Some(item)
    }
}
