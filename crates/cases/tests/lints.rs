//! Each finding has a sample that shows it: the sound kind below with one thing changed.

#![cfg(test)]

use cases::{Calendar, Calendars, Kind, Lint, Registry, diagram, lint};

const SOUND: &str = r#"
version = 1
[case.sample]
name = { zh-Hans = "样例", zh-Hant = "樣例", en = "Sample" }
initial = "received"
opened_by = ["worker"]
roles = ["worker"]
facets = ["outcome"]
queue = "samples"
currency = "CNY"
calendar = "desk"
[role.worker]
name = { zh-Hans = "办理", zh-Hant = "辦理", en = "worker" }
is = ["agent"]
people = 5
[role.lead]
name = { zh-Hans = "主管", zh-Hant = "主管", en = "lead" }
is = ["manager"]
people = 2
[words."outcome.root_cause"]
fault = { zh-Hans = "错", zh-Hant = "錯", en = "fault" }
[words."outcome.finding"]
upheld = { zh-Hans = "成立", zh-Hant = "成立", en = "upheld" }
[clock.answer]
name = { zh-Hans = "答复", zh-Hant = "答覆", en = "Answer" }
kind = "legal"
start = "received"
stop = ["finish"]
span = "15 bd"
extended = ["30 bd"]
calendar = "desk"
escalate = [{ at = "50%", notify = "lead" }]
[state.received]
name = { zh-Hans = "收到", zh-Hant = "收到", en = "received" }
category = "new"
owner = "worker"
[state.done]
name = { zh-Hans = "完成", zh-Hant = "完成", en = "done" }
category = "closed"
[[transition]]
name = "finish"
label = { zh-Hans = "完成", zh-Hant = "完成", en = "finish" }
from = "received"
to = "done"
roles = ["worker"]
guard = ["root_cause_set"]
requires = ["outcome.amount", "reason"]
approve = { when = "outcome.amount > 100.00", quorum = 2, roles = ["lead"], ttl = "2 bd" }
effect = ["post_goodwill"]
notify = [{ to = "customer", template = "done" }]
[[transition]]
name = "extend"
label = { zh-Hans = "延期", zh-Hant = "延期", en = "extend" }
from = "received"
to = "received"
roles = ["worker"]
extends = ["answer"]
approve = { quorum = 1, roles = ["lead"], ttl = "12 h" }
notify = [{ to = "customer", template = "done" }]
[notice.done]
zh-Hans = "已完成 {case}"
zh-Hant = "已完成 {case}"
en = "done {case}"
"#;

const DESK: &str = r#"
name = { zh-Hans = "柜台", zh-Hant = "櫃檯", en = "desk" }
zone = "Asia/Shanghai"
years = [2026, 2026]
[week]
monday = ["09:00-17:00"]
"#;

fn codes(text: &str) -> Vec<Lint> {
    let kind = Kind::parse(text).expect("a sample can be read");
    let calendars = Calendars::from([("desk".to_owned(), Calendar::parse(DESK).expect("a calendar"))]);
    let found = lint(&kind, &Registry::standard(), &calendars);
    for finding in &found {
        assert!(!finding.place.is_empty() && !finding.what.is_empty() && !finding.mend.is_empty());
    }
    let mut codes: Vec<Lint> = found.into_iter().map(|finding| finding.lint).collect();
    codes.dedup();
    codes
}

/// The sound kind with one text replaced by another.
fn with(old: &str, new: &str) -> Vec<Lint> {
    assert!(SOUND.contains(old), "the sample has no `{old}`");
    codes(&SOUND.replacen(old, new, 1))
}

#[test]
fn the_sound_kind_has_no_finding() {
    assert_eq!(codes(SOUND), []);
}

#[test]
fn names_have_to_be_known() {
    assert_eq!(with(r#"to = "done""#, r#"to = "dome""#).first(), Some(&Lint::UnknownName));
    assert_eq!(with(r#"roles = ["worker"]"#, r#"roles = ["walker"]"#), [Lint::UnknownName]);
    assert_eq!(with(r#"is = ["agent"]"#, r#"is = ["agents"]"#), [Lint::UnknownName]);
    assert_eq!(with(r#"facets = ["outcome"]"#, r#"facets = ["outcome", "income"]"#), [Lint::UnknownName]);
    assert_eq!(with(r#"start = "received""#, r#"start = "receive""#), [Lint::UnknownName]);
    assert_eq!(with(r#"extends = ["answer"]"#, r#"extends = ["answers"]"#), [Lint::UnknownName]);
    assert_eq!(with(r#""outcome.amount", "reason""#, r#""outcome.sum", "reason""#), [Lint::UnknownName]);
    assert_eq!(with(r#"guard = ["root_cause_set"]"#, r#"guard = ["root_cause_sat"]"#), [Lint::UnknownGuard]);
    assert_eq!(with(r#"effect = ["post_goodwill"]"#, r#"effect = ["post_badwill"]"#), [Lint::UnknownEffect]);
}

#[test]
fn every_state_is_on_a_way_from_the_beginning_to_an_end() {
    let lost = r#"[state.lost]
name = { zh-Hans = "无", zh-Hant = "無", en = "lost" }
category = "active"
owner = "worker"
[state.done]"#;
    assert_eq!(with("[state.done]", lost), [Lint::Unreachable, Lint::DeadEnd]);
    assert_eq!(with(r#"category = "closed""#, r#"category = "decided""#), [Lint::DeadEnd, Lint::Unowned]);
    assert_eq!(with("owner = \"worker\"", ""), [Lint::Unowned]);
}

#[test]
fn somebody_may_make_each_transition() {
    let without = SOUND.replace("roles = [\"worker\"]\nguard", "roles = []\nguard");
    assert_eq!(codes(&without), [Lint::NoRole]);
    assert_eq!(with(r#"opened_by = ["worker"]"#, "opened_by = []"), [Lint::NoRole]);
    let secret = with(r#"queue = "samples""#, "confidential = true\nqueue = \"samples\"");
    assert_eq!(secret, [Lint::NoRole]);
}

#[test]
fn a_quorum_can_be_reached_by_others() {
    assert_eq!(with("quorum = 2", "quorum = 3"), [Lint::SmallPool]);
    assert_eq!(with("quorum = 2", "quorum = 0"), [Lint::SmallPool]);
    // Five workers, of whom three may be maker, editor and assignee, are two others.
    let workers = r#"quorum = 2, roles = ["worker"]"#;
    assert_eq!(with(r#"quorum = 2, roles = ["lead"]"#, workers), [Lint::OwnApprover]);
    let three = r#"quorum = 3, roles = ["worker"]"#;
    assert_eq!(with(r#"quorum = 2, roles = ["lead"]"#, three), [Lint::SmallPool, Lint::OwnApprover]);
}

#[test]
fn an_approval_is_as_strong_as_the_kernel() {
    for weak in ["one_denial_rejects = false", "reset_on_change = false", r#"exclude = ["maker"]"#] {
        assert_eq!(
            with("ttl = \"2 bd\"", &format!("{weak}, ttl = \"2 bd\"")),
            [Lint::WeakApproval],
            "{weak}"
        );
    }
    let glass = r#"roles = ["worker"]
break_glass = { roles = ["lead"], review = [] }
extends"#;
    assert_eq!(with("roles = [\"worker\"]\nextends", glass), [Lint::NoRole]);
}

#[test]
fn notices_speak_every_language() {
    assert_eq!(with("zh-Hant = \"已完成 {case}\"\n", ""), [Lint::NoticeLanguage]);
    assert_eq!(with("zh-Hant = \"已完成 {case}\"", "zh-Hant = \"已完成\""), [Lint::NoticeLanguage]);
    assert_eq!(with("[notice.done]", "[notice.dune]"), [Lint::NoticeLanguage]);
}

#[test]
fn the_laws_clock_is_answered_and_never_stands_still() {
    assert_eq!(with(r#"stop = ["finish"]"#, r#"stop = ["extend"]"#), [Lint::OpenPath]);
    assert_eq!(
        with(r#"stop = ["finish"]"#, "stop = [\"finish\"]\npause_in = [\"received\"]"),
        [Lint::LegalPause]
    );
    let own = SOUND.replace("approve = { quorum = 1, roles = [\"lead\"], ttl = \"12 h\" }\n", "");
    assert_eq!(codes(&own), [Lint::SilentExtension]);
    // The same clock as a promise of the house may be left open.
    assert_eq!(with("kind = \"legal\"", "kind = \"service\"\npause_in = [\"received\"]"), []);
}

#[test]
fn a_pack_is_judged_like_the_kind_itself() {
    let pack = r#"
[pack.xx]
name = { zh-Hans = "包", zh-Hant = "包", en = "pack" }
[pack.xx.clock.answer]
name = { zh-Hans = "答复", zh-Hant = "答覆", en = "Answer" }
kind = "legal"
start = "received"
stop = ["extend"]
span = "8 w"
calendar = "desk"
"#;
    assert_eq!(codes(&format!("{SOUND}{pack}")), [Lint::OpenPath]);
}

#[test]
fn spans_and_timers_fit() {
    assert_eq!(with("calendar = \"desk\"\nescalate", "escalate"), [Lint::ClockSpan]);
    assert_eq!(with(r#"extended = ["30 bd"]"#, r#"extended = ["10 bd"]"#), [Lint::ClockSpan]);
    assert_eq!(with(r#"notify = "lead" }]"#, r#"apply = "finish" }]"#), [Lint::IdleTimer]);
    assert_eq!(with(r#", notify = "lead" }]"#, " }]"), [Lint::IdleTimer]);
}

#[test]
fn fields_and_conditions_are_typed() {
    assert_eq!(with("outcome.amount > 100.00", "outcome.root_cause > 100.00"), [Lint::Field]);
    assert_eq!(with("outcome.amount > 100.00", "outcome.amount > 100.001"), [Lint::Field]);
    assert_eq!(
        with("upheld = { zh-Hans = \"成立\", zh-Hant = \"成立\", en = \"upheld\" }\n", ""),
        [Lint::Field]
    );
    assert!(Kind::parse(&SOUND.replacen("outcome.amount > 100.00", "outcome.amount 100", 1)).is_err());
}

#[test]
fn two_things_have_two_names() {
    assert_eq!(with("name = \"extend\"", "name = \"done\""), [Lint::NameClash]);
    assert!(with("name = \"extend\"", "name = \"finish\"").contains(&Lint::NameClash));
}

#[test]
fn a_misspelt_key_is_refused() {
    let error = Kind::parse(&SOUND.replacen("guard =", "gaurd =", 1)).expect_err("an unknown key");
    assert!(error.what.contains("gaurd"), "{error}");
    assert!(Kind::parse(&SOUND.replacen("quorum = 2, ", "", 1)).is_err());
}

#[test]
fn the_diagram_shows_states_ways_and_approvals() {
    let kind = Kind::parse(SOUND).expect("sound");
    let drawn = diagram(&kind, "en");
    assert!(drawn.starts_with("stateDiagram-v2\n"));
    for line in
        ["[*] --> received", "received --> done: finish (+2)", "done --> [*]", "state \"done\" as done"]
    {
        assert!(drawn.contains(line), "no `{line}` in\n{drawn}");
    }
    assert!(diagram(&kind, "zh-Hant").contains("received --> received: 延期 (+1)"));
}
