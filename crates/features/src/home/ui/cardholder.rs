//! The first page (available credit on the dark leaf, what is owed and held on the light one) and the list.

use super::super::service::{Own, Piece};
use crate::authorizations::{Entry, Listing, transaction_days};
use crate::cards::{Shown, card_item};
use kernel::{AuthorizationId, Money, SECOND_US, Timestamp};
use maud::{Markup, html};
use platform::access::Assurance;
use platform::i18n::dates::Calendar;
use platform::i18n::figures::money;
use platform::i18n::{Arg, Locale, t};
use platform::ui::components::{
    Action, AmountSize, AmountState, ButtonKind, LiveRegion, amount_of, empty, hinge, key_list, link_button,
    live_region, live_status,
};

/// After how many seconds of silence the first page is called stale: three missed signs of life.
const STALE_S: u32 = 15;
const BAR_UNITS: i64 = 1_000;
const BAR_PART_MIN: i64 = 10;
const BAR_GAP: i64 = 4;

/// What the first page shows.
pub(in super::super) struct Overview<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) issuer: &'a str,
    pub(in super::super) name: &'a str,
    pub(in super::super) csrf: &'a str,
    pub(in super::super) assurance: Assurance,
    pub(in super::super) own: &'a Own,
    pub(in super::super) entries: &'a [Entry],
}

/// A piece of the list of transactions.
pub(in super::super) struct List<'a> {
    pub(in super::super) calendar: &'a Calendar,
    pub(in super::super) own: &'a Own,
    pub(in super::super) piece: &'a Piece,
    pub(in super::super) declined_only: bool,
    pub(in super::super) is_first: bool,
}

impl Overview<'_> {
    fn locale(&self) -> Locale {
        self.calendar.locale()
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.own.account.currency)
    }
}

/// The first page.
pub(in super::super) fn overview(view: &Overview<'_>) -> Markup {
    let locale = view.locale();
    let word = |key: &str| t(locale, key, &[]);
    let stream = LiveRegion { url: &format!("/live?account={}", view.own.account.id), stale_s: STALE_S };
    html! {
        div.home__hello {
            h1 { (greeting(view.calendar, view.name)) }
            (as_of(view.calendar))
            (live_status(locale))
            (live_region(&stream, &html! {}))
        }
        (other_accounts(view))
        (balance(view))
        (recent(view))
        (cards(view))
        @if view.own.cards.is_empty() { p.label { (word("cards-none-text")) } }
        p { a href="/calls" { (word("home-calls")) } }
    }
}

/// The parts of the first page that change by themselves.
pub(in super::super) fn live_parts(view: &Overview<'_>) -> Markup {
    html! { (as_of(view.calendar)) (balance(view)) (recent(view)) (cards(view)) }
}

/// The first page of somebody who has no account yet.
pub(in super::super) fn without_account(calendar: &Calendar, name: &str) -> Markup {
    let word = |key: &str| t(calendar.locale(), key, &[]);
    html! {
        div.home__hello { h1 { (greeting(calendar, name)) } }
        (empty(&word("home-no-account"), &word("home-no-account-text"), &html! {}))
    }
}

fn as_of(calendar: &Calendar) -> Markup {
    let time = calendar.date_time(calendar.now());
    html! { p.label #as-of { (t(calendar.locale(), "home-as-of", &[("time", Arg::from(&time))])) } }
}

fn greeting(calendar: &Calendar, name: &str) -> String {
    let time = calendar.time(calendar.now());
    let hour: u8 = time.get(..2).and_then(|hour| hour.parse().ok()).unwrap_or(12);
    let key = match hour {
        5..=11 => "home-greeting-morning",
        12..=17 => "home-greeting-afternoon",
        _ => "home-greeting-evening",
    };
    t(calendar.locale(), key, &[("name", Arg::from(name))])
}

/// Links to the customer's other accounts; nothing for one account.
fn other_accounts(view: &Overview<'_>) -> Markup {
    let own = view.own;
    html! {
        @if own.all.len() > 1 {
            nav.chips aria-label=(t(view.locale(), "home-accounts", &[])) {
                @for account in &own.all {
                    @let current = account.id == own.account.id;
                    a.chip href=(format!("/?account={}", account.id)) aria-current=[current.then_some("true")] {
                        (account.currency.code()) " · " (account.product)
                    }
                }
            }
        }
    }
}

fn balance(view: &Overview<'_>) -> Markup {
    let label = t(view.locale(), "home-balance", &[]);
    html! { div #balance .home__hinge { (hinge(&label, &available_leaf(view), &owed_leaf(view))) } }
}

/// What may be spent: the figure, the limit, and how it is used.
fn available_leaf(view: &Overview<'_>) -> Markup {
    let state = &view.own.state;
    let word = |key: &str| t(view.locale(), key, &[]);
    let limit = money(view.money(state.limit_minor));
    let available = state.available_minor();
    let line = |class: &str, key: &str, note: &str, minor: i64| {
        let name = html! {
            (swatch(class)) (word(key)) @if !note.is_empty() { " " span.label { (word(note)) } }
        };
        (name, html! { (money(view.money(minor))) })
    };
    html! {
        h2.leaf__title { (word("home-available")) }
        (amount_of(view.money(available), AmountState::Plain, AmountSize::Hero))
        p.label.leaf__lim { (word("home-limit")) " " span.num { (limit) } }
        (bar(view))
        (key_list(&[
            line("due", "home-posted", "", state.posted_minor),
            line("hold", "home-held", "home-held-note", state.held_minor),
            line("free", "home-free", "", available),
        ]))
        @if available < 0 { p.label { (word("home-over")) } }
    }
}

fn swatch(class: &str) -> Markup {
    html! { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { path class=(class) d="M0 0h10v10H0z" {} } }
}

/// The limit as a bar: posted, held, free. Sizes are data and stand in attributes.
fn bar(view: &Overview<'_>) -> Markup {
    let state = &view.own.state;
    let width = |minor: i64| {
        if minor <= 0 || state.limit_minor <= 0 {
            return 0;
        }
        let exact = i128::from(minor) * i128::from(BAR_UNITS) / i128::from(state.limit_minor);
        i64::try_from(exact).unwrap_or(BAR_UNITS).clamp(BAR_PART_MIN, BAR_UNITS)
    };
    let posted = width(state.posted_minor);
    let start = if posted > 0 { (posted + BAR_GAP).min(BAR_UNITS) } else { 0 };
    let held = width(state.held_minor).min(BAR_UNITS - start);
    let text = |minor: i64| Arg::from(money(view.money(minor)));
    let label = t(
        view.locale(),
        "home-bar",
        &[
            ("limit", text(state.limit_minor)),
            ("posted", text(state.posted_minor)),
            ("held", text(state.held_minor)),
            ("available", text(state.available_minor())),
        ],
    );
    html! {
        svg.limit viewBox="0 0 1000 14" preserveAspectRatio="none" role="img" aria-label=(label) {
            path.free d="M0 0h1000v14H0z" {}
            @if posted > 0 { path.due d=(format!("M0 0h{posted}v14H0z")) {} }
            @if held > 0 { path.hold d=(format!("M{start} 0h{held}v14h-{held}z")) {} }
        }
    }
}

/// What is asked of the reader: what is owed by now, and what waits to be posted. No due date: that is the
/// statement's to say.
fn owed_leaf(view: &Overview<'_>) -> Markup {
    let state = &view.own.state;
    let locale = view.locale();
    let word = |key: &str| t(locale, key, &[]);
    let (title, owed, shown) = if state.posted_minor < 0 {
        ("home-credit", state.posted_minor.saturating_neg(), AmountState::In)
    } else {
        ("home-owed", state.posted_minor, AmountState::Plain)
    };
    let holds = state.standing.holds.len();
    let waiting = t(locale, "home-holds", &[("count", Arg::from(holds))]);
    let both = state.posted_minor.saturating_add(state.held_minor);
    let next = state.next_expiry_s().map(|s| Timestamp::from_us(i64::from(s) * SECOND_US));
    let note = match next {
        None => word("home-no-holds"),
        Some(at) => t(locale, "home-holds-until", &[("date", Arg::from(view.calendar.date(at)))]),
    };
    html! {
        div.due {
            div {
                h2.leaf__title { (word(title)) }
                (amount_of(view.money(owed), shown, AmountSize::Large))
            }
        }
        div.due__key {
            (key_list(&[
                (html! { (word("home-held")) " " span.label { (waiting) } }, html! { (money(view.money(state.held_minor))) }),
                (html! { (word("home-both")) }, html! { (money(view.money(both))) }),
            ]))
        }
        p.label.due__pay { (note) }
    }
}

fn listing<'a>(
    view: &'a Overview<'_>,
    labels: &'a std::collections::BTreeMap<i64, kernel::MaskedPan>,
) -> Listing<'a> {
    Listing {
        locale: view.locale(),
        calendar: view.calendar,
        currency: view.own.account.currency,
        cards: labels,
    }
}

fn recent(view: &Overview<'_>) -> Markup {
    let word = |key: &str| t(view.locale(), key, &[]);
    let labels = view.own.labels();
    let all = word("transactions-all");
    html! {
        section #transactions .home__tx.panel aria-labelledby="transactions-h" {
            div.panel__head {
                h2 #transactions-h { (word("transactions-recent")) }
                (link_button(&Action::new(ButtonKind::Quiet, &all), &list_address(view.own, false, None)))
            }
            @if view.entries.is_empty() {
                (empty(&word("transactions-empty"), &word("transactions-empty-text"), &html! {}))
            } @else {
                (transaction_days(&listing(view, &labels), view.entries))
            }
        }
    }
}

fn cards(view: &Overview<'_>) -> Markup {
    let word = |key: &str| t(view.locale(), key, &[]);
    let manage = word("cards-manage");
    let shown = Shown {
        locale: view.locale(),
        issuer: view.issuer,
        holder: view.name,
        csrf: view.csrf,
        assurance: view.assurance,
        back: "/",
    };
    html! {
        section #cards .home__cards aria-labelledby="cards-h" {
            div.home__sec {
                h2 #cards-h { (word("cards-title")) }
                (link_button(&Action::new(ButtonKind::Quiet, &manage), "/cards"))
            }
            ul.cardlist { @for held in &view.own.cards { (card_item(&shown, held)) } }
        }
    }
}

/// The address of a list: of this account, all or the declined, from a record on.
pub(in super::super) fn list_address(
    own: &Own,
    declined_only: bool,
    from: Option<AuthorizationId>,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    if own.all.len() > 1 {
        parts.push(format!("account={}", own.account.id));
    }
    if declined_only {
        parts.push("show=declined".to_owned());
    }
    if let Some(id) = from {
        parts.push(format!("from={id}"));
    }
    if parts.is_empty() { "/transactions".to_owned() } else { format!("/transactions?{}", parts.join("&")) }
}

/// The list of transactions, a piece at a time.
pub(in super::super) fn list(view: &List<'_>) -> Markup {
    let locale = view.calendar.locale();
    let word = |key: &str| t(locale, key, &[]);
    let labels = view.own.labels();
    let listing =
        Listing { locale, calendar: view.calendar, currency: view.own.account.currency, cards: &labels };
    let chip = |key: &str, declined: bool| {
        let current = (declined == view.declined_only).then_some("true");
        html! { a.chip href=(list_address(view.own, declined, None)) aria-current=[current] { (word(key)) } }
    };
    html! {
        div.home__hello { h1 { (word("transactions-title")) } }
        nav.chips aria-label=(word("transactions-filter")) {
            (chip("transactions-filter-all", false))
            (chip("transactions-filter-declined", true))
        }
        section.panel.home__list aria-label=(word("transactions-title")) {
            @if view.piece.entries.is_empty() { (nothing(view)) }
            @else { (transaction_days(&listing, &view.piece.entries)) }
        }
        (pages(view))
    }
}

fn nothing(view: &List<'_>) -> Markup {
    let word = |key: &str| t(view.calendar.locale(), key, &[]);
    let (title, text) = match (view.declined_only, view.piece.next) {
        (true, Some(_)) => ("transactions-none-declined", "transactions-none-declined-here"),
        (true, None) => ("transactions-none-declined", "transactions-none-declined-text"),
        (false, _) => ("transactions-empty", "transactions-empty-text"),
    };
    empty(&word(title), &word(text), &html! {})
}

fn pages(view: &List<'_>) -> Markup {
    let word = |key: &str| t(view.calendar.locale(), key, &[]);
    let link = |key: &str, from| {
        let label = word(key);
        link_button(
            &Action::new(ButtonKind::Plain, &label),
            &list_address(view.own, view.declined_only, from),
        )
    };
    html! {
        @if !view.is_first || view.piece.next.is_some() {
            div.btns {
                @if !view.is_first { (link("transactions-newest", None)) }
                @if view.piece.next.is_some() { (link("transactions-older", view.piece.next)) }
            }
        }
    }
}
