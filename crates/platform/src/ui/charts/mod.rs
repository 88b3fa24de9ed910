//! Charts as SVG from the server: attributes only, no script, a table behind each.
//!
//! **Design.** A chart is a pure function from a small struct to markup. Series differ by pattern or dash
//! before they differ by colour and carry their label at the line. Axes start at zero and end at a round
//! number. Values that are no numbers are gaps in a line and nothing in a bar; negative values count as
//! zero, for all our charts count things or measure time.
//!
//! **Not here.** Choosing what to show: the title, which says the finding, comes from the feature.

mod bars;
mod lines;
mod scale;
mod small;

pub use bars::{Mark, Pattern, StackedBars, StackedSeries, stacked_bars};
pub use lines::{Budget, Line, LineChart, LineStyle, line_chart};
pub use scale::{Scale, nice_scale, tick_slots};
pub use small::{share_bar, spark};

use crate::i18n::{Locale, figures::grouped_float, t};
use maud::{Markup, html};

/// What a chart draws at most; beyond it coordinates would lose their meaning.
const VALUE_MAX: f64 = 1e15;

/// A value as a chart may draw it.
fn drawable(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(0.0, VALUE_MAX))
}

/// Whole numbers without decimals, small measured ones with one.
fn figure_text(value: f64) -> String {
    let places = if value.fract() == 0.0 || value.abs() >= 100.0 { 0 } else { 1 };
    grouped_float(value, places)
}

/// How wide a text is at 11 pixels, roughly: full-width letters are squares, others about half.
fn text_width(text: &str) -> f64 {
    text.chars().map(|letter| if u32::from(letter) >= 0x2E80 { 11.5 } else { 6.3 }).sum()
}

/// A coordinate with one decimal.
fn at(value: f64) -> String {
    format!("{value:.1}")
}

/// The region in which values are drawn.
#[derive(Clone, Copy)]
struct Plot {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    fn y(&self, value: f64, scale: &Scale) -> f64 {
        self.bottom - (self.bottom - self.top) * (value / scale.top).clamp(0.0, 1.0)
    }

    /// Grid lines with their values at the left.
    fn grid(&self, scale: &Scale) -> Markup {
        html! {
            @for tick in scale.ticks() {
                @let y = self.y(tick, scale);
                path.grid d=(format!("M{} {}H{}", at(self.left), at(y), at(self.right))) {}
                text x=(at(self.left - 6.0)) y=(at(y + 4.0)) text-anchor="end" { (figure_text(tick)) }
            }
        }
    }

    /// Slot labels beneath; `x` gives the place of a slot.
    fn slot_labels(&self, slots: &[String], x: impl Fn(usize) -> f64) -> Markup {
        let last = slots.len().saturating_sub(1);
        html! {
            @for slot in tick_slots(slots.len(), 5) {
                @if let Some(label) = slots.get(slot) {
                    @let anchor = if slot == 0 { "start" } else if slot == last { "end" } else { "middle" };
                    text x=(at(x(slot))) y=(at(self.bottom + 19.0)) text-anchor=(anchor) { (label) }
                }
            }
        }
    }
}

/// Room at the left for the largest value of a scale.
fn left_margin(scale: &Scale) -> f64 {
    14.0 + text_width(&figure_text(scale.top))
}

/// Places labels at the wished heights, at least `gap` apart and within the bounds as far as they fit.
/// The result is in the order of the wishes.
fn spread(wishes: &[f64], gap: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    let wish = |at: usize| wishes.get(at).copied().unwrap_or(bottom);
    order.sort_by(|one, other| wish(*other).total_cmp(&wish(*one)));
    let mut places = vec![bottom; wishes.len()];
    // From the lowest upwards, each at its wish or above the one before.
    let mut limit = bottom;
    for slot in &order {
        let place = wish(*slot).min(limit);
        limit = place - gap;
        if let Some(kept) = places.get_mut(*slot) {
            *kept = place;
        }
    }
    // Where that ran over the top, push down again from there.
    let mut limit = top;
    for slot in order.iter().rev() {
        if let Some(kept) = places.get_mut(*slot) {
            *kept = kept.max(limit);
            limit = *kept + gap;
        }
    }
    places
}

/// A table's worth of a chart: one row per series, one column per labelled slot.
struct Behind<'a> {
    corner: &'a str,
    slots: &'a [String],
    rows: Vec<(&'a str, &'a [f64])>,
}

/// The figure around a chart, with its table.
fn chart_figure(locale: Locale, wide: bool, svg: &Markup, behind: &Behind<'_>) -> Markup {
    let class = if wide { "panel__body chart chart--wide" } else { "panel__body chart" };
    let columns: Vec<usize> = tick_slots(behind.slots.len(), 5);
    html! {
        figure class=(class) {
            @if wide { div.chart__scroll tabindex="0" role="group" aria-label=(behind.corner) { (svg) } } @else { (svg) }
            details {
                summary { (t(locale, "shell-as-table", &[])) }
                div.tablewrap { table.table {
                    thead { tr {
                        th scope="col" { (behind.corner) }
                        @for slot in &columns { th.end scope="col" { (behind.slots.get(*slot).map_or("", String::as_str)) } }
                    } }
                    tbody { @for (label, values) in &behind.rows {
                        tr {
                            th scope="row" { (label) }
                            @for slot in &columns {
                                td.end.num { (values.get(*slot).map_or("–".to_owned(), |value| figure_text(*value))) }
                            }
                        }
                    } }
                } }
            }
        }
    }
}

/// What stands where a chart would, when there is nothing to draw.
fn nothing(locale: Locale) -> Markup {
    html! { figure.panel__body.chart { p.quiet { (t(locale, "shell-no-data", &[])) } } }
}
