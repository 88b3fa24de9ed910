//! Tables of places and of merchant classes.

use super::{
    super::model::{Picture, PlaceLine},
    Words,
    wall::Fragment,
};
use maud::{Markup, html};
use platform::{
    i18n::figures::{grouped_float, percent},
    ui::{
        charts::share_bar,
        components::{Badge, Column, Panel, Table, Tone, badge, panel, table},
    },
};

/// Beyond this difference, as a share, a row is called unusual.
const UNUSUAL: f64 = 0.25;
/// Below this difference a row is called level.
const LEVEL: f64 = 0.03;
/// Payments in a row before its difference is called unusual: a handful jumps about by itself.
const UNUSUAL_FLOOR: u64 = 50;
/// A row with at least this part of the largest row's payments decides where the bars begin.
const WEIGHTY: u64 = 50;
/// Where the bars of approval may begin.
const FLOORS: [f64; 4] = [0.9, 0.75, 0.5, 0.0];

/// The table of places.
pub fn places(words: &Words<'_>, picture: &Picture) -> Fragment {
    let lines: Vec<(String, &PlaceLine)> =
        picture.places.iter().map(|line| (words.place(&line.place), line)).collect();
    let against = if picture.has_usual() {
        words.t("monitoring-against-usual")
    } else {
        against_before(words, picture)
    };
    group_panel(words, "wall-places", ("monitoring-places", "monitoring-place"), &against, &lines)
}

/// The table of merchant classes.
pub fn classes(words: &Words<'_>, picture: &Picture) -> Fragment {
    // Several codes share a name (buses and trains are both public transport): the code tells them apart.
    let named = |class: u16| match words.class(class) {
        name if class == 0 => name,
        name => format!("{name} {class:04}"),
    };
    let lines: Vec<(String, &PlaceLine)> =
        picture.classes.iter().map(|(class, line)| (named(*class), line)).collect();
    let against = against_before(words, picture);
    group_panel(words, "wall-classes", ("monitoring-classes", "monitoring-class"), &against, &lines)
}

fn against_before(words: &Words<'_>, picture: &Picture) -> String {
    match picture.before {
        Some(_) => words.with("monitoring-against-before", &[("range", words.span(picture.range).into())]),
        None => words.t("monitoring-against-nothing"),
    }
}

fn group_panel(
    words: &Words<'_>,
    id: &'static str,
    (title, first): (&str, &str),
    against: &str,
    lines: &[(String, &PlaceLine)],
) -> Fragment {
    let title = words.t(title);
    // A row of a handful of payments must not squeeze the bars of all others.
    let largest = lines.iter().map(|(_, line)| line.sums.total()).max().unwrap_or(0);
    let weighty = lines.iter().filter(|(_, line)| line.sums.total() * WEIGHTY >= largest);
    let lowest = weighty.filter_map(|(_, line)| approved(line)).fold(1.0, f64::min);
    let floor = FLOORS.into_iter().find(|floor| lowest >= *floor).unwrap_or(0.0);
    let scale = format!("{}% – 100%", grouped_float(floor * 100.0, 0));
    let heads = [first, "monitoring-per-minute", "monitoring-kpi-approved", "", "", "monitoring-main-reason"]
        .map(|key| if key.is_empty() { String::new() } else { words.t(key) });
    let [first, rate, share, _, _, main] = &heads;
    let columns = [
        Column { title: first, ..Column::default() },
        Column { title: rate, end: true, sort: Some("descending") },
        Column { title: share, end: true, sort: None },
        Column { title: &scale, ..Column::default() },
        Column { title: against, ..Column::default() },
        Column { title: main, ..Column::default() },
    ];
    let rows = lines.iter().map(|(name, line)| cells(words, name, line, floor)).collect();
    let share = format!("{}%", grouped_float(UNUSUAL * 100.0, 0));
    let note = words.with("monitoring-places-note", &[("share", share.into())]);
    let body = html! {
        @if lines.is_empty() {
            p.panel__body.quiet { (words.t("monitoring-places-empty")) }
        } @else {
            (table(&Table { label: &title, columns: &columns, rows }))
            p.panel__foot.label { (words.t("monitoring-places-foot")) }
        }
    };
    let corner = html! { span.label { (note) } };
    Fragment { id, html: panel(&Panel { id, title: &title, corner }, &body) }
}

fn approved(line: &PlaceLine) -> Option<f64> {
    let total = line.sums.total();
    #[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^53")]
    let share = (total > 0).then(|| line.sums.approved() as f64 / total as f64);
    share
}

fn cells(words: &Words<'_>, name: &str, line: &PlaceLine, floor: f64) -> Vec<Markup> {
    let filled = approved(line).map_or(0.0, |share| ((share - floor) / (1.0 - floor)).max(0.0));
    let main = line.sums.main_decline().map_or("–".to_owned(), |family| words.t(family.key()));
    vec![
        html! { (name) },
        html! { (words.rate(line.per_minute)) },
        html! { (percent(line.sums.approved(), line.sums.total())) },
        share_bar(filled, Tone::Ok, None),
        difference(words, line),
        html! { (main) },
    ]
}

fn difference(words: &Words<'_>, line: &PlaceLine) -> Markup {
    let Some(change) = line.change else { return html! { "–" } };
    if change.abs() < LEVEL {
        return html! { (words.t("monitoring-level")) };
    }
    let sign = if change > 0.0 { "+" } else { "" };
    let unusual = change.abs() > UNUSUAL && line.sums.total() >= UNUSUAL_FLOOR;
    html! {
        span.num { (sign) (grouped_float(change * 100.0, 0)) "%" }
        @if unusual {
            " " (badge(&Badge { tone: Tone::Look, icon: None, word: &words.t("monitoring-unusual") }))
        }
    }
}
