//! Lines over time: one as an area, or several with a budget that they should stay under.

use super::{
    Behind, Plot, at, chart_figure, drawable, figure_text, left_margin, nice_scale, nothing, spread,
    text_width,
};
use crate::i18n::Locale;
use maud::{Markup, html};

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStyle {
    /// Full, with its area filled: for the only line of a chart.
    Area,
    /// Full: the one to look at.
    Full,
    /// Dashed.
    Dashed,
    /// Dotted.
    Dotted,
}

impl LineStyle {
    const fn class(self) -> &'static str {
        match self {
            Self::Area | Self::Full => "s1",
            Self::Dashed => "s4 dash",
            Self::Dotted => "s5 dots",
        }
    }
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its name; empty if the title says it.
    pub label: &'a str,
    /// How it is drawn.
    pub style: LineStyle,
    /// A value for each slot; what is no number is a gap.
    pub values: Vec<f64>,
}

/// A value that lines should stay under.
#[derive(Clone, Debug)]
pub struct Budget<'a> {
    /// The value.
    pub value: f64,
    /// Its words, such as `budget 100`.
    pub label: &'a str,
}

/// Lines over time.
#[derive(Clone, Debug)]
pub struct LineChart<'a> {
    /// Language of the chart's own words.
    pub locale: Locale,
    /// Says the finding; read aloud for the picture.
    pub title: &'a str,
    /// The unit: heading of the table behind.
    pub unit: &'a str,
    /// A label for each slot, such as its time.
    pub slots: &'a [String],
    /// The lines.
    pub lines: &'a [Line<'a>],
    /// What they should stay under.
    pub budget: Option<Budget<'a>>,
}

const WIDTH: f64 = 430.0;
const HEIGHT: f64 = 176.0;
const POINTS_MAX: usize = 360;
const LABEL_GAP: f64 = 15.0;

/// The chart with its table. Of more points than can be told apart, the largest of each group is drawn,
/// so that a peak never disappears.
pub fn line_chart(chart: &LineChart<'_>) -> Markup {
    // Values beyond the last slot have no place.
    let clipped = |line: &Line<'_>| line.values.iter().take(chart.slots.len()).copied().collect();
    let lines: Vec<Line<'_>> =
        chart.lines.iter().map(|line| Line { values: clipped(line), ..line.clone() }).collect();
    let chart = &LineChart { lines: &lines, ..chart.clone() };
    let drawn = |line: &Line<'_>| line.values.iter().any(|value| drawable(*value).is_some());
    if chart.slots.is_empty() || !chart.lines.iter().any(drawn) {
        return nothing(chart.locale);
    }
    let largest = chart.lines.iter().flat_map(|line| line.values.iter().copied().filter_map(drawable));
    let budget = chart.budget.as_ref().and_then(|budget| drawable(budget.value));
    // A budget gets room above it, for its words and for what goes beyond it.
    let above_budget = budget.map(|value| value * 1.1);
    let scale = nice_scale(largest.chain(above_budget).fold(0.0, f64::max), 4);

    let labels: Vec<String> = chart.lines.iter().map(end_label).collect();
    let room = labels.iter().map(|label| text_width(label)).fold(20.0, f64::max).min(120.0);
    let plot = Plot { left: left_margin(&scale), right: WIDTH - room - 12.0, top: 14.0, bottom: 150.0 };
    let last = chart.slots.len() - 1;
    let x = |slot: usize| plot.left + (plot.right - plot.left) * share_of(slot, last);
    let ends: Vec<Option<(f64, f64)>> =
        chart.lines.iter().map(|line| end_point(line, x, |v| plot.y(v, &scale))).collect();
    let wishes: Vec<f64> = ends.iter().map(|end| end.map_or(plot.bottom, |(_, y)| y)).collect();
    let places = spread(&wishes, LABEL_GAP, plot.top, plot.bottom);

    let svg = html! {
        svg.chart__svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(chart.title) {
            (plot.grid(&scale))
            @if let (Some(value), Some(budget)) = (budget, &chart.budget) {
                @let y = plot.y(value, &scale);
                path.limit-line d=(format!("M{} {}H{}", at(plot.left), at(y), at(plot.right))) {}
                text.tag x=(at(plot.left + 4.0)) y=(at(if y < plot.top + 12.0 { y + 13.0 } else { y - 6.0 })) { (budget.label) }
            }
            @for line in chart.lines { (drawn_line(line, chart.slots.len(), x, |value| plot.y(value, &scale), plot.bottom)) }
            @for (((line, end), label), place) in chart.lines.iter().zip(&ends).zip(&labels).zip(&places) {
                @if let Some((end_x, end_y)) = end {
                    @if line.style == LineStyle::Area || chart.slots.len() == 1 {
                        circle.dot.p1 cx=(at(*end_x)) cy=(at(*end_y)) r="4" {}
                    }
                    text.tag x=(at(plot.right + 9.0)) y=(at(place + 4.0)) { (label) }
                }
            }
            (plot.slot_labels(chart.slots, x))
        }
    };
    let rows = chart
        .lines
        .iter()
        .map(|line| (if line.label.is_empty() { chart.unit } else { line.label }, line.values.as_slice()))
        .collect();
    chart_figure(chart.locale, false, &svg, &Behind { corner: chart.unit, slots: chart.slots, rows })
}

fn end_label(line: &Line<'_>) -> String {
    let last =
        line.values.iter().rev().find_map(|value| drawable(*value)).map(figure_text).unwrap_or_default();
    if line.label.is_empty() { last } else { format!("{} {last}", line.label) }
}

/// The newest value that is a number, as a point.
fn end_point(line: &Line<'_>, x: impl Fn(usize) -> f64, y: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
    let numbered = line.values.iter().enumerate().rev();
    numbered.filter_map(|(slot, value)| drawable(*value).map(|value| (x(slot), y(value)))).next()
}

fn drawn_line(
    line: &Line<'_>,
    slots: usize,
    x: impl Fn(usize) -> f64,
    y: impl Fn(f64) -> f64,
    floor: f64,
) -> Markup {
    let group = slots.div_ceil(POINTS_MAX).max(1);
    let (mut stroke, mut area) = (String::new(), String::new());
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (at_group, values) in line.values.chunks(group).enumerate() {
        match values.iter().copied().filter_map(drawable).reduce(f64::max) {
            Some(value) => {
                run.push((x((at_group * group + values.len() - 1).min(slots.saturating_sub(1))), y(value)))
            }
            None => close_run(&mut run, &mut stroke, &mut area, floor),
        }
    }
    close_run(&mut run, &mut stroke, &mut area, floor);
    html! {
        @if line.style == LineStyle::Area { path.fs d=(area) {} }
        path class=(line.style.class()) d=(stroke) {}
    }
}

/// Ends one unbroken piece of a line.
fn close_run(run: &mut Vec<(f64, f64)>, stroke: &mut String, area: &mut String, floor: f64) {
    if let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) {
        let points: Vec<String> = run.iter().map(|(x, y)| format!("{} {}", at(*x), at(*y))).collect();
        let points = points.join(" ");
        stroke.push_str(&format!("M{points}"));
        area.push_str(&format!("M{points} L{} {} L{} {}z", at(*last), at(floor), at(*first), at(floor)));
    }
    run.clear();
}

/// How far slot `slot` is on the way to `last`; a single slot stands at the end.
fn share_of(slot: usize, last: usize) -> f64 {
    let exact = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if last == 0 { 1.0 } else { exact(slot) / exact(last) }
}
