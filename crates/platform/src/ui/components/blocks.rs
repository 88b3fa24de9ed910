//! Blocks: panel, key figure, badge, notice, empty state, facts, the hinge.

use crate::ui::{Icon, icon};
use maud::{Markup, html};

/// What a status means. Each also has a shape and a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Done, allowed.
    Ok,
    /// Look at this, there is time.
    Look,
    /// Refused, lost, late.
    No,
}

impl Tone {
    /// The class of `block` in this tone, such as `badge--ok`.
    pub(super) fn class(self, block: &str) -> String {
        match self {
            Self::Plain => block.to_owned(),
            Self::Ok => format!("{block} {block}--ok"),
            Self::Look => format!("{block} {block}--look"),
            Self::No => format!("{block} {block}--no"),
        }
    }
}

/// A word with a shape.
#[derive(Clone, Debug)]
pub struct Badge<'a> {
    /// What it means.
    pub tone: Tone,
    /// Its shape.
    pub icon: Option<Icon>,
    /// Its word.
    pub word: &'a str,
}

/// A badge. A plain one with an icon is drawn as an outline.
pub fn badge(badge: &Badge<'_>) -> Markup {
    let outlined = badge.tone == Tone::Plain && badge.icon.is_some();
    let class = if outlined { "badge badge--edge".to_owned() } else { badge.tone.class("badge") };
    html! { span class=(class) { @if let Some(shape) = badge.icon { (icon(shape)) } (badge.word) } }
}

/// A number in a red box: things that wait.
pub fn count_badge(count: u64) -> Markup {
    html! { @if count > 0 { span.count { (count.min(999)) } } }
}

/// A panel with a heading of the second level.
#[derive(Clone, Debug)]
pub struct Panel<'a> {
    /// Unique in the page; a stream replaces the panel by it.
    pub id: &'a str,
    /// Says the finding.
    pub title: &'a str,
    /// At the end of the heading's line: a unit, a link.
    pub corner: Markup,
}

/// A panel around `body`, which brings its own padding (`panel__body`, `rows`, a table).
pub fn panel(panel: &Panel<'_>, body: &Markup) -> Markup {
    let heading = format!("{}-h", panel.id);
    html! {
        section.panel id=(panel.id) aria-labelledby=(heading) {
            div.panel__head { h2 id=(heading) { (panel.title) } (panel.corner) }
            (body)
        }
    }
}

/// A key figure.
#[derive(Clone, Debug)]
pub struct Kpi<'a> {
    /// Unique in the page; a stream replaces the figure by it.
    pub id: &'a str,
    /// What is measured.
    pub title: &'a str,
    /// The figure, formatted.
    pub figure: &'a str,
    /// Unit, small beside the figure.
    pub unit: &'a str,
    /// Against what to hold it: the usual value, the limit.
    pub note: &'a str,
    /// The one main figure of the page stands on the dark leaf.
    pub leaf: bool,
}

/// A key figure in its panel.
pub fn kpi(kpi: &Kpi<'_>) -> Markup {
    let class = if kpi.leaf { "panel kpi kpi--leaf" } else { "panel kpi" };
    html! {
        section id=(kpi.id) class=(class) {
            h2 { (kpi.title) }
            p.kpi__fig {
                (kpi.figure)
                @if !kpi.unit.is_empty() { @if kpi.unit != "%" { " " } small { (kpi.unit) } }
            }
            @if !kpi.note.is_empty() { p.label { (kpi.note) } }
        }
    }
}

/// Something to know, staying in the page.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// How much it matters.
    pub tone: Tone,
    /// Its shape.
    pub icon: Icon,
    /// One line that says it; may be empty.
    pub title: &'a str,
    /// The rest.
    pub text: Markup,
    /// Buttons.
    pub acts: Markup,
}

/// A notice; what was refused is announced at once.
pub fn notice(notice: &Notice<'_>) -> Markup {
    let role = (notice.tone == Tone::No).then_some("alert");
    html! {
        section class=(notice.tone.class("notice")) role=[role] {
            (icon(notice.icon))
            div {
                @if !notice.title.is_empty() { h2.notice__title { (notice.title) } }
                (notice.text)
            }
            @if !notice.acts.0.is_empty() { div.notice__act { (notice.acts) } }
        }
    }
}

/// An empty place that says what will come here.
pub fn empty(title: &str, text: &str, act: &Markup) -> Markup {
    html! {
        div.empty {
            svg viewBox="0 0 80 64" aria-hidden="true" {
                path d="M4 60h72M18 60V6h44v54" {}
                path d="M18 6l26 9v45" {}
                path.pin d="M18 14v8M18 30v8M18 46v8" stroke-width="5" {}
            }
            h3 { (title) }
            p { (text) }
            (act)
        }
    }
}

/// Names and values in two columns.
pub fn facts(entries: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in entries { dt { (name) } dd { (value) } } } }
}

/// Names and values as lines, the value at the end: under a figure, on a leaf.
pub fn key_list(entries: &[(Markup, Markup)]) -> Markup {
    html! { dl.key { @for (name, value) in entries { div { dt { (name) } dd.num { (value) } } } } }
}

/// Two leaves on one pin: the dark one says what the reader may do, the light one what is asked of them.
/// Once in a page, for the main thing.
pub fn hinge(label: &str, dark: &Markup, light: &Markup) -> Markup {
    html! {
        section.hinge.hinge--wide.home__hinge aria-label=(label) {
            div.leaf { (dark) }
            div.leaf.leaf--b { (light) }
        }
    }
}
