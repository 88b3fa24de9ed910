//! What a reader can do: buttons, forms, sheets. Everything works without script.

use crate::ui::{Icon, icon};
use maud::{Markup, html};

/// How much a button asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The one main act of a page.
    Primary,
    /// Inside rows and headings.
    Quiet,
    /// A protective act: one tap, can be taken back.
    Guard,
    /// Can't be taken back.
    Danger,
}

/// What a button says and looks like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Action<'a> {
    /// Its word.
    pub label: &'a str,
    /// What it acts on, read aloud after the word where several buttons share one: `•••• 4417`.
    pub of_what: &'a str,
    /// Its kind.
    pub kind: ButtonKind,
    /// Its icon.
    pub icon: Option<Icon>,
    /// Large and as wide as its place.
    pub wide: bool,
}

impl<'a> Action<'a> {
    /// A button of `kind` that says `label`.
    pub const fn new(kind: ButtonKind, label: &'a str) -> Self {
        Self { label, of_what: "", kind, icon: None, wide: false }
    }

    fn class(&self) -> String {
        let kind = match self.kind {
            ButtonKind::Plain => "btn",
            ButtonKind::Primary => "btn btn--primary",
            ButtonKind::Quiet => "btn btn--quiet",
            ButtonKind::Guard => "btn btn--guard",
            ButtonKind::Danger => "btn btn--danger",
        };
        if self.wide { format!("{kind} btn--l btn--wide") } else { kind.to_owned() }
    }

    fn content(&self) -> Markup {
        html! {
            @if let Some(shape) = self.icon { (icon(shape)) }
            (self.label)
            @if !self.of_what.is_empty() { span.vh { " " (self.of_what) } }
        }
    }
}

/// A button that submits the form it stands in.
pub fn button(action: &Action<'_>) -> Markup {
    html! { button class=(action.class()) type="submit" { (action.content()) } }
}

/// A button that can't be pressed now; say why beside it, in an element with the id `reason_id`.
pub fn disabled_button(action: &Action<'_>, reason_id: &str) -> Markup {
    html! {
        button class=(action.class()) type="button" aria-disabled="true" aria-describedby=(reason_id) {
            (action.content())
        }
    }
}

/// A link that looks like a button.
pub fn link_button(action: &Action<'_>, href: &str) -> Markup {
    html! { a class=(action.class()) href=(href) { (action.content()) } }
}

/// A form that changes something.
#[derive(Clone, Debug)]
pub struct PostForm<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// The token against forged requests, of the reader's session.
    pub csrf: &'a str,
    /// Values that go along.
    pub hidden: &'a [(&'a str, &'a str)],
    /// With script, replace what the answer names instead of loading a page.
    pub swap: bool,
    /// Class of the form element; may be empty.
    pub class: &'a str,
}

/// A form around `content` (fields and a button). The token's field is called `csrf`.
pub fn post_form(form: &PostForm<'_>, content: &Markup) -> Markup {
    let class = (!form.class.is_empty()).then_some(form.class);
    html! {
        form method="post" action=(form.action) class=[class] data-swap[form.swap] {
            input type="hidden" name="csrf" value=(form.csrf);
            @for (name, value) in form.hidden { input type="hidden" name=(name) value=(value); }
            (content)
        }
    }
}

/// A sheet over the page; it opens without script.
pub fn sheet(id: &str, title: &str, close: &str, body: &Markup) -> Markup {
    let heading = format!("{id}-h");
    html! {
        div.sheet id=(id) popover role="dialog" aria-labelledby=(heading) {
            div.sheet__head {
                h2 id=(heading) { (title) }
                button.btn.btn--icon type="button" popovertarget=(id) popovertargetaction="hide" aria-label=(close) {
                    (icon(Icon::X))
                }
            }
            div.sheet__body { (body) }
        }
    }
}

/// The button that opens the sheet called `id`.
pub fn sheet_button(action: &Action<'_>, id: &str) -> Markup {
    html! { button class=(action.class()) type="button" popovertarget=(id) { (action.content()) } }
}
