//! Forms that ask for what needs a second person, each for those who may ask for it.

use super::super::model::{Command, Mark};
use super::super::rules::makers;
use super::super::service::Overview;
use super::desk::Reader;
use kernel::{CustomerId, StaffId};
use maud::{Markup, html};
use platform::access::{Role, Staff};
use platform::i18n::{Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, ButtonKind, Field, Notice, Panel, PostForm, Tone, button, field, notice, panel, post_form,
};

/// Everything that the reader may ask for.
pub(super) fn ask_forms(reader: &Reader<'_>, overview: &Overview) -> Markup {
    let colleagues = overview.colleagues.as_slice();
    let (nobody, customer) = (StaffId::from_raw(0), CustomerId::from_raw(0));
    let may = |command: &Command| makers(command).contains(&reader.role);
    let grants = may(&Command::EnableAgain { staff: nobody });
    let marks: Vec<Mark> = [Mark::Important, Mark::Honey]
        .into_iter()
        .filter(|mark| may(&Command::Mark { customer, mark: *mark }))
        .collect();
    let ends = may(&Command::EndRelation { staff: nobody, customer });
    html! {
        @if grants { (take_on(reader)) (change_role(reader, colleagues)) }
        @if grants && overview.issuer.is_some() { (vouch(reader, colleagues)) }
        @if !marks.is_empty() { (mark_form(reader, &marks)) }
        @if ends { (end_relation(reader, colleagues)) }
    }
}

fn form_panel(reader: &Reader<'_>, what: &str, id: &str, fields: &Markup) -> Markup {
    let title = reader.word(&format!("staff-ask-{id}"));
    let label = reader.word("staff-ask");
    let hidden = [("what", what)];
    let hidden: &[(&str, &str)] = if what.is_empty() { &[] } else { &hidden };
    let form = PostForm {
        action: "/desk/staff/requests",
        csrf: reader.csrf,
        hidden,
        swap: false,
        class: "panel__body stack",
    };
    let inside = html! { (fields) div.btns { (button(&Action::new(ButtonKind::Plain, &label))) } };
    panel(&Panel { id, title: &title, corner: html! {} }, &post_form(&form, &inside))
}

fn text_field(reader: &Reader<'_>, id: &str, name: &str) -> Markup {
    let (label, hint) = (reader.word(&format!("staff-{name}")), reader.word(&format!("staff-{name}-hint")));
    field(&Field { id, name, label: &label, hint: &hint, required: true, ..Field::default() })
}

fn select(id: &str, name: &str, label: &str, offered: &[(String, String)]) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select.input id=(id) name=(name) { @for (value, word) in offered { option value=(value) { (word) } } }
        }
    }
}

fn roles(reader: &Reader<'_>) -> Vec<(String, String)> {
    Role::STAFF.iter().map(|role| (role.word().to_owned(), reader.role_word(*role))).collect()
}

fn people(colleagues: &[Staff]) -> Vec<(String, String)> {
    let one = |one: &Staff| (one.id.to_string(), format!("{} ({})", one.name.reveal(), one.id));
    colleagues.iter().map(one).collect()
}

fn take_on(reader: &Reader<'_>) -> Markup {
    let languages: Vec<(String, String)> = [Locale::ZhHans, Locale::ZhHant, Locale::En]
        .into_iter()
        .map(|locale| (locale.tag().to_owned(), locale.own_name().to_owned()))
        .collect();
    let fields = html! {
        div.filters {
            (text_field(reader, "new-name", "name"))
            (text_field(reader, "new-employee", "employee"))
            (select("new-role", "role", &reader.word("staff-role"), &roles(reader)))
            (select("new-locale", "locale", &reader.word("staff-locale"), &languages))
        }
    };
    form_panel(reader, "take_on", "take-on", &fields)
}

fn change_role(reader: &Reader<'_>, colleagues: &[Staff]) -> Markup {
    let acts = ["change_role", "enable_again"]
        .map(|act| (act.to_owned(), reader.word(&format!("staff-act-{}", act.replace('_', "-")))));
    let fields = html! {
        div.filters {
            (select("change-what", "what", &reader.word("staff-what"), &acts))
            (select("change-staff", "staff", &reader.word("staff-who"), &people(colleagues)))
            (select("change-role-to", "role", &reader.word("staff-role"), &roles(reader)))
        }
    };
    form_panel(reader, "", "change-role", &fields)
}

fn vouch(reader: &Reader<'_>, colleagues: &[Staff]) -> Markup {
    let fields = html! {
        div.filters {
            (select("vouch-staff", "staff", &reader.word("staff-who"), &people(colleagues)))
            (text_field(reader, "vouch-subject", "subject"))
        }
    };
    form_panel(reader, "vouch", "vouch", &fields)
}

fn mark_form(reader: &Reader<'_>, marks: &[Mark]) -> Markup {
    let acts = ["mark", "unmark"].map(|act| (act.to_owned(), reader.word(&format!("staff-act-{act}"))));
    let marks: Vec<(String, String)> = marks
        .iter()
        .map(|mark| (mark.word().to_owned(), reader.word(&format!("staff-mark-{}", mark.word()))))
        .collect();
    let fields = html! {
        div.filters {
            (select("mark-what", "what", &reader.word("staff-what"), &acts))
            (text_field(reader, "mark-customer", "customer"))
            (select("mark-kind", "mark", &reader.word("staff-mark"), &marks))
        }
    };
    form_panel(reader, "", "marks", &fields)
}

fn end_relation(reader: &Reader<'_>, colleagues: &[Staff]) -> Markup {
    let fields = html! {
        div.filters {
            (select("end-staff", "staff", &reader.word("staff-who"), &people(colleagues)))
            (text_field(reader, "end-customer", "customer"))
        }
    };
    form_panel(reader, "end_relation", "end-relation", &fields)
}

/// Saying that the reader is, or is related to, a customer.
pub(super) fn relation_form(reader: &Reader<'_>) -> Markup {
    let title = reader.word("staff-relate");
    let label = reader.word("staff-relate-act");
    let relations =
        ["own", "family"].map(|kind| (kind.to_owned(), reader.word(&format!("staff-relation-{kind}"))));
    let action = format!("/desk/staff/{}/relations", reader.staff);
    let form =
        PostForm { action: &action, csrf: reader.csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let fields = html! {
        div.filters {
            (text_field(reader, "relate-customer", "customer"))
            (select("relate-kind", "relation", &reader.word("staff-relation"), &relations))
        }
        div.btns { (button(&Action::new(ButtonKind::Guard, &label))) }
    };
    panel(&Panel { id: "relate", title: &title, corner: html! {} }, &post_form(&form, &fields))
}

/// On the page of a record that only a manager opens: asking for leave.
pub fn ask_for_record(locale: Locale, csrf: &str, customer: CustomerId) -> Markup {
    let word = |key: &str| t(locale, key, &[]);
    let (title, label, customer) = (word("staff-important"), word("staff-ask"), customer.to_string());
    let hidden = [("what", "open_record"), ("customer", customer.as_str())];
    let form = PostForm { action: "/desk/staff/requests", csrf, hidden: &hidden, swap: false, class: "" };
    notice(&Notice {
        tone: Tone::Look,
        icon: Icon::Lock,
        title: &title,
        text: html! { p { (word("staff-important-text")) } },
        acts: post_form(&form, &button(&Action::new(ButtonKind::Primary, &label))),
    })
}
