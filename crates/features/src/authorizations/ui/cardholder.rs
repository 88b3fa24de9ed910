//! Transactions as their cardholder sees them: lists by day, and one of them explained.

use super::super::explanation::Explanation;
use super::super::{AuthorizationRow, HoldState, Purpose};
use super::sentences::{CustomerWords, phrases};
use kernel::{AuthorizationId, Currency, MaskedPan, Money, Timestamp};
use maud::{Markup, html};
use platform::i18n::dates::Calendar;
use platform::i18n::figures::{money, money_by_code};
use platform::i18n::{Arg, Locale, t};
use platform::ui::Icon;
use platform::ui::components::{
    Action, AmountSize, AmountState, Badge, ButtonKind, Notice, Panel, RowEntry, Tone, amount, amount_of,
    badge, day_heading, facts, foreign, link_button, notice, panel, row,
};
use std::collections::BTreeMap;

/// A record with its explanation, where rules were asked.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record.
    pub row: AuthorizationRow,
    /// Why it was decided so.
    pub explanation: Option<Explanation>,
}

/// What a list of one account's records needs beside them.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Language.
    pub locale: Locale,
    /// Writes times for the reader.
    pub calendar: &'a Calendar,
    /// The account's currency.
    pub currency: Currency,
    /// Masked numbers by the cards' ids.
    pub cards: &'a BTreeMap<i64, MaskedPan>,
}

/// What a record has come to, as people tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Held,
    Captured,
    Reversed,
    Expired,
    Declined,
    Refunded,
    Checked,
}

impl Standing {
    pub(super) fn of(row: &AuthorizationRow) -> Self {
        if !row.reason.is_approval() {
            return Self::Declined;
        }
        match (row.state, row.facts.purpose) {
            (HoldState::Open, _) => Self::Held,
            (HoldState::Reversed, _) => Self::Reversed,
            (HoldState::Expired, _) => Self::Expired,
            (HoldState::Captured, _) => Self::Captured,
            (_, Purpose::Refund) => Self::Refunded,
            (_, Purpose::Check | Purpose::Balance) => Self::Checked,
            (HoldState::None | HoldState::Waiting, _) => Self::Captured,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Held => "authorization-held",
            Self::Captured => "authorization-captured",
            Self::Reversed => "authorization-reversed",
            Self::Expired => "authorization-expired",
            Self::Declined => "authorization-declined",
            Self::Refunded => "authorization-refunded",
            Self::Checked => "authorization-approved",
        }
    }

    const fn happened(self) -> &'static str {
        match self {
            Self::Held => "authorization-happened-held",
            Self::Captured => "authorization-happened-captured",
            Self::Reversed => "authorization-happened-reversed",
            Self::Expired => "authorization-happened-expired",
            Self::Declined => "authorization-happened-declined",
            Self::Refunded => "authorization-happened-refund",
            Self::Checked => "authorization-happened-check",
        }
    }

    /// The badge in lists; what is usual has none.
    fn badge(self, word: &str) -> Option<Badge<'_>> {
        let of = |tone, icon| Some(Badge { tone, icon: Some(icon), word });
        match self {
            Self::Held => of(Tone::Plain, Icon::Clock),
            Self::Reversed | Self::Expired => of(Tone::Plain, Icon::Back),
            Self::Declined => of(Tone::No, Icon::X),
            Self::Captured | Self::Refunded | Self::Checked => None,
        }
    }

    const fn amount(self) -> AmountState {
        match self {
            Self::Declined | Self::Reversed | Self::Expired => AmountState::Void,
            Self::Refunded => AmountState::In,
            Self::Held | Self::Captured | Self::Checked => AmountState::Plain,
        }
    }
}

impl Entry {
    /// Whether a cardholder's list shows it: messages that only undo another one, and questions for the balance,
    /// are not transactions; what they changed is seen at the transaction itself.
    pub fn is_transaction(&self) -> bool {
        let undoes = matches!(self.row.facts.class, 4 | 5) || self.row.state == HoldState::Waiting;
        !undoes && self.row.facts.purpose != Purpose::Balance
    }

    /// Whether it was refused.
    pub fn is_declined(&self) -> bool {
        Standing::of(&self.row) == Standing::Declined
    }

    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_us(self.row.at)
    }

    fn id(&self) -> AuthorizationId {
        AuthorizationId::from_raw(self.row.id)
    }

    /// The merchant, and what for where that is not a purchase.
    pub(super) fn title(&self, locale: Locale) -> String {
        let merchant = self.merchant(locale);
        let key = match self.row.facts.purpose {
            Purpose::Purchase | Purpose::Balance => return merchant,
            Purpose::Refund => "authorization-refund",
            Purpose::Cash => "authorization-cash",
            Purpose::Check => "authorization-check",
        };
        t(locale, key, &[("merchant", Arg::from(&merchant))])
    }

    fn merchant(&self, locale: Locale) -> String {
        let site = &self.row.facts.site;
        let named = [&site.name, &site.merchant].into_iter().find(|name| !name.trim().is_empty());
        named.map_or_else(|| t(locale, "authorization-unnamed", &[]), |name| name.trim().to_owned())
    }

    fn is_online(&self) -> bool {
        let channel = decision::Channel::NAMES.get(usize::from(self.row.facts.channel));
        !self.row.facts.card_present && channel == Some(&"ecommerce")
    }

    /// City and whether it was on the net: `Tokyo, online`; empty where neither is known.
    pub(super) fn place(&self, locale: Locale) -> String {
        let city = self.row.facts.site.city.trim();
        let online = self.is_online().then(|| t(locale, "authorization-online", &[]));
        let parts: Vec<&str> = [city, online.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(if locale == Locale::En { ", " } else { "，" })
    }

    /// What it came to in the account's currency.
    pub(super) fn billed(&self, currency: Currency) -> Money {
        let row = &self.row;
        let minor = match Standing::of(row) {
            Standing::Captured if row.posted_minor != 0 => row.posted_minor,
            Standing::Held | Standing::Captured if row.facts.approved_minor > 0 => row.facts.approved_minor,
            _ => row.billing_minor,
        };
        Money::new(minor, currency)
    }

    /// What the shop asked for, where that was another currency.
    pub(super) fn asked(&self, currency: Currency) -> Option<Money> {
        let own = Currency::from_numeric(self.row.facts.currency).ok().filter(|own| *own != currency)?;
        Some(Money::new(self.row.facts.amount_minor, own))
    }

    fn icon(&self) -> Icon {
        match (self.row.facts.purpose, self.row.facts.site.mcc) {
            (Purpose::Refund, _) => Icon::Back,
            (Purpose::Cash, _) => Icon::Bill,
            (Purpose::Check | Purpose::Balance, _) => Icon::Card,
            _ if self.is_online() => Icon::Globe,
            (_, 5811..=5814) => Icon::Bowl,
            (_, 4000..=4799 | 3000..=3350 | 7512 | 7523) => Icon::Train,
            (_, 4812..=4899) => Icon::Phone,
            (_, 8200..=8299 | 2741 | 5942) => Icon::Book,
            (_, 5200..=5999) => Icon::Cart,
            (_, 8011..=8099) => Icon::Shield,
            _ => Icon::Card,
        }
    }
}

/// Records of one account, newest first, under the headings of their days.
pub fn transaction_days(listing: &Listing<'_>, entries: &[Entry]) -> Markup {
    let mut days: Vec<Vec<&Entry>> = Vec::new();
    for entry in entries {
        match days.last_mut() {
            Some(day) if day.first().is_some_and(|one| listing.calendar.same_day(one.at(), entry.at())) => {
                day.push(entry);
            }
            _ => days.push(vec![entry]),
        }
    }
    html! {
        @for day in &days {
            @if let Some(first) = day.first() { (day_heading(&listing.calendar.day_heading(first.at()))) }
            ul.rows { @for entry in day { (line(listing, entry)) } }
        }
    }
}

fn line(listing: &Listing<'_>, entry: &Entry) -> Markup {
    let (locale, standing) = (listing.locale, Standing::of(&entry.row));
    let (title, state) = (entry.title(locale), t(locale, standing.key(), &[]));
    let place = entry.place(locale);
    let card = listing.cards.get(&entry.row.card).map(ToString::to_string).unwrap_or_default();
    let time = listing.calendar.time(entry.at());
    let meta: Vec<&str> =
        [time.as_str(), &place, &card].into_iter().filter(|part| !part.is_empty()).collect();
    let href = format!("/transactions/{}", entry.id());
    let declined = standing == Standing::Declined;
    row(&RowEntry {
        id: &format!("tx-{}", entry.id()),
        icon: entry.icon(),
        title: &title,
        badge: standing.badge(&state),
        meta: &meta.join(" · "),
        end: html! {
            (amount(entry.billed(listing.currency), standing.amount()))
            @if let Some(asked) = entry.asked(listing.currency) { (foreign(asked)) }
        },
        href: &href,
        refused: declined,
        below: if declined {
            why(listing, entry, &href)
        } else {
            html! {}
        },
    })
}

/// Why a payment was declined, short: what, nothing charged, what to do, and where to read more.
fn why(listing: &Listing<'_>, entry: &Entry, href: &str) -> Markup {
    let locale = listing.locale;
    let words = CustomerWords::of(locale, listing.currency, &entry.row, entry.explanation.as_ref());
    html! {
        p { (words.why) @if locale == Locale::En { " " } strong { (words.charged) } }
        p.label {
            (words.act) @if locale == Locale::En { " " }
            a href=(href) {
                (t(locale, "authorization-see-why", &[]))
                span.vh { " " (entry.title(locale)) }
            }
        }
    }
}

/// One transaction, explained for its cardholder.
pub fn transaction(listing: &Listing<'_>, entry: &Entry) -> Markup {
    let locale = listing.locale;
    let word = |key: &str| t(locale, key, &[]);
    let standing = Standing::of(&entry.row);
    let state = word(standing.key());
    let billed = entry.billed(listing.currency);
    let merchant = entry.merchant(locale);
    let told_args = [("merchant", Arg::from(&merchant)), ("amount", Arg::from(money(billed)))];
    html! {
        div.home__hello { h1 { (entry.title(locale)) } p.label { (listing.calendar.date_time(entry.at())) } }
        (panel(
            &Panel {
                id: "what",
                title: &word("authorization-what"),
                corner: standing.badge(&state).map(|one| badge(&one)).unwrap_or_default(),
            },
            &html! {
                div.panel__body.stack {
                    (amount_of(billed, standing.amount(), AmountSize::Large))
                    @if let Some(asked) = entry.asked(listing.currency) { (foreign(asked)) }
                    p { (t(locale, standing.happened(), &told_args)) }
                }
            },
        ))
        @if standing == Standing::Declined { (decision_told(listing, entry)) }
        (panel(
            &Panel { id: "details", title: &word("authorization-facts"), corner: html! {} },
            &html! { div.panel__body { (details(listing, entry, &state)) } },
        ))
        p { (link_button(&Action::new(ButtonKind::Quiet, &word("authorization-back")), "/transactions")) }
    }
}

fn decision_told(listing: &Listing<'_>, entry: &Entry) -> Markup {
    let (locale, currency) = (listing.locale, listing.currency);
    let word = |key: &str| t(locale, key, &[]);
    let words = CustomerWords::of(locale, currency, &entry.row, entry.explanation.as_ref());
    let list: Vec<_> = entry.explanation.iter().flat_map(|explanation| &explanation.contributions).collect();
    let seen = phrases(locale, currency, &list);
    let id = entry.id().to_string();
    html! {
        (panel(
            &Panel { id: "why", title: &word("authorization-why"), corner: html! {} },
            &html! {
                div.panel__body.stack {
                    p { (words.why) }
                    @if seen.len() > 1 {
                        h3 { (word("authorization-numbers")) }
                        ul.ticks { @for phrase in &seen { li { (platform::ui::icon(Icon::Eye)) span { (phrase) } } } }
                    }
                    @if entry.explanation.is_some() { p.label { (word("authorization-record-kept")) } }
                    h3 { (word("authorization-do")) }
                    p { (words.act) }
                }
            },
        ))
        (notice(&Notice {
            tone: Tone::Plain,
            icon: Icon::Phone,
            title: &word("authorization-appeal"),
            text: html! { p { (t(locale, "authorization-appeal-text", &[("id", Arg::from(&id))])) } },
            acts: html! {},
        }))
    }
}

fn details(listing: &Listing<'_>, entry: &Entry, state: &str) -> Markup {
    let (locale, row) = (listing.locale, &entry.row);
    let word = |key: &str| t(locale, key, &[]);
    let channel = decision::Channel::NAMES.get(usize::from(row.facts.channel)).copied().unwrap_or("other");
    let channel = word(&format!("channel-{}", channel.replace('_', "-")));
    let place = entry.place(locale);
    let names = ["time", "merchant", "place", "card", "amount", "original-amount", "channel", "state"]
        .map(|name| word(&format!("authorization-{name}")));
    let [time, merchant, place_name, card, amount_name, original, how, state_name] = &names;
    let (approval, number) = (word("authorization-approval-code"), word("authorization-number"));
    let mut entries: Vec<(&str, Markup)> = vec![
        (time, html! { (listing.calendar.date_time(entry.at())) }),
        (merchant, html! { (entry.merchant(locale)) }),
    ];
    if !place.is_empty() {
        entries.push((place_name, html! { (place) }));
    }
    if let Some(masked) = listing.cards.get(&row.card) {
        entries.push((card, html! { span.mask { (masked) } }));
    }
    entries.push((amount_name, html! { span.num { (money(entry.billed(listing.currency))) } }));
    if let Some(asked) = entry.asked(listing.currency) {
        entries.push((original, html! { span.num { (money_by_code(asked)) } }));
    }
    entries.push((how, html! { (channel) }));
    entries.push((state_name, html! { (state) }));
    if let Some(code) = row.facts.approval_code {
        entries.push((&approval, html! { span.num { (format!("{code:06}")) } }));
    }
    entries.push((&number, html! { span.num { (entry.id()) } }));
    facts(&entries)
}
