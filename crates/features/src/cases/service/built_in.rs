//! The kinds and calendars that come with the program.

use cases::{Book, Calendar, Calendars, Kind, Registry};
use platform::app::Services;
use std::sync::Arc;

/// Kinds and calendars of the sample issuer.
const KINDS: [&str; 2] = [
    include_str!("../../../../../examples/issuer/cases/change_request.toml"),
    include_str!("../../../../../examples/issuer/cases/complaint.toml"),
];
const CALENDARS: [(&str, &str); 4] = [
    ("always", include_str!("../../../../../examples/issuer/calendars/always.toml")),
    ("cn_desk", include_str!("../../../../../examples/issuer/calendars/cn_desk.toml")),
    ("uk_bank", include_str!("../../../../../examples/issuer/calendars/uk_bank.toml")),
    ("us_bank", include_str!("../../../../../examples/issuer/calendars/us_bank.toml")),
];

/// The kinds and calendars that come with the program.
///
/// # Errors
/// What is wrong with one of them, in words.
pub fn built_in_book() -> Result<Book, String> {
    book_with(&[])
}

/// The same with `own` definitions beside them.
///
/// # Errors
/// What is wrong with one of them, in words.
pub fn book_with(own: &[&str]) -> Result<Book, String> {
    let mut calendars = Calendars::new();
    for (name, text) in CALENDARS {
        let calendar = Calendar::parse(text).map_err(|why| format!("calendar {name}: {why}"))?;
        calendars.insert(name.to_owned(), calendar);
    }
    let kinds = KINDS.iter().chain(own).map(|text| Kind::parse(text)).collect::<Result<Vec<_>, _>>();
    Book::new(kinds.map_err(|why| why.to_string())?, calendars, Registry::standard())
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Puts a book among the services.
#[must_use]
pub fn with_book(services: Services, book: Book) -> Services {
    services.with(Arc::new(book))
}
