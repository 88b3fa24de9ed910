//! Stacked bars over time: how many of each kind in each slot.

use super::{
    Behind, Plot, at, chart_figure, drawable, figure_text, left_margin, nice_scale, nothing, spread,
    text_width,
};
use crate::i18n::Locale;
use maud::{Markup, html};

/// How a kind is drawn. A kind keeps its pattern in every chart, so that readers learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Upright lines.
    Upright,
    /// Level lines.
    Level,
    /// Dots.
    Dots,
    /// Slanted lines.
    Slanted,
    /// Full: the one to look at.
    Full,
}

impl Pattern {
    const ALL: [Self; 5] = [Self::Upright, Self::Level, Self::Dots, Self::Slanted, Self::Full];

    const fn name(self) -> &'static str {
        match self {
            Self::Upright => "upright",
            Self::Level => "level",
            Self::Dots => "dots",
            Self::Slanted => "slanted",
            Self::Full => "full",
        }
    }

    fn definition(self, chart: &str) -> Markup {
        let id = format!("{chart}-{}", self.name());
        let (size, turn) = match self {
            Self::Upright | Self::Full => ("8", None),
            Self::Level => ("5", None),
            Self::Dots => ("6", None),
            Self::Slanted => ("6", Some("rotate(45)")),
        };
        html! {
            pattern id=(id) width=(size) height=(size) patternUnits="userSpaceOnUse" patternTransform=[turn] {
                @if self == Self::Full { rect.f2 width=(size) height=(size) {} }
                @else { rect.f0 width=(size) height=(size) {} }
                @match self {
                    Self::Upright => { path.p5 d="M1 0v8M5 0v8" {} }
                    Self::Level => { path.p1 d="M0 2.5h5" {} }
                    Self::Dots => { circle.f3 cx="3" cy="3" r="1.7" {} }
                    Self::Slanted => { path.p4 d="M0 0v6" {} }
                    Self::Full => {}
                }
            }
        }
    }

    fn fill(self, chart: &str) -> String {
        format!("url(#{chart}-{})", self.name())
    }
}

/// One kind.
#[derive(Clone, Debug)]
pub struct StackedSeries<'a> {
    /// Its name.
    pub label: &'a str,
    /// How it is drawn.
    pub pattern: Pattern,
    /// How many in each slot.
    pub values: Vec<f64>,
}

/// An event at a slot.
#[derive(Clone, Debug)]
pub struct Mark<'a> {
    /// At the beginning of which slot.
    pub slot: usize,
    /// What happened.
    pub label: &'a str,
}

/// Stacked bars.
#[derive(Clone, Debug)]
pub struct StackedBars<'a> {
    /// Language of the chart's own words.
    pub locale: Locale,
    /// Unique in the page.
    pub id: &'a str,
    /// Says the finding; read aloud for the picture.
    pub title: &'a str,
    /// What the kinds are: heading of the table behind.
    pub kinds: &'a str,
    /// A label for each slot, such as its time.
    pub slots: &'a [String],
    /// The kinds, lowest first.
    pub series: &'a [StackedSeries<'a>],
    /// Events.
    pub marks: &'a [Mark<'a>],
}

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 224.0;
const SLOTS_MAX: usize = 180;
const LABEL_GAP: f64 = 17.0;

/// The chart with its table. Of more than 180 slots only the newest 180 are drawn.
pub fn stacked_bars(chart: &StackedBars<'_>) -> Markup {
    let skipped = chart.slots.len().saturating_sub(SLOTS_MAX);
    let slots = chart.slots.get(skipped..).unwrap_or_default();
    if slots.is_empty() || chart.series.is_empty() {
        return nothing(chart.locale);
    }
    let newest = |series: &StackedSeries<'_>| -> Vec<f64> {
        let values = series.values.iter().skip(skipped).take(slots.len());
        let mut values: Vec<f64> = values.map(|value| drawable(*value).unwrap_or(0.0)).collect();
        values.resize(slots.len(), 0.0);
        values
    };
    let values: Vec<Vec<f64>> = chart.series.iter().map(newest).collect();
    let total = |slot: usize| -> f64 { values.iter().filter_map(|series| series.get(slot)).sum() };
    let scale = nice_scale((0..slots.len()).map(total).fold(0.0, f64::max), 4);

    let labels: Vec<String> =
        chart.series.iter().zip(&values).map(|(series, values)| end_label(series, values)).collect();
    let labels_width = labels.iter().map(|label| text_width(label)).fold(40.0, f64::max).min(300.0);
    let plot =
        Plot { left: left_margin(&scale), right: WIDTH - labels_width - 38.0, top: 28.0, bottom: 200.0 };
    let pitch = (plot.right - plot.left) / f64_of(slots.len());
    let left_of = |slot: usize| plot.left + pitch * f64_of(slot);
    let stacked =
        stack(&values, |slot| (left_of(slot) + pitch * 0.06, pitch * 0.88), |value| plot.y(value, &scale));

    let svg = html! {
        svg.chart__svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(chart.title) {
            defs { @for pattern in Pattern::ALL { (pattern.definition(chart.id)) } }
            (plot.grid(&scale))
            @for (series, stack) in chart.series.iter().zip(&stacked) {
                path.seg fill=(series.pattern.fill(chart.id)) d=(stack.path) {}
            }
            @for mark in chart.marks {
                @if let Some(slot) = mark.slot.checked_sub(skipped).filter(|slot| *slot < slots.len()) {
                    (mark_line(left_of(slot), mark.label, &plot))
                }
            }
            (end_labels(chart, &labels, &stacked, &plot))
            (plot.slot_labels(slots, |slot| if slot == 0 { plot.left } else if slot + 1 == slots.len() { plot.right } else { left_of(slot) + pitch / 2.0 }))
        }
    };
    let rows =
        chart.series.iter().zip(&values).map(|(series, values)| (series.label, values.as_slice())).collect();
    chart_figure(chart.locale, true, &svg, &Behind { corner: chart.kinds, slots, rows })
}

/// The bars of one kind as one path, and the middle of its newest bar.
struct Stacked {
    path: String,
    newest_middle: f64,
}

fn stack(values: &[Vec<f64>], bar: impl Fn(usize) -> (f64, f64), y: impl Fn(f64) -> f64) -> Vec<Stacked> {
    let slots = values.first().map_or(0, Vec::len);
    let mut below = vec![0.0; slots];
    let mut all = Vec::with_capacity(values.len());
    for series in values {
        let (mut path, mut newest_middle) = (String::new(), y(0.0));
        for (slot, (value, base)) in series.iter().zip(below.iter_mut()).enumerate() {
            let (low, high) = (y(*base), y(*base + *value));
            newest_middle = f64::midpoint(low, high);
            *base += *value;
            if *value > 0.0 {
                let (x, width) = bar(slot);
                path.push_str(&format!("M{} {}h{}V{}h-{}z", at(x), at(high), at(width), at(low), at(width)));
            }
        }
        all.push(Stacked { path, newest_middle });
    }
    all
}

fn end_label(series: &StackedSeries<'_>, values: &[f64]) -> String {
    format!("{} {}", series.label, figure_text(values.last().copied().unwrap_or(0.0)))
}

fn end_labels(chart: &StackedBars<'_>, labels: &[String], stacked: &[Stacked], plot: &Plot) -> Markup {
    let wishes: Vec<f64> = stacked.iter().map(|stack| stack.newest_middle).collect();
    let places = spread(&wishes, LABEL_GAP, plot.top, plot.bottom - 4.0);
    html! {
        @for (((series, label), wish), place) in chart.series.iter().zip(labels).zip(&wishes).zip(&places) {
            path.axis fill="none" d=(format!("M{} {}l8 {}h4", at(plot.right), at(*wish), at(place - wish))) {}
            rect.seg x=(at(plot.right + 15.0)) y=(at(place - 6.0)) width="14" height="12" fill=(series.pattern.fill(chart.id)) {}
            text.tag x=(at(plot.right + 34.0)) y=(at(place + 4.0)) { (label) }
        }
    }
}

fn mark_line(x: f64, label: &str, plot: &Plot) -> Markup {
    // On the side where there is room.
    let left_half = x < f64::midpoint(plot.left, plot.right);
    let (text_x, anchor) = if left_half { (x + 6.0, "start") } else { (x - 6.0, "end") };
    html! {
        path.mark-line d=(format!("M{} 4V{}", at(x), at(plot.bottom))) {}
        text.mark-text x=(at(text_x)) y="13" text-anchor=(anchor) { (label) }
    }
}

/// Exact: no chart has more slots than 2^32.
fn f64_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
