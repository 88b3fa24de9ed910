//! What the log says was done to accounts after a backup, as far as it protects: to be done again after a restore.
//!
//! The log tells of changes in their order; what counts is where they led. A card that was frozen and unfrozen
//! again is as the backup has it; one that was frozen last, or reported lost, is blocked again. Nothing here ever
//! opens anything: a change that would give more than the backup does is left to a person.

use super::{AccountState, AccountStatus, CardStatus, Controls};
use kernel::{AccountId, CardId};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where the missed changes of each account led.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed(BTreeMap<AccountId, MissedOfAccount>);

/// See [`Missed`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissedOfAccount {
    status: Option<AccountStatus>,
    limit_minor: Option<i64>,
    cards: BTreeMap<CardId, MissedOfCard>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct MissedOfCard {
    status: Option<CardStatus>,
    controls: Option<Controls>,
}

/// The facts of an entry, as [`super::AccountCommand::detail`] wrote them.
#[derive(Deserialize)]
struct Detail {
    card: Option<CardId>,
    status: Option<Value>,
    controls: Option<Controls>,
    limit_minor: Option<i64>,
}

impl Missed {
    /// Takes in one entry, the older ones first; says whether it is of a kind that may protect.
    pub fn learn(&mut self, act: &str, subject: Option<&str>, detail: &Value) -> bool {
        let account = subject.and_then(|subject| subject.parse().ok());
        let (Some(account), Ok(detail)) = (account, Detail::deserialize(detail)) else { return false };
        let of: &mut MissedOfAccount = self.0.entry(account).or_default();
        let card = detail.card.map(|card| of.cards.entry(card).or_default());
        match (act, card) {
            ("cards.card.frozen" | "cards.card.blocked" | "cards.card.unfrozen", Some(card)) => {
                let status = detail.status.and_then(|status| CardStatus::deserialize(status).ok());
                card.status = status.or(card.status);
                status.is_some()
            }
            ("cards.controls.set", Some(card)) => {
                card.controls = detail.controls.or(card.controls);
                detail.controls.is_some()
            }
            ("accounts.status.set", _) => {
                let status = detail.status.and_then(|status| AccountStatus::deserialize(status).ok());
                of.status = status.or(of.status);
                status.is_some()
            }
            ("accounts.limit.set", _) => {
                of.limit_minor = detail.limit_minor.or(of.limit_minor);
                detail.limit_minor.is_some()
            }
            _ => false,
        }
    }

    /// Each account with what it missed.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &MissedOfAccount)> {
        self.0.iter().map(|(account, of)| (*account, of))
    }
}

impl AccountState {
    /// Does again what protects; says how many things changed. What is stricter already stays.
    pub fn tighten(&mut self, missed: &MissedOfAccount) -> u64 {
        let mut changed = 0;
        let severity = |status: AccountStatus| match status {
            AccountStatus::Open => 0,
            AccountStatus::Blocked => 1,
            AccountStatus::Closed => 2,
        };
        if let Some(status) = missed.status.filter(|status| severity(*status) > severity(self.status)) {
            self.status = status;
            changed += 1;
        }
        if let Some(limit) = missed.limit_minor.filter(|limit| *limit < self.limit_minor) {
            self.limit_minor = limit;
            changed += 1;
        }
        for (card, of) in &missed.cards {
            let Some(state) = self.card_mut(card.raw()) else { continue };
            let stricter = |status: &CardStatus| match state.status {
                CardStatus::Active => *status != CardStatus::Active,
                CardStatus::Frozen => matches!(status, CardStatus::Lost | CardStatus::Stolen),
                CardStatus::Lost | CardStatus::Stolen => false,
            };
            if let Some(status) = of.status.filter(stricter) {
                state.status = status;
                changed += 1;
            }
            if let Some(controls) = of.controls.map(|controls| both(state.controls, controls))
                && controls != state.controls
            {
                state.controls = controls;
                changed += 1;
            }
        }
        changed
    }
}

/// What both allow.
fn both(one: Controls, other: Controls) -> Controls {
    Controls {
        online: one.online && other.online,
        abroad: one.abroad && other.abroad,
        cash: one.cash && other.cash,
        payment_max_minor: match (one.payment_max_minor, other.payment_max_minor) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AccountCommand, CardState, Expiry, NewCard, Standing};
    use super::*;
    use kernel::Currency;
    use proptest::prelude::*;

    const CARD: CardId = CardId::from_raw(5);

    fn account() -> AccountState {
        let expiry = Expiry { year: 30, month: 12 };
        let new = NewCard { card: CARD, key: [0; 32], expiry, cvk_generation: 1 };
        AccountState {
            account: AccountId::from_raw(9),
            version: 1,
            status: AccountStatus::Open,
            currency: Currency::CNY,
            limit_minor: 1_000,
            posted_minor: 0,
            held_minor: 0,
            head: 0,
            standing: Standing { cards: vec![CardState::new(&new)], ..Standing::default() },
        }
    }

    fn learnt(commands: &[AccountCommand]) -> Missed {
        let mut missed = Missed::default();
        let subject = account().account.to_string();
        for command in commands {
            assert!(missed.learn(command.act(), Some(&subject), &command.detail()), "{command:?}");
        }
        missed
    }

    fn tightened(commands: &[AccountCommand]) -> AccountState {
        let mut state = account();
        learnt(commands).accounts().for_each(|(_, of)| {
            state.tighten(of);
        });
        state
    }

    fn status() -> impl Strategy<Value = CardStatus> {
        prop_oneof![
            Just(CardStatus::Active),
            Just(CardStatus::Frozen),
            Just(CardStatus::Lost),
            Just(CardStatus::Stolen)
        ]
    }

    fn command() -> impl Strategy<Value = AccountCommand> {
        let controls = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::option::of(0_i64..900));
        prop_oneof![
            status().prop_map(|status| AccountCommand::SetCardStatus { card: CARD, status }),
            controls.prop_map(|(online, abroad, cash, payment_max_minor)| {
                let controls = Controls { online, abroad, cash, payment_max_minor };
                AccountCommand::SetControls { card: CARD, controls, from: None }
            }),
            (0_i64..2_000).prop_map(AccountCommand::SetLimit),
            prop_oneof![Just(AccountStatus::Open), Just(AccountStatus::Blocked), Just(AccountStatus::Closed)]
                .prop_map(AccountCommand::SetAccountStatus),
        ]
    }

    #[test]
    fn what_was_lifted_again_is_not_put_back() {
        let set = |status| AccountCommand::SetCardStatus { card: CARD, status };
        assert_eq!(tightened(&[set(CardStatus::Frozen), set(CardStatus::Active)]), account());
        let blocked = tightened(&[set(CardStatus::Active), set(CardStatus::Lost)]);
        assert_eq!(blocked.card(CARD.raw()).expect("a card").status, CardStatus::Lost);
    }

    #[test]
    fn what_is_no_change_of_an_account_is_left_alone() {
        let mut missed = Missed::default();
        for (act, subject) in [
            ("access.session.opened", Some("sess_0000000000001")),
            ("cards.card.frozen", None),
            ("cards.card.frozen", Some("acct_0000000000009")),
        ] {
            assert!(!missed.learn(act, subject, &Value::Null), "{act}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_ever_opened(before in proptest::collection::vec(command(), 0..4),
            after in proptest::collection::vec(command(), 0..6)) {
            let start = tightened(&before);
            let mut state = start.clone();
            let missed = learnt(&after);
            let changed: u64 = missed.accounts().map(|(_, of)| state.tighten(of)).sum();
            let (old, new) = (start.card(CARD.raw()).expect("a card"), state.card(CARD.raw()).expect("a card"));
            prop_assert!(state.limit_minor <= start.limit_minor);
            prop_assert!(start.status == AccountStatus::Open || state.status != AccountStatus::Open);
            prop_assert!(old.status == CardStatus::Active || new.status != CardStatus::Active);
            prop_assert!(old.controls.online >= new.controls.online && old.controls.cash >= new.controls.cash);
            prop_assert_eq!(changed == 0, state == start);
            let again: u64 = missed.accounts().map(|(_, of)| state.tighten(of)).sum();
            prop_assert_eq!(again, 0, "a second time changes nothing");
        }
    }
}
