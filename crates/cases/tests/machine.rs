//! The machine over the sample issuer's definitions: four eyes, clocks, and what random people can't reach.

#![cfg(test)]

use cases::{
    Act, Acting, Blocker, Book, Calendar, Calendars, Case, Command, ContentHash, Event, EventBody, Exclusion,
    Fields, Kind, Registry, Value,
};
use kernel::{Actor, CustomerId, DAY_US, HOUR_US, Money, StaffId, Timestamp};
use proptest::prelude::*;
use std::fs;
use std::sync::LazyLock;

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    let folder = format!("{}/../../examples/issuer", env!("CARGO_MANIFEST_DIR"));
    let read = |kind: &str| {
        let mut files: Vec<_> =
            fs::read_dir(format!("{folder}/{kind}")).expect("a folder").flatten().collect();
        files.sort_by_key(std::fs::DirEntry::path);
        files.into_iter().map(|file| {
            let name = file.path().file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(file.path()).expect("a text"))
        })
    };
    let calendars: Calendars =
        read("calendars").map(|(name, text)| (name, Calendar::parse(&text).expect("a calendar"))).collect();
    let kinds = read("cases").map(|(_, text)| Kind::parse(&text).expect("a kind")).collect();
    Book::new(kinds, calendars, Registry::standard())
        .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        .unwrap_or_else(|found| panic!("{found}"))
});

/// Monday 2 March 2026, 10:00 in Shanghai.
const START: Timestamp = Timestamp::from_us(1_772_416_800_000_000);

fn staff(number: i64) -> Actor {
    Actor::Staff(StaffId::from_raw(number))
}

fn acting(actor: Actor, roles: &[&str], at: Timestamp) -> Acting {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Acting { actor, roles, same: Vec::new(), at }
}

fn handler(number: i64) -> Acting {
    acting(staff(number), &["complaint_handler"], START)
}

fn lead(number: i64) -> Acting {
    acting(staff(number), &["complaint_lead"], START)
}

fn system(at: Timestamp) -> Acting {
    acting(Actor::System, &[], at)
}

fn word(text: &str) -> Value {
    Value::Word(text.to_owned())
}

fn amount(minor: i64) -> Value {
    Value::Money(Money::new(minor, "CNY".parse().expect("a currency")))
}

fn fields(pairs: &[(&str, Value)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

struct Run {
    case: Case,
    events: Vec<Event>,
}

impl Run {
    fn open(kind: &str, pack: Option<&str>, start: &Fields) -> Self {
        let event = BOOK.open(kind, pack, start, &system(START)).expect("it opens");
        Self { case: Case::opened(&event).expect("an opening"), events: vec![event] }
    }

    fn complaint() -> Self {
        let mut run = Self::open("complaint", Some("cn"), &fields(&[("complaint.channel", word("phone"))]));
        let category = fields(&[("regulator.category", word("fees"))]);
        run.go("acknowledge", &category, &handler(1)).expect("acknowledged");
        run
    }

    fn act(&mut self, act: Act, acting: &Acting) -> Result<(), Vec<Blocker>> {
        let command = Command { act, expected_version: Some(self.case.version) };
        for event in BOOK.apply(&self.case, &command, acting)? {
            assert!(self.case.absorb(&event), "events come without a gap");
            self.events.push(event);
        }
        assert_eq!(Case::fold(&self.events).as_ref(), Some(&self.case), "replay gives the same case");
        Ok(())
    }

    fn go(&mut self, transition: &str, input: &Fields, acting: &Acting) -> Result<(), Vec<Blocker>> {
        let (transition, input) = (transition.to_owned(), input.clone());
        self.act(Act::Move { transition, input, reason: Some("because".to_owned()) }, acting)
    }

    fn vote(&mut self, seen: ContentHash, agrees: bool, acting: &Acting) -> Result<(), Vec<Blocker>> {
        let pending = self.case.pending.first().map_or(0, |pending| pending.id);
        self.act(Act::Vote { pending, seen, agrees, reason: None }, acting)
    }

    fn content(&self) -> ContentHash {
        self.case.pending[0].content_now(&self.case)
    }

    fn agree(&mut self, acting: &Acting) -> Result<(), Vec<Blocker>> {
        let seen = self.content();
        self.vote(seen, true, acting)
    }
}

fn redress(minor: i64) -> Fields {
    fields(&[
        ("outcome.amount", amount(minor)),
        ("outcome.finding", word("upheld")),
        ("outcome.root_cause", word("our_mistake")),
    ])
}

#[test]
fn a_small_remedy_needs_nobody_else() {
    let mut run = Run::complaint();
    run.go("offer_redress", &redress(10_000), &handler(1)).expect("100.00 is not more than 100.00");
    assert_eq!(run.case.state, "decided");
}

#[test]
fn an_edited_remedy_loses_its_votes_and_each_excluded_person_learns_why() {
    let mut run = Run::complaint();
    run.act(Act::Assign { to: staff(30) }, &lead(10)).expect("assigned");
    run.go("offer_redress", &redress(50_000), &handler(1)).expect("asked");
    assert_eq!(run.case.state, "assessing", "500.00 waits for two leads");
    run.agree(&lead(10)).expect("the first agrees");
    let seen = run.content();
    let pending = run.case.pending[0].id;
    let act = Act::Amend { pending, input: redress(90_000), reason: Some("more".to_owned()) };
    run.act(act, &handler(2)).expect("edited to 900.00");
    assert_eq!(run.case.pending[0].votes, [], "the vote for 500.00 is no vote for 900.00");
    assert_eq!(run.vote(seen, true, &lead(11)), Err(vec![Blocker::ContentChanged]));

    let excluded = |why| Err(vec![Blocker::Excluded { why }]);
    for (number, why) in [(1, Exclusion::Maker), (2, Exclusion::Editor), (30, Exclusion::Assignee)] {
        let seen = run.content();
        assert_eq!(run.vote(seen, true, &lead(number)), excluded(why));
    }
    let admin = acting(staff(99), &["administrator", "agent"], START);
    assert!(matches!(run.agree(&admin).expect_err("no role").as_slice(), [Blocker::RoleMissing { .. }]));
    assert_eq!(
        run.agree(&acting(Actor::System, &["complaint_lead"], START)).map_err(|found| found[0].code()),
        Err("excluded")
    );

    run.agree(&lead(10)).expect("again, for 900.00");
    assert_eq!(run.agree(&lead(10)), Err(vec![Blocker::AlreadyAgreed]));
    run.agree(&lead(11)).expect("the second");
    assert_eq!(run.case.state, "decided");
    assert_eq!(run.case.fields["outcome.amount"], amount(90_000), "exactly what was agreed to");
    let Some(EventBody::Moved { approved: Some(approved), .. }) = run.events.last().map(|event| &event.body)
    else {
        panic!("carried out by the vote");
    };
    assert_eq!(approved.by, [staff(10), staff(11)]);
    assert_eq!(run.events.last().map(|event| event.actor), Some(staff(1)), "in the maker's name");
}

#[test]
fn one_denial_rejects_and_time_does_too() {
    let mut run = Run::complaint();
    run.go("reject_complaint", &redress_no_amount(), &handler(1)).expect("asked");
    let seen = run.content();
    run.vote(seen, false, &lead(10)).expect("denied");
    assert!(run.case.pending.is_empty());
    assert_eq!(run.case.state, "assessing");

    run.go("reject_complaint", &redress_no_amount(), &handler(1)).expect("asked again");
    let pending = run.case.pending[0].id;
    let late = run.case.pending[0].expires_at;
    assert_eq!(run.act(Act::Expire { pending }, &system(START)), Err(vec![Blocker::NoTimer]));
    let seen = run.content();
    let late_lead = Acting { at: late, ..lead(10) };
    assert_eq!(run.vote(seen, true, &late_lead), Err(vec![Blocker::Expired]));
    run.act(Act::Expire { pending }, &system(late)).expect("expired");
    assert!(run.case.pending.is_empty());
}

fn redress_no_amount() -> Fields {
    let mut fields = redress(1);
    fields.remove("outcome.amount");
    fields
}

#[test]
fn a_voter_who_takes_the_case_no_longer_counts() {
    let mut run = Run::complaint();
    run.go("offer_redress", &redress(50_000), &handler(1)).expect("asked");
    run.agree(&lead(10)).expect("agrees");
    run.act(Act::Claim { until: START.plus_us(HOUR_US) }, &lead(10)).expect("takes the case");
    run.agree(&lead(11)).expect("agrees");
    assert_eq!(run.case.state, "assessing", "one of the two has it now");
    run.agree(&lead(12)).expect("agrees");
    assert_eq!(run.case.state, "decided");
}

#[test]
fn who_the_complaint_is_about_does_not_get_it() {
    let about = fields(&[("complaint.about_staff", word(&staff(5).to_string()))]);
    let mut run = Run::open("complaint", Some("cn"), &about);
    let refused = Err(vec![Blocker::Guard { guard: "no_conflict_of_interest".to_owned() }]);
    assert_eq!(run.act(Act::Assign { to: staff(5) }, &lead(10)), refused);
    assert_eq!(run.act(Act::Claim { until: START.plus_us(HOUR_US) }, &handler(5)), refused);
    run.act(Act::Assign { to: staff(6) }, &lead(10)).expect("somebody else gets it");
    assert_eq!(run.go("acknowledge", &fields(&[("regulator.category", word("fees"))]), &handler(5)), refused);
    // A mistyped id would block nobody.
    for typed in ["5", "staf_5", "STAF_0000000000005", "case_0000000000005", "staf_000000000000u"] {
        let about = fields(&[("complaint.about_staff", word(typed))]);
        let wrong = BOOK.open("complaint", Some("cn"), &about, &system(START)).expect_err("no id");
        assert!(matches!(wrong.as_slice(), [Blocker::FieldWrong { .. }]), "{typed}: {wrong:?}");
    }
}

#[test]
fn who_the_complaint_is_about_does_not_vote_on_it_with_any_account() {
    let about = fields(&[("complaint.about_staff", word(&staff(10).to_string()))]);
    let mut run = Run::open("complaint", Some("cn"), &about);
    run.go("acknowledge", &fields(&[("regulator.category", word("fees"))]), &handler(1))
        .expect("acknowledged");
    run.go("offer_redress", &redress(50_000), &handler(1)).expect("asked");
    let refused = Err(vec![Blocker::Guard { guard: "no_conflict_of_interest".to_owned() }]);
    assert_eq!(run.agree(&lead(10)), refused);
    assert_eq!(run.agree(&Acting { same: vec![staff(10)], ..lead(13) }), refused, "the other account");
    run.agree(&lead(11)).expect("agrees");
    run.agree(&lead(12)).expect("agrees");
    assert_eq!(run.case.state, "decided");
}

#[test]
fn two_accounts_of_one_person_are_one_pair_of_eyes() {
    let mut run = Run::complaint();
    run.go("offer_redress", &redress(50_000), &handler(1)).expect("asked");
    let excluded = |why| Err(vec![Blocker::Excluded { why }]);
    assert_eq!(run.agree(&Acting { same: vec![staff(1)], ..lead(10) }), excluded(Exclusion::Maker));
    run.agree(&lead(11)).expect("agrees");
    let twice = run.agree(&Acting { same: vec![staff(11)], ..lead(12) });
    assert_eq!(twice, Err(vec![Blocker::AlreadyAgreed]));
    assert_eq!(run.case.state, "assessing");
}

#[test]
fn the_legal_clock_runs_on_while_the_customer_is_asked_and_is_extended_by_two_people() {
    let mut run = Run::complaint();
    let due = |run: &Run| BOOK.clocks(&run.case, START)["final_response"].due_at.expect("due");
    let first = due(&run);
    let half = warnings(&run).remove(0);
    run.act(half.act, &system(half.fire_at)).expect("warned at half");
    assert_eq!(warnings(&run).len(), 2);
    run.go("ask_customer", &Fields::new(), &handler(1)).expect("asked the customer");
    assert_eq!(due(&run), first);
    run.act(Act::Fire { timer: run_quiet(&run) }, &system(START.plus_us(30 * DAY_US))).expect("silence ends");
    assert_eq!(run.case.state, "assessing");
    run.go("extend", &Fields::new(), &handler(1)).expect("asked for time");
    assert_eq!(due(&run), first, "not yet");
    run.agree(&Acting { at: run.case.changed_at, ..lead(10) }).expect("agreed");
    assert_eq!(due(&run), first.plus_us(15 * DAY_US), "30 days from the beginning, not from now");
    assert_eq!(warnings(&run).len(), 3, "the new span warns at its own 50, 80 and 100 percent");
    for expected in [30, 0] {
        let asked = run.go("extend", &Fields::new(), &handler(1));
        if expected == 0 {
            assert_eq!(asked, Err(vec![Blocker::NoExtension { clock: "final_response".to_owned() }]));
        } else {
            asked.expect("asked once more");
            run.agree(&Acting { at: run.case.changed_at, ..lead(10) }).expect("agreed");
        }
    }
    assert_eq!(due(&run), first.plus_us(45 * DAY_US));
}

/// What the legal clock still has to do by itself.
fn warnings(run: &Run) -> Vec<cases::Timer> {
    let of =
        |timer: &cases::Timer| matches!(&timer.act, Act::Fire { timer } if timer.clock == "final_response");
    BOOK.timers(&run.case).into_iter().filter(of).collect()
}

fn run_quiet(run: &Run) -> cases::TimerKey {
    let quiet = BOOK.timers(&run.case).into_iter().find_map(|timer| match timer.act {
        Act::Fire { timer } if timer.clock == "quiet" => Some(timer),
        _ => None,
    });
    quiet.expect("a timer of the silence")
}

#[test]
fn a_moved_holiday_moves_service_clocks_and_leaves_the_laws_days_alone() {
    let folder = format!("{}/../../examples/issuer", env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(format!("{folder}/{path}")).expect("a file");
    let book = |extra: &str| {
        let mut calendars = Calendars::new();
        for name in ["cn_desk", "uk_bank", "us_bank", "always"] {
            let mut text = read(&format!("calendars/{name}.toml"));
            if name == "cn_desk" {
                text += extra;
            }
            calendars.insert(name.to_owned(), Calendar::parse(&text).expect("a calendar"));
        }
        let kind = Kind::parse(&read("cases/complaint.toml")).expect("a kind");
        Book::new(vec![kind], calendars, Registry::standard()).unwrap_or_else(|_| panic!("no findings"))
    };
    let holiday =
        "\n[[day]]\ndate = \"2026-03-03\"\nname = { zh-Hans = \"停\", zh-Hant = \"停\", en = \"closed\" }\n";
    let (before, after) = (book(""), book(holiday));
    let event = before.open("complaint", Some("cn"), &Fields::new(), &system(START)).expect("opened");
    let case = Case::opened(&event).expect("a case");
    let due = |book: &Book, clock: &str| book.clocks(&case, START)[clock].due_at.expect("due");
    assert_eq!(due(&after, "first_reply"), due(&before, "first_reply").plus_us(DAY_US));
    assert_eq!(due(&after, "final_response"), due(&before, "final_response"));
    let named = after.explain(&case, "first_reply", START);
    assert!(named.iter().any(|part| matches!(&part.why, cases::Why::Day { name } if name.en == "closed")));
}

fn change(risk: Option<i64>, field: &str) -> Run {
    let mut start = vec![
        ("change.field", word(field)),
        ("change.direction", word("riskier")),
        ("change.request", word("chan_0000000000001")),
    ];
    start.extend(risk.map(|risk| ("change.risk_signs", Value::Number(risk))));
    Run::open("change_request", None, &fields(&start))
}

#[test]
fn a_change_takes_effect_after_its_delay_and_not_a_moment_earlier() {
    let reviewer = acting(staff(1), &["change_reviewer"], START);
    for (risk, field, hours) in [(0, "phone", 24), (1, "phone", 72), (0, "language", 12)] {
        let mut run = change(Some(risk), field);
        run.go("accept", &Fields::new(), &reviewer).expect("accepted");
        if risk > 0 {
            run.agree(&acting(staff(2), &["change_lead"], START)).expect("agreed");
        }
        assert_eq!(run.case.state, "cooling_off");
        let timer = BOOK.timers(&run.case).remove(0);
        assert_eq!(timer.fire_at, START.plus_us(hours * HOUR_US), "{field}");
        let early = system(timer.fire_at.plus_us(-1));
        assert_eq!(run.act(timer.act.clone(), &early), Err(vec![Blocker::NoTimer]));
        let direct = run.go("take_effect", &Fields::new(), &early).expect_err("too early");
        assert!(matches!(direct.as_slice(), [Blocker::TooEarly { .. }]));
        run.act(timer.act.clone(), &system(timer.fire_at)).expect("in effect");
        assert_eq!(run.case.state, "effective");
        assert_eq!(run.act(timer.act, &system(timer.fire_at)), Err(vec![Blocker::NoTimer]), "once");
    }
}

#[test]
fn signs_of_risk_that_nobody_counted_are_taken_for_signs() {
    let mut run = change(None, "phone");
    run.go("accept", &Fields::new(), &acting(staff(1), &["change_reviewer"], START)).expect("asked");
    assert_eq!(run.case.state, "requested", "somebody else has to look");
    run.agree(&acting(staff(2), &["change_lead"], START)).expect("agreed");
    assert_eq!(BOOK.timers(&run.case)[0].fire_at, START.plus_us(72 * HOUR_US));
}

#[test]
fn the_opener_cannot_say_that_there_is_no_risk_and_a_limit_is_no_plain_change() {
    let customer = acting(Actor::Cardholder(CustomerId::from_raw(7)), &["customer"], START);
    let start = fields(&[("change.risk_signs", Value::Number(0))]);
    let refused = BOOK.open("change_request", None, &start, &customer).expect_err("not for the customer");
    assert_eq!(refused, [Blocker::FieldUnknown { field: "change.risk_signs".to_owned() }]);
    let mut run = change(Some(0), "credit_limit");
    let refused = run.go("accept", &Fields::new(), &acting(staff(1), &["change_reviewer"], START));
    assert_eq!(refused, Err(vec![Blocker::Guard { guard: "raises_no_limit".to_owned() }]));
}

/// What stands in a request is what others saw: whoever takes it on can't make it look smaller.
#[test]
fn the_taker_of_a_request_cannot_make_it_smaller_than_it_is() {
    let big = fields(&[
        ("change.field", word("credit_limit")),
        ("change.direction", word("riskier")),
        ("change.request", word("chan_0000000000001")),
        ("change.limit", amount(8_000_000)),
    ]);
    let mut run = Run::open("change_request", None, &big);
    let reviewer = acting(staff(1), &["change_reviewer"], START);
    for (transition, field, value) in [
        ("accept_limit", "change.limit", amount(100)),
        ("accept", "change.field", word("language")),
        ("accept_limit", "change.request", word("chan_0000000000002")),
    ] {
        let refused =
            run.go(transition, &fields(&[(field, value)]), &reviewer).expect_err("a field that stands");
        assert!(
            refused.contains(&Blocker::FieldUnknown { field: field.to_owned() }),
            "{transition}: {refused:?}"
        );
    }
    run.go("accept_limit", &Fields::new(), &reviewer).expect("asked for");
    assert_eq!(run.case.state, "requested", "it waits for two others");
    assert_eq!(run.case.pending.len(), 1);
}

#[test]
fn an_amount_below_nothing_is_refused() {
    let mut run = Run::complaint();
    let refused = run.go("offer_redress", &redress(-5_000_000), &handler(1)).expect_err("negative");
    assert!(refused.iter().any(|blocker| format!("{blocker:?}").contains("outcome.amount")), "{refused:?}");
}

#[test]
fn who_opened_a_case_with_its_facts_has_written_them() {
    let mut run = Run::open("complaint", Some("cn"), &fields(&[("money.disputed", amount(50_000))]));
    let opener = run.events[0].actor;
    assert_eq!(run.case.editors, [opener]);
    run.go("acknowledge", &fields(&[("regulator.category", word("fees"))]), &handler(1)).expect("received");
    assert!(run.case.editors.contains(&staff(1)) && run.case.editors.contains(&opener));
    assert!(Run::open("complaint", Some("cn"), &Fields::new()).case.editors.is_empty());
}

#[test]
fn a_role_that_is_called_system_is_not_the_system() {
    let mut run = change(Some(0), "phone");
    run.go("accept", &Fields::new(), &acting(staff(1), &["change_reviewer"], START)).expect("accepted");
    let late = START.plus_us(25 * HOUR_US);
    let impostor = acting(staff(1), &["change_reviewer", "system"], late);
    assert!(run.go("take_effect", &Fields::new(), &impostor).is_err());
}

#[test]
fn for_those_outside_there_is_nothing() {
    let mut run = Run::complaint();
    let outsider = acting(staff(50), &["change_reviewer"], START);
    assert!(BOOK.offers(&run.case, &outsider).is_empty());
    assert_eq!(run.act(Act::Note { text: "x".to_owned() }, &outsider), Err(vec![Blocker::NotHere]));
    let command = Command { act: Act::Release, expected_version: Some(0) };
    assert_eq!(BOOK.apply(&run.case, &command, &outsider), Err(vec![Blocker::NotHere]), "not even a version");
}

#[test]
fn an_act_on_an_older_version_is_refused() {
    let run = Run::complaint();
    let act = Act::Edit { fields: fields(&[("regulator.referred", Value::Flag(true))]) };
    for seen in [None, Some(1)] {
        let command = Command { act: act.clone(), expected_version: seen };
        let refused = BOOK.apply(&run.case, &command, &handler(1));
        assert_eq!(refused, Err(vec![Blocker::VersionChanged { version: run.case.version }]));
    }
}

/// One of the things that random people try.
fn attempt() -> impl Strategy<Value = (u8, i64, u8, i64)> {
    (0_u8..16, 1_i64..7, 0_u8..4, 0_i64..200_000)
}

fn tried(run: &Run, what: u8, minor: i64, person: i64, at: Timestamp) -> Act {
    let pending = run.case.pending.first().map_or(0, |pending| pending.id);
    let seen = run.case.pending.first().map_or_else(
        || ContentHash::of(&run.case, "x", &Fields::new(), None),
        |pending| pending.content_now(&run.case),
    );
    let go = |transition: &str, input: Fields| Act::Move {
        transition: transition.to_owned(),
        input,
        reason: Some("r".to_owned()),
    };
    match what {
        0 => go("acknowledge", fields(&[("regulator.category", word("fees"))])),
        1 | 2 => go("offer_redress", redress(minor)),
        3 => go("reject_complaint", redress_no_amount()),
        4 => go("final_letter", Fields::new()),
        5 => go("reconsider", Fields::new()),
        6 => go("extend", Fields::new()),
        7 => Act::Amend { pending, input: redress(minor), reason: None },
        8..=10 => Act::Vote { pending, seen, agrees: what != 10 || minor % 3 > 0, reason: None },
        11 => Act::Edit { fields: fields(&[("outcome.amount", amount(minor))]) },
        12 => Act::Claim { until: at.plus_us(HOUR_US) },
        13 => Act::Assign { to: staff(person) },
        14 => Act::Withdraw { pending },
        _ => go("ask_customer", Fields::new()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever a handful of people with any mix of roles do: no remedy over 100.00 without two others, no
    /// extension without one, nothing carried out twice, and replay gives the same case.
    #[test]
    fn no_way_leads_around_an_approval(attempts in proptest::collection::vec(attempt(), 1..60)) {
        let mut run = Run::open("complaint", Some("cn"), &Fields::new());
        let mut at = START;
        for (what, person, roles, minor) in attempts {
            at = at.plus_us(HOUR_US / 7);
            let roles: &[&str] = match roles {
                0 => &["complaint_handler"],
                1 => &["complaint_lead"],
                _ => &["complaint_handler", "complaint_lead", "agent"],
            };
            let who = acting(staff(person), roles, at);
            let act = tried(&run, what, minor, person, at);
            let _ = run.act(act, &who);
        }
        let mut carried_out = Vec::new();
        for (at, event) in run.events.iter().enumerate() {
            let EventBody::Moved { transition, fields, approved, .. } = &event.body else { continue };
            let before = Case::fold(&run.events[..at]).expect("a case");
            let big = matches!(fields.get("outcome.amount"), Some(Value::Money(paid)) if paid.minor() > 10_000);
            let needed = match transition.as_str() {
                "offer_redress" if big => 2,
                "extend" | "reject_complaint" => 1,
                _ => 0,
            };
            let mut by = approved.as_ref().map_or(Vec::new(), |approved| approved.by.clone());
            by.sort_by_key(ToString::to_string);
            by.dedup();
            prop_assert!(by.len() >= needed, "{transition} with {} votes", by.len());
            prop_assert!(!by.contains(&event.actor), "the maker agreed");
            prop_assert!(before.editors.iter().all(|editor| !by.contains(editor)), "an editor agreed");
            prop_assert!(before.assignee.is_none_or(|assignee| !by.contains(&assignee)), "the assignee agreed");
            if let Some(approved) = approved {
                prop_assert!(!carried_out.contains(&approved.pending), "carried out twice");
                carried_out.push(approved.pending);
                let asked = before.waiting(approved.pending).expect("it waited");
                prop_assert_eq!(&asked.input, fields, "exactly what was asked");
            }
        }
    }

    /// What is offered without a blocker is done, and what has one is refused.
    #[test]
    fn offers_and_commands_agree(attempts in proptest::collection::vec(attempt(), 0..25), person in 1_i64..7, all in any::<bool>()) {
        let mut run = Run::open("complaint", Some("cn"), &Fields::new());
        for (what, person, roles, minor) in attempts {
            let roles: &[&str] = if roles == 0 { &["complaint_handler"] } else { &["complaint_handler", "complaint_lead", "agent"] };
            let act = tried(&run, what, minor, person, START);
            let _ = run.act(act, &acting(staff(person), roles, START));
        }
        let roles: &[&str] = if all { &["complaint_handler", "complaint_lead"] } else { &["agent"] };
        let who = acting(staff(person), roles, START);
        for offer in BOOK.offers(&run.case, &who) {
            let given = redress(500);
            let known = fields(&[("regulator.category", word("fees"))]);
            let input: Fields = given
                .into_iter()
                .chain(known)
                .filter(|(name, _)| offer.needs.contains(name))
                .collect();
            let reason = Some("r".to_owned());
            let act = match offer.act {
                "move" => Act::Move { transition: offer.transition.clone().expect("named"), input, reason },
                "vote" => {
                    let pending = offer.of.expect("named");
                    let seen = run.case.waiting(pending).expect("waits").content_now(&run.case);
                    Act::Vote { pending, seen, agrees: true, reason: None }
                }
                "note" => Act::Note { text: "n".to_owned() },
                "attach" => Act::Attach { document: "d".to_owned() },
                "edit" => Act::Edit { fields: fields(&[("regulator.referred", Value::Flag(true))]) },
                "assign" => Act::Assign { to: staff(90) },
                _ => continue,
            };
            let command = Command { act, expected_version: Some(run.case.version) };
            let done = BOOK.apply(&run.case, &command, &who);
            prop_assert_eq!(done.is_ok(), offer.blockers.is_empty(), "{:?} but {:?}", offer, done);
        }
    }
}
