//! The cases of a customer, and the forms that open one.

use super::super::store::CaseRow;
use super::queue::due;
use super::words::{Naming, choice};
use kernel::{CaseId, CustomerId, Timestamp};
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::t;
use platform::ui::components::{
    Action, ButtonKind, Column, Panel, PostForm, Table, button, empty, link_button, panel, post_form, table,
};

/// What the page shows.
pub(in super::super) struct CustomerPage<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) now: Timestamp,
    pub(in super::super) customer: CustomerId,
    /// Those that the reader may see, each with its kind.
    pub(in super::super) rows: Vec<(Naming<'a>, CaseRow)>,
    /// The cursor of older ones.
    pub(in super::super) next: Option<String>,
    /// Kinds that the reader can open.
    pub(in super::super) openable: Vec<Naming<'a>>,
    pub(in super::super) csrf: &'a str,
    /// A number for each form of the page: what is sent from one twice is done once.
    pub(in super::super) form: &'a dyn Fn() -> i64,
}

/// The page.
pub(in super::super) fn customer(page: &CustomerPage<'_>) -> Markup {
    let locale = page.calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let title = word("cases-of-customer");
    let titles = ["due", "case", "kind", "state", "opened"].map(|key| word(&format!("cases-column-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = page.rows.iter().map(|(naming, row)| line(page, naming, row)).collect();
    let list = if page.rows.is_empty() {
        empty(&word("cases-of-customer-none"), &word("cases-of-customer-none-text"), &html! {})
    } else {
        table(&Table { label: &title, columns: &columns, rows })
    };
    let corner = html! { a.num href=(format!("/desk/customers/{}", page.customer)) { (page.customer) } };
    html! {
        (panel(&Panel { id: "cases", title: &title, corner }, &list))
        @if let Some(cursor) = &page.next {
            (link_button(
                &Action::new(ButtonKind::Plain, &word("cases-more")),
                &format!("/desk/customers/{}/cases?cursor={cursor}", page.customer),
            ))
        }
        @for naming in &page.openable { (opening(page, naming)) }
    }
}

fn line(page: &CustomerPage<'_>, naming: &Naming<'_>, row: &CaseRow) -> Vec<Markup> {
    let id = CaseId::from_raw(row.id);
    let ended = html! { span.label { (t(page.calendar.locale(), "cases-ended", &[])) } };
    vec![
        if row.open == 1 { due(page.calendar, page.now, row) } else { ended },
        html! { a.num href=(format!("/desk/cases/{id}")) { (id) } },
        html! { (naming.kind_name()) },
        html! { (naming.state(&row.state)) },
        html! { span.num { (page.calendar.date_time(Timestamp::from_us(row.opened_at))) } },
    ]
}

fn opening(page: &CustomerPage<'_>, naming: &Naming<'_>) -> Markup {
    let (kind, tag) = (naming.kind, naming.locale.tag());
    let title = format!("{}: {}", naming.word("cases-open-title"), naming.kind_name());
    let open = naming.word("cases-open");
    let form = (page.form)().to_string();
    let hidden = [("kind", kind.id.as_str()), ("form", form.as_str())];
    let action = format!("/desk/customers/{}/cases", page.customer);
    let form = PostForm {
        action: &action,
        csrf: page.csrf,
        hidden: &hidden,
        swap: false,
        class: "panel__body stack",
    };
    let none = naming.word("cases-pack-none");
    let packs = kind.packs.iter().map(|(name, pack)| (name.as_str(), pack.name.in_language(tag)));
    let fields = html! {
        @for name in &kind.opens_with { (naming.asked(&format!("{}-{}", kind.id, name.replace('.', "-")), name, false)) }
        @if !kind.packs.is_empty() {
            (choice(
                &format!("{}-pack", kind.id),
                "pack",
                &naming.word("cases-pack"),
                std::iter::once(("", none.as_str())).chain(packs),
            ))
        }
        div.btns { (button(&Action::new(ButtonKind::Primary, &open))) }
    };
    panel(
        &Panel { id: &format!("open-{}", kind.id), title: &title, corner: html! {} },
        &post_form(&form, &fields),
    )
}
