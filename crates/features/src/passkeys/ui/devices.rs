//! One's own passkeys and sessions.

use super::super::model::Passkey;
use super::super::rules;
use super::super::service::Own;
use super::ask::{AskForm, Asks, ask_form};
use maud::{Markup, html};
use platform::access::{Caller, SessionSeen};
use platform::app::App;
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Field, Panel, PostForm, RowEntry, Tone, button, field, link_button, panel,
    post_form, row, rows,
};

/// What the page needs to know.
pub(in super::super) struct Devices<'a> {
    pub(in super::super) app: &'a App,
    pub(in super::super) caller: &'a Caller,
    pub(in super::super) own: &'a Own,
    /// Where the page is.
    pub(in super::super) home: &'a str,
    /// Whether the reader has proved enough to add one; otherwise they answer with a passkey first.
    pub(in super::super) may_add: bool,
}

impl Devices<'_> {
    fn word(&self, key: &str) -> String {
        t(self.caller.locale, key, &[])
    }

    fn is_desk(&self) -> bool {
        self.caller.role.is_staff()
    }

    fn sessions(&self) -> String {
        let root = if self.is_desk() { "/desk/devices" } else { "/security" };
        format!("{root}/sessions")
    }
}

pub(in super::super) fn devices(view: &Devices<'_>) -> Markup {
    let calendar = view.app.calendar(view.caller.locale);
    html! {
        @if !view.is_desk() { div.home__hello { h1 { (view.word("passkeys-devices")) } } }
        (passkeys(view, &calendar))
        (sessions(view, &calendar))
    }
}

/// The part for the security centre: which passkeys there are and where the reader is signed in, and a way to change it.
pub(in super::super) fn part(view: &Devices<'_>) -> Markup {
    let calendar = view.app.calendar(view.caller.locale);
    let (title, all) = (view.word("passkeys-devices"), view.word("passkeys-manage"));
    let lines: Vec<(String, String, String)> =
        view.own.passkeys.iter().map(|passkey| line(view, &calendar, passkey)).collect();
    let entries: Vec<RowEntry<'_>> = lines
        .iter()
        .map(|(id, title, meta)| RowEntry {
            id,
            icon: Icon::Lock,
            title,
            badge: None,
            meta,
            end: html! {},
            href: "",
            refused: false,
            below: html! {},
        })
        .collect();
    let count = i64::try_from(view.own.sessions.len()).unwrap_or(i64::MAX);
    let sessions = t(view.caller.locale, "passkeys-sessions-count", &[("count", Arg::from(count))]);
    let body = html! {
        @if entries.is_empty() { p.panel__body.label { (view.word("passkeys-none")) } } @else { (rows(&entries)) }
        p.panel__body.label { (sessions) }
    };
    let corner = link_button(&Action { of_what: &title, ..Action::new(ButtonKind::Quiet, &all) }, view.home);
    panel(&Panel { id: "devices", title: &title, corner }, &body)
}

fn passkeys(view: &Devices<'_>, calendar: &Calendar) -> Markup {
    let title = view.word("passkeys-own");
    let body = html! {
        @if view.own.passkeys.is_empty() { p.panel__body.label { (view.word("passkeys-none")) } }
        @else { (rows_of_passkeys(view, calendar)) }
        div.panel__body { @if view.may_add { (add(view)) } @else { (prove(view)) } }
    };
    panel(&Panel { id: "passkeys", title: &title, corner: html! {} }, &body)
}

fn rows_of_passkeys(view: &Devices<'_>, calendar: &Calendar) -> Markup {
    let here = view.caller.session.as_ref().and_then(|session| session.device);
    let lines: Vec<(String, String, String)> =
        view.own.passkeys.iter().map(|passkey| line(view, calendar, passkey)).collect();
    let this = view.word("passkeys-this");
    let entries: Vec<RowEntry<'_>> = view
        .own
        .passkeys
        .iter()
        .zip(&lines)
        .map(|(passkey, (id, title, meta))| RowEntry {
            id,
            icon: Icon::Lock,
            title,
            badge: (here == Some(passkey.id)).then_some(Badge { tone: Tone::Ok, icon: None, word: &this }),
            meta,
            end: html! {},
            href: "",
            refused: false,
            below: html! {},
        })
        .collect();
    html! {
        ul.rows {
            @for ((passkey, entry), (_, title, _)) in view.own.passkeys.iter().zip(&entries).zip(&lines) {
                (row(entry))
                li.row__acts { (acts(view, passkey, title)) }
            }
        }
    }
}

/// Id, title and second line of a passkey.
fn line(view: &Devices<'_>, calendar: &Calendar, passkey: &Passkey) -> (String, String, String) {
    let name = passkey.name.as_ref().map(|name| name.reveal().to_owned());
    let title = match (name, passkey.made_with.as_str()) {
        (Some(name), _) => name,
        (None, "") => view.word("passkeys-one"),
        (None, made_with) => made_with.to_owned(),
    };
    let made = calendar.date_time(passkey.made_at);
    let mut meta = t(view.caller.locale, "passkeys-made", &[("when", Arg::from(&made))]);
    if let Some(used_at) = passkey.used_at {
        let used = calendar.date_time(used_at);
        meta.push_str(" · ");
        meta.push_str(&t(view.caller.locale, "passkeys-used", &[("when", Arg::from(&used))]));
    }
    let bound = rules::is_bound(passkey, view.app.now());
    meta.push_str(" · ");
    meta.push_str(&view.word(if bound { "passkeys-bound" } else { "passkeys-not-bound" }));
    (passkey.id.to_string(), title, meta)
}

fn acts(view: &Devices<'_>, passkey: &Passkey, title: &str) -> Markup {
    let (rename, end) = (view.word("passkeys-rename"), view.word("passkeys-end"));
    let (label, id) = (view.word("passkeys-name"), format!("name-{}", passkey.id));
    let form = |action: &str, class: &'static str, content: &Markup| {
        let address = format!("{}/{}/{action}", view.home, passkey.id);
        let form = PostForm { action: &address, csrf: view.caller.csrf(), hidden: &[], swap: false, class };
        post_form(&form, content)
    };
    let named = passkey.name.as_ref().map_or("", |name| name.reveal());
    let name = Field { id: &id, name: "name", label: &label, value: named, ..Field::default() };
    let act = |kind, word: &str| button(&Action { of_what: title, ..Action::new(kind, word) });
    html! {
        @if !view.is_desk() {
            details {
                summary { (rename) }
                (form("name", "stack", &html! { (field(&name)) (act(ButtonKind::Plain, &rename)) }))
            }
        }
        (form("end", "", &act(ButtonKind::Guard, &end)))
    }
}

fn add(view: &Devices<'_>) -> Markup {
    let question = format!("{}/question", view.home);
    let label = view.word("passkeys-name");
    let hint = view.word("passkeys-name-hint");
    let name = Field { id: "name", name: "name", label: &label, hint: &hint, ..Field::default() };
    let form = AskForm {
        locale: view.caller.locale,
        asks: Asks::Create,
        question: &question,
        answer: view.home,
        csrf: view.caller.csrf(),
        next: view.home,
        label: &view.word("passkeys-add"),
        fields: if view.is_desk() {
            html! {}
        } else {
            field(&name)
        },
    };
    html! { h3 { (view.word("passkeys-add")) } p.label { (view.word("passkeys-add-note")) } (ask_form(&form)) }
}

/// Before a colleague adds one, they answer with one that they have, and come back.
/// What to do first: answer with a passkey, or, without one, ask for a code.
fn prove(view: &Devices<'_>) -> Markup {
    if view.own.passkeys.is_empty() {
        return html! { h3 { (view.word("passkeys-add")) } p.label { (view.word("passkeys-add-code")) } };
    }
    let form = AskForm {
        locale: view.caller.locale,
        asks: Asks::Get,
        question: "/desk/step-up/passkey/question",
        answer: "/desk/step-up/passkey",
        csrf: view.caller.csrf(),
        next: view.home,
        label: &view.word("passkeys-prove"),
        fields: html! {},
    };
    html! { h3 { (view.word("passkeys-add")) } p.label { (view.word("passkeys-add-prove")) } (ask_form(&form)) }
}

fn sessions(view: &Devices<'_>, calendar: &Calendar) -> Markup {
    let here = view.caller.session.as_ref().map(|session| session.id);
    let (title, this, end) =
        (view.word("passkeys-sessions"), view.word("passkeys-this"), view.word("passkeys-end-session"));
    let unknown = view.word("passkeys-browser");
    let lines: Vec<(String, String)> = view
        .own
        .sessions
        .iter()
        .map(|session| (session.id.to_string(), since(view, calendar, session)))
        .collect();
    let entries: Vec<RowEntry<'_>> = view
        .own
        .sessions
        .iter()
        .zip(&lines)
        .map(|(session, (id, meta))| {
            let title = session.agent.as_deref().unwrap_or(&unknown);
            let mine = here == Some(session.id);
            RowEntry {
                id,
                icon: Icon::Globe,
                title,
                badge: mine.then_some(Badge { tone: Tone::Ok, icon: None, word: &this }),
                meta,
                end: html! {},
                href: "",
                refused: false,
                below: html! {},
            }
        })
        .collect();
    let others = view.word("passkeys-end-others");
    let body = html! {
        ul.rows {
            @for (session, entry) in view.own.sessions.iter().zip(&entries) {
                (row(entry))
                @if here != Some(session.id) {
                    li.row__acts { (end_form(view, &format!("{}/{}/end", view.sessions(), session.id), &end, entry.title)) }
                }
            }
        }
        @if view.own.sessions.len() > 1 {
            div.panel__body { (end_form(view, &format!("{}/end", view.sessions()), &others, "")) }
        }
    };
    panel(&Panel { id: "sessions", title: &title, corner: html! {} }, &body)
}

fn since(view: &Devices<'_>, calendar: &Calendar, session: &SessionSeen) -> String {
    let (opened, seen) = (calendar.date_time(session.created_at), calendar.date_time(session.seen_at));
    let facts = [("opened", Arg::from(&opened)), ("seen", Arg::from(&seen))];
    t(view.caller.locale, "passkeys-session-since", &facts)
}

fn end_form(view: &Devices<'_>, address: &str, label: &str, of_what: &str) -> Markup {
    let form = PostForm { action: address, csrf: view.caller.csrf(), hidden: &[], swap: false, class: "" };
    post_form(&form, &button(&Action { of_what, ..Action::new(ButtonKind::Guard, label) }))
}
