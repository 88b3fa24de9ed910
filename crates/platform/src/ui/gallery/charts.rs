//! The gallery's key figures and charts, with the shapes of an evening on which cards were tested.

use crate::{
    i18n::{Locale, t},
    ui::{
        Icon,
        charts::{
            Budget, Line, LineChart, LineStyle, Mark, Pattern, StackedBars, StackedSeries, line_chart,
            share_bar, spark, stacked_bars,
        },
        components::{Alert, Kpi, Panel, Tone, alerts, kpi, panel},
    },
};
use maud::{Markup, html};

pub(super) fn figures(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let usual = |value: &str| t(locale, "gallery-usual", &[("usual", value.into())]);
    let (approved, per_second) = (word("gallery-approved"), word("gallery-per-second"));
    let (rate_note, share_note) = (usual("176"), usual("96.6%"));
    html! {
        div.kpis {
            (kpi(&Kpi { id: "kpi-rate", title: &per_second, figure: "184", unit: "/s", note: &rate_note, leaf: true }))
            (kpi(&Kpi { id: "kpi-ok", title: &approved, figure: "96.0", unit: "%", note: &share_note, leaf: false }))
            (kpi(&Kpi { id: "kpi-p99", title: "p99", figure: "38", unit: "ms", note: "", leaf: false }))
        }
    }
}

/// One label a minute from 19:15 on.
fn minutes(count: u32) -> Vec<String> {
    (0..count).map(|minute| 19 * 60 + 15 + minute).map(|m| format!("{:02}:{:02}", m / 60, m % 60)).collect()
}

/// A steady value with a small, repeatable unrest.
fn steady(level: f64, unrest: f64, count: u32) -> Vec<f64> {
    let step = |minute: u32| f64::from((minute * 37 + minute * minute * 11) % 17) / 8.0 - 1.0;
    (0..count).map(|minute| (level + unrest * step(minute)).round()).collect()
}

fn with_wave(mut values: Vec<f64>, start: usize, wave: &[f64]) -> Vec<f64> {
    for (value, more) in values.iter_mut().skip(start).zip(wave) {
        *value += more;
    }
    values
}

pub(super) fn charts(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    let (declines, rate) =
        (word("gallery-chart-declines"), t(locale, "gallery-chart-rate", &[("rate", "184".into())]));
    let latency = word("gallery-chart-latency");
    let corner = |key| html! { span.label { (t(locale, key, &[])) } };
    let title = t(locale, "gallery-alert", &[("count", 4_720_i64.into())]);
    let text = html! { (word("gallery-alert-text")) };
    let alert = Alert {
        tone: Tone::No,
        icon: Icon::Alert,
        title: &title,
        time: "19:41",
        machine_time: "2026-03-12T19:41:00+08:00",
        text,
    };
    html! {
        div.wall {
            (panel(&Panel { id: "declines", title: &declines, corner: corner("gallery-per-minute") }, &declines_chart(locale, &declines)))
            div.wall__two {
                (panel(&Panel { id: "rate", title: &rate, corner: corner("gallery-per-second") }, &rate_chart(locale, &rate)))
                (panel(&Panel { id: "latency", title: &latency, corner: corner("gallery-milliseconds") }, &latency_chart(locale, &latency)))
            }
            div.wall__two {
                div.panel { (alerts(&[alert])) }
                div.panel { div.panel__body.padded { (share_bar(0.59, Tone::Ok, Some("59%"))) (spark(&steady(40.0, 12.0, 60), &rate)) } }
            }
        }
    }
}

fn declines_chart(locale: Locale, title: &str) -> Markup {
    let words =
        ["gallery-over-limit", "gallery-blocked", "gallery-cvv2", "gallery-switched-off", "gallery-risk"]
            .map(|key| t(locale, key, &[]));
    let [limit, blocked, cvv2, off, risk] = &words;
    let testing = [360.0, 570.0, 680.0, 460.0, 260.0, 50.0];
    let series = [
        StackedSeries { label: limit, pattern: Pattern::Upright, values: steady(150.0, 12.0, 30) },
        StackedSeries { label: blocked, pattern: Pattern::Level, values: steady(33.0, 3.0, 30) },
        StackedSeries { label: cvv2, pattern: Pattern::Dots, values: steady(53.0, 4.0, 30) },
        StackedSeries { label: off, pattern: Pattern::Slanted, values: steady(74.0, 6.0, 30) },
        StackedSeries {
            label: risk,
            pattern: Pattern::Full,
            values: with_wave(steady(50.0, 4.0, 30), 13, &testing),
        },
    ];
    let (kinds, fired) = (t(locale, "gallery-reason", &[]), t(locale, "gallery-mark", &[]));
    let marks = [Mark { slot: 13, label: &format!("{fired} 19:41") }];
    let slots: Vec<String> = minutes(60).into_iter().step_by(2).collect();
    let chart = StackedBars {
        locale,
        id: "declines-chart",
        title,
        kinds: &kinds,
        slots: &slots,
        series: &series,
        marks: &marks,
    };
    stacked_bars(&chart)
}

fn rate_chart(locale: Locale, title: &str) -> Markup {
    let lines = [Line { label: "", style: LineStyle::Area, values: steady(184.0, 5.0, 60) }];
    let unit = t(locale, "gallery-per-second", &[]);
    line_chart(&LineChart { locale, title, unit: &unit, slots: &minutes(60), lines: &lines, budget: None })
}

fn latency_chart(locale: Locale, title: &str) -> Markup {
    let peak = [6.0, 12.0, 24.0, 30.0, 21.0, 9.0];
    let lines = [
        Line { label: "p99", style: LineStyle::Full, values: with_wave(steady(38.0, 3.0, 60), 26, &peak) },
        Line { label: "p95", style: LineStyle::Dashed, values: steady(21.0, 1.5, 60) },
        Line { label: "p50", style: LineStyle::Dotted, values: steady(9.0, 0.6, 60) },
    ];
    let budget = t(locale, "gallery-budget", &[("ms", "100".into())]);
    let unit = t(locale, "gallery-milliseconds", &[]);
    let budget = Some(Budget { value: 100.0, label: &budget });
    line_chart(&LineChart { locale, title, unit: &unit, slots: &minutes(60), lines: &lines, budget })
}
