//! What the app says about calls. It says that somebody talks to its reader only while a call lives; everything else,
//! and everything that is not certain, is "we are not talking to you".

use super::super::model::Talking;
use kernel::Secret;
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Field, Notice, PostForm, Tone, button, field, link_button, notice, post_form,
};

/// Whether somebody talks to the reader now.
pub(in super::super) fn status(calendar: &Calendar, talking: Option<&Talking>) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let now = calendar.time_with_seconds(calendar.now());
    html! {
        h1 { (word("calls-own-title")) }
        @match talking {
            Some(talking) => {
                (who(calendar, talking))
                p.label { (t(calendar.locale(), "calls-own-checked", &[("time", Arg::from(&now))])) }
                @if talking.ask.is_some() {
                    (notice(&Notice {
                        tone: Tone::Look,
                        icon: Icon::Phone,
                        title: &word("calls-own-asked"),
                        text: html! { p { (word("calls-own-asked-text")) } },
                        acts: confirm_link(calendar.locale(), "calls-own-confirm"),
                    }))
                }
                @else { div.btns { (confirm_link(calendar.locale(), "calls-own-code-how")) } }
            }
            None => {
                (nobody(calendar.locale()))
                p.label { (t(calendar.locale(), "calls-own-checked", &[("time", Arg::from(&now))])) }
            }
        }
    }
}

fn confirm_link(locale: Locale, key: &str) -> Markup {
    let label = t(locale, key, &[]);
    link_button(&Action::new(ButtonKind::Primary, &label), "/calls/confirm")
}

fn who(calendar: &Calendar, talking: &Talking) -> Markup {
    let since = calendar.time(talking.since);
    let facts = [("name", Arg::from(&talking.name)), ("since", Arg::from(&since))];
    notice(&Notice {
        tone: Tone::Ok,
        icon: Icon::Phone,
        title: &t(calendar.locale(), "calls-own-talking", &facts),
        text: html! { p { (t(calendar.locale(), "calls-own-talking-text", &facts)) } },
        acts: html! {},
    })
}

fn nobody(locale: Locale) -> Markup {
    notice(&Notice {
        tone: Tone::No,
        icon: Icon::Phone,
        title: &t(locale, "calls-own-nobody", &[]),
        text: html! { p { (t(locale, "calls-own-nobody-text", &[])) } },
        acts: html! {},
    })
}

/// Confirming that one is on the line: with the number that the agent reads out, or with a code for them.
pub(in super::super) fn confirm(
    calendar: &Calendar,
    csrf: &str,
    talking: Option<&Talking>,
    wrong: bool,
) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let Some(talking) = talking else {
        return html! { h1 { (word("calls-own-title")) } (nobody(calendar.locale())) };
    };
    let (label, hint, send) = (word("calls-number"), word("calls-number-hint"), word("calls-number-send"));
    let error = if wrong { word("calls-number-wrong") } else { String::new() };
    let number = Field {
        id: "number",
        name: "number",
        label: &label,
        hint: &hint,
        error: &error,
        input_mode: "numeric",
        required: true,
        ..Field::default()
    };
    let form =
        PostForm { action: "/calls/confirm", csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let code = PostForm { action: "/calls/code", csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let show = word("calls-code-show");
    let back = word("calls-own-back");
    html! {
        h1 { (word("calls-own-title")) }
        (who(calendar, talking))
        @if talking.ask.is_some() {
            section.panel {
                (post_form(&form, &html! {
                    (field(&number))
                    div.btns { (button(&Action { wide: true, ..Action::new(ButtonKind::Primary, &send) })) }
                }))
            }
        } @else if wrong { p role="alert" { (error) } }
        section.panel {
            (post_form(&code, &html! {
                p { (word("calls-code-note")) }
                div.btns { (button(&Action::new(ButtonKind::Plain, &show))) }
            }))
        }
        div.btns { (link_button(&Action { icon: Some(Icon::Back), ..Action::new(ButtonKind::Quiet, &back) }, "/calls")) }
    }
}

/// The code to be read out, once.
pub(in super::super) fn code(locale: Locale, shown: &Secret<String>) -> Markup {
    let word = |key: &str| t(locale, key, &[]);
    let back = word("calls-own-back");
    html! {
        h1 { (word("calls-code-title")) }
        section.panel { div.panel__body {
            p.reveal__value.num { (shown.expose()) }
            p { (word("calls-code-text")) }
        } }
        div.btns { (link_button(&Action { icon: Some(Icon::Back), ..Action::new(ButtonKind::Quiet, &back) }, "/calls")) }
    }
}
