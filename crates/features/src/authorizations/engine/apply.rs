//! Applies one message to the batch: repeats, payments, advices, history.

use super::super::{
    error::AuthorizationError,
    model::{
        AccountState, Answer, AuthorizationRequest, AuthorizationRow, Balances, ChipTurn, Class, Facts, Hold,
        HoldState, Marks, Purpose, Reason, Seen, WaitingReversal, seconds,
    },
    rules::{self, Context, Ruling},
};
use super::batch::{Batch, Decided, RowChange};
use decision::{CardBehaviour, Outcome};
use kernel::{AccountId, AuthorizationId, Timestamp};

/// A record in the making.
pub(super) struct Draft {
    pub id: i64,
    pub account: i64,
    pub card: i64,
    pub previous: i64,
    pub ruling: Ruling,
    pub hold_minor: i64,
    pub posted_minor: i64,
    pub state: HoldState,
    pub code: &'static str,
    pub original: Option<i64>,
}

impl Batch<'_, '_> {
    /// Works on one message; pushes exactly one answer.
    pub fn apply(
        &mut self,
        id: i64,
        request: &AuthorizationRequest,
        context: &Context<'_>,
    ) -> Result<(), AuthorizationError> {
        let Some((account_id, card)) = self.cards.get(&request.card).copied() else {
            return self.apply_unknown(id, request, context);
        };
        // Taken out while it is worked on, so that the batch can be asked meanwhile.
        let Some(mut account) = self.accounts.remove(&account_id) else {
            return Err(AuthorizationError::Unreadable("account"));
        };
        let done = self.apply_to(id, request, context, (&mut account, card));
        self.accounts.insert(account_id, account);
        done
    }

    fn apply_to(
        &mut self,
        id: i64,
        request: &AuthorizationRequest,
        context: &Context<'_>,
        (account, card): (&mut AccountState, i64),
    ) -> Result<(), AuthorizationError> {
        self.release_expired(account, context.now);
        if let Some(answer) = self.repeat(account, context)? {
            let chip = account.card(card).map_or(ChipTurn::NotHeard, |card| card.chip.turn_again(request));
            self.answers.push(Answer { chip, ..answer });
            return Ok(());
        }
        if request.class.is_reversal() {
            return self.apply_reversal(id, request, context, (account, card));
        }
        let counter = account.card(card).and_then(|card| card.chip.counter);
        let mut draft = self.draft_payment(id, request, context, (&mut *account, card));
        learn(account, &mut draft, request, context.marks);
        let chip = account
            .card_mut(card)
            .map_or(ChipTurn::NotHeard, |card| card.chip.turn(counter, request.proofs.chip));
        self.finish(draft, request, context, Some(account))?;
        if let Some(answer) = self.answers.last_mut() {
            answer.chip = chip;
        }
        Ok(())
    }

    /// Holds whose time is over are let go before anything else is decided.
    pub fn release_expired(&mut self, account: &mut AccountState, now: Timestamp) -> usize {
        let now_s = seconds(now);
        if account.next_expiry_s().is_none_or(|next| next > now_s) {
            return 0;
        }
        let (gone, kept): (Vec<Hold>, Vec<Hold>) =
            account.standing.holds.iter().partition(|hold| hold.expires_s <= now_s);
        account.standing.holds = kept;
        for hold in &gone {
            account.held_minor -= hold.minor;
            self.change(RowChange {
                authorization: hold.authorization,
                hold_minor: 0,
                posted_minor: 0,
                state: HoldState::Expired,
            });
        }
        self.touch(account.account.raw());
        gone.len()
    }

    /// The answer to an earlier, equal message; an error code for one with the same numbers and other content.
    fn repeat(
        &mut self,
        account: &AccountState,
        context: &Context<'_>,
    ) -> Result<Option<Answer>, AuthorizationError> {
        let (marks, now) = (context.marks, context.now);
        let (key, content) = (marks.key, marks.content);
        let found = match account.seen(key) {
            Some(seen) => self.row(seen.authorization)?,
            None if account.seen_is_incomplete(now) => {
                self.find_in_chain(account.account.raw(), account.head, &|row| row.key == key)?
            }
            None => None,
        };
        Ok(found.map(|row| {
            if row.content != content {
                return Answer { account: Some(account.account), ..Answer::unrecorded(Reason::Mismatch) };
            }
            answer_of(&row, Some(account), true)
        }))
    }

    fn draft_payment(
        &mut self,
        id: i64,
        request: &AuthorizationRequest,
        context: &Context<'_>,
        (account, card): (&mut AccountState, i64),
    ) -> Draft {
        let ruling = if let Some(at) = waiting_for(account, request) {
            account.standing.waiting.remove(at);
            reversed_before(account, request)
        } else if request.class.is_decided() {
            rules::decide(account, card, request, context)
        } else {
            taken_note(account, request)
        };
        let previous = std::mem::replace(&mut account.head, id);
        let mut draft = Draft {
            id,
            account: account.account.raw(),
            card,
            previous,
            hold_minor: 0,
            posted_minor: 0,
            state: HoldState::None,
            code: if request.class.is_decided() { ruling.reason.code() } else { Reason::Accepted.code() },
            original: None,
            ruling,
        };
        reserve(account, request, context, &mut draft);
        draft
    }

    /// A card that is not ours: recorded, so that a repeat gets the same answer.
    fn apply_unknown(
        &mut self,
        id: i64,
        request: &AuthorizationRequest,
        context: &Context<'_>,
    ) -> Result<(), AuthorizationError> {
        let key = context.marks.key;
        let fresh = self.rows.iter().find(|row| row.account == 0 && row.key == key).cloned();
        let found = match fresh {
            Some(row) => Some(row),
            None => self.tx.unknown_by_key(key)?,
        };
        if let Some(row) = found {
            self.answers.push(answer_of(&row, None, true));
            return Ok(());
        }
        let reason = Reason::UnknownCard;
        let draft = Draft {
            id,
            account: 0,
            card: 0,
            previous: 0,
            ruling: Ruling {
                reason,
                billing_minor: 0,
                approved_minor: 0,
                record: None,
                alert: false,
                behaviour: None,
            },
            hold_minor: 0,
            posted_minor: 0,
            state: HoldState::None,
            code: if request.class.is_note() { Reason::Accepted.code() } else { reason.code() },
            original: None,
        };
        self.finish(draft, request, context, None)
    }

    /// Makes the record and the answer of a draft.
    pub(super) fn finish(
        &mut self,
        draft: Draft,
        request: &AuthorizationRequest,
        context: &Context<'_>,
        account: Option<&mut AccountState>,
    ) -> Result<(), AuthorizationError> {
        let row = row_of(&draft, request, context);
        let mut payment = None;
        if let Some(account) = account {
            account.remember(Seen {
                key: row.key,
                content: row.content,
                authorization: row.id,
                at_s: seconds(context.now),
            });
            self.touch(account.account.raw());
            self.answers.push(answer_of(&row, Some(account), false));
            if !request.class.is_reversal() {
                payment = Some(rules::payment(account, request, context.marks, row.billing_minor));
            }
        } else {
            self.answers.push(answer_of(&row, None, false));
        }
        self.decided.push(Decided {
            authorization: row.id,
            account: row.account,
            card: row.card,
            range: request.range,
            class: request.class,
            reason: row.reason,
            at: row.at,
            arrived_us: request.arrived_us,
            answered_us: 0,
            billing_minor: row.billing_minor,
            payment,
            city: request.site.city.clone(),
            country: request.site.country,
            alert: draft.ruling.alert,
        });
        self.rows.push(row);
        Ok(())
    }
}

/// Takes the payment into the card's habits.
fn learn(account: &mut AccountState, draft: &mut Draft, request: &AuthorizationRequest, marks: Marks) {
    if matches!(draft.ruling.reason, Reason::ReversedBefore) || request.purpose == Purpose::Balance {
        return;
    }
    let payment = rules::payment(account, request, marks, draft.ruling.billing_minor);
    let Some(card) = account.card_mut(draft.card) else { return };
    let known = draft.ruling.behaviour.take();
    let mut behaviour = known.unwrap_or_else(|| CardBehaviour::decode(&card.behaviour).unwrap_or_default());
    let approved = draft.ruling.reason.is_approval();
    behaviour.record(&payment, if approved { Outcome::Approved } else { Outcome::Declined });
    card.behaviour.clear();
    behaviour.encode(&mut card.behaviour);
}

/// Reserves or posts what was approved.
fn reserve(
    account: &mut AccountState,
    request: &AuthorizationRequest,
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let minor = draft.ruling.approved_minor;
    let spends = request.purpose.kind().spends();
    if !draft.ruling.reason.is_approval() || !spends || minor == 0 || request.class == Class::History {
        return;
    }
    if request.class.is_settled() {
        account.posted_minor = account.posted_minor.saturating_add(minor);
        draft.posted_minor = minor;
        draft.state = HoldState::Captured;
        return;
    }
    let expires_s = context.policy.hold_days.expires_s(context.now, request.site.mcc);
    account.standing.holds.push(Hold {
        authorization: draft.id,
        minor,
        expires_s,
        cash: request.purpose == Purpose::Cash,
    });
    account.held_minor = account.held_minor.saturating_add(minor);
    draft.hold_minor = minor;
    draft.state = HoldState::Open;
}

/// An advice or a payment of the past: decided elsewhere, recorded even over the limit.
fn taken_note(account: &AccountState, request: &AuthorizationRequest) -> Ruling {
    let billing_minor = rules::billing_minor(account, request).unwrap_or(0);
    let approved = request.approved_elsewhere;
    Ruling {
        reason: if approved { Reason::Accepted } else { Reason::Control },
        billing_minor,
        approved_minor: if approved { billing_minor } else { 0 },
        record: None,
        alert: false,
        behaviour: None,
    }
}

fn reversed_before(account: &AccountState, request: &AuthorizationRequest) -> Ruling {
    Ruling {
        reason: Reason::ReversedBefore,
        billing_minor: rules::billing_minor(account, request).unwrap_or(0),
        approved_minor: 0,
        record: None,
        alert: false,
        behaviour: None,
    }
}

/// The place of a reversal that came before this message, if one did.
fn waiting_for(account: &AccountState, request: &AuthorizationRequest) -> Option<usize> {
    let means = |waiting: &WaitingReversal| {
        let quoted = waiting.transmitted.as_ref().is_some_and(|quoted| *quoted == request.trace.transmitted);
        // With field 90 too: it may quote a repeat that has not come, or a time that its sender did not know.
        let same_trace =
            waiting.rrn == request.trace.rrn && (waiting.transmitted.is_none() || !waiting.rrn.is_empty());
        waiting.stan == request.trace.stan && (quoted || same_trace)
    };
    account.standing.waiting.iter().position(means)
}

fn row_of(draft: &Draft, request: &AuthorizationRequest, context: &Context<'_>) -> AuthorizationRow {
    let ruling = &draft.ruling;
    let mut decision = Vec::new();
    if let Some(record) = &ruling.record {
        record.encode(&mut decision);
    }
    let channel = decision::Channel::ALL.iter().position(|channel| *channel == request.channel).unwrap_or(0);
    AuthorizationRow {
        id: draft.id,
        account: draft.account,
        card: draft.card,
        previous: draft.previous,
        at: request.at.us(),
        billing_minor: ruling.billing_minor,
        hold_minor: draft.hold_minor,
        posted_minor: draft.posted_minor,
        state: draft.state,
        reason: ruling.reason,
        key: context.marks.key,
        content: context.marks.content,
        facts: Facts {
            class: request.class.number(),
            purpose: request.purpose,
            amount_minor: request.amounts.transaction.minor(),
            currency: request.amounts.transaction.currency().numeric(),
            trace: request.trace.clone(),
            site: request.site.clone(),
            channel: u8::try_from(channel).unwrap_or(0),
            card_present: request.card_present,
            at_arrival: request.at_arrival,
            code: draft.code.to_owned(),
            reason: ruling.reason.number(),
            approval_code: (ruling.reason.is_approval() && !request.class.is_reversal())
                .then(|| approval_code(draft.id)),
            approved_minor: ruling.approved_minor,
            original: draft.original,
            decision,
            decided_at: context.now.us(),
        },
    }
}

/// Six digits that differ between neighbours and say nothing.
fn approval_code(id: i64) -> u32 {
    let mixed = id.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    u32::try_from(mixed % 1_000_000).unwrap_or(0)
}

/// The answer that a record stands for.
pub(super) fn answer_of(row: &AuthorizationRow, account: Option<&AccountState>, duplicate: bool) -> Answer {
    Answer {
        authorization: Some(AuthorizationId::from_raw(row.id)),
        account: (row.account != 0).then(|| AccountId::from_raw(row.account)),
        reason: row.reason,
        code: static_code(&row.facts.code),
        approval_code: row.facts.approval_code,
        approved_minor: row.facts.approved_minor,
        balances: account.map(|account| Balances {
            currency: account.currency,
            available_minor: account.available_minor(),
            posted_minor: account.posted_minor,
        }),
        duplicate,
        chip: ChipTurn::NotHeard,
    }
}

fn static_code(code: &str) -> &'static str {
    Reason::ALL
        .iter()
        .map(|reason| reason.code())
        .find(|known| *known == code)
        .unwrap_or(Reason::Fault.code())
}
