//! Lists of transactions and tables.

use super::Badge;
use crate::ui::{Icon, icon};
use maud::{Markup, html};

/// One line of a list: a transaction, or anything with a name and a figure.
#[derive(Clone, Debug)]
pub struct RowEntry<'a> {
    /// Unique in the page; a stream replaces the row by it.
    pub id: &'a str,
    /// Its icon.
    pub icon: Icon,
    /// Merchant or name.
    pub title: &'a str,
    /// Its status, if it is not the usual one.
    pub badge: Option<Badge<'a>>,
    /// Time, place, card.
    pub meta: &'a str,
    /// The figure: an amount, with the foreign one beneath.
    pub end: Markup,
    /// Where it leads; empty if nowhere. A row with `below` is not a link.
    pub href: &'a str,
    /// It was refused.
    pub refused: bool,
    /// Beneath the row: why, and what can be done. Empty if nothing.
    pub below: Markup,
}

/// The list. A refused entry's reason is set off in a box of its own.
pub fn rows(entries: &[RowEntry<'_>]) -> Markup {
    html! { ul.rows { @for entry in entries { (row(entry)) } } }
}

/// One line as a list item.
pub fn row(entry: &RowEntry<'_>) -> Markup {
    let class = if entry.refused { "row row--no" } else { "row" };
    let content = html! {
        span.row__glyph { (icon(entry.icon)) }
        span {
            span.row__title { (entry.title) @if let Some(badge) = &entry.badge { " " (super::badge(badge)) } }
            span.row__meta { (entry.meta) }
        }
        span.row__end { (entry.end) }
    };
    let has_below = !entry.below.0.is_empty();
    html! {
        li id=(entry.id) {
            @if entry.href.is_empty() || has_below { div class=(class) { (content) } }
            @else { a class=(class) href=(entry.href) { (content) } }
            @if has_below { div.why { (entry.below) } }
        }
    }
}

/// The heading over the entries of one day.
pub fn day_heading(text: &str) -> Markup {
    html! { h3.rows__day { (text) } }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Column<'a> {
    /// Its heading.
    pub title: &'a str,
    /// Figures stand at the end.
    pub end: bool,
    /// `ascending` or `descending` when the table is sorted by it.
    pub sort: Option<&'static str>,
}

/// A cell.
pub type Cell = Markup;

/// A table; the first cell of each row is its heading.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// What the table is, for its scrolling frame.
    pub label: &'a str,
    /// The columns.
    pub columns: &'a [Column<'a>],
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A table in a frame that scrolls where it is too wide.
pub fn table(table: &Table<'_>) -> Markup {
    let end = |at: usize| table.columns.get(at).is_some_and(|column| column.end).then_some("end num");
    html! {
        div.tablewrap tabindex="0" role="region" aria-label=(table.label) {
            table.table {
                thead { tr {
                    @for (at, column) in table.columns.iter().enumerate() {
                        th scope="col" class=[end(at)] aria-sort=[column.sort] { (column.title) }
                    }
                } }
                tbody {
                    @for cells in &table.rows {
                        tr {
                            @for (at, cell) in cells.iter().enumerate() {
                                @if at == 0 { th scope="row" { (cell) } }
                                @else { td class=[end(at)] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
