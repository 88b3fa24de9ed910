//! How the cases of a kind are: how many, how old, how long they take, how many are in time, what will be late.

use super::super::model::Figures;
use super::words::Naming;
use kernel::DAY_US;
use maud::{Markup, html};
use platform::i18n::dates::duration;
use platform::i18n::figures::{count, percent};
use platform::i18n::{Arg, t};
use platform::ui::components::{
    Action, ButtonKind, Column, Field, Kpi, Panel, Table, button, field, kpi, link_button, panel, table,
};

/// What the page shows.
pub(in super::super) struct FiguresPage<'a> {
    pub(in super::super) naming: Naming<'a>,
    pub(in super::super) figures: &'a Figures,
    /// How far back it looks at those that ended, days.
    pub(in super::super) days: i64,
    /// Whether the reader may take the regulator's return, with the days of the last quarter.
    pub(in super::super) quarter: Option<(String, String)>,
}

/// The page.
pub(in super::super) fn figures(page: &FiguresPage<'_>) -> Markup {
    let (naming, figures) = (&page.naming, page.figures);
    let word = |key: &str| naming.word(&format!("cases-figures-{key}"));
    let took = |us: i64| if figures.ended == 0 { "–".to_owned() } else { duration(naming.locale, us) };
    let part = |of: i64| percent(u64::try_from(of).unwrap_or(0), u64::try_from(figures.ended).unwrap_or(0));
    let looked = duration(naming.locale, page.days * DAY_US);
    let facts = [("count", Arg::from(figures.ended)), ("span", Arg::from(&looked))];
    let ended = t(naming.locale, "cases-figures-ended", &facts);
    let tiles = [
        ("open", count(figures.open), String::new()),
        ("overdue", figures.due.first().map_or_else(String::new, |late| count(*late)), String::new()),
        ("median", took(figures.median_us), ended.clone()),
        ("p90", took(figures.p90_us), ended.clone()),
        ("law", part(figures.within_law), ended.clone()),
        ("promise", part(figures.within_promise), ended),
    ];
    let back = word("back");
    html! {
        p { (link_button(&Action::new(ButtonKind::Quiet, &back), &format!("/desk/cases?kind={}", naming.kind.id))) }
        div.kpis { @for (key, figure, note) in &tiles {
            (kpi(&Kpi { id: key, title: &word(key), figure, unit: "", note, leaf: *key == "open" }))
        } }
        (counts(naming, "ages", &figures.ages))
        (counts(naming, "due", &figures.due))
        @if let Some((from, until)) = &page.quarter { (return_form(naming, from, until)) }
    }
}

fn counts(naming: &Naming<'_>, what: &str, counted: &[i64; 4]) -> Markup {
    let title = naming.word(&format!("cases-figures-{what}"));
    let (of, cases) =
        (naming.word(&format!("cases-figures-{what}-column")), naming.word("cases-figures-count"));
    let columns =
        [Column { title: &of, ..Column::default() }, Column { title: &cases, end: true, sort: None }];
    let rows = counted.iter().enumerate().map(|(at, number)| {
        vec![html! { (naming.word(&format!("cases-figures-{what}-{at}"))) }, html! { (count(*number)) }]
    });
    let list = table(&Table { label: &title, columns: &columns, rows: rows.collect() });
    panel(&Panel { id: what, title: &title, corner: html! {} }, &list)
}

fn return_form(naming: &Naming<'_>, from: &str, until: &str) -> Markup {
    let word = |key: &str| naming.word(&format!("cases-return{key}"));
    let (title, first, last, load) = (word(""), word("-from"), word("-until"), word("-load"));
    let day = |id: &'static str, label: &str, value: &str| {
        field(&Field { id, name: id, label, value, kind: "date", required: true, ..Field::default() })
    };
    let body = html! {
        form.panel__body.stack method="get" action="/desk/cases/return.csv" {
            input type="hidden" name="kind" value=(naming.kind.id);
            p.label { (word("-text")) }
            (day("from", &first, from))
            (day("until", &last, until))
            div.btns { (button(&Action::new(ButtonKind::Plain, &load))) }
        }
    };
    panel(&Panel { id: "return", title: &title, corner: html! {} }, &body)
}
