//! The log and the world outside, on both databases: witnesses that cosign, refuse, lie, hang; places that keep copies.

use crate::stage::{Stage, both};
use connectors::{
    keepers::{FolderKeeper, WebKeeper},
    witness::HttpWitness,
};
use kernel::{Clock, Secret};
use platform::audit::{
    Keeping, LogParts, OUTSIDE_US_MAX, Witnessing, newest_checkpoint,
    port::{Keeper, Witness},
    tiles::Folder,
};
use platform::config::{Config, LogConfig};
use std::sync::Arc;
use testkit::{Mood, TestShelf, TestWitness};

async fn witness(stage: &Stage, name: &str) -> TestWitness {
    let clock: Arc<dyn Clock> = stage.clock.clone();
    TestWitness::start(name, &stage.key().verifier().to_string(), clock).await
}

/// The settings as an operator writes them.
fn settings(lines: &str) -> LogConfig {
    Config::from_text(&format!("[log]\n{lines}\n"), "cardea.toml", []).unwrap().log
}

/// The log's parts with these witnesses, all of which it needs.
fn parts(stage: &Stage, witnesses: &[&TestWitness]) -> LogParts {
    let listed: Vec<String> = witnesses.iter().map(|one| format!("{:?}", one.setting())).collect();
    let config = settings(&format!("witnesses = [{}]", listed.join(",")));
    let ours = config.witnesses_at().unwrap().into_iter();
    LogParts {
        witnesses: ours.map(|at| Arc::new(HttpWitness::new(at)) as Arc<dyn Witness>).collect(),
        quorum: config.quorum(),
        ..stage.parts()
    }
}

/// More entries, signed and published.
async fn grow(stage: &Stage, entries: u64) {
    stage.commit_entries(entries).await;
    stage.advance(61);
    stage.log(1).round().await.unwrap();
}

async fn note(stage: &Stage) -> String {
    newest_checkpoint(&stage.db).await.unwrap().unwrap().note
}

fn told(stage: &Stage, part: &str) -> bool {
    stage.health.degradations().contains_key(part)
}

#[tokio::test]
async fn every_checkpoint_is_cosigned_and_published_with_its_lines() {
    for stage in both().await {
        let (one, two) = (witness(&stage, "one.example").await, witness(&stage, "two.example").await);
        let mut witnessing = Witnessing::new(&parts(&stage, &[&one, &two]));
        assert_eq!(witnessing.round().await.unwrap(), 0, "there is nothing yet");
        let mut size = 0;
        for more in [1, 6, 300, 1, 700] {
            grow(&stage, more).await;
            size += more;
            assert_eq!(witnessing.round().await.unwrap(), 2);
            stage.log(1).round().await.unwrap();
            let published = Folder::new(stage.folder.path().to_owned()).checkpoint().unwrap().unwrap();
            assert_eq!((one.lines_in(&published), two.lines_in(&published)), (Some(1), Some(1)));
            assert_eq!((one.saw(), two.saw()), (Some(size), Some(size)));
            stage.check_published(size).await;
        }
        let asked = one.asked();
        assert_eq!(witnessing.round().await.unwrap(), 2);
        assert_eq!(one.asked(), asked, "who has cosigned is not asked again");
        witnessing.tell();
        assert!(stage.health.degradations().is_empty());
        // After a restart nobody here remembers what the witness saw; the witness does.
        grow(&stage, 4).await;
        assert_eq!(Witnessing::new(&parts(&stage, &[&one])).round().await.unwrap(), 1);
        assert_eq!(one.saw(), Some(size + 4));
    }
}

#[tokio::test]
async fn two_nodes_leave_one_whole_note() {
    for stage in both().await {
        let (one, two) = (witness(&stage, "one.example").await, witness(&stage, "two.example").await);
        grow(&stage, 9).await;
        let all = parts(&stage, &[&one, &two]);
        let (mut first, mut second) = (Witnessing::new(&all), Witnessing::new(&all));
        let (_, _) = tokio::join!(first.round(), second.round());
        first.round().await.unwrap();
        assert_eq!(second.round().await.unwrap(), 2);
        let note = note(&stage).await;
        let lines = (one.lines_in(&note).unwrap(), two.lines_in(&note).unwrap());
        assert!((1..=2).contains(&lines.0) && (1..=2).contains(&lines.1), "{note}");
        stage.log(1).round().await.unwrap();
        stage.check_published(9).await;
    }
}

/// What a dishonest or broken witness sends stands nowhere, and an honest one beside it is taken.
#[tokio::test]
async fn wrong_lines_are_not_kept() {
    for mood in [Mood::WrongText, Mood::WrongKey, Mood::Foreign, Mood::Down] {
        for stage in both().await {
            let (good, bad) = (witness(&stage, "good.example").await, witness(&stage, "bad.example").await);
            bad.set_mood(mood);
            grow(&stage, 5).await;
            let mut witnessing = Witnessing::new(&parts(&stage, &[&bad, &good]));
            assert_eq!(witnessing.round().await.unwrap(), 1, "{mood:?}");
            let note = note(&stage).await;
            assert_eq!(good.lines_in(&note), Some(1));
            assert!(!note.contains("bad.example") && !note.contains("somebody.example"), "{mood:?}: {note}");
            // It is left alone for a while, then asked again.
            let asked = bad.asked();
            witnessing.round().await.unwrap();
            assert_eq!(bad.asked(), asked);
            stage.advance(2);
            bad.set_mood(Mood::Honest);
            assert_eq!(witnessing.round().await.unwrap(), 2, "{mood:?}");
        }
    }
}

#[tokio::test]
async fn a_witness_that_is_away_for_long_degrades_health_until_it_is_back() {
    for stage in both().await {
        let (one, two) = (witness(&stage, "one.example").await, witness(&stage, "two.example").await);
        let mut witnessing = Witnessing::new(&parts(&stage, &[&one, &two]));
        grow(&stage, 2).await;
        two.set_mood(Mood::Down);
        let mut asked = 0;
        for _ in 0..OUTSIDE_US_MAX / 10_000_000 {
            stage.advance(10);
            witnessing.round().await.unwrap();
            asked = two.asked();
        }
        assert!((5..=14).contains(&asked), "asked {asked} times in five minutes");
        witnessing.tell();
        assert!(told(&stage, "log_witnesses"));
        two.set_mood(Mood::Honest);
        stage.advance(61);
        assert_eq!(witnessing.round().await.unwrap(), 2);
        witnessing.tell();
        assert!(!told(&stage, "log_witnesses"));
        // One of two is enough where the settings say so.
        two.set_mood(Mood::Down);
        let mut lenient = Witnessing::new(&LogParts { quorum: 1, ..parts(&stage, &[&one, &two]) });
        for _ in 0..10 {
            grow(&stage, 1).await;
            assert_eq!(lenient.round().await.unwrap(), 1);
        }
        lenient.tell();
        assert!(!told(&stage, "log_witnesses"));
    }
}

#[tokio::test]
async fn a_witness_that_hangs_holds_up_nobody() {
    for stage in both().await {
        let (quick, slow) = (witness(&stage, "quick.example").await, witness(&stage, "slow.example").await);
        slow.set_mood(Mood::Held);
        grow(&stage, 3).await;
        let mut witnessing = Witnessing::new(&parts(&stage, &[&slow, &quick]));
        let round = tokio::spawn(async move { witnessing.round().await });
        while quick.lines_in(&note(&stage).await) != Some(1) || slow.asked() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!round.is_finished(), "the slow one has not answered yet");
        stage.log(1).round().await.unwrap();
        let published = Folder::new(stage.folder.path().to_owned()).checkpoint().unwrap().unwrap();
        assert_eq!(quick.lines_in(&published), Some(1));
        slow.release();
        assert_eq!(round.await.unwrap().unwrap(), 2);
    }
}

/// The issuer's database is set back and grows again under the same key: the witness remembers.
#[tokio::test]
async fn a_rollback_is_refused_by_who_saw_more() {
    for stage in both().await {
        let seen = witness(&stage, "seen.example").await;
        grow(&stage, 20).await;
        let mut witnessing = Witnessing::new(&parts(&stage, &[&seen]));
        assert_eq!(witnessing.round().await.unwrap(), 1);
        let older = rebuilt(&stage, 12).await;
        let mut after = Witnessing::new(&parts(&older, &[&seen]));
        assert_eq!(after.round().await.unwrap(), 0);
        after.tell();
        assert!(told(&older, "log_history"), "{:?}", older.health.degradations());
        assert_eq!(seen.lines_in(&note(&older).await), Some(0));
        assert_eq!(seen.saw(), Some(20));
        // Grown past what was seen, the proof does not lead there.
        grow(&older, 30).await;
        let mut later = Witnessing::new(&parts(&older, &[&seen]));
        assert_eq!(later.round().await.unwrap(), 0);
        later.tell();
        assert!(told(&older, "log_history"));
        assert_eq!(seen.lines_in(&note(&older).await), Some(0));
    }
}

/// Another history of the very same size.
#[tokio::test]
async fn a_fork_is_refused() {
    for stage in both().await {
        let seen = witness(&stage, "seen.example").await;
        grow(&stage, 20).await;
        assert_eq!(Witnessing::new(&parts(&stage, &[&seen])).round().await.unwrap(), 1);
        let fork = rebuilt(&stage, 20).await;
        let mut witnessing = Witnessing::new(&parts(&fork, &[&seen]));
        assert_eq!(witnessing.round().await.unwrap(), 0);
        witnessing.tell();
        assert!(told(&fork, "log_history"));
        assert_eq!(seen.lines_in(&note(&fork).await), Some(0));
        // The first history goes on being cosigned.
        grow(&stage, 1).await;
        assert_eq!(Witnessing::new(&parts(&stage, &[&seen])).round().await.unwrap(), 1);
    }
}

/// Another database with other entries, signed with the key of `stage`.
async fn rebuilt(stage: &Stage, entries: u64) -> Stage {
    let mut kinds = both().await;
    kinds.retain(|other| other.db.kind() == stage.db.kind());
    let mut other = kinds.pop().expect("a database of this kind");
    other.keys = Arc::clone(&stage.keys);
    other.advance(7);
    grow(&other, entries).await;
    other
}

#[tokio::test]
async fn addresses_keep_every_checkpoint_as_often_as_they_are_to() {
    for stage in both().await {
        let shelf = TestShelf::start().await;
        let token = Some(Arc::new(Secret::new("a-token-of-the-shelf".to_owned())));
        let keepers: Vec<Arc<dyn Keeper>> = vec![
            Arc::new(WebKeeper::new(shelf.url("/log/"), token, 60_000_000)),
            Arc::new(WebKeeper::new(shelf.url("/hook"), None, 3_600_000_000)),
        ];
        let mut keeping = Keeping::new(&LogParts { keepers, ..stage.parts() });
        assert_eq!(keeping.round().await.unwrap(), 0, "there is nothing yet");
        grow(&stage, 3).await;
        assert_eq!(keeping.round().await.unwrap(), 2);
        assert_eq!(keeping.round().await.unwrap(), 0, "they have it");
        grow(&stage, 4).await;
        assert_eq!(keeping.round().await.unwrap(), 1, "the second one wants one an hour");
        stage.advance(3_600);
        assert_eq!(keeping.round().await.unwrap(), 1);
        let kept = shelf.kept();
        let seen: Vec<(&str, &str, &str)> = kept
            .iter()
            .map(|one| (one.method.as_str(), one.path.as_str(), one.authorization.as_str()))
            .collect();
        let bearer = "Bearer a-token-of-the-shelf";
        let mut expected = vec![
            ("POST", "/hook", ""),
            ("POST", "/hook", ""),
            ("PUT", "/log/checkpoint-00000000000000000003", bearer),
            ("PUT", "/log/checkpoint-00000000000000000007", bearer),
        ];
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(kept.last().unwrap().text, note(&stage).await);
    }
}

#[tokio::test]
async fn a_place_that_fails_for_long_degrades_health_until_it_is_back() {
    for stage in both().await {
        let shelf = TestShelf::start().await;
        shelf.set_refusing(true);
        let folder = tempfile::tempdir().unwrap();
        let keepers: Vec<Arc<dyn Keeper>> = vec![
            Arc::new(WebKeeper::new(shelf.url("/log/"), None, 0)),
            Arc::new(FolderKeeper::new(folder.path().to_owned(), 0)),
        ];
        let mut keeping = Keeping::new(&LogParts { keepers, ..stage.parts() });
        grow(&stage, 1).await;
        assert_eq!(keeping.round().await.unwrap(), 1, "the other place has its copy");
        keeping.tell();
        assert!(!told(&stage, "log_copies"));
        stage.wait_us(OUTSIDE_US_MAX + 1);
        keeping.round().await.unwrap();
        keeping.tell();
        assert!(told(&stage, "log_copies"));
        keeping.tell();
        assert!(told(&stage, "log_copies"), "it stays so until it is mended");
        shelf.set_refusing(false);
        stage.advance(61);
        assert_eq!(keeping.round().await.unwrap(), 1);
        keeping.tell();
        assert!(!told(&stage, "log_copies"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn a_folder_keeps_one_note_a_size_and_never_two_histories() {
    for stage in both().await {
        let (one, place) = (witness(&stage, "one.example").await, tempfile::tempdir().unwrap());
        let parts = LogParts {
            keepers: vec![Arc::new(FolderKeeper::new(place.path().to_owned(), 0)) as Arc<dyn Keeper>],
            ..parts(&stage, &[&one])
        };
        grow(&stage, 8).await;
        let mut keeping = Keeping::new(&parts);
        assert_eq!(keeping.round().await.unwrap(), 1);
        // With the line of the witness it takes the place of the note without.
        Witnessing::new(&parts).round().await.unwrap();
        stage.log(1).round().await.unwrap();
        assert_eq!(keeping.round().await.unwrap(), 1);
        let file = place.path().join("checkpoint-00000000000000000008");
        let kept = std::fs::read_to_string(&file).unwrap();
        assert_eq!(one.lines_in(&kept), Some(1));
        // A node that knows the note without that line takes nothing away.
        let keeper = FolderKeeper::new(place.path().to_owned(), 0);
        let (text, lines) = kept.rsplit_once("\n\n").unwrap();
        let bare = format!("{text}\n\n{}\n", lines.lines().next().unwrap());
        keeper.keep(8, bare).await.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
        let fork = rebuilt(&stage, 8).await;
        let refused = keeper.keep(8, note(&fork).await).await.unwrap_err();
        assert!(refused.contains("another checkpoint of the same size"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
        drop(place);
        assert!(keeper.keep(9, kept).await.is_err(), "a share that is not mounted is not made");
    }
}
