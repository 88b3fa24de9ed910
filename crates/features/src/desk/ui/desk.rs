//! One customer on one screen, and the form that finds one. Contacts are masked.

use super::super::service::{Found, Screen};
use crate::accounts::{Account, Customer};
use crate::authorizations::{AccountStatus, CardStatus, Controls, CountedProof, Listing, timeline};
use crate::calls::{DeskCall, desk_call};
use crate::cards::{HeldCard, loss_fields};
use crate::matters::{MatterKind, MatterPanel, matter_panel};
use crate::reveals::{DeskReveals, desk_reveals};
use kernel::{Currency, Money};
use maud::{Markup, html};
use platform::feature;
use platform::i18n::dates::Calendar;
use platform::i18n::figures::money;
use platform::i18n::{Arg, Locale, t};
use platform::ui::components::{
    Action, Badge, ButtonKind, Column, Field, Panel, PostForm, Table, Tone, badge, button, empty, field,
    link_button, panel, post_form, table,
};
use platform::ui::{Icon, icon};

/// Where other features register what they know of a customer; `{customer}` in a path is the customer's id.
pub(in super::super) const SLOT: &str = "desk.customer";

/// The form that finds a customer, and what it found.
pub(in super::super) fn find(calendar: &Calendar, csrf: &str, found: Option<&Found>) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let (label, hint, act) = (word("desk-find-label"), word("desk-find-hint"), word("desk-find"));
    let sought = Field {
        id: "sought",
        name: "sought",
        label: &label,
        hint: &hint,
        required: true,
        ..Field::default()
    };
    let form =
        PostForm { action: "/desk/customers", csrf, hidden: &[], swap: false, class: "panel__body stack" };
    let action = Action { icon: Some(Icon::Search), ..Action::new(ButtonKind::Primary, &act) };
    let title = word("desk-title-customers");
    html! {
        (panel(
            &Panel { id: "find", title: &title, corner: html! {} },
            &post_form(&form, &html! { (field(&sought)) div.btns { (button(&action)) } }),
        ))
        @match found {
            Some(Found::Customers(list)) if !list.is_empty() => { (customers(calendar, list)) }
            Some(_) => { (empty(&word("desk-find-none"), &word("desk-find-none-text"), &html! {})) }
            None => {}
        }
    }
}

fn customers(calendar: &Calendar, list: &[(Customer, Vec<Account>)]) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let title = word("desk-found");
    let titles = ["customer", "phone", "accounts"].map(|key| word(&format!("desk-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = list.iter().map(|(customer, accounts)| {
        vec![
            html! { (masked_name(calendar.locale(), customer)) " " span.label { (customer.id) } },
            html! { span.mask { (customer.person.masked_phone()) } },
            html! {
                @for account in accounts {
                    a href=(format!("/desk/accounts/{}", account.id)) { (account.id) }
                    " " span.label { (account.currency.code()) " · " (account.product) } br;
                }
            },
        ]
    });
    panel(
        &Panel { id: "found", title: &title, corner: html! {} },
        &table(&Table { label: &title, columns: &columns, rows: rows.collect() }),
    )
}

/// Who reads the screen of an account.
pub(in super::super) struct Reader<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) csrf: &'a str,
    /// Whether full values can be shown to them.
    pub(in super::super) reveals: bool,
    /// Whether they talk to customers on the telephone.
    pub(in super::super) calls: bool,
    /// The number of their next reveal.
    pub(in super::super) form: i64,
    /// What other features show of a customer.
    pub(in super::super) panels: &'a [&'static feature::Panel],
}

/// The screen of one account.
pub(in super::super) fn account(reader: &Reader<'_>, screen: &Screen, is_first: bool) -> Markup {
    let calendar = reader.calendar;
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let labels = screen.labels();
    let listing =
        Listing { locale: calendar.locale(), calendar, currency: screen.account.currency, cards: &labels };
    let title = word("authorization-desk-timeline");
    let records = html! {
        @if screen.entries.is_empty() { div.panel__body { p.quiet { (word("authorization-desk-empty")) } } }
        @else { (timeline(&listing, screen.customer.person.language, &screen.entries)) }
        (pages(calendar.locale(), screen, is_first))
    };
    html! {
        (who(calendar, screen))
        @if reader.calls && screen.matter.kind == MatterKind::Call { (on_the_line(reader, screen)) }
        (serving(reader, screen))
        (elsewhere(reader, screen))
        (panel(
            &Panel { id: "account", title: &word("desk-account-and-cards"), corner: account_facts(calendar, screen) },
            &html! { (amounts(calendar, screen)) (cards(reader, screen)) },
        ))
        (panel(&Panel { id: "records", title: &title, corner: html! {} }, &records))
        p.label { (word("desk-read-noted")) }
    }
}

/// Ways to what other features know of the customer.
fn elsewhere(reader: &Reader<'_>, screen: &Screen) -> Markup {
    let customer = screen.customer.id.to_string();
    html! {
        @if !reader.panels.is_empty() {
            div.btns { @for panel in reader.panels {
                @let label = t(reader.calendar.locale(), panel.label, &[]);
                (link_button(&Action::new(ButtonKind::Plain, &label), &panel.path.replace("{customer}", &customer)))
            } }
        }
    }
}

/// The call with the holder of the account.
fn on_the_line(reader: &Reader<'_>, screen: &Screen) -> Markup {
    desk_call(&DeskCall {
        locale: reader.calendar.locale(),
        csrf: reader.csrf,
        customer: screen.customer.id,
        call: screen.call,
    })
}

fn who(calendar: &Calendar, screen: &Screen) -> Markup {
    let locale = calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let (customer, person) = (&screen.customer, &screen.customer.person);
    let local = calendar.now().plus_us(i64::from(person.utc_offset_min) * kernel::MINUTE_US);
    let local = Calendar::in_zone_named(locale, "UTC", local).time(local);
    let since = t(locale, "desk-since", &[("date", Arg::from(calendar.short_date(customer.created_at)))]);
    let fact = |key: &str, value: &Markup| html! { div { dt { (word(key)) } dd { (value) } } };
    html! {
        section.panel.who aria-labelledby="who" {
            div {
                div.who__name {
                    h2 #who { (own_name(locale, customer)) }
                    span.support lang="en" { (person.name_latin.reveal()) }
                    span.badge { (customer.id) }
                    (badge(&Badge { tone: Tone::Plain, icon: Some(Icon::Clock), word: &since }))
                }
                dl.who__facts {
                    (fact("desk-phone", &html! { span.mask { (person.masked_phone()) } }))
                    (fact("desk-email", &html! { span.mask { (person.masked_email()) } }))
                    @if let Some(number) = person.masked_document() {
                        (fact("desk-document", &html! { span.mask { (number) } }))
                    }
                    (fact("desk-city", &html! { (person.city.reveal()) }))
                    (fact("desk-language", &html! { span lang=(person.language.tag()) { (person.language.own_name()) } }))
                    (fact("desk-local-time", &html! { span.num { (local) } }))
                }
                @if !customer.erased {
                    p { a href=(format!("/desk/accounts/{}/changes", screen.account.id)) { (word("desk-changes")) } }
                }
            }
            @if screen.all.len() > 1 {
                nav aria-label=(word("desk-accounts")) {
                    @for account in &screen.all {
                        @let current = (account.id == screen.account.id).then_some("true");
                        a.chip href=(format!("/desk/accounts/{}", account.id)) aria-current=[current] {
                            (account.currency.code()) " · " (account.product)
                        }
                    }
                }
            }
        }
    }
}

/// The name in the customer's own script, or that it was erased.
fn own_name(locale: Locale, customer: &Customer) -> String {
    if customer.erased { customer.shown_name(locale) } else { customer.person.name.reveal().to_owned() }
}

/// Enough of the name to pick the caller among those who were found: the first letter of each of its words.
fn masked_name(locale: Locale, customer: &Customer) -> String {
    if customer.erased {
        return customer.shown_name(locale);
    }
    initials(customer.person.name.reveal())
}

fn initials(name: &str) -> String {
    let words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.map(|first| format!("{first}**")).collect::<Vec<_>>().join(" ")
}

/// What the reader serves the customer for, and what can be shown for it.
fn serving(reader: &Reader<'_>, screen: &Screen) -> Markup {
    let word = |key: &str| t(reader.calendar.locale(), key, &[]);
    let person = &screen.customer.person;
    let mut things: Vec<(String, String)> = Vec::new();
    if reader.reveals && !screen.customer.erased {
        let number = word("reveals-card-number");
        let card = |held: &HeldCard| (held.card.id.to_string(), format!("{number} {}", held.card.masked));
        things.extend(screen.cards.iter().map(card));
        let phone = person.masked_phone();
        things.push(("phone".to_owned(), format!("{} {phone}", word("reveals-phone"))));
        things.push(("email".to_owned(), format!("{} {}", word("reveals-email"), person.masked_email())));
        if let Some(number) = person.masked_document() {
            things.push(("document".to_owned(), format!("{} {number}", word("reveals-document"))));
        }
    }
    let shown = desk_reveals(&DeskReveals {
        locale: reader.calendar.locale(),
        csrf: reader.csrf,
        account: screen.account.id,
        things: &things,
        form: reader.form,
    });
    matter_panel(
        &MatterPanel { calendar: reader.calendar, csrf: reader.csrf, matter: &screen.matter },
        &shown,
    )
}

fn account_facts(calendar: &Calendar, screen: &Screen) -> Markup {
    let locale = calendar.locale();
    let account = &screen.account;
    let day = account.statement_day.to_string();
    let facts = [
        ("currency", Arg::from(account.currency.code())),
        ("product", Arg::from(&account.product)),
        ("day", Arg::from(&day)),
    ];
    let (tone, shape, key) = match screen.state.status {
        AccountStatus::Open => (Tone::Ok, Icon::Check, "desk-status-open"),
        AccountStatus::Blocked => (Tone::Look, Icon::Lock, "desk-status-blocked"),
        AccountStatus::Closed => (Tone::No, Icon::X, "desk-status-closed"),
    };
    html! {
        span.label {
            span.num { (account.id) } " · " (t(locale, "desk-account-facts", &facts)) " "
            (badge(&Badge { tone, icon: Some(shape), word: &t(locale, key, &[]) }))
        }
    }
}

fn amounts(calendar: &Calendar, screen: &Screen) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    let state = &screen.state;
    let figures = [
        ("desk-limit", state.limit_minor),
        ("desk-available", state.available_minor()),
        ("desk-posted", state.posted_minor),
        ("desk-held", state.held_minor),
        ("desk-cash-limit", state.standing.cash_limit_minor),
    ];
    let text = |minor: i64| money(Money::new(minor, screen.account.currency));
    html! {
        dl.panel__body.who__facts {
            @for (key, minor) in figures { div { dt { (word(key)) } dd { span.amount { (text(minor)) } } } }
        }
    }
}

fn cards(reader: &Reader<'_>, screen: &Screen) -> Markup {
    let (calendar, csrf) = (reader.calendar, reader.csrf);
    let locale = calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let label = word("desk-cards");
    let titles = ["card", "card-status", "card-controls", "card-expiry", "card-act"]
        .map(|key| word(&format!("desk-{key}")));
    let columns = titles.each_ref().map(|title| Column { title, ..Column::default() });
    let rows = screen.cards.iter().map(|held| {
        let misses = screen.misses(held, calendar.now());
        vec![
            html! { span.mask { (held.card.masked) } " " span.label { (held.card.product) } },
            html! {
                (card_status(locale, held.status))
                @if misses > 0 { " " span.label { (t(locale, "desk-misses", &[("count", Arg::from(misses))])) } }
            },
            html! { (controls(locale, &held.controls, screen.account.currency)) },
            html! { span.num { (format!("{:02}/{:02}", held.card.expiry.month, held.card.expiry.year)) } },
            html! { (card_act(locale, csrf, held)) (loss(locale, csrf, held)) (refused(reader, screen, held)) },
        ]
    });
    table(&Table { label: &label, columns: &columns, rows: rows.collect() })
}

fn card_status(locale: Locale, status: Option<CardStatus>) -> Markup {
    let (tone, shape, key) = match status {
        Some(CardStatus::Active) => (Tone::Ok, Icon::Check, "desk-card-active"),
        Some(CardStatus::Frozen) => (Tone::Plain, Icon::Freeze, "desk-card-frozen"),
        Some(CardStatus::Lost) => (Tone::No, Icon::X, "desk-card-lost"),
        Some(CardStatus::Stolen) => (Tone::No, Icon::X, "desk-card-stolen"),
        None => (Tone::Plain, Icon::Clock, "desk-card-issuing"),
    };
    badge(&Badge { tone, icon: Some(shape), word: &t(locale, key, &[]) })
}

fn controls(locale: Locale, controls: &Controls, currency: Currency) -> String {
    let off = [
        (controls.online, "desk-control-online-off"),
        (controls.abroad, "desk-control-abroad-off"),
        (controls.cash, "desk-control-cash-off"),
    ];
    let mut parts: Vec<String> =
        off.iter().filter(|(on, _)| !on).map(|(_, key)| t(locale, key, &[])).collect();
    if let Some(minor) = controls.payment_max_minor {
        let amount = money(Money::new(minor, currency));
        parts.push(t(locale, "desk-control-max", &[("amount", Arg::from(&amount))]));
    }
    if parts.is_empty() { t(locale, "desk-control-none", &[]) } else { parts.join(" · ") }
}

fn card_act(locale: Locale, csrf: &str, held: &HeldCard) -> Markup {
    match held.status {
        Some(CardStatus::Active) => {
            let (label, masked) = (t(locale, "desk-freeze", &[]), held.card.masked.to_string());
            let path = format!("/desk/cards/{}/freeze", held.card.id);
            let action = Action {
                of_what: &masked,
                icon: Some(Icon::Freeze),
                ..Action::new(ButtonKind::Guard, &label)
            };
            let form = PostForm { action: &path, csrf, hidden: &[], swap: false, class: "" };
            post_form(&form, &button(&action))
        }
        Some(CardStatus::Frozen) => {
            html! { span.label { (icon(Icon::Lock)) " " (t(locale, "desk-frozen-note", &[])) } }
        }
        Some(CardStatus::Lost | CardStatus::Stolen) | None => html! {},
    }
}

/// Reporting a card lost: folded away, since it is final.
fn loss(locale: Locale, csrf: &str, held: &HeldCard) -> Markup {
    if !matches!(held.status, Some(CardStatus::Active | CardStatus::Frozen)) {
        return html! {};
    }
    let path = format!("/desk/cards/{}/loss-reports", held.card.id);
    let form = PostForm { action: &path, csrf, hidden: &[], swap: false, class: "stack" };
    html! {
        details {
            summary { (t(locale, "cards-loss", &[])) }
            (post_form(&form, &loss_fields(locale, &held.card.masked.to_string())))
        }
    }
}

/// The proofs of a card that are refused. The way out of it is a call with the holder.
fn refused(reader: &Reader<'_>, screen: &Screen, held: &HeldCard) -> Markup {
    let locale = reader.calendar.locale();
    let state = screen.state.card(held.card.id.raw());
    let proofs = state.map(|state| state.refused(reader.calendar.now())).unwrap_or_default();
    html! {
        @for proof in proofs {
            @let key = match proof {
                CountedProof::Pin => "desk-pin-refused",
                CountedProof::CardValue => "desk-values-refused",
                CountedProof::ChipCounter => "desk-chip-refused",
            };
            span.label { (icon(Icon::Lock)) " " (t(locale, key, &[])) }
        }
    }
}

fn pages(locale: Locale, screen: &Screen, is_first: bool) -> Markup {
    let path = format!("/desk/accounts/{}", screen.account.id);
    let link = |key: &str, href: &str| {
        let label = t(locale, key, &[]);
        link_button(&Action::new(ButtonKind::Plain, &label), href)
    };
    html! {
        @if !is_first || screen.next.is_some() {
            div.panel__body.btns {
                @if !is_first { (link("transactions-newest", &path)) }
                @if let Some(next) = screen.next { (link("transactions-older", &format!("{path}?from={next}"))) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Timestamp;

    #[test]
    fn a_name_among_found_ones_tells_who_is_meant_and_no_more() {
        assert_eq!(initials("周明慧"), "周**");
        assert_eq!(initials("Zhou Minghui"), "Z** M**");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn a_local_clock_is_the_customer_s() {
        let noon = Timestamp::from_us(1_795_348_800_000_000);
        let local = noon.plus_us(480 * kernel::MINUTE_US);
        assert_eq!(Calendar::in_zone_named(Locale::En, "UTC", local).time(local), "20:00");
    }
}
