//! What changes while one looks: the region that a stream feeds, its status, and the feed of alerts.
//!
//! The stream sends HTML in `data:`; each top-level element in it replaces the element of its id. An
//! `event: end` ends the view for good (the session is over). To keep the reader's trust, the server
//! sends something (an `event: beat` will do) more often than `stale_s`.

use super::Tone;
use crate::{
    i18n::{Locale, t},
    ui::{Icon, icon},
};
use maud::{Markup, html};

/// A region fed by a stream. One in a page: browsers open few connections to one server.
#[derive(Clone, Copy, Debug)]
pub struct LiveRegion<'a> {
    /// Address of the stream (server-sent events).
    pub url: &'a str,
    /// After how many seconds of silence the view is called stale.
    pub stale_s: u32,
}

/// The region around `content`.
pub fn live_region(region: &LiveRegion<'_>, content: &Markup) -> Markup {
    html! { div.wall data-live=(region.url) data-live-stale-s=(region.stale_s) { (content) } }
}

/// Says whether the view is live, paused or stale; stands in the top bar.
pub fn live_status(locale: Locale) -> Markup {
    let word = |key| t(locale, key, &[]);
    // The time is put in by the script, in the place that this text keeps for it.
    let stale = t(locale, "shell-live-stale", &[("time", "{time}".into())]);
    html! {
        p.livestatus data-live-status hidden data-text-live=(word("shell-live"))
            data-text-paused=(word("shell-live-paused")) data-text-stale=(stale)
            data-text-ended=(word("shell-live-ended")) {}
    }
}

/// Pauses and resumes the view. Shown by the script, for without it nothing moves.
pub fn pause_button(locale: Locale) -> Markup {
    html! {
        button.btn type="button" data-live-pause hidden aria-pressed="false"
            data-text-pause=(t(locale, "shell-pause", &[])) data-text-resume=(t(locale, "shell-resume", &[])) {
            (icon(Icon::Pause)) span { (t(locale, "shell-pause", &[])) }
        }
    }
}

/// One entry of the alert feed.
#[derive(Clone, Debug)]
pub struct Alert<'a> {
    /// How much it matters.
    pub tone: Tone,
    /// Its shape.
    pub icon: Icon,
    /// What happened.
    pub title: &'a str,
    /// When, as text.
    pub time: &'a str,
    /// When, for machines.
    pub machine_time: &'a str,
    /// More, and who owns it.
    pub text: Markup,
}

/// The feed, newest first.
pub fn alerts(entries: &[Alert<'_>]) -> Markup {
    html! {
        ol.feed {
            @for alert in entries {
                li class=(alert.tone.class("alert")) {
                    (icon(alert.icon))
                    p.strong { (alert.title) }
                    time.label datetime=(alert.machine_time) { (alert.time) }
                    p { (alert.text) }
                }
            }
        }
    }
}
