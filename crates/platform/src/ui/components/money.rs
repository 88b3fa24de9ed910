//! Amounts and the limit bar.

use crate::i18n::{
    Locale,
    figures::{MoneyParts, money, money_by_code},
    t,
};
use kernel::Money;
use maud::{Markup, html};

/// How large an amount is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountSize {
    /// As the text around it.
    #[default]
    Normal,
    /// The second figure of a page.
    Large,
    /// The main figure of a page.
    Hero,
}

/// What an amount is to the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountState {
    /// Spent or owed.
    #[default]
    Plain,
    /// Came in: a plus stands before it.
    In,
    /// Was not charged: struck out.
    Void,
}

/// An amount at normal size.
pub fn amount(value: Money, state: AmountState) -> Markup {
    amount_of(value, state, AmountSize::Normal)
}

/// An amount.
pub fn amount_of(value: Money, state: AmountState, size: AmountSize) -> Markup {
    let MoneyParts { sign, currency, whole, fraction } = MoneyParts::of(value);
    let size = match size {
        AmountSize::Normal => "amount",
        AmountSize::Large => "amount amount--l",
        AmountSize::Hero => "amount amount--hero",
    };
    let class = if state == AmountState::Void { format!("{size} amount--void") } else { size.to_owned() };
    let plus = state == AmountState::In && value.minor() > 0;
    let figure = html! {
        @if plus { "+" }
        (sign)
        span.cur { (currency) }
        (whole)
        @if !fraction.is_empty() { span.cents { (fraction) } }
    };
    html! {
        // A struck-out amount is a deletion for a screen reader too.
        @if state == AmountState::Void { del class=(class) { (figure) } } @else { span class=(class) { (figure) } }
    }
}

/// The amount in the currency of the purchase, beneath what was billed.
pub fn foreign(value: Money) -> Markup {
    html! { span.fx { (money_by_code(value)) } }
}

/// How a credit limit is used. All amounts are of one currency.
#[derive(Clone, Copy, Debug)]
pub struct LimitBar {
    /// The limit.
    pub limit: Money,
    /// On the last statement and not paid.
    pub due: Money,
    /// Spent since the statement.
    pub open: Money,
    /// Reserved by approved authorizations.
    pub hold: Money,
    /// What is left; may be negative.
    pub available: Money,
}

const BAR_UNITS: i64 = 1_000;
const BAR_GAP: i64 = 4;
const BAR_PART_MIN: i64 = 10;

/// The limit as a bar: on statement, since statement, held, and what is free.
pub fn limit_bar(locale: Locale, bar: &LimitBar) -> Markup {
    let mut start = 0;
    let mut part = |value: Money| {
        let width = units(value, bar.limit).min(BAR_UNITS - start).max(0);
        let path = (width > 0).then(|| format!("M{start} 0h{width}v14h-{width}z"));
        start = if width > 0 { (start + width + BAR_GAP).min(BAR_UNITS) } else { start };
        path
    };
    let (due, open, hold) = (part(bar.due), part(bar.open), part(bar.hold));
    let label = t(
        locale,
        "shell-limit-bar",
        &[
            ("limit", money(bar.limit).into()),
            ("due", money(bar.due).into()),
            ("open", money(bar.open).into()),
            ("hold", money(bar.hold).into()),
            ("available", money(bar.available).into()),
        ],
    );
    html! {
        svg.limit viewBox="0 0 1000 14" preserveAspectRatio="none" role="img" aria-label=(label) {
            path.free d="M0 0h1000v14H0z" {}
            @if let Some(path) = due { path.due d=(path) {} }
            @if let Some(path) = open { path.open d=(path) {} }
            @if let Some(path) = hold { path.hold d=(path) {} }
        }
    }
}

/// The part of the bar that `value` takes, in thousandths; something that is there is never invisible.
fn units(value: Money, limit: Money) -> i64 {
    if value.minor() <= 0 || limit.minor() <= 0 {
        return 0;
    }
    let exact = i128::from(value.minor()) * i128::from(BAR_UNITS) / i128::from(limit.minor());
    i64::try_from(exact).unwrap_or(BAR_UNITS).clamp(BAR_PART_MIN, BAR_UNITS)
}
