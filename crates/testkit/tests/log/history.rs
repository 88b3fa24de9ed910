//! The log on both databases: entries get their places once, the tree is one, what is published is what was logged,
//! and what somebody changed afterwards is seen.

use crate::stage::{both, kill_between};
use kernel::Clock;
use platform::audit::{
    Integrator, LEASE_US, PublishError, Step, Tampering, newest_checkpoint, tiles::Folder,
};
use platform::on;
use std::time::Duration;

#[tokio::test]
async fn entries_get_places_without_gap_and_in_one_order() {
    for stage in both().await {
        stage.commit_entries(30).await;
        stage.commit_batch(700).await;
        stage.commit_entries(5).await;
        let mut log = stage.log(1);
        assert!(!log.round().await.unwrap());
        let places = stage.places().await;
        let mut next = 0;
        for (position, leaves) in places {
            assert_eq!(position, Some(next));
            next += leaves;
        }
        assert_eq!(next, 735);
        assert_eq!(newest_checkpoint(&stage.db).await.unwrap().unwrap().size, 735);
        stage.check_published(735).await;
    }
}

#[tokio::test]
async fn an_entry_that_commits_late_is_not_missed() {
    for stage in both().await {
        let early = stage.stored_unplaced().await;
        stage.commit_entries(3).await;
        let mut log = stage.log(1);
        log.round().await.unwrap();
        stage.store(early).await;
        stage.advance(6);
        log.round().await.unwrap();
        let places = stage.places().await;
        assert_eq!(places.len(), 4);
        assert_eq!(places[0].0, Some(3), "the smallest id came last and has the last place");
        stage.check_published(4).await;
    }
}

#[tokio::test]
async fn two_integrators_at_once_make_one_history() {
    for stage in both().await {
        stage.commit_entries(40).await;
        let (mut one, mut two) = (Integrator::new(&stage.db, 1), Integrator::new(&stage.db, 2));
        assert_eq!(one.step().await.unwrap(), Step::Took { leaves: 40, more: false });
        stage.commit_entries(10).await;
        assert_eq!(two.step().await.unwrap(), Step::Elsewhere, "the other one is at work");
        // Both believe that it is their turn.
        one.resign().await.unwrap();
        let writes = async {
            for _ in 0..20 {
                stage.commit_entries(3).await;
            }
        };
        let ((), first, second) = tokio::join!(writes, work(&mut one), work(&mut two));
        let rest = stage.size().await - 40 - first - second;
        assert_eq!(rest, 0, "each of them counts what it has placed, and nobody else placed anything");
        let mut log = stage.log(3);
        stage.wait_us(LEASE_US);
        log.round().await.unwrap();
        stage.wait_us(LEASE_US);
        log.round().await.unwrap();
        stage.check_published(110).await;
    }
}

/// Steps beside another integrator; how many leaves it placed.
async fn work(integrator: &mut Integrator) -> u64 {
    let mut placed = 0;
    for _ in 0..30 {
        if let Step::Took { leaves, .. } = integrator.step().await.unwrap() {
            placed += leaves;
        }
        tokio::task::yield_now().await;
    }
    placed
}

#[tokio::test]
async fn a_node_that_stands_still_is_replaced() {
    for stage in both().await {
        stage.commit_entries(4).await;
        let mut one = Integrator::new(&stage.db, 1);
        one.step().await.unwrap();
        stage.commit_entries(4).await;
        let mut two = Integrator::new(&stage.db, 2);
        assert_eq!(two.step().await.unwrap(), Step::Elsewhere);
        stage.wait_us(LEASE_US + 1);
        assert_eq!(two.step().await.unwrap(), Step::Took { leaves: 4, more: false });
        assert_eq!(one.step().await.unwrap(), Step::Elsewhere);
    }
}

#[tokio::test]
async fn publishing_goes_on_after_a_restart_at_any_size() {
    for stage in both().await {
        let mut size = 0;
        for more in [1, 100, 155, 1, 254, 1, 700, 1_000, 64_000] {
            stage.commit_batch(more).await;
            size += more;
            // A new node each time: all it knows is in the database and in the folder.
            let mut log = stage.log(i64::try_from(size).unwrap());
            log.round().await.unwrap();
            stage.wait_us(LEASE_US);
            log.round().await.unwrap();
            stage.check_published(size).await;
        }
    }
}

#[tokio::test]
async fn what_was_cut_off_in_the_middle_is_finished() {
    for stage in both().await {
        stage.commit_batch(900).await;
        stage.commit_entries(3).await;
        let mut log = stage.log(1);
        log.round().await.unwrap();
        for cut in 0..12 {
            stage.commit_batch(300).await;
            stage.advance(6);
            kill_between(&mut log, Duration::from_micros(150 * cut)).await;
            log = stage.log(1);
        }
        // A commit that was on its way when its round was dropped may still arrive and win against the next step;
        // then the round after it goes on from there.
        let whole = 900 + 3 + 12 * 300;
        for _ in 0..20 {
            stage.advance(6);
            log.round().await.unwrap();
            if newest_checkpoint(&stage.db).await.unwrap().is_some_and(|newest| newest.size == whole) {
                break;
            }
        }
        log.round().await.unwrap();
        stage.check_published(whole.cast_unsigned()).await;
    }
}

#[tokio::test]
async fn rows_that_were_changed_before_they_were_published_are_refused() {
    for (tamper, told) in [
        ("DELETE FROM audit_entries WHERE position = 6", "no entry 6"),
        ("UPDATE audit_entries SET position = position + 1000 WHERE position = 6", "no entry 6"),
        (
            "UPDATE audit_entries SET leaves = (SELECT leaves FROM audit_entries WHERE position = 7) WHERE position = 6",
            "do not have the root",
        ),
    ] {
        for stage in both().await {
            stage.commit_entries(5).await;
            let mut log = stage.log(1);
            log.round().await.unwrap();
            stage.commit_entries(5).await;
            stage.place_and_sign(1).await;
            stage.run(tamper).await;
            let error = stage.log(1).round().await.unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
            stage.check_published(5).await;
        }
    }
}

#[tokio::test]
async fn a_database_that_was_set_back_is_refused() {
    for stage in both().await {
        stage.commit_entries(5).await;
        stage.log(1).round().await.unwrap();
        stage.run("DELETE FROM log_checkpoints").await;
        stage.run("UPDATE audit_entries SET position = NULL").await;
        let empty = "UPDATE log_state SET version = 0, holder = 0, size = 0, frontier = ";
        let bytes = if stage.db.kind() == "sqlite" { "X''" } else { "''::bytea" };
        stage.run("DELETE FROM audit_entries WHERE position IS NULL AND id IN (SELECT MAX(id) FROM audit_entries)").await;
        stage.run(&format!("{empty}{bytes}")).await;
        let error = stage.log(1).round().await.unwrap_err();
        assert!(matches!(error, PublishError::RolledBack { folder: 5, database: 4 }), "{error}");
    }
}

#[tokio::test]
async fn an_entry_that_was_rewritten_is_published_as_it_is_and_told() {
    for stage in both().await {
        stage.commit_entries(8).await;
        stage
            .run("UPDATE audit_entries SET body = '{}' WHERE id = (SELECT MIN(id) FROM audit_entries)")
            .await;
        stage.log(1).round().await.unwrap();
        assert!(stage.health.degradations().contains_key("log_entries"));
        let folder = Folder::new(stage.folder.path().to_owned());
        assert_eq!(folder.entries(0, 8).unwrap()[0], b"{}");
    }
}

#[tokio::test]
async fn old_checkpoints_are_thinned_to_one_an_hour() {
    for stage in both().await {
        let mut log = stage.log(1);
        for _ in 0..12 {
            stage.commit_entries(1).await;
            log.round().await.unwrap();
            stage.advance(20 * 60);
        }
        stage.advance(2 * 24 * 3_600);
        stage.commit_entries(1).await;
        log.round().await.unwrap();
        let kept: i64 = on!(stage.db.pool(), p => {
            sqlx::query_scalar("SELECT COUNT(*) FROM log_checkpoints").fetch_one(p).await
        })
        .unwrap();
        assert!((5..=6).contains(&kept), "{kept} kept");
        assert!(stage.clock.now().us() > 0);
    }
}

/// Tamperings of the database after it was published, at random places: each is named by its index.
#[tokio::test]
async fn rows_that_were_tampered_with_are_named() {
    for seed in 0..6_u64 {
        for stage in both().await {
            let size = 40 + seed * 77;
            stage.commit_entries(size).await;
            stage.log(1).round().await.unwrap();
            let at = (seed * 7_919 + 13) % (size - 2);
            let compared = stage.compare_rows().await;
            assert!(compared.ok && compared.size == size, "{compared:?}");
            let next = at + 1;
            let cases = [
                (
                    format!("UPDATE audit_entries SET body = body || ' ' WHERE position = {at}"),
                    Tampering::Rewritten,
                ),
                (format!("DELETE FROM audit_entries WHERE position = {at}"), Tampering::Deleted),
                (format!("DELETE FROM audit_entries WHERE position >= {at}"), Tampering::Truncated),
            ];
            let stage = match usize::try_from(seed % 4).unwrap() {
                which @ 0..3 => {
                    stage.run(&cases[which].0).await;
                    let found = stage.compare_rows().await;
                    assert_eq!((found.kind, found.first_bad), (Some(cases[which].1), Some(at)), "{found:?}");
                    stage
                }
                _ => {
                    let moved = format!(
                        "UPDATE audit_entries SET position = -1 WHERE position = {at};
                         UPDATE audit_entries SET position = {at} WHERE position = {next};
                         UPDATE audit_entries SET position = {next} WHERE position = -1"
                    );
                    stage.run(&moved).await;
                    let found = stage.compare_rows().await;
                    assert_eq!(
                        (found.kind, found.first_bad),
                        (Some(Tampering::Reordered), Some(at)),
                        "{found:?}"
                    );
                    stage
                }
            };
            stage.run("DELETE FROM log_state").await;
            stage.run("DELETE FROM audit_entries").await;
            let found = stage.compare_rows().await;
            assert_eq!((found.kind, found.first_bad), (Some(Tampering::RolledBack), Some(0)), "{found:?}");
        }
    }
}

#[tokio::test]
async fn a_record_that_a_batch_covers_is_named_too() {
    for stage in both().await {
        stage.commit_entries(3).await;
        stage.commit_batch(500).await;
        stage.log(1).round().await.unwrap();
        assert!(stage.compare_rows().await.ok);
        stage.change_record(320, Some(b"another record".to_vec()));
        let found = stage.compare_rows().await;
        assert_eq!(
            (found.kind, found.first_bad, found.last_good),
            (Some(Tampering::Rewritten), Some(323), Some(322))
        );
        stage.change_record(320, None);
        let found = stage.compare_rows().await;
        assert_eq!((found.kind, found.first_bad), (Some(Tampering::Deleted), Some(323)));
    }
}
