//! Holds whose time is over are let go by the job, on both databases, without another payment.

use decision::{CrossTables, RuleSet};
use features::authorizations::{
    Engine, EngineSettings, HoldDays, HoldState, Policy, account_state, authorization, release_expired,
};
use kernel::{Clock, DAY_US};
use std::sync::{Arc, RwLock};
use testkit::{TestDb, databases, open_account, purchase};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_goes_and_the_rest_stays() {
    for TestDb { db, clock, .. } in databases().await {
        let rules = RuleSet::compile("number = 1\nname = \"none\"\n").expect("an empty rule set");
        let policy = Arc::new(Policy { rules, hold_days: HoldDays::default() });
        let days = i64::from(policy.hold_days.default);
        let cross = Arc::new(RwLock::new(CrossTables::new()));
        let engine =
            Engine::start(&db, policy, cross, EngineSettings::default(), Vec::new()).expect("starts");
        let mut early = Vec::new();
        // More accounts than are asked for at once.
        for n in 0..300 {
            let account = open_account(&db, n, 100_000).await;
            let answer = engine.authorize(purchase(account.key, 1, 10_000, clock.now())).await;
            let recorded = answer.authorization.unwrap_or_else(|| panic!("{answer:?} on {}", db.kind()));
            early.push((account, recorded));
        }
        assert_eq!(release_expired(&db, &engine).await.expect("runs"), 0, "nothing is due");
        clock.advance_us(days * DAY_US / 2);
        let (twice, _) = early[7];
        let mut later = purchase(twice.key, 2, 5_000, clock.now());
        // A request that has waited for half a week would not be approved.
        later.arrived_us = clock.monotonic_us();
        assert!(engine.authorize(later).await.is_approved());
        clock.advance_us(days * DAY_US / 2 + DAY_US);
        assert_eq!(release_expired(&db, &engine).await.expect("runs"), 300, "on {}", db.kind());
        assert_eq!(release_expired(&db, &engine).await.expect("runs"), 0);
        for (account, id) in &early {
            let state = account_state(&db, account.account).await.unwrap().expect("there");
            let left = if account.account == twice.account { 5_000 } else { 0 };
            assert_eq!((state.held_minor, state.posted_minor), (left, 0));
            let row = authorization(&db, *id).await.unwrap().expect("there");
            assert_eq!((row.state, row.hold_minor), (HoldState::Expired, 0));
        }
    }
}
