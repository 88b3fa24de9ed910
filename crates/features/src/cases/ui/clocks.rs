//! The clocks of a case: when each is due, and which time counted until then.

use super::case::CasePage;
use cases::{ClockKind, Reading, Stretch, Why};
use maud::{Markup, html};
use platform::i18n::t;
use platform::ui::components::{Badge, Column, Panel, Table, Tone, badge, panel, table};

/// Stretches that the page shows at most, the newest ones.
const SHOWN_MAX: usize = 60;

/// Every clock that has started.
pub(super) fn clocks(page: &CasePage<'_>) -> Markup {
    let locale = page.calendar.locale();
    let title = t(locale, "cases-clocks", &[]);
    let body = html! {
        @for (name, reading) in &page.seen.clocks {
            @if let Some(def) = page.naming.kind.clocks.get(name) {
                div.panel__body.stack {
                    p {
                        strong { (def.name.in_language(locale.tag())) } " "
                        (state(page, reading))
                    }
                    p.label {
                        @if def.kind == ClockKind::Legal { (t(locale, "cases-clock-legal", &[])) }
                        @else { (t(locale, "cases-clock-service", &[])) }
                        " · " (reading.span)
                        @if let Some(source) = &def.source { " · " (source) }
                    }
                    @if reading.provisional { p.label { (t(locale, "cases-clock-provisional", &[])) } }
                    (why(page, name))
                }
            }
        }
    };
    panel(&Panel { id: "clocks", title: &title, corner: html! {} }, &body)
}

fn state(page: &CasePage<'_>, reading: &Reading) -> Markup {
    let locale = page.calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let (tone, mark) = match reading {
        _ if reading.breached_at.is_some() => (Tone::No, word("cases-overdue")),
        _ if reading.stopped_at.is_some() => (Tone::Plain, word("cases-clock-met")),
        _ if reading.paused => (Tone::Plain, word("cases-clock-paused")),
        _ => (Tone::Plain, word("cases-clock-runs")),
    };
    html! {
        @if let Some(due) = reading.due_at { span.num { (page.calendar.date_time(due)) } " " }
        (badge(&Badge { tone, icon: None, word: &mark }))
    }
}

/// "Why due then": the stretches of time in order.
fn why(page: &CasePage<'_>, clock: &str) -> Markup {
    let locale = page.calendar.locale();
    let Some(stretches) = page.explained.get(clock) else { return html! {} };
    let label = t(locale, "cases-why-due", &[]);
    let titles = ["from", "to", "why"].map(|key| t(locale, &format!("cases-column-{key}"), &[]));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let older = stretches.len().saturating_sub(SHOWN_MAX);
    let rows = stretches.iter().skip(older).map(|stretch| {
        vec![
            html! { span.num { (page.calendar.date_time(stretch.from)) } },
            html! { span.num { (page.calendar.date_time(stretch.to)) } },
            html! { (reason(page, stretch)) },
        ]
    });
    html! {
        details { summary { (label) } (table(&Table { label: &label, columns: &columns, rows: rows.collect() })) }
    }
}

fn reason(page: &CasePage<'_>, stretch: &Stretch) -> String {
    let locale = page.calendar.locale();
    match &stretch.why {
        Why::Counted => t(locale, "cases-why-counted", &[]),
        Why::Closed => t(locale, "cases-why-closed", &[]),
        Why::Day { name } => name.in_language(locale.tag()).to_owned(),
        Why::Paused { state } => page.naming.state(state).to_owned(),
    }
}
