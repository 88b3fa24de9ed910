//! Small charts inside lines of text and tables.

use super::{at, drawable};
use crate::ui::components::Tone;
use maud::{Markup, html};

/// A level bar filled to `share` (0 to 1; what is no number counts as nothing). With a `label` it is read
/// aloud; without one it only repeats a figure that stands beside it.
pub fn share_bar(share: f64, tone: Tone, label: Option<&str>) -> Markup {
    let width = drawable(share).unwrap_or(0.0).min(1.0) * 100.0;
    let class = match tone {
        Tone::Plain | Tone::Ok => "fg",
        Tone::Look => "fg fg--look",
        Tone::No => "fg fg--no",
    };
    let role = label.map(|_| "img");
    let hidden = label.is_none().then_some("true");
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" role=[role] aria-label=[label] aria-hidden=[hidden] {
            path.bg d="M0 0h100v8H0z" {}
            path class=(class) d=(format!("M0 0h{}v8H0z", at(width))) {}
        }
    }
}

const SPARK_WIDTH: f64 = 120.0;
const SPARK_HEIGHT: f64 = 36.0;
const SPARK_POINTS_MAX: usize = 120;

/// A line without axes, the newest 120 values; `label` says in words what it shows.
pub fn spark(values: &[f64], label: &str) -> Markup {
    let newest = values.get(values.len().saturating_sub(SPARK_POINTS_MAX)..).unwrap_or_default();
    let points: Vec<f64> = newest.iter().copied().filter_map(drawable).collect();
    let largest = points.iter().copied().fold(0.0, f64::max);
    let last = points.len().saturating_sub(1).max(1);
    let place = |(slot, value): (usize, &f64)| {
        let x = SPARK_WIDTH * f64::from(u32::try_from(slot).unwrap_or(0))
            / f64::from(u32::try_from(last).unwrap_or(1));
        let y = if largest > 0.0 {
            (SPARK_HEIGHT - 4.0) * (1.0 - value / largest) + 2.0
        } else {
            SPARK_HEIGHT - 2.0
        };
        format!("{} {}", at(x), at(y))
    };
    let path: Vec<String> = points.iter().enumerate().map(place).collect();
    html! {
        svg.spark viewBox="0 0 120 36" preserveAspectRatio="none" role="img" aria-label=(label) {
            @if !path.is_empty() { path.s1 d=(format!("M{}", path.join(" "))) {} }
        }
    }
}
