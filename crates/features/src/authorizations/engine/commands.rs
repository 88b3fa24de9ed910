//! Commands of other features, applied in the same order as authorizations.

use super::super::{
    error::AuthorizationError,
    model::{
        AccountCommand, AccountState, CardState, CardStatus, ChipCommand, CommandOutcome, CountedProof,
        HoldState, WaitingCommand,
    },
    rules,
};
use super::batch::{Batch, RowChange};
use kernel::{CardId, Timestamp};

impl Batch<'_, '_> {
    /// Works on one command; pushes exactly one outcome.
    pub fn command(
        &mut self,
        account_id: i64,
        command: &AccountCommand,
        now: Timestamp,
    ) -> Result<(), AuthorizationError> {
        let Some(mut account) = self.accounts.remove(&account_id) else {
            self.outcomes.push(CommandOutcome::Absent);
            return Ok(());
        };
        let outcome = self.command_on(&mut account, command, now)?;
        // A wrong proof changes its count.
        let is_counted = matches!(command, AccountCommand::Prove { .. });
        if outcome == CommandOutcome::Applied || (is_counted && outcome == CommandOutcome::Refused) {
            self.touch(account_id);
        }
        self.accounts.insert(account_id, account);
        self.outcomes.push(outcome);
        Ok(())
    }

    fn command_on(
        &mut self,
        account: &mut AccountState,
        command: &AccountCommand,
        now: Timestamp,
    ) -> Result<CommandOutcome, AuthorizationError> {
        Ok(match command {
            AccountCommand::AddCard(new) => {
                if account.card(new.card.raw()).is_some() {
                    CommandOutcome::AlreadyApplied
                } else if !self.tx.insert_card_key(&new.key, account.account.raw(), new.card.raw())? {
                    // The number is another card's.
                    CommandOutcome::Refused
                } else {
                    account.standing.cards.push(CardState::new(new));
                    CommandOutcome::Applied
                }
            }
            AccountCommand::SetCardStatus { card, status } => set_status(account, *card, *status),
            AccountCommand::SetControls { card, controls, from } => match account.card_mut(card.raw()) {
                None => CommandOutcome::Absent,
                Some(state) if state.controls == *controls => CommandOutcome::AlreadyApplied,
                Some(state) if from.is_some_and(|from| from != state.controls) => CommandOutcome::Refused,
                Some(state) => replace(&mut state.controls, *controls),
            },
            AccountCommand::Unblock { card, proof } => match account.card_mut(card.raw()) {
                None => CommandOutcome::Absent,
                Some(state) => unblock(state, *proof),
            },
            AccountCommand::Prove { card, proofs } => match account.card_mut(card.raw()) {
                None => CommandOutcome::Absent,
                Some(state) => match rules::proofs_hold(state, proofs, now, true) {
                    Ok(()) => CommandOutcome::Applied,
                    Err(_) => CommandOutcome::Refused,
                },
            },
            AccountCommand::ChangePin { card, change, to_chip } => match account.card_mut(card.raw()) {
                None => CommandOutcome::Absent,
                Some(state) => change_pin(state, *change, *to_chip),
            },
            AccountCommand::SetLimit(minor) if *minor < 0 => CommandOutcome::Refused,
            AccountCommand::SetLimit(minor) => replace(&mut account.limit_minor, *minor),
            AccountCommand::SetAccountStatus(status) => replace(&mut account.status, *status),
            AccountCommand::Capture { authorization, amount_minor } => {
                self.capture(account, authorization.raw(), *amount_minor)
            }
            AccountCommand::ReleaseExpired => match self.release_expired(account, now) {
                0 => CommandOutcome::AlreadyApplied,
                _ => CommandOutcome::Applied,
            },
        })
    }

    fn capture(&mut self, account: &mut AccountState, id: i64, amount: Option<i64>) -> CommandOutcome {
        let Some(at) = account.standing.holds.iter().position(|hold| hold.authorization == id) else {
            return CommandOutcome::Absent;
        };
        let held = account.standing.holds.get(at).map_or(0, |hold| hold.minor);
        let captured = amount.unwrap_or(held);
        if captured <= 0 || captured > held {
            return CommandOutcome::Refused;
        }
        account.standing.holds.remove(at);
        account.held_minor -= held;
        account.posted_minor = account.posted_minor.saturating_add(captured);
        self.change(RowChange {
            authorization: id,
            hold_minor: 0,
            posted_minor: captured,
            state: HoldState::Captured,
        });
        CommandOutcome::Applied
    }
}

fn set_status(account: &mut AccountState, card: CardId, status: CardStatus) -> CommandOutcome {
    match account.card_mut(card.raw()) {
        None => CommandOutcome::Absent,
        Some(state) if !state.status.may_become(status) => CommandOutcome::Refused,
        Some(state) => replace(&mut state.status, status),
    }
}

fn unblock(card: &mut CardState, proof: CountedProof) -> CommandOutcome {
    let mut next = (card.misses.clone(), card.chip);
    match proof {
        CountedProof::Pin => {
            next.0.reset_pin();
            // The chip counts PINs that it compares itself. A change of PIN that waits sets them back too.
            let used = card.chip.counter.is_some();
            let command = || used.then_some(WaitingCommand::new(ChipCommand::UnblockPin));
            next.1.waiting = card.chip.waiting.or_else(command);
        }
        CountedProof::CardValue => next.0.reset_values(),
        CountedProof::ChipCounter => next.1.leap_allowed = true,
    }
    let misses = replace(&mut card.misses, next.0);
    let chip = replace(&mut card.chip, next.1);
    if misses == CommandOutcome::Applied { misses } else { chip }
}

fn change_pin(card: &mut CardState, change: i64, to_chip: bool) -> CommandOutcome {
    if matches!(card.status, CardStatus::Lost | CardStatus::Stolen) {
        return CommandOutcome::Refused;
    }
    // Numbers of changes rise with time, and the newer one is what its holder knows.
    let newer = card.chip.waiting.is_some_and(|waiting| match waiting.command {
        ChipCommand::ChangePin { change: waits } => waits > change,
        ChipCommand::UnblockPin => false,
    });
    if to_chip && newer {
        return CommandOutcome::AlreadyApplied;
    }
    let mut next = card.clone();
    next.misses.reset_pin();
    let command = ChipCommand::ChangePin { change };
    if to_chip && card.chip.waiting.is_none_or(|waiting| waiting.command != command) {
        next.chip.waiting = Some(WaitingCommand::new(command));
    }
    replace(card, next)
}

fn replace<T: PartialEq>(place: &mut T, value: T) -> CommandOutcome {
    if *place == value {
        return CommandOutcome::AlreadyApplied;
    }
    *place = value;
    CommandOutcome::Applied
}
