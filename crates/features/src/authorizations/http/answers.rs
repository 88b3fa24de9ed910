//! What programs get back. No card number and nothing made from one is among it.

use super::MoneyView;
use super::explanation::DecisionView;
use crate::authorizations::model::{Answer, AuthorizationRow, Balances, Class, HoldState, Purpose, Reason};
use kernel::{AccountId, AuthorizationId, CardId, Currency, Timestamp};
use serde::Serialize;

/// The answer to a payment. It leaves only after the decision is durable.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AnswerView {
    /// The record of the decision.
    #[schema(value_type = String, example = "auth_0000000000000")]
    pub id: Option<AuthorizationId>,
    /// The account; absent for a card that is not ours.
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// Whether the payment may go on.
    pub approved: bool,
    /// Why.
    pub reason: Reason,
    /// The response code of ISO 8583, field 39.
    pub code: &'static str,
    /// Six digits, for approvals.
    pub approval_code: Option<String>,
    /// How much was approved, in the account's currency.
    pub approved_amount: Option<MoneyView>,
    /// The account after the answer.
    pub balances: Option<BalancesView>,
    /// Whether this repeats the answer to an earlier, equal message.
    pub duplicate: bool,
}

/// What is left on an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BalancesView {
    /// Credit that can still be used.
    pub available: MoneyView,
    /// What is owed and posted.
    pub posted: MoneyView,
}

/// What a reversal gave back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReversalView {
    /// The record of the reversal.
    #[schema(value_type = String)]
    pub id: AuthorizationId,
    /// What it gave back, in the account's currency; zero when there was nothing left to give back.
    pub given_back: MoneyView,
    /// The payment as it is now.
    pub authorization: AuthorizationView,
}

/// A label for a payment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FraudReportView {
    /// The payment.
    #[schema(value_type = String)]
    pub authorization: AuthorizationId,
    /// Whether it was fraud.
    pub fraud: bool,
    /// Who said so.
    pub source: &'static str,
    /// When (RFC 3339).
    pub at: String,
}

/// One authorization in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthorizationView {
    /// Its id.
    #[schema(value_type = String, example = "auth_0000000000000")]
    pub id: AuthorizationId,
    /// The account; absent for a card that is not ours.
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// The card; absent where unknown.
    #[schema(value_type = Option<String>)]
    pub card: Option<CardId>,
    /// What kind of message: `authorization`, `financial`, `advice`, `reversal`, `reversal_advice`, `history`.
    pub class: &'static str,
    /// What for.
    pub purpose: Purpose,
    /// The moment of the payment (RFC 3339).
    pub at: String,
    /// Whether that moment is only the one of arrival.
    pub at_arrival: bool,
    /// As the merchant asked for it.
    pub amount: Option<MoneyView>,
    /// In the account's currency.
    pub billing_amount: Option<MoneyView>,
    /// How much was approved.
    pub approved_amount: Option<MoneyView>,
    /// How much of it is still reserved.
    pub held_amount: Option<MoneyView>,
    /// How much of it is posted.
    pub posted_amount: Option<MoneyView>,
    /// What became of the money.
    pub state: HoldState,
    /// Whether the payment was let through.
    pub approved: bool,
    /// Why.
    pub reason: Reason,
    /// The response code of ISO 8583, field 39.
    pub code: String,
    /// Six digits, for approvals.
    pub approval_code: Option<String>,
    /// Where.
    pub merchant: MerchantView,
    /// How the card's data got there.
    pub entry_mode: &'static str,
    /// Whether the card was there.
    pub card_present: bool,
    /// For a reversal: the payment it undid.
    #[schema(value_type = Option<String>)]
    pub original: Option<AuthorizationId>,
}

/// One authorization with the decision behind it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExplainedView {
    /// The authorization.
    #[serde(flatten)]
    pub authorization: AuthorizationView,
    /// The decision.
    pub decision: DecisionView,
}

/// Where a payment was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MerchantView {
    /// The acquirer's number of the merchant.
    pub id: String,
    /// The terminal.
    pub terminal: String,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// ISO 3166 numeric; 0: not known.
    pub country: u16,
    /// Merchant category code.
    pub mcc: u16,
}

impl AnswerView {
    /// What an answer of the engine tells.
    pub fn of(answer: &Answer) -> Self {
        let currency = answer.balances.map(|balances| balances.currency);
        Self {
            id: answer.authorization,
            account: answer.account,
            approved: answer.is_approved(),
            reason: answer.reason,
            code: answer.code,
            approval_code: answer.approval_code.map(|code| format!("{code:06}")),
            approved_amount: currency.map(|currency| MoneyView::of(answer.approved_minor, currency)),
            balances: answer.balances.map(BalancesView::of),
            duplicate: answer.duplicate,
        }
    }
}

impl BalancesView {
    fn of(balances: Balances) -> Self {
        Self {
            available: MoneyView::of(balances.available_minor, balances.currency),
            posted: MoneyView::of(balances.posted_minor, balances.currency),
        }
    }
}

impl AuthorizationView {
    /// What a record tells. `currency` is the account's, where there is one.
    pub fn of(row: &AuthorizationRow, currency: Option<Currency>) -> Self {
        let facts = &row.facts;
        let own = |minor: i64| currency.map(|currency| MoneyView::of(minor, currency));
        let asked = Currency::from_numeric(facts.currency).ok();
        let channel = decision::Channel::NAMES.get(usize::from(facts.channel)).copied();
        Self {
            id: AuthorizationId::from_raw(row.id),
            account: (row.account != 0).then(|| AccountId::from_raw(row.account)),
            card: (row.card != 0).then(|| CardId::from_raw(row.card)),
            class: class_word(facts.class),
            purpose: facts.purpose,
            at: time(Timestamp::from_us(row.at)),
            at_arrival: facts.at_arrival,
            amount: asked.map(|currency| MoneyView::of(facts.amount_minor, currency)),
            billing_amount: own(row.billing_minor),
            approved_amount: own(facts.approved_minor),
            held_amount: own(row.hold_minor),
            posted_amount: own(row.posted_minor),
            state: row.state,
            approved: row.reason.is_approval(),
            reason: row.reason,
            code: facts.code.clone(),
            approval_code: facts.approval_code.map(|code| format!("{code:06}")),
            merchant: MerchantView {
                id: facts.site.merchant.clone(),
                terminal: facts.site.terminal.clone(),
                name: facts.site.name.clone(),
                city: facts.site.city.clone(),
                country: facts.site.country,
                mcc: facts.site.mcc,
            },
            entry_mode: channel.unwrap_or("other"),
            card_present: facts.card_present,
            original: facts.original.map(AuthorizationId::from_raw),
        }
    }
}

fn class_word(number: i16) -> &'static str {
    const WORDS: &[(Class, &str)] = &[
        (Class::Authorization, "authorization"),
        (Class::Financial, "financial"),
        (Class::Advice, "advice"),
        (Class::FinancialAdvice, "financial_advice"),
        (Class::Reversal, "reversal"),
        (Class::ReversalAdvice, "reversal_advice"),
        (Class::History, "history"),
    ];
    WORDS.iter().find(|(class, _)| class.number() == number).map_or("unknown", |(_, word)| word)
}

/// A moment as RFC 3339 writes it, in UTC.
pub fn time(at: Timestamp) -> String {
    at.to_jiff().map(|at| at.to_string()).unwrap_or_default()
}
