//! Colleagues, what waits for a second person, and alarms.

use super::super::model::{Alarm, Command, Request};
use super::super::rules::checkers;
use super::super::service::Overview;
use super::forms;
use kernel::StaffId;
use maud::{Markup, html};
use platform::access::{Role, Staff};
use platform::i18n::dates::Calendar;
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, Badge, ButtonKind, Column, Panel, PostForm, Table, Tone, badge, button, empty, panel, post_form,
    table,
};

/// Who reads.
pub(in super::super) struct Reader<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) csrf: &'a str,
    pub(in super::super) staff: StaffId,
    pub(in super::super) role: Role,
}

impl Reader<'_> {
    pub(super) fn word(&self, key: &str) -> String {
        t(self.calendar.locale(), key, &[])
    }

    pub(super) fn role_word(&self, role: Role) -> String {
        self.word(&format!("staff-role-{}", role.word()))
    }
}

/// The page of colleagues.
pub(in super::super) fn staff_page(reader: &Reader<'_>, overview: &Overview) -> Markup {
    html! {
        (waiting(reader, overview))
        (colleagues(reader, &overview.colleagues))
        (forms::ask_forms(reader, overview))
        (forms::relation_form(reader))
    }
}

fn colleagues(reader: &Reader<'_>, list: &[Staff]) -> Markup {
    let title = reader.word("staff-colleagues");
    let titles = ["name", "role", "state", "act"].map(|key| reader.word(&format!("staff-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = list.iter().map(|one| {
        let (tone, shape, key) = match one.active {
            true => (Tone::Ok, Icon::Check, "staff-active"),
            false => (Tone::No, Icon::X, "staff-out"),
        };
        vec![
            html! { (one.name.reveal()) " " span.label { (one.id) } },
            html! { (reader.role_word(one.role)) },
            badge(&Badge { tone, icon: Some(shape), word: &reader.word(key) }),
            html! { @if one.active && one.id != reader.staff { (shut_out(reader, one)) } },
        ]
    });
    panel(
        &Panel { id: "colleagues", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}

fn shut_out(reader: &Reader<'_>, one: &Staff) -> Markup {
    let (label, action) = (reader.word("staff-shut-out"), format!("/desk/staff/{}/shut-out", one.id));
    let form = PostForm { action: &action, csrf: reader.csrf, hidden: &[], swap: false, class: "" };
    let of_what = one.name.reveal();
    post_form(&form, &button(&Action { of_what, ..Action::new(ButtonKind::Guard, &label) }))
}

fn waiting(reader: &Reader<'_>, overview: &Overview) -> Markup {
    let title = reader.word("staff-waiting");
    if overview.waiting.is_empty() {
        let nothing =
            empty(&reader.word("staff-waiting-none"), &reader.word("staff-waiting-text"), &html! {});
        return panel(&Panel { id: "waiting", title: &title, corner: html! {} }, &nothing);
    }
    let titles = ["what", "made-by", "lapses", "act"].map(|key| reader.word(&format!("staff-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let name = |id: StaffId| name_of(&overview.colleagues, id);
    let rows = overview.waiting.iter().map(|request| {
        vec![
            html! { (sentence(reader, &overview.colleagues, &request.command)) },
            html! { (name(request.made_by)) " " span.label { (reader.calendar.date_time(request.made_at)) } },
            html! { span.num { (reader.calendar.date_time(request.lapses_at)) } },
            decision(reader, request),
        ]
    });
    panel(
        &Panel { id: "waiting", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}

/// The buttons, for whoever may decide; the server checks it again, and that nobody decides their own.
fn decision(reader: &Reader<'_>, request: &Request) -> Markup {
    let own = request.made_by == reader.staff || request.command.staff() == Some(reader.staff);
    if own || !checkers(&request.command).contains(&reader.role) {
        return html! { span.label { (reader.word("staff-needs-another")) } };
    }
    let action = format!("/desk/staff/requests/{}/decision", request.id);
    let one = |decision: &str, kind: ButtonKind| {
        let label = reader.word(&format!("staff-{decision}"));
        let hidden = [("decision", decision), ("command", request.hash.as_str())];
        let form = PostForm { action: &action, csrf: reader.csrf, hidden: &hidden, swap: false, class: "" };
        let of_what = request.id.to_string();
        post_form(&form, &button(&Action { of_what: &of_what, ..Action::new(kind, &label) }))
    };
    html! { div.btns { (one("approve", ButtonKind::Plain)) (one("refuse", ButtonKind::Quiet)) } }
}

fn name_of(colleagues: &[Staff], id: StaffId) -> String {
    let found = colleagues.iter().find(|one| one.id == id);
    found.map_or_else(|| id.to_string(), |one| one.name.reveal().to_owned())
}

/// What a command does, in words: the whole of it, since whoever allows it allows exactly this.
fn sentence(reader: &Reader<'_>, colleagues: &[Staff], command: &Command) -> String {
    let locale: Locale = reader.calendar.locale();
    let staff = command.staff().map(|id| format!("{} ({id})", name_of(colleagues, id))).unwrap_or_default();
    let customer = command.customer().map(|id| id.to_string()).unwrap_or_default();
    let key = format!("staff-does-{}", command.word().replace('_', "-"));
    match command {
        Command::TakeOn { name, employee, role, locale: screens } => {
            let role = reader.role_word(*role);
            let facts = [
                ("name", Arg::from(name)),
                ("employee", Arg::from(employee)),
                ("role", Arg::from(&role)),
                ("locale", Arg::from(screens)),
            ];
            t(locale, &key, &facts)
        }
        Command::ChangeRole { from, to, .. } => {
            let (from, to) = (reader.role_word(*from), reader.role_word(*to));
            let facts = [("staff", Arg::from(&staff)), ("from", Arg::from(&from)), ("to", Arg::from(&to))];
            t(locale, &key, &facts)
        }
        Command::Vouch { issuer, subject, .. } => {
            let facts = [
                ("staff", Arg::from(&staff)),
                ("issuer", Arg::from(issuer)),
                ("subject", Arg::from(subject)),
            ];
            t(locale, &key, &facts)
        }
        Command::EnableAgain { .. } => t(locale, &key, &[("staff", Arg::from(&staff))]),
        Command::Mark { mark, .. } | Command::Unmark { mark, .. } => {
            let mark = reader.word(&format!("staff-mark-{}", mark.word()));
            t(locale, &key, &[("customer", Arg::from(&customer)), ("mark", Arg::from(&mark))])
        }
        Command::EndRelation { .. } | Command::OpenRecord { .. } => {
            t(locale, &key, &[("staff", Arg::from(&staff)), ("customer", Arg::from(&customer))])
        }
    }
}

/// The page of alarms.
pub(in super::super) fn alarms_page(calendar: &Calendar, csrf: &str, alarms: &[Alarm]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let title = word("staff-alarms");
    if alarms.is_empty() {
        let nothing = empty(&word("staff-alarms-none"), &word("staff-alarms-text"), &html! {});
        return panel(&Panel { id: "alarms", title: &title, corner: html! {} }, &nothing);
    }
    let titles = ["alarm", "who", "whose", "when", "count", "act"].map(|key| word(&format!("staff-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let label = word("staff-seen");
    let rows = alarms.iter().map(|alarm| {
        let action = format!("/desk/alarms/{}/seen", alarm.id);
        let form = PostForm { action: &action, csrf, hidden: &[], swap: false, class: "" };
        let of_what = alarm.id.to_string();
        let times = format!("{} – {}", calendar.date_time(alarm.first_at), calendar.time(alarm.last_at));
        vec![
            html! { (word(&format!("staff-alarm-{}", alarm.kind.word().replace('_', "-")))) },
            html! { span.num { (alarm.staff) } },
            html! { @if let Some(customer) = alarm.customer { span.num { (customer) } } },
            html! { span.num { (times) } },
            html! { span.num { (alarm.count) } },
            post_form(
                &form,
                &button(&Action { of_what: &of_what, ..Action::new(ButtonKind::Quiet, &label) }),
            ),
        ]
    });
    panel(
        &Panel { id: "alarms", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}
