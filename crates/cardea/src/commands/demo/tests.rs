//! A demo's past: what it leaves behind is as if it had been lived.

use super::*;
use features::authorizations::{account_state, chain_page};
use kernel::{IdMint, MINUTE_US};
use platform::db::Db;
use std::sync::Arc;

const PEOPLE: u32 = 12;
const DAYS: u16 = 3;

#[tokio::test]
async fn people_have_paid_at_the_times_of_their_past_and_cards_without_rules_have_not() {
    let dir = tempfile::TempDir::new().expect("temp");
    let addresses = init::Addresses { http_port: 1, iso_port: 2, database: None };
    let settings = dir.path().join("past").join(init::SETTINGS);
    let ready = init::prepare(&settings, init::Kind::Demo, &addresses).expect("a fresh folder");
    let (people, end_us) = init::sample_people(&ready.keys, PEOPLE).expect("people");
    let opened = past(&ready, &people, end_us, DAYS).await.expect("a past");
    let (url, clock) = (ready.config.database_url(), Arc::new(SystemClock::default()));
    let db = Db::connect(url.expose(), clock, Arc::new(IdMint::new(1))).await.expect("the database");
    let start_us = end_us - i64::from(DAYS) * DAY_US;
    let mut paid = 0;
    for (person, opened) in people.iter().zip(&opened) {
        let state = account_state(&db, opened.opening.account).await.expect("read").expect("opened");
        let rows = chain_page(&db, state.head, 1_000).await.expect("read");
        if person.product == "plain" {
            assert!(rows.is_empty(), "{}", person.number);
        }
        assert!(rows.iter().all(|row| (start_us..end_us).contains(&row.at)), "{}", person.number);
        // Newest first; a repeat of the same minute may carry the earlier moment of its original.
        assert!(rows.windows(2).all(|two| two[0].at + MINUTE_US > two[1].at), "{}", person.number);
        paid += rows.len();
    }
    // Each of them pays about four times a day.
    assert!((12..300).contains(&paid), "{paid}");
}
