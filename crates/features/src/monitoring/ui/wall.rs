//! The live wall, as fragments that a stream can send one by one.

use super::{
    super::{
        model::{Alert, AlertKind, Family, Picture, Range, Slots},
        rules,
    },
    Words, groups,
};
use kernel::{MINUTE_US, Timestamp};
use maud::{Markup, html};
use platform::{
    i18n::{dates::duration, figures::percent},
    ui::{
        Icon,
        charts::{
            Budget, Line, LineChart, LineStyle, Mark, Pattern, StackedBars, StackedSeries, line_chart,
            stacked_bars,
        },
        components::{
            Alert as FeedEntry, Kpi, LiveRegion, Panel, Tone, alerts, empty, kpi, live_region, live_status,
            panel, pause_button,
        },
        query_with,
    },
};

/// Alerts should not stay open longer, microseconds.
const ALERT_AGE_LIMIT_US: i64 = 60 * MINUTE_US;
/// Alerts shown on the wall.
const FEED_MAX: usize = 7;
/// After how long a silent stream is called stale, seconds.
const STALE_S: u32 = 10;

/// Whether authorizations are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineState {
    /// They are.
    Running,
    /// Nothing is decided any more.
    Stopped,
    /// This process has no engine.
    Unknown,
}

/// Everything the wall shows.
pub struct WallView<'a> {
    /// Language and names.
    pub words: &'a Words<'a>,
    /// The figures.
    pub picture: &'a Picture,
    /// Open alerts, newest first.
    pub alerts: &'a [Alert],
    /// How many are open.
    pub open_alerts: u64,
    /// Since when the oldest is.
    pub oldest_alert: Option<Timestamp>,
    /// p99 should stay under this, microseconds.
    pub budget_us: u64,
    /// Whether authorizations are decided.
    pub engine: EngineState,
    /// Number of the live rule set.
    pub rule_set: Option<u32>,
    /// Batches that are decided and not yet counted.
    pub behind: u64,
    /// Authorizations that were left out of the figures.
    pub dropped: u64,
}

/// A part of the page with the id by which a stream replaces it.
pub struct Fragment {
    /// The id, in the page.
    pub id: &'static str,
    /// The part.
    pub html: Markup,
}

/// Stands beside the heading: the moment of the figures.
pub fn beside(words: &Words<'_>, now: Timestamp) -> Fragment {
    let id = "wall-now";
    let shown = format!(
        "{}{} {}",
        words.calendar.short_date(now),
        if words.locale == platform::i18n::Locale::En { "," } else { "" },
        words.calendar.time_with_seconds(now)
    );
    let html = html! {
        p.support id=(id) {
            time datetime=(words.calendar.machine(now)) { (shown) } " · " (words.t("monitoring-every-second"))
        }
    };
    Fragment { id, html }
}

/// Stands at the end of the top bar: ranges, state of the stream, pause.
pub fn tools(words: &Words<'_>, range: Range, address: &str) -> Markup {
    html! {
        nav.chips aria-label=(words.t("monitoring-ranges")) {
            @for one in Range::ALL {
                a.chip href=(query_with(address, "range", one.word())) aria-current=[(one == range).then_some("true")] {
                    (words.range(one))
                }
            }
        }
        (live_status(words.locale))
        (pause_button(words.locale))
        noscript { a.btn.btn--quiet href=(address) { (words.t("monitoring-refresh")) } }
    }
}

/// The content of the page; `stream` is the address of its events.
pub fn wall(view: &WallView<'_>, stream: &str) -> Markup {
    let content = html! {
        div.kpis {
            (kpi_rate(view).html) (kpi_approved(view).html) (kpi_latency(view).html) (kpi_alerts(view).html)
            (kpi_engine(view).html)
        }
        div.wall__grid {
            div.wall {
                (declines(view).html)
                div.wall__two { (rate(view).html) (latency(view).html) }
            }
            (feed(view).html)
        }
        (groups::places(view.words, view.picture).html)
        (groups::classes(view.words, view.picture).html)
    };
    live_region(&LiveRegion { url: stream, stale_s: STALE_S }, &content)
}

/// Every part that changes.
pub fn fragments(view: &WallView<'_>) -> Vec<Fragment> {
    vec![
        beside(view.words, view.picture.now),
        kpi_rate(view),
        kpi_approved(view),
        kpi_latency(view),
        kpi_alerts(view),
        kpi_engine(view),
        declines(view),
        rate(view),
        latency(view),
        feed(view),
        groups::places(view.words, view.picture),
        groups::classes(view.words, view.picture),
    ]
}

fn kpi_rate(view: &WallView<'_>) -> Fragment {
    let (words, picture) = (view.words, view.picture);
    let usual = picture.usual.map(|level| ("monitoring-usual-rate", level));
    let before = || rules::level_before(picture).map(|level| ("monitoring-before-rate", level));
    let note = match usual.or_else(before) {
        Some((key, level)) => words.with(
            key,
            &[("value", words.rate(level.per_second).into()), ("range", words.span(picture.range).into())],
        ),
        None => words.t("monitoring-no-usual"),
    };
    let id = "wall-kpi-rate";
    let html = kpi(&Kpi {
        id,
        title: &words.t("monitoring-kpi-rate"),
        figure: &words.rate(picture.per_second),
        unit: &words.t("monitoring-unit-second"),
        note: &note,
        leaf: true,
    });
    Fragment { id, html }
}

fn kpi_approved(view: &WallView<'_>) -> Fragment {
    let (words, picture) = (view.words, view.picture);
    let share = percent(picture.sums.approved(), picture.sums.total());
    let (figure, unit) = share.strip_suffix('%').map_or((share.as_str(), ""), |figure| (figure, "%"));
    let usual = picture.usual.map(|level| ("monitoring-approved-usual", level));
    let before = || rules::level_before(picture).map(|level| ("monitoring-approved-before", level));
    let known = usual.or_else(before).and_then(|(key, level)| Some((key, level.approved?)));
    let range = words.span(picture.range);
    let note = match known {
        Some((key, share)) => {
            words.with(key, &[("range", range.into()), ("value", words.share(share).into())])
        }
        None => words.with("monitoring-approved-of", &[("range", range.into())]),
    };
    let id = "wall-kpi-approved";
    let title = words.t("monitoring-kpi-approved");
    let html = kpi(&Kpi { id, title: &title, figure, unit, note: &note, leaf: false });
    Fragment { id, html }
}

fn kpi_latency(view: &WallView<'_>) -> Fragment {
    let words = view.words;
    let id = "wall-kpi-latency";
    let figures = view.picture.latency_us.map(|found| found.map(|us| words.ms(us)));
    let html = html! {
        section.panel.kpi id=(id) {
            h2 { (words.t("monitoring-kpi-latency")) }
            dl.pct {
                @for (at, name) in ["p50", "p95", "p99"].into_iter().enumerate() {
                    div {
                        dt { (name) }
                        dd { (figures.as_ref().and_then(|all| all.get(at)).map_or("–", String::as_str)) }
                    }
                }
            }
            p.label { (words.with("monitoring-budget", &[("ms", words.ms(view.budget_us).into())])) }
        }
    };
    Fragment { id, html }
}

fn kpi_alerts(view: &WallView<'_>) -> Fragment {
    let words = view.words;
    let note = match view.oldest_alert {
        Some(oldest) => {
            let limit = duration(words.locale, ALERT_AGE_LIMIT_US);
            let age = words.calendar.passed_since(oldest);
            words.with("monitoring-alerts-oldest", &[("age", age.into()), ("limit", limit.into())])
        }
        None => words.t("monitoring-alerts-none"),
    };
    let id = "wall-kpi-alerts";
    let figure = platform::i18n::figures::count(i64::try_from(view.open_alerts).unwrap_or(i64::MAX));
    let title = words.t("monitoring-kpi-alerts");
    let html = kpi(&Kpi { id, title: &title, figure: &figure, unit: "", note: &note, leaf: false });
    Fragment { id, html }
}

fn kpi_engine(view: &WallView<'_>) -> Fragment {
    let words = view.words;
    let figure = words.t(match view.engine {
        EngineState::Running => "monitoring-engine-on",
        EngineState::Stopped => "monitoring-engine-off",
        EngineState::Unknown => "monitoring-engine-unknown",
    });
    let mut notes = Vec::new();
    if let Some(number) = view.rule_set {
        notes.push(words.with("monitoring-engine-rules", &[("number", i64::from(number).into())]));
    }
    notes.push(words.with("monitoring-engine-behind", &[("count", view.behind.into())]));
    if view.dropped > 0 {
        notes.push(words.with("monitoring-engine-dropped", &[("count", view.dropped.into())]));
    }
    let id = "wall-kpi-engine";
    let title = words.t("monitoring-kpi-engine");
    let html =
        kpi(&Kpi { id, title: &title, figure: &figure, unit: "", note: &notes.join(" · "), leaf: false });
    Fragment { id, html }
}

fn slot_labels(words: &Words<'_>, slots: &Slots) -> Vec<String> {
    slots.starts.iter().map(|at| words.calendar.time(*at)).collect()
}

const fn pattern(family: Family) -> Pattern {
    match family {
        Family::Limit | Family::Approved => Pattern::Upright,
        Family::Unusable => Pattern::Level,
        Family::Proof => Pattern::Dots,
        Family::Control => Pattern::Slanted,
        Family::Risk => Pattern::Full,
    }
}

fn declines(view: &WallView<'_>) -> Fragment {
    let (words, picture) = (view.words, view.picture);
    let id = "wall-declines";
    let title = words.declines_title(&rules::declines(picture, view.alerts));
    let names = Family::DECLINED.map(|family| words.t(family.key()));
    let series: Vec<StackedSeries<'_>> = Family::DECLINED
        .into_iter()
        .zip(&names)
        .zip(&picture.declines.values)
        .map(|((family, label), values)| StackedSeries {
            label,
            pattern: pattern(family),
            values: values.iter().map(|value| round(*value)).collect(),
        })
        .collect();
    let slots = slot_labels(words, &picture.declines);
    let wave = rules::wave(view.alerts, picture);
    let label = wave.map(|alert| {
        let time = words.time(alert.opened_at);
        words.with("monitoring-mark", &[("rule", words.rule(&alert.rule).into()), ("time", time.into())])
    });
    let slot =
        wave.and_then(|alert| picture.declines.starts.iter().rposition(|start| *start <= alert.opened_at));
    let marks: Vec<Mark<'_>> =
        slot.zip(label.as_ref()).map(|(slot, label)| Mark { slot, label }).into_iter().collect();
    let kinds = words.t("monitoring-reason");
    let chart = StackedBars {
        locale: words.locale,
        id: "declines-chart",
        title: &title,
        kinds: &kinds,
        slots: &slots,
        series: if picture.sums.total() == 0 { &[] } else { &series },
        marks: &marks,
    };
    let corner = html! { span.label { (words.t("monitoring-per-minute-by-reason")) } };
    Fragment { id, html: panel(&Panel { id, title: &title, corner }, &stacked_bars(&chart)) }
}

/// To one decimal, so that labels are short; whole from ten on.
fn round(value: f64) -> f64 {
    if value >= 10.0 { value.round() } else { (value * 10.0).round() / 10.0 }
}

/// Whole milliseconds; below one with one decimal.
fn round_ms(ms: f64) -> f64 {
    if ms >= 1.0 { ms.round() } else { (ms * 10.0).round() / 10.0 }
}

fn rate(view: &WallView<'_>) -> Fragment {
    let (words, picture) = (view.words, view.picture);
    let id = "wall-rate";
    let title = words.rate_title(&rules::rate(picture));
    let values = picture.rate.values.first().cloned().unwrap_or_default();
    let values = values.into_iter().map(round).collect();
    let lines = [Line { label: "", style: LineStyle::Area, values }];
    let unit = words.t("monitoring-per-second");
    let chart = LineChart {
        locale: words.locale,
        title: &title,
        unit: &unit,
        slots: &slot_labels(words, &picture.rate),
        lines: &lines,
        budget: None,
    };
    let corner = html! { span.label { (unit) } };
    Fragment { id, html: panel(&Panel { id, title: &title, corner }, &line_chart(&chart)) }
}

fn latency(view: &WallView<'_>) -> Fragment {
    let (words, picture) = (view.words, view.picture);
    let id = "wall-latency";
    let title = words.latency_title(&rules::latency(picture, view.budget_us), view.budget_us);
    let styles = [("p99", LineStyle::Full), ("p95", LineStyle::Dashed), ("p50", LineStyle::Dotted)];
    let lines: Vec<Line<'_>> = styles
        .into_iter()
        .zip(&picture.latency.values)
        .map(|((label, style), values)| Line {
            label,
            style,
            values: values.iter().map(|us| round_ms(us / 1_000.0)).collect(),
        })
        .collect();
    let unit = words.t("monitoring-milliseconds");
    let budget_label = words.with("monitoring-budget-line", &[("ms", words.ms(view.budget_us).into())]);
    #[expect(clippy::cast_precision_loss, reason = "a budget is far below 2^53 microseconds")]
    let value = view.budget_us as f64 / 1_000.0;
    let chart = LineChart {
        locale: words.locale,
        title: &title,
        unit: &unit,
        slots: &slot_labels(words, &picture.latency),
        lines: &lines,
        budget: Some(Budget { value, label: &budget_label }),
    };
    let corner = html! { span.label { (unit) } };
    Fragment { id, html: panel(&Panel { id, title: &title, corner }, &line_chart(&chart)) }
}

fn feed(view: &WallView<'_>) -> Fragment {
    let words = view.words;
    let id = "wall-alerts";
    let title = words.t("monitoring-alerts-title");
    let mut newest: Vec<&Alert> = view.alerts.iter().collect();
    // Waves first; the order within each kind, newest first, stays.
    newest.sort_by_key(|alert| !rules::is_wave(alert));
    let shown: Vec<(String, String, String, &Alert)> = newest
        .into_iter()
        .take(FEED_MAX)
        .map(|alert| {
            let at = alert.opened_at;
            (words.alert_title(alert), words.time(at), words.calendar.machine(at), alert)
        })
        .collect();
    let entries: Vec<FeedEntry<'_>> = shown
        .iter()
        .map(|(title, time, machine_time, alert)| FeedEntry {
            tone: tone(alert),
            icon: shape(alert),
            title,
            time,
            machine_time,
            text: html! { (words.alert_text(alert)) " " span.nowrap.label { (words.owner(alert)) } },
        })
        .collect();
    let corner = html! {
        a href="/desk/alerts" { (words.with("monitoring-alerts-all", &[("count", view.open_alerts.into())])) }
    };
    let body = if entries.is_empty() {
        let (title, text) = (words.t("monitoring-alerts-empty"), words.t("monitoring-alerts-empty-text"));
        empty(&title, &text, &html! {})
    } else {
        alerts(&entries)
    };
    Fragment { id, html: panel(&Panel { id, title: &title, corner }, &body) }
}

/// How much an alert matters.
pub(super) fn tone(alert: &Alert) -> Tone {
    if rules::is_wave(alert) || alert.kind == AlertKind::Range { Tone::No } else { Tone::Look }
}

/// Its shape.
pub(super) fn shape(alert: &Alert) -> Icon {
    match alert.kind {
        AlertKind::Latency => Icon::Clock,
        AlertKind::Merchant | AlertKind::Account | AlertKind::Declines | AlertKind::Range => Icon::Alert,
    }
}
