//! Reversals: in full, in part, late, repeated, before their original.

use super::super::{
    error::AuthorizationError,
    model::{
        AccountState, AuthorizationRequest, AuthorizationRow, HoldState, Original, Reason, WAITING_MAX,
        WaitingReversal, seconds,
    },
    rules::{Context, Ruling},
};
use super::{
    apply::Draft,
    batch::{Batch, RowChange},
};

impl Batch<'_, '_> {
    pub(super) fn apply_reversal(
        &mut self,
        id: i64,
        request: &AuthorizationRequest,
        context: &Context<'_>,
        (account, card): (&mut AccountState, i64),
    ) -> Result<(), AuthorizationError> {
        let meant = request.original.clone().unwrap_or(Original::SameTrace);
        let trace = &request.trace;
        let original = self.find_in_chain(account.account.raw(), account.head, &|row| {
            row.card == card && row.is_original(&meant, trace)
        })?;
        let previous = std::mem::replace(&mut account.head, id);
        let mut draft = Draft {
            id,
            account: account.account.raw(),
            card,
            previous,
            ruling: Ruling {
                reason: Reason::Accepted,
                billing_minor: 0,
                approved_minor: 0,
                record: None,
                alert: false,
                behaviour: None,
            },
            hold_minor: 0,
            posted_minor: 0,
            state: HoldState::None,
            code: Reason::Accepted.code(),
            original: original.as_ref().map(|row| row.id),
        };
        match original {
            Some(original) => {
                draft.ruling.billing_minor = self.undo(account, &original, request);
            }
            None => {
                wait(account, request, context, id, &meant);
                draft.ruling.reason = Reason::OriginalUnknown;
                draft.state = HoldState::Waiting;
                // The advice says what has happened already: it is taken note of, never declined.
                if request.class == super::super::model::Class::Reversal {
                    draft.code = Reason::OriginalUnknown.code();
                }
            }
        }
        self.finish(draft, request, context, Some(account))
    }

    /// Gives back what the original still reserves or posted, as far as the reversal asks; returns how much.
    fn undo(
        &mut self,
        account: &mut AccountState,
        original: &AuthorizationRow,
        request: &AuthorizationRequest,
    ) -> i64 {
        let remaining = remaining_minor(original, request);
        match original.state {
            HoldState::Open => {
                let kept = original.hold_minor.min(remaining);
                let given_back = original.hold_minor - kept;
                account.held_minor -= given_back;
                account.standing.holds.retain_mut(|hold| {
                    if hold.authorization == original.id {
                        hold.minor = kept;
                    }
                    hold.minor > 0
                });
                self.keep(original, kept, 0);
                given_back
            }
            HoldState::Captured => {
                let kept = original.posted_minor.min(remaining);
                let given_back = original.posted_minor - kept;
                account.posted_minor = account.posted_minor.saturating_sub(given_back);
                self.keep(original, 0, kept);
                given_back
            }
            // Declined, expired or reversed already: there is nothing to give back.
            HoldState::None | HoldState::Reversed | HoldState::Expired | HoldState::Waiting => 0,
        }
    }

    fn keep(&mut self, original: &AuthorizationRow, hold_minor: i64, posted_minor: i64) {
        let state = if hold_minor + posted_minor == 0 { HoldState::Reversed } else { original.state };
        self.change(RowChange { authorization: original.id, hold_minor, posted_minor, state });
    }
}

/// What remains of the original after a partial reversal, in minor units of the account.
fn remaining_minor(original: &AuthorizationRow, request: &AuthorizationRequest) -> i64 {
    let Some(remaining) = request.amounts.remaining_minor else { return 0 };
    let (asked, billed) = (original.facts.amount_minor, original.billing_minor);
    if asked == billed || asked <= 0 {
        return remaining.max(0);
    }
    // The share of the billed amount that is the share of the asked one, rounded half up.
    let share =
        (i128::from(billed) * i128::from(remaining.max(0)) * 2 + i128::from(asked)) / (2 * i128::from(asked));
    i64::try_from(share).unwrap_or(billed)
}

fn wait(
    account: &mut AccountState,
    request: &AuthorizationRequest,
    context: &Context<'_>,
    id: i64,
    meant: &Original,
) {
    let (stan, transmitted) = match meant {
        Original::Quoted { stan, transmitted } => (*stan, Some(transmitted.clone())),
        Original::SameTrace => (request.trace.stan, None),
        // An id of ours that is not in the chain never will be.
        Original::Id(_) => return,
    };
    let waiting = &mut account.standing.waiting;
    if waiting.len() >= WAITING_MAX {
        waiting.remove(0);
    }
    waiting.push(WaitingReversal {
        stan,
        rrn: request.trace.rrn.clone(),
        transmitted,
        authorization: id,
        at_s: seconds(context.now),
    });
}
