//! The engine on both databases: limits, repeats, reversals, and any order of messages.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on must fail")]

use decision::{CrossTables, RuleSet};
use features::authorizations::{
    AccountCommand, Answer, AuthorizationRequest, CardStatus, Class, CommandOutcome, CountedProof, Engine,
    EngineSettings, HoldDays, Original, PinCheck, Policy, Purpose, Reason, ValueCheck, account_state,
};
use kernel::{Actor, Channel, Clock, DAY_US};
use platform::{db::Db, on};
use proptest::prelude::*;
use std::sync::{Arc, RwLock};
use testkit::{OpenAccount, TestDb, databases, open_account, purchase};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";

fn engine(db: &Db) -> Engine {
    let rules = RuleSet::compile(NO_RULES).expect("an empty rule set");
    let policy = Arc::new(Policy { rules, hold_days: HoldDays::default() });
    let cross = Arc::new(RwLock::new(CrossTables::new()));
    Engine::start(db, policy, cross, EngineSettings::default(), Vec::new()).expect("the engine starts")
}

/// The sums that must agree at all times.
async fn check_sums(db: &Db, account: OpenAccount) -> (i64, i64) {
    let state = account_state(db, account.account).await.unwrap().expect("the account is there");
    let (held, posted): (i64, i64) = on!(db.pool(), p => {
        sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(hold_minor), 0) AS BIGINT), CAST(COALESCE(SUM(posted_minor), 0) AS BIGINT)
             FROM authorizations WHERE account_id = $1",
        )
        .bind(account.account.raw())
        .fetch_one(p)
        .await
    })
    .unwrap();
    assert_eq!(state.held_minor, held, "the account's holds are the sum of its open authorizations");
    assert_eq!(state.posted_minor, posted, "what is posted is the sum of captured authorizations");
    assert!(held >= 0 && posted >= 0);
    (held, posted)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_half_the_limit_get_exactly_two() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let asked = (0..200).map(|n| {
            let (engine, request) = (engine.clone(), purchase(account.key, n, 50_000, clock.now()));
            tokio::spawn(async move { engine.authorize(request).await })
        });
        let mut approved = 0;
        for answer in asked.collect::<Vec<_>>() {
            approved += u32::from(answer.await.unwrap().is_approved());
        }
        assert_eq!(approved, 2, "on {}", db.kind());
        assert_eq!(check_sums(&db, account).await, (100_000, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_also_concurrently_and_after_a_restart() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let first_engine = engine(&db);
        let request = purchase(account.key, 7, 30_000, clock.now());
        let same = (0..100).map(|_| {
            let (engine, request) = (first_engine.clone(), request.clone());
            tokio::spawn(async move { engine.authorize(request).await })
        });
        let mut answers: Vec<Answer> = Vec::new();
        for answer in same.collect::<Vec<_>>() {
            answers.push(answer.await.unwrap());
        }
        drop(first_engine);
        let restarted = engine(&db);
        let mut renewed = request.clone();
        // A repeat may renew the time of transmission.
        renewed.at = renewed.at.plus_us(5_000_000);
        answers.push(restarted.authorize(renewed).await);
        assert_eq!(answers.iter().filter(|answer| !answer.duplicate).count(), 1);
        let first = answers.iter().find(|answer| !answer.duplicate).unwrap().clone();
        for answer in &answers {
            assert_eq!(answer.approval_code, first.approval_code);
            assert_eq!((answer.authorization, answer.code), (first.authorization, "00"));
        }
        let mut altered = request.clone();
        altered.amounts.transaction = kernel::Money::new(30_001, kernel::Currency::CNY);
        assert_eq!(restarted.authorize(altered).await.code, "94", "same numbers, other content");
        assert_eq!(check_sums(&db, account).await, (30_000, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_found_after_more_messages_than_are_remembered() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 10_000_000).await;
        let engine = engine(&db);
        let first = engine.authorize(purchase(account.key, 0, 100, clock.now())).await;
        for stan in 1..150 {
            engine.authorize(purchase(account.key, stan, 100, clock.now())).await;
        }
        let again = engine.authorize(purchase(account.key, 0, 100, clock.now())).await;
        assert!(again.duplicate);
        assert_eq!(again.authorization, first.authorization);
        assert_eq!(check_sums(&db, account).await, (15_000, 0));
    }
}

fn reversal(of: &AuthorizationRequest, remaining: Option<i64>, stan: u32) -> AuthorizationRequest {
    let mut reversal = of.clone();
    reversal.class = Class::Reversal;
    reversal.original =
        Some(Original::Quoted { stan: of.trace.stan, transmitted: of.trace.transmitted.clone() });
    reversal.trace.stan = stan;
    reversal.trace.transmitted = format!("0313{stan:06}");
    reversal.amounts.remaining_minor = remaining;
    reversal
}

#[tokio::test(flavor = "multi_thread")]
async fn reversals_in_part_in_full_and_before_their_original() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let bought = purchase(account.key, 1, 80_000, clock.now());
        assert!(engine.authorize(bought.clone()).await.is_approved());
        assert_eq!(engine.authorize(reversal(&bought, Some(30_000), 501)).await.code, "00");
        assert_eq!(check_sums(&db, account).await, (30_000, 0));
        assert_eq!(engine.authorize(reversal(&bought, None, 502)).await.code, "00");
        assert_eq!(engine.authorize(reversal(&bought, None, 503)).await.code, "00", "undone already");
        assert_eq!(check_sums(&db, account).await, (0, 0));

        let late = purchase(account.key, 2, 10_000, clock.now());
        let early = engine.authorize(reversal(&late, None, 504)).await;
        assert_eq!((early.code, early.reason), ("25", Reason::OriginalUnknown));
        let cancelled = engine.authorize(late).await;
        assert_eq!(cancelled.reason, Reason::ReversedBefore);
        assert_eq!(check_sums(&db, account).await, (0, 0));

        let mut settled = purchase(account.key, 3, 20_000, clock.now());
        settled.class = Class::Financial;
        assert!(engine.authorize(settled.clone()).await.is_approved());
        assert_eq!(check_sums(&db, account).await, (0, 20_000));
        assert_eq!(engine.authorize(reversal(&settled, Some(5_000), 505)).await.code, "00");
        assert_eq!(engine.authorize(reversal(&settled, None, 506)).await.code, "00");
        assert_eq!(check_sums(&db, account).await, (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_holds_for_the_next_authorization() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let command = |status| AccountCommand::SetCardStatus { card: account.card, status };
        for round in 0..20 {
            let freeze =
                engine.command(account.account, command(CardStatus::Frozen), Actor::System, Channel::App);
            assert_eq!(freeze.await.unwrap(), CommandOutcome::Applied);
            let frozen = engine.authorize(purchase(account.key, round, 100, clock.now())).await;
            assert_eq!((frozen.reason, frozen.code), (Reason::Frozen, "62"));
            let thaw =
                engine.command(account.account, command(CardStatus::Active), Actor::System, Channel::App);
            assert_eq!(thaw.await.unwrap(), CommandOutcome::Applied);
        }
        let lost =
            engine.command(account.account, command(CardStatus::Lost), Actor::System, Channel::App).await;
        assert_eq!(lost.unwrap(), CommandOutcome::Applied);
        let back =
            engine.command(account.account, command(CardStatus::Active), Actor::System, Channel::App).await;
        assert_eq!(back.unwrap(), CommandOutcome::Refused, "what is lost stays lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_end_when_their_time_is_over() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        assert!(engine.authorize(purchase(account.key, 1, 100_000, clock.now())).await.is_approved());
        assert_eq!(engine.authorize(purchase(account.key, 2, 1, clock.now())).await.code, "51");
        clock.advance_us(7 * DAY_US);
        assert!(
            engine
                .authorize(AuthorizationRequest {
                    arrived_us: clock.monotonic_us(),
                    ..purchase(account.key, 3, 40_000, clock.now())
                })
                .await
                .is_approved()
        );
        assert_eq!(check_sums(&db, account).await, (40_000, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_values_then_the_right_one_is_refused_too() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let mut try_value = purchase(account.key, 0, 100, clock.now());
        for stan in 0..5 {
            try_value.trace.stan = stan;
            try_value.proofs.printed = Some(ValueCheck::WRONG);
            assert_eq!(engine.authorize(try_value.clone()).await.reason, Reason::CardValue);
        }
        try_value.trace.stan = 5;
        try_value.proofs.printed = Some(ValueCheck { right_under: vec![1], coded: true });
        let blocked = engine.authorize(try_value.clone()).await;
        assert_eq!((blocked.reason, blocked.code), (Reason::CardValueTries, "82"));
        let chip = engine.authorize(purchase(account.key, 6, 100, clock.now())).await;
        assert!(chip.is_approved(), "the card itself goes on");
        clock.advance_us(DAY_US + 1_000_000);
        try_value.trace.stan = 7;
        try_value.arrived_us = clock.monotonic_us();
        assert!(engine.authorize(try_value).await.is_approved(), "a day later it is asked again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_pins_and_no_more_however_they_come() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let with_pin = |stan, check| {
            let mut request = purchase(account.key, stan, 100, clock.now());
            request.proofs.pin = Some(check);
            request
        };
        let tries: Vec<_> = (0..40)
            .map(|stan| {
                let (engine, request) = (engine.clone(), with_pin(stan, PinCheck::Wrong));
                tokio::spawn(async move { engine.authorize(request).await.code })
            })
            .collect();
        let mut codes = Vec::new();
        for one in tries {
            codes.push(one.await.unwrap());
        }
        let count = |code| codes.iter().filter(|one| **one == code).count();
        assert_eq!((count("55"), count("75")), (3, 37), "{codes:?}");
        drop(engine);
        let engine = self::engine(&db);
        let right = engine.authorize(with_pin(100, PinCheck::Right)).await;
        assert_eq!(
            (right.reason, right.code),
            (Reason::PinTries, "75"),
            "after a restart, and the right one"
        );
        clock.advance_us(400 * DAY_US);
        let later =
            AuthorizationRequest { arrived_us: clock.monotonic_us(), ..with_pin(101, PinCheck::Right) };
        assert_eq!(engine.authorize(later).await.code, "75", "time alone does not unblock");
        let unblock = AccountCommand::Unblock { card: account.card, proof: CountedProof::Pin };
        let done = engine.command(account.account, unblock, Actor::System, Channel::Api).await.unwrap();
        assert_eq!(done, CommandOutcome::Applied);
        let after =
            AuthorizationRequest { arrived_us: clock.monotonic_us(), ..with_pin(102, PinCheck::Right) };
        assert!(engine.authorize(after).await.is_approved());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_none_is_refused() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, i64::MAX).await;
        let engine = engine(&db);
        let ask = |stan, minor, currency: &str| {
            let mut request = purchase(account.key, stan, minor, clock.now());
            request.amounts.transaction = kernel::Money::new(minor, currency.parse().unwrap());
            request
        };
        for (stan, minor, currency, code) in [
            (1, 0, "CNY", "13"),
            (2, -5, "CNY", "13"),
            (3, i64::MAX, "CNY", "13"),
            (4, 100, "USD", "12"),
            (5, 100, "CNY", "00"),
        ] {
            assert_eq!(engine.authorize(ask(stan, minor, currency)).await.code, code, "{minor} {currency}");
        }
        let late = AuthorizationRequest { arrived_us: 0, ..ask(6, 100, "CNY") };
        clock.advance_us(9_000_000);
        assert_eq!(engine.authorize(late).await.code, "91", "too old to be approved");
        let unknown = engine.authorize(purchase([9; 32], 1, 100, clock.now())).await;
        assert_eq!(unknown.code, "14");
        assert!(engine.authorize(purchase([9; 32], 1, 100, clock.now())).await.duplicate);
    }
}

/// One step of a story about three payments.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ask(u32),
    Settle(u32),
    Advise(u32),
    Reverse(u32, Option<i64>),
    ReverseAdvice(u32),
    Capture(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..3_u32;
    prop_oneof![
        which.clone().prop_map(Step::Ask),
        which.clone().prop_map(Step::Settle),
        which.clone().prop_map(Step::Advise),
        (which.clone(), proptest::option::of(0..40_000_i64)).prop_map(|(n, left)| Step::Reverse(n, left)),
        which.clone().prop_map(Step::ReverseAdvice),
        which.prop_map(Step::Capture),
    ]
}

async fn tell(db: &Db, engine: &Engine, account: OpenAccount, steps: &[Step], at: kernel::Timestamp) {
    let mut ids = [None; 3];
    for (number, step) in (900_u32..).zip(steps) {
        let base = |n: u32| purchase(account.key, n, 30_000, at);
        let before = check_sums(db, account).await;
        let request = match *step {
            Step::Ask(n) => base(n),
            Step::Settle(n) => AuthorizationRequest { class: Class::Financial, ..base(10 + n) },
            Step::Advise(n) => AuthorizationRequest { class: Class::Advice, ..base(20 + n) },
            Step::Reverse(n, left) => reversal(&base(n), left, number),
            Step::ReverseAdvice(n) => {
                AuthorizationRequest { class: Class::ReversalAdvice, ..reversal(&base(20 + n), None, number) }
            }
            Step::Capture(n) => {
                if let Some(authorization) = ids[n as usize] {
                    let capture = AccountCommand::Capture { authorization, amount_minor: None };
                    engine.command(account.account, capture, Actor::System, Channel::Api).await.unwrap();
                }
                check_sums(db, account).await;
                continue;
            }
        };
        let answer = engine.authorize(request).await;
        if let (Step::Ask(n), true) = (step, answer.is_approved()) {
            ids[*n as usize] = answer.authorization;
        }
        let after = check_sums(db, account).await;
        let (had, has) = (before.0 + before.1, after.0 + after.1);
        if !matches!(step, Step::Advise(_)) && has > had {
            assert!(has <= 70_000, "only an advice may pass the limit");
            assert!(answer.is_approved(), "a decline reserves nothing");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_order_of_messages_keeps_the_sums(stories in proptest::collection::vec(proptest::collection::vec(step(), 1..14), 1..4)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for TestDb { db, clock, .. } in databases().await {
                let engine = engine(&db);
                for (n, steps) in (0_u32..).zip(&stories) {
                    let account = open_account(&db, n, 70_000).await;
                    tell(&db, &engine, account, steps, clock.now()).await;
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_has_its_leaf_in_the_log() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 1_000_000).await;
        let engine = engine(&db);
        for stan in 0..30 {
            engine.authorize(purchase(account.key, stan, 100, clock.now())).await;
        }
        let entries: Vec<(Vec<u8>, Vec<u8>)> = on!(db.pool(), p => {
            sqlx::query_as("SELECT leaves, refs FROM audit_entries WHERE refs IS NOT NULL").fetch_all(p).await
        })
        .unwrap();
        let mut covered = 0;
        for (leaves, refs) in entries {
            for (leaf, id) in leaves.chunks(32).zip(refs.chunks(8)) {
                let id = i64::from_be_bytes(id.try_into().unwrap());
                let record: Vec<u8> = on!(db.pool(), p => {
                    sqlx::query_scalar("SELECT record FROM authorizations WHERE id = $1").bind(id).fetch_one(p).await
                })
                .unwrap();
                assert_eq!(leaf, platform::audit::leaf_hash(&record));
                covered += 1;
            }
        }
        assert_eq!(covered, 30);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn balance_inquiry_and_check_reserve_nothing() {
    for TestDb { db, clock, .. } in databases().await {
        let account = open_account(&db, 1, 100_000).await;
        let engine = engine(&db);
        let mut question = purchase(account.key, 1, 0, clock.now());
        question.purpose = Purpose::Balance;
        let answer = engine.authorize(question).await;
        assert_eq!(answer.balances.map(|b| b.available_minor), Some(100_000));
        let mut check = purchase(account.key, 2, 0, clock.now());
        check.purpose = Purpose::Check;
        assert!(engine.authorize(check).await.is_approved());
        assert_eq!(check_sums(&db, account).await, (0, 0));
    }
}
