//! Decides one payment against one account. Pure: what it needs is passed in, what it decides is returned.
//!
//! Order matters and is the same for everybody: is the card usable, are the proofs right, is the money
//! well-formed, did the cardholder allow this kind of payment, does it look like the cardholder, is there
//! credit. Rules come before the limit, so that a thief who also overdraws is still seen as a thief.

mod proofs;

pub use proofs::{CHIP_COUNTER_GAP_MAX, proofs_hold};

use super::model::{
    AccountState, AccountStatus, AuthorizationRequest, CardState, CardStatus, Marks, Purpose, Reason, seconds,
};
use decision::{CardBehaviour, CrossTables, DecisionRecord, Payment, RuleSet, VerdictAction};
use kernel::{DAY_US, Timestamp};

/// Largest amount of one payment, minor units.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000;
/// Open holds of an account beyond which nothing more is approved.
pub use super::model::HOLDS_MAX;

/// What decisions stand on besides the account: the issuer's rules and tables.
pub struct Policy {
    /// The live rules.
    pub rules: RuleSet,
    /// How long a hold lasts, by merchant class.
    pub hold_days: HoldDays,
}

/// Days a hold lasts: a default, and merchant classes that differ (hotels, car rental).
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldDays {
    /// For every class that is not listed.
    pub default: u16,
    /// Ranges of merchant category codes, both ends included.
    #[serde(default)]
    pub classes: Vec<HoldClass>,
}

/// Days for one range of merchant category codes.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldClass {
    /// First code of the range.
    pub from: u16,
    /// Last code of the range.
    pub to: u16,
    /// How long, days.
    pub days: u16,
}

impl Default for HoldDays {
    fn default() -> Self {
        Self { default: 7, classes: Vec::new() }
    }
}

impl HoldDays {
    /// When a hold placed at `at` for merchant class `mcc` ends, seconds since the epoch.
    pub fn expires_s(&self, at: Timestamp, mcc: u16) -> u32 {
        let class = self.classes.iter().find(|class| (class.from..=class.to).contains(&mcc));
        let days = class.map_or(self.default, |class| class.days);
        seconds(at.plus_us(i64::from(days) * DAY_US))
    }
}

/// What was decided about one payment.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// Why.
    pub reason: Reason,
    /// The amount in the account's currency, minor units; 0 where it could not be told.
    pub billing_minor: i64,
    /// How much is approved.
    pub approved_minor: i64,
    /// The record of features and rules, where they were asked.
    pub record: Option<DecisionRecord>,
    /// Whether an analyst should look.
    pub alert: bool,
    /// The card's habits as the rules saw them, so that they are decoded once.
    pub behaviour: Option<CardBehaviour>,
}

impl Ruling {
    fn declined(reason: Reason, billing_minor: i64) -> Self {
        Self { reason, billing_minor, approved_minor: 0, record: None, alert: false, behaviour: None }
    }
}

/// What a decision stands on besides the account and the request.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The engine's time.
    pub now: Timestamp,
    /// Whether the request is older than its deadline and must not be approved.
    pub late: bool,
    /// The issuer's rules and tables.
    pub policy: &'a Policy,
    /// What is known beyond the card; seconds old.
    pub cross: &'a CrossTables,
    /// The request's hashes.
    pub marks: Marks,
}

/// Decides a payment. Counts wrong proofs on the card; changes nothing else.
pub fn decide(
    account: &mut AccountState,
    card_id: i64,
    request: &AuthorizationRequest,
    context: &Context<'_>,
) -> Ruling {
    let billing = billing_minor(account, request);
    let amount = billing.unwrap_or(0);
    let abroad = is_abroad(account, request);
    let (status, watched) = (account.status, account.standing.watched);
    let Some(card) = account.card_mut(card_id) else {
        return Ruling::declined(Reason::UnknownCard, amount);
    };
    let standing = account_is_usable(status)
        .and_then(|()| card_is_usable(card, request, context.now))
        .and_then(|()| proofs_hold(card, &request.proofs, context.now, watched))
        .and(billing.map(drop))
        .and_then(|()| controls_allow(card, request, amount, abroad))
        .and(if context.late { Err(Reason::Overload) } else { Ok(()) });
    if let Err(reason) = standing {
        return Ruling::declined(reason, amount);
    }
    let mut ruling = Ruling::declined(Reason::Approved, amount);
    if account.standing.watched && request.purpose != Purpose::Balance {
        judge(&mut ruling, account, card_id, request, context);
        if ruling.reason != Reason::Approved {
            return ruling;
        }
    }
    (ruling.reason, ruling.approved_minor) = within_limits(account, request, amount);
    ruling
}

/// Asks the rules, and keeps what they were shown.
fn judge(
    ruling: &mut Ruling,
    account: &AccountState,
    card_id: i64,
    request: &AuthorizationRequest,
    context: &Context<'_>,
) {
    let payment = payment(account, request, context.marks, ruling.billing_minor);
    let behaviour = account
        .card(card_id)
        .and_then(|card| CardBehaviour::decode(&card.behaviour).ok())
        .unwrap_or_default();
    let rules = &context.policy.rules;
    let features = behaviour.features(&payment, &context.cross.cross_risk(&payment, 0));
    let verdict = rules.evaluate(&features);
    ruling.alert = verdict.alert || verdict.action == VerdictAction::Decline;
    if verdict.action == VerdictAction::Decline {
        let decisive = verdict.decisive.and_then(|index| rules.rule(index));
        ruling.reason = decisive.map_or(Reason::SuspectedFraud, |rule| Reason::of_rule(rule.reason));
    }
    ruling.record = Some(DecisionRecord::new(features, Some(rules), verdict));
    ruling.behaviour = Some(behaviour);
}

fn account_is_usable(status: AccountStatus) -> Result<(), Reason> {
    match status {
        AccountStatus::Open => Ok(()),
        AccountStatus::Blocked | AccountStatus::Closed => Err(Reason::Closed),
    }
}

fn card_is_usable(card: &CardState, request: &AuthorizationRequest, now: Timestamp) -> Result<(), Reason> {
    match card.status {
        CardStatus::Lost => return Err(Reason::Lost),
        CardStatus::Stolen => return Err(Reason::Stolen),
        // Money may come back to a frozen card.
        CardStatus::Frozen if request.purpose != Purpose::Refund => return Err(Reason::Frozen),
        CardStatus::Frozen | CardStatus::Active => {}
    }
    if card.expiry.is_good_at(now) { Ok(()) } else { Err(Reason::Expired) }
}

/// The amount in the account's currency: the network's conversion where it made one.
pub fn billing_minor(account: &AccountState, request: &AuthorizationRequest) -> Result<i64, Reason> {
    let amounts = &request.amounts;
    let money = match amounts.billing {
        Some(billing) if billing.currency() == account.currency => billing,
        _ if amounts.transaction.currency() == account.currency => amounts.transaction,
        // Nothing to convert in a question.
        _ if amounts.transaction.minor() == 0 => return Ok(0),
        _ => return Err(Reason::Currency),
    };
    let needs_amount = !matches!(request.purpose, Purpose::Check | Purpose::Balance);
    match money.minor() {
        0 if needs_amount => Err(Reason::Amount),
        minor if (0..=AMOUNT_MINOR_MAX).contains(&minor) => Ok(minor),
        _ => Err(Reason::Amount),
    }
}

fn is_abroad(account: &AccountState, request: &AuthorizationRequest) -> bool {
    let (home, here) = (account.standing.home_country, request.site.country);
    home != 0 && here != 0 && home != here
}

fn controls_allow(
    card: &CardState,
    request: &AuthorizationRequest,
    amount: i64,
    abroad: bool,
) -> Result<(), Reason> {
    let controls = &card.controls;
    if request.purpose == Purpose::Refund {
        return Ok(());
    }
    let online = matches!(request.channel, decision::Channel::Ecommerce | decision::Channel::Manual);
    if (online && !controls.online)
        || (abroad && !controls.abroad)
        || (request.purpose == Purpose::Cash && !controls.cash)
    {
        return Err(Reason::Control);
    }
    match controls.payment_max_minor {
        Some(max) if amount > max => Err(Reason::AmountLimit),
        _ => Ok(()),
    }
}

fn within_limits(account: &AccountState, request: &AuthorizationRequest, amount: i64) -> (Reason, i64) {
    let available = account.available_minor();
    match request.purpose {
        Purpose::Check | Purpose::Balance => return (Reason::Approved, 0),
        Purpose::Refund => return (Reason::Approved, amount),
        Purpose::Cash => {
            let held: i64 =
                account.standing.holds.iter().filter(|hold| hold.cash).map(|hold| hold.minor).sum();
            if held.saturating_add(amount) > account.standing.cash_limit_minor {
                return (Reason::AmountLimit, 0);
            }
        }
        Purpose::Purchase => {}
    }
    if account.standing.holds.len() >= HOLDS_MAX {
        return (Reason::Velocity, 0);
    }
    if amount <= available {
        return (Reason::Approved, amount);
    }
    if request.partial_ok && available > 0 && request.amounts.billing.is_none() {
        return (Reason::Partial, available);
    }
    (Reason::OverLimit, 0)
}

/// The facts that features and rules see.
pub fn payment(
    account: &AccountState,
    request: &AuthorizationRequest,
    marks: Marks,
    amount_minor: i64,
) -> Payment {
    let site = &request.site;
    Payment {
        at_us: request.at.us(),
        amount_minor,
        exponent: account.currency.exponent(),
        kind: request.purpose.kind(),
        mcc: site.mcc,
        country: site.country,
        merchant: marks.merchant,
        terminal: marks.terminal,
        place: site.place,
        channel: request.channel,
        card_present: request.card_present,
        home_country: account.standing.home_country,
        home: account.home(),
        utc_offset_min: account.standing.utc_offset_min,
    }
}
