//! Cases that belong to one, and the form that links another.

use super::super::model::{LINKS, Linked, link_word};
use super::case::CasePage;
use super::words::choice;
use maud::{Markup, html};
use platform::ui::components::{Action, ButtonKind, Field, Panel, button, field, panel};

/// What belongs to the case; nothing where nothing does and the reader can't link.
pub(super) fn links(page: &CasePage<'_>) -> Markup {
    let can = page.seen.offers.iter().any(|offer| offer.act == "link" && offer.blockers.is_empty());
    if !can && page.seen.links.is_empty() {
        return html! {};
    }
    let body = html! {
        @if !page.seen.links.is_empty() {
            ul.panel__body.stack { @for linked in &page.seen.links { (line(page, linked)) } }
        }
        @if can { (page.form("link", &[], &form(page))) }
    };
    panel(&Panel { id: "links", title: &page.word("cases-links"), corner: html! {} }, &body)
}

fn line(page: &CasePage<'_>, linked: &Linked) -> Markup {
    let way = if linked.back { "back" } else { "link" };
    let how = page.word(&format!("cases-{way}-{}", link_word(linked.link).replace('_', "-")));
    let id = kernel::CaseId::from_raw(linked.row.id);
    html! {
        li {
            (how) " " a.num href=(format!("/desk/cases/{id}")) { (id) }
            @if linked.row.open == 0 { " " span.label { (page.word("cases-ended")) } }
        }
    }
}

fn form(page: &CasePage<'_>) -> Markup {
    let names = LINKS.map(|link| page.word(&format!("cases-link-{}", link_word(link).replace('_', "-"))));
    let options = LINKS.iter().zip(&names).map(|(link, name)| (link_word(*link), name.as_str()));
    let (other, add) = (page.word("cases-link-other"), page.word("cases-link-add"));
    html! {
        (choice("link", "link", &page.word("cases-link-kind"), options))
        (field(&Field { id: "other", name: "other", label: &other, required: true, ..Field::default() }))
        div.btns { (button(&Action::new(ButtonKind::Plain, &add))) }
    }
}
