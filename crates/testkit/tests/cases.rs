//! Cases over both databases: one path changes them, timers fire once however many servers there are and whatever dies,
//! replay gives the same rows, texts are sealed, and what a reader may not know of isn't there.

#![cfg(test)]

use cases::{Act, Blocker, ContentHash, EventBody, Fields, Link, Value};
use features::cards::open_many;
use features::cases::{By, CaseError, Cases, Opening, Request, book_with, with_book};
use features::staff::tell_person;
use kernel::{Actor, CaseId, Channel, CustomerId, DAY_US, HOUR_US, Money, StaffId, Timestamp};
use platform::access::Role;
use platform::app::Services;
use platform::audit::{Search, search};
use platform::db::Housekeeping;
use platform::keys::PersonKeys;
use platform::{feature, i18n, on};
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::{TestApp, databases, sample_customer};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const WORDS: &str = "charged twice at the bakery";

struct House {
    app: TestApp,
    cases: Cases,
    requests: AtomicI64,
}

/// A kind of which only those know who have this role in complaints.
fn secret_kind(name: &str, role: &str) -> String {
    let secret = format!("[case.{name}]\nconfidential = true\nvisible_to = [\"{role}\"]");
    include_str!("../../../examples/issuer/cases/complaint.toml").replace("[case.complaint]", &secret)
}

async fn houses() -> Vec<House> {
    let mut all = Vec::new();
    for test in databases().await {
        let own = [secret_kind("suspicion", "complaint_lead"), secret_kind("whisper", "complaint_handler")];
        let services = with_book(Services::default(), book_with(&[&own[0], &own[1]]).unwrap());
        let app = TestApp::start_with(test, "number = 1\nname = \"none\"\n", services);
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let cases = Cases::of(&app.app).unwrap();
        all.push(House { app, cases, requests: AtomicI64::new(1) });
    }
    all
}

fn word(text: &str) -> Value {
    Value::Word(text.to_owned())
}

fn fields(pairs: &[(&str, Value)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn redress(minor: i64) -> Fields {
    fields(&[
        ("outcome.amount", Value::Money(Money::new(minor, "CNY".parse().unwrap()))),
        ("outcome.finding", word("upheld")),
        ("outcome.root_cause", word("our_mistake")),
    ])
}

fn go(transition: &str, input: Fields) -> Act {
    Act::Move { transition: transition.to_owned(), input, reason: Some("because she asked".to_owned()) }
}

impl House {
    fn caller(&self, number: i64, role: Role) -> By {
        By { actor: Actor::Staff(StaffId::from_raw(number)), channel: Channel::Desk, role, origin: None }
    }

    async fn open(&self, kind: &str, start: &[(&str, Value)]) -> CaseId {
        self.open_as(Role::Agent, kind, start).await
    }

    async fn open_as(&self, role: Role, kind: &str, start: &[(&str, Value)]) -> CaseId {
        let id = CaseId::from_raw(self.app.app.ids().next(self.app.app.now()));
        let pack = (kind == "complaint").then(|| "cn".to_owned());
        let opening = Opening { kind: kind.to_owned(), pack, customer: OWNER, fields: fields(start) };
        self.cases.open(&self.caller(1, role), id, id.raw(), &opening).await.unwrap();
        id
    }

    /// Decides a complaint and sends the final letter.
    async fn answer(&self, id: CaseId) {
        self.act(id, 1, Role::Agent, go("offer_redress", redress(5_000))).await.unwrap();
        self.act(id, 1, Role::Agent, go("final_letter", Fields::new())).await.unwrap();
    }

    async fn complaint(&self) -> CaseId {
        let text = Value::Text(WORDS.to_owned());
        let id = self
            .open("complaint", &[("complaint.channel", word("phone")), ("complaint.summary", text)])
            .await;
        let category = fields(&[("regulator.category", word("fees"))]);
        self.act(id, 1, Role::Agent, go("acknowledge", category)).await.unwrap();
        id
    }

    async fn act(&self, id: CaseId, number: i64, role: Role, act: Act) -> Result<(), CaseError> {
        let caller = self.caller(number, role);
        let version = self.cases.read(&caller, id).await.map(|seen| seen.case.version).unwrap_or(0);
        let request = self.requests.fetch_add(1, Ordering::SeqCst);
        let asked = Request { act, expected_version: Some(version), request };
        self.cases.apply(&caller, id, &asked).await
    }

    async fn content(&self, id: CaseId) -> (u64, ContentHash) {
        let seen = self.cases.read(&self.caller(1, Role::Agent), id).await.unwrap();
        let pending = &seen.case.pending[0];
        (pending.id, pending.content_now(&seen.case))
    }

    async fn agree(&self, id: CaseId, number: i64) -> Result<(), CaseError> {
        let (pending, seen) = self.content(id).await;
        self.act(id, number, Role::Manager, Act::Vote { pending, seen, agrees: true, reason: None }).await
    }

    /// What is kept of answers to programs.
    async fn kept_answers(&self) -> Vec<String> {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM idempotency_keys WHERE body IS NOT NULL").fetch_all(p).await
        })
        .unwrap()
    }

    /// Makes an event of a case unreadable.
    async fn damage(&self, id: CaseId) {
        let mut write = self.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE case_events SET body = 'x' WHERE case_id = $1 AND seq = 2")
                .bind(id.raw())
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Aggregates).await.unwrap();
    }

    async fn state(&self, id: CaseId) -> String {
        self.cases.read(&self.caller(1, Role::Agent), id).await.unwrap().case.state
    }
}

fn code(done: Result<(), CaseError>) -> &'static str {
    match done {
        Ok(()) => "done",
        Err(CaseError::Blocked(blockers)) => blockers.first().map_or("nothing", Blocker::code),
        Err(CaseError::Absent) => "absent",
        Err(CaseError::Reused) => "request_reused",
        Err(CaseError::Erased) => "customer_erased",
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remedy_waits_for_two_others_and_replay_gives_the_same_row() {
    for house in houses().await {
        let id = house.complaint().await;
        house.act(id, 1, Role::Agent, go("offer_redress", redress(50_000))).await.unwrap();
        assert_eq!(house.state(id).await, "assessing");
        assert_eq!(code(house.agree(id, 1).await), "excluded", "the maker, whatever their role");
        house.agree(id, 10).await.unwrap();
        let (pending, _) = house.content(id).await;
        let reason = Some("two months of it".to_owned());
        let act = Act::Amend { pending, input: redress(90_000), reason };
        house.act(id, 2, Role::Agent, act).await.unwrap();
        house.agree(id, 11).await.unwrap();
        assert_eq!(house.state(id).await, "assessing", "the vote for 500.00 is void");
        house.agree(id, 10).await.unwrap();
        assert_eq!(house.state(id).await, "decided");
        house.act(id, 1, Role::Agent, go("final_letter", Fields::new())).await.unwrap();
        assert_eq!(house.cases.differing().await.unwrap(), []);
        let open = house.cases.queue(&house.caller(1, Role::Agent), "complaint", None, 10).await.unwrap();
        assert!(open.is_empty(), "an answered complaint is not in the queue");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_done_once_and_two_at_once_do_not_both_pass() {
    for house in houses().await {
        let id = house.complaint().await;
        let caller = house.caller(1, Role::Agent);
        let note =
            Request { act: Act::Note { text: "once".to_owned() }, expected_version: None, request: 777 };
        for _ in 0..3 {
            house.cases.apply(&caller, id, &note).await.unwrap();
        }
        let version = house.cases.read(&caller, id).await.unwrap().case.version;
        assert_eq!(version, 3, "opened, acknowledged, noted");
        let ask = |request| Request {
            act: go("offer_redress", redress(500)),
            expected_version: Some(version),
            request,
        };
        let (one, two) = (ask(801), ask(802));
        let (other, cases) = (house.caller(2, Role::Agent), house.cases.clone());
        let (first, second) = tokio::join!(cases.apply(&caller, id, &one), cases.apply(&other, id, &two));
        let codes = [code(first), code(second)];
        assert!(codes.contains(&"done") && codes.contains(&"version_changed"), "{codes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_effect_once_when_its_time_comes_however_many_servers_look() {
    for house in houses().await {
        let mut ids = Vec::new();
        for _ in 0..20 {
            let start = [
                ("change.field", word("language")),
                ("change.direction", word("riskier")),
                ("change.request", word("chan_0000000000001")),
            ];
            let id = house.open("change_request", &start).await;
            house.act(id, 5, Role::Analyst, go("accept", Fields::new())).await.unwrap();
            let (pending, seen) = {
                let seen = house.cases.read(&house.caller(6, Role::Analyst), id).await.unwrap();
                (seen.case.pending[0].id, seen.case.pending[0].content_now(&seen.case))
            };
            house
                .act(id, 6, Role::Analyst, Act::Vote { pending, seen, agrees: true, reason: None })
                .await
                .unwrap();
            ids.push(id);
        }
        // Nobody counted signs of risk, so it is the longest delay: 72 hours.
        house.app.clock.advance_us(72 * HOUR_US - 1);
        assert_eq!(house.cases.fire_due().await.unwrap(), 0, "not a moment earlier");
        house.app.clock.advance_us(1);
        let (one, two) = (Cases::of(&house.app.app).unwrap(), Cases::of(&house.app.app).unwrap());
        let (first, second) = tokio::join!(one.fire_due(), two.fire_due());
        assert_eq!(first.unwrap() + second.unwrap(), 20);
        for id in &ids {
            let seen = house.cases.read(&house.caller(5, Role::Analyst), *id).await.unwrap();
            assert_eq!(seen.case.state, "effective");
            let took = |event: &&cases::Event| matches!(&event.body, EventBody::Moved { transition, .. } if transition == "take_effect");
            assert_eq!(seen.events.iter().filter(took).count(), 1);
        }
        house.app.clock.advance_us(30 * DAY_US);
        assert_eq!(house.cases.fire_due().await.unwrap(), 20, "settled");
        assert_eq!(house.cases.fire_due().await.unwrap(), 0);
        assert_eq!(house.cases.differing().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_typed_is_sealed_and_an_erasure_leaves_the_case_whole() {
    for house in houses().await {
        let id = house.complaint().await;
        let note = Act::Note { text: "card 9000 0101 0000 0017, she says".to_owned() };
        house.act(id, 1, Role::Agent, note).await.unwrap();
        let rows: Vec<(String, Option<Vec<u8>>)> = on!(house.app.app.db.pool(), p => {
            sqlx::query_as("SELECT body, sealed FROM case_events ORDER BY seq").fetch_all(p).await
        })
        .unwrap();
        let stored: String = rows.iter().map(|(body, _)| body.as_str()).collect();
        assert!(
            !stored.contains("bakery") && !stored.contains("because") && !stored.contains("she says"),
            "{stored}"
        );
        assert_eq!(rows.iter().filter(|(_, sealed)| sealed.is_some()).count(), 3);

        let reader = house.caller(1, Role::Agent);
        let seen = house.cases.read(&reader, id).await.unwrap();
        assert_eq!(seen.case.fields["complaint.summary"], Value::Text(WORDS.to_owned()));
        let last = &seen.events[2].body;
        assert!(
            matches!(last, EventBody::Noted { text } if text.contains("she says") && !text.contains("0101")),
            "{last:?}"
        );

        PersonKeys::of(&house.app.app).destroy(&house.app.app.features, OWNER, BY).await.unwrap();
        let seen = house.cases.read(&reader, id).await.unwrap();
        assert_eq!(seen.case.fields["complaint.summary"], Value::Text(String::new()));
        assert_eq!(seen.case.state, "assessing");
        assert_eq!(house.cases.differing().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_those_without_a_part_a_case_is_like_one_that_does_not_exist() {
    for house in houses().await {
        let id = house.complaint().await;
        let outsider = house.caller(9, Role::Administrator);
        let missing = CaseId::from_raw(99);
        for unknown in [id, missing] {
            assert!(matches!(house.cases.read(&outsider, unknown).await, Err(CaseError::Absent)));
            let asked = Request { act: Act::Release, expected_version: Some(1), request: 901 };
            assert_eq!(code(house.cases.apply(&outsider, unknown, &asked).await), "absent");
        }
        assert!(house.cases.queue(&outsider, "complaint", None, 10).await.unwrap().is_empty());
        assert!(house.cases.queue(&outsider, "no_such_kind", None, 10).await.unwrap().is_empty());
        assert_eq!(
            house.cases.queue(&house.caller(1, Role::Agent), "complaint", None, 10).await.unwrap().len(),
            1
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_comes_in_pieces_with_what_is_due_first() {
    for house in houses().await {
        let mut ids = Vec::new();
        for _ in 0..7 {
            ids.push(house.complaint().await.raw());
            house.app.clock.advance_us(DAY_US);
        }
        let (reader, mut seen, mut after) = (house.caller(1, Role::Agent), Vec::new(), None);
        loop {
            let rows = house.cases.queue(&reader, "complaint", after, 3).await.unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.id);
            seen.extend(rows.iter().map(|row| row.id));
        }
        assert_eq!(seen, ids, "the oldest is due first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_open_and_read_cases_over_the_api() {
    for house in houses().await {
        let key = house.app.api_key(&["cases.*"]).await;
        let json = [
            ("authorization", key.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "one"),
        ];
        let body = format!(
            r#"{{"kind": "complaint", "pack": "uk", "customer": "{OWNER}", "fields": {{"complaint.channel": {{"as": "word", "is": "mail"}}}}}}"#
        );
        let opened = house.app.ask("POST", "/v1/cases", &json, &body).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        let again = house.app.ask("POST", "/v1/cases", &json, &body).await;
        assert_eq!(again.json()["id"], opened.json()["id"], "the same request is the same case");
        let path = format!("/v1/cases/{}", opened.json()["id"].as_str().unwrap());

        let listed = house.app.ask("GET", "/v1/cases?kind=complaint", &json[..1], "").await.json();
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
        let why = house.app.ask("GET", &format!("{path}/clocks/final_response"), &json[..1], "").await.json();
        assert_eq!(why["clock"]["span"], "15 bd");
        assert!(why["stretches"].as_array().unwrap().len() > 15, "{why}");
        assert_eq!(house.app.ask("GET", &format!("{path}/clocks/none"), &json[..1], "").await.status, 404);

        let acts = format!("{path}/acts");
        let send = |name: &'static str, body: String| {
            let headers = [json[0], json[1], ("idempotency-key", name)];
            let (app, acts) = (&house.app, &acts);
            async move { app.ask("POST", acts, &headers, &body).await }
        };
        let acknowledge = |version: u64, input: &str| {
            format!(
                r#"{{"expected_version": {version}, "act": {{"act": "move", "transition": "acknowledge", "input": {input}, "reason": "zebra"}}}}"#
            )
        };
        let category = r#"{"regulator.category": {"as": "word", "is": "fees"}}"#;
        let note = r#"{"act": {"act": "note", "text": "zebra"}}"#.to_owned();
        for (name, body, status, told) in [
            ("two", acknowledge(1, "{}"), 400, "field_missing"),
            ("three", acknowledge(1, category), 200, ""),
            ("four", acknowledge(1, category), 409, "version_changed"),
            // Programs take complaints in and confirm them, and nothing else.
            ("five", note, 403, "role_missing"),
        ] {
            let done = send(name, body).await;
            assert_eq!((done.status.as_u16(), done.code().as_str()), (status, told), "{}", done.body);
            let after = done.json();
            assert!(status != 200 || (after["version"] == 2 && after["state"] == "assessing"), "{after}");
        }
        for kept in house.kept_answers().await {
            assert!(!kept.contains("zebra") && !kept.contains("complaint.channel"), "{kept}");
        }
        let none = house.app.api_key(&["cards.*"]).await;
        assert_eq!(house.app.ask("GET", &path, &[("authorization", none.as_str())], "").await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_lists_cases_explains_their_clocks_and_acts_on_them_once() {
    for house in houses().await {
        let id = house.complaint().await;
        let (_, agent) = house.app.staff(Role::Agent).await;
        let (_, administrator) = house.app.staff(Role::Administrator).await;
        let path = format!("/desk/cases/{id}?lang=en");
        let listed = house.app.get(&agent, "/desk/cases?lang=en").await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        assert!(
            listed.body.contains(&id.to_string()) && listed.body.contains("being looked into"),
            "{}",
            listed.body
        );
        assert!(!house.app.get(&administrator, "/desk/cases").await.body.contains(&id.to_string()));
        assert_eq!(house.app.get(&administrator, &path).await.status, 404);
        house.app.serve(&agent, Role::Agent, OWNER).await;

        let page = house.app.get(&agent, &path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for part in
            ["Why due then?", "Final response", "By law", "Ask the customer", "Your role does not do this"]
        {
            assert!(page.body.contains(part), "no `{part}` in\n{}", page.body);
        }
        let hidden = |name: &str| {
            let rest = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let (version, form) = (hidden("version"), hidden("form"));
        assert_eq!(
            page.body.matches(&format!("name=\"form\" value=\"{form}\"")).count(),
            1,
            "its own form's"
        );
        let redress = format!(
            "act=move&transition=offer_redress&version={version}&form={form}&words=sorry&outcome.amount=60.00\
             &outcome.finding=upheld&outcome.root_cause=our_mistake"
        );
        for _ in 0..2 {
            let done = house.app.post(&agent, &format!("/desk/cases/{id}/acts"), &redress).await;
            assert_eq!(done.status, 303, "{}", done.body);
        }
        assert_eq!(house.state(id).await, "decided");
        let stale = house
            .app
            .post(
                &agent,
                &format!("/desk/cases/{id}/acts"),
                &format!("act=claim&version={version}&form=1{form}"),
            )
            .await;
        assert_eq!(stale.status, 409, "{}", stale.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_case_is_nowhere_for_those_outside() {
    for house in houses().await {
        let (outsider, officer) = (house.caller(1, Role::Agent), house.caller(8, Role::Compliance));
        let secret =
            house.open_as(Role::Compliance, "suspicion", &[("complaint.channel", word("desk"))]).await;
        let complaint = house.complaint().await;
        assert_eq!(house.cases.queue(&officer, "suspicion", None, 9).await.unwrap().len(), 1);
        assert_eq!(house.cases.of_customer(&officer, OWNER, None, 9).await.unwrap().len(), 2);

        assert!(matches!(house.cases.read(&outsider, secret).await, Err(CaseError::Absent)));
        assert!(house.cases.queue(&outsider, "suspicion", None, 9).await.unwrap().is_empty());
        assert!(house.cases.free(&outsider, "suspicion", 9).await.unwrap().is_empty());
        assert_eq!(house.cases.figures(&outsider, "suspicion", Timestamp::from_us(0)).await.unwrap(), None);
        let all = (Timestamp::from_us(0), house.app.app.now());
        assert_eq!(house.cases.regulator_return(&outsider, "suspicion", all).await.unwrap(), None);
        assert_eq!(house.cases.whose(&outsider, secret).await.unwrap(), None);
        assert!(house.cases.kinds_of(&outsider).iter().all(|kind| kind.id != "suspicion"));
        let theirs = house.cases.of_customer(&outsider, OWNER, None, 9).await.unwrap();
        assert_eq!(theirs.iter().map(|row| row.id).collect::<Vec<_>>(), [complaint.raw()]);

        // Who knows both must not tell of one in the other; the other way round is no secret.
        let link = |other: String| Act::Link { link: Link::CausedBy, other };
        let missing = CaseId::from_raw(99).to_string();
        for other in [secret.to_string(), missing, complaint.to_string(), "nothing".to_owned()] {
            let refused = house.act(complaint, 8, Role::Compliance, link(other)).await;
            assert_eq!(code(refused), "field_wrong");
        }
        house.act(secret, 8, Role::Compliance, link(complaint.to_string())).await.unwrap();
        assert_eq!(house.cases.read(&outsider, complaint).await.unwrap().links, []);
        let seen = house.cases.read(&officer, complaint).await.unwrap().links;
        assert!(matches!(seen.as_slice(), [one] if one.back && one.row.id == secret.raw()), "{seen:?}");
        assert_eq!(house.cases.differing().await.unwrap(), []);
        // Nor does the log tell its customer, or whoever searches it for them.
        let concerns = vec![OWNER.to_string()];
        let told =
            search(&house.app.app.db, &Search { concerns, rows_max: 99, ..Search::default() }).await.unwrap();
        let about = |id: CaseId| told.iter().filter(|one| one.subject == Some(id.to_string())).count();
        assert!(about(secret) == 0 && about(complaint) > 0);

        // At the desk it is like one that was never there, before anybody is asked what they serve the customer for.
        let (_, agent) = house.app.staff(Role::Agent).await;
        let told = house.app.get(&agent, &format!("/desk/cases/{secret}")).await;
        let never = house.app.get(&agent, &format!("/desk/cases/{}", CaseId::from_raw(99))).await;
        assert_eq!((told.status.as_u16(), never.status.as_u16()), (404, 404));
        assert!(!told.body.contains(&OWNER.to_string()), "{}", told.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_desk_a_case_opens_for_those_who_serve_its_customer() {
    for house in houses().await {
        let id = house.complaint().await;
        let (_, agent) = house.app.staff(Role::Agent).await;
        let page = format!("/desk/cases/{id}");
        let closed = house.app.get(&agent, &page).await;
        assert_eq!(closed.status, 403);
        assert!(closed.body.contains(&format!("value=\"{id}\"")), "the reference stands there already");
        assert!(!closed.body.contains("bakery"), "{}", closed.body);
        let reference = format!("kind=case&reference={id}");
        let other = format!("/desk/customers/{}/matters", CustomerId::from_raw(2));
        let other = house.app.post(&agent, &other, &reference).await;
        assert_eq!(other.status, 400, "it is no case of that customer");
        let own = format!("/desk/customers/{OWNER}/matters");
        assert_eq!(house.app.post(&agent, &own, &reference).await.status, 303);
        let open = house.app.get(&agent, &page).await;
        assert_eq!(open.status, 200, "{}", open.body);
        assert!(open.body.contains("bakery"), "{}", open.body);
        let list = house.app.get(&agent, &format!("/desk/customers/{OWNER}/cases")).await;
        assert!(list.status == 200 && list.body.contains(&id.to_string()), "{}", list.body);
        let fields = "kind=complaint&pack=uk&form=4711&complaint.channel=phone&complaint.summary=late";
        let made = house.app.post(&agent, &format!("/desk/customers/{OWNER}/cases"), fields).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let again = house.app.post(&agent, &format!("/desk/customers/{OWNER}/cases"), fields).await;
        assert_eq!(again.header("location"), made.header("location"), "the same form is one case");
        assert!(!made.header("location").contains(&CaseId::from_raw(4711).to_string()), "the mint's own id");
        let path = format!("/desk/customers/{OWNER}/cases");
        for (other, status, code) in [
            (fields.replace("late", "early"), 409, "request_reused"),
            (fields.replace("4711", &u64::MAX.to_string()), 400, "field_invalid"),
            (fields.replace("4711", "4712").replace("kind=complaint", "kind=none"), 404, "not_found"),
        ] {
            let refused = house.app.post(&agent, &path, &other).await;
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (status, code), "{other}");
        }
        let reader = house.caller(1, Role::Agent);
        assert_eq!(house.cases.of_customer(&reader, OWNER, None, 9).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_second_sees_what_happened_and_keeps_what_they_typed() {
    for house in houses().await {
        let id = house.complaint().await;
        let (_, agent) = house.app.staff(Role::Agent).await;
        house.app.serve(&agent, Role::Agent, OWNER).await;
        let acts = format!("/desk/cases/{id}/acts");
        let first = house.app.post(&agent, &acts, "act=note&version=2&form=51&words=called+the+branch").await;
        assert_eq!(first.status, 303, "{}", first.body);
        let headers = [
            ("cookie", agent.cookie.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let typed = format!(
            "csrf={}&act=move&transition=ask_customer&version=2&form=52&words=sent+a+letter",
            agent.csrf
        );
        let late = house.app.ask("POST", &format!("{acts}?lang=en"), &headers, &typed).await;
        assert_eq!(late.status, 409, "{}", late.body);
        for shown in ["Somebody else was faster", "called the branch", "sent a letter"] {
            assert!(late.body.contains(shown), "{shown}: {}", late.body);
        }
        let reader = house.caller(1, Role::Agent);
        assert_eq!(house.cases.read(&reader, id).await.unwrap().case.version, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_take_the_next_case_get_two_cases_and_a_claim_lapses() {
    for house in houses().await {
        let (one, two) = (house.complaint().await, house.complaint().await);
        let (_, first) = house.app.staff(Role::Agent).await;
        let (_, second) = house.app.staff(Role::Agent).await;
        let take = |browser| house.app.post(browser, "/desk/cases/next", "kind=complaint");
        let (mine, yours) = tokio::join!(take(&first), take(&second));
        let mut taken = [mine.header("location").to_owned(), yours.header("location").to_owned()];
        taken.sort();
        let mut both = [one, two].map(|id| format!("/desk/cases/{id}"));
        both.sort();
        assert_eq!(taken, both);
        assert_eq!(take(&first).await.header("location"), mine.header("location"), "their own first");
        let (_, third) = house.app.staff(Role::Agent).await;
        let none = take(&third).await;
        assert_eq!(none.header("location"), "/desk/cases?kind=complaint", "nothing is left");
        house.app.clock.advance_us(HOUR_US);
        let reader = house.caller(1, Role::Agent);
        assert_eq!(house.cases.free(&reader, "complaint", 9).await.unwrap().len(), 2);
        assert_eq!(house.cases.differing().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_and_the_return_count_what_happened() {
    for house in houses().await {
        let reader = house.caller(1, Role::Manager);
        let begun = house.app.app.now();
        let (fast, slow, open) = (house.complaint().await, house.complaint().await, house.complaint().await);
        house.app.clock.advance_us(2 * DAY_US);
        house.answer(fast).await;
        // 15 days of the law and some.
        house.app.clock.advance_us(18 * DAY_US);
        house.answer(slow).await;
        let figures = house.cases.figures(&reader, "complaint", begun).await.unwrap().unwrap();
        assert_eq!((figures.open, figures.ended, figures.within_law), (1, 2, 1), "{figures:?}");
        assert_eq!((figures.ages, figures.due), ([0, 0, 1, 0], [1, 0, 0, 0]), "{figures:?}");
        assert_eq!((figures.median_us, figures.p90_us), (2 * DAY_US, 20 * DAY_US));
        let until = house.app.app.now().plus_us(1);
        let told = house.cases.regulator_return(&reader, "complaint", (begun, until)).await.unwrap().unwrap();
        let line = &told.lines[&("fees".to_owned(), "phone".to_owned())];
        assert_eq!((line.received, line.closed, line.closed_in_time, line.open_after), (3, 2, 1, 1));
        assert_eq!((line.upheld, line.redress_minor["CNY"]), (2, 10_000));
        assert!(house.cases.read(&reader, open).await.is_ok());

        let (_, manager) = house.app.staff(Role::Manager).await;
        let page = house.app.get(&manager, "/desk/cases/figures?kind=complaint").await;
        assert!(page.status == 200 && page.body.contains("50.0%"), "{}", page.body);
        let file =
            house.app.get(&manager, "/desk/cases/return.csv?kind=complaint&from=2020-01-01&until=2099-12-31");
        let file = file.await;
        assert_eq!(file.status, 200, "{}", file.body);
        assert!(file.body.contains("\"fees\",\"phone\",\"0\",\"3\",\"2\",\"1\""), "{}", file.body);
        assert!(!file.body.contains(&OWNER.to_string()), "no person is in it");
        let (_, agent) = house.app.staff(Role::Agent).await;
        let refused =
            house.app.get(&agent, "/desk/cases/return.csv?kind=complaint&from=2020-01-01&until=2099-12-31");
        assert_eq!(refused.await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_cannot_be_read_does_not_hold_up_the_timers_of_others() {
    for house in houses().await {
        let (damaged, sound) = (house.complaint().await, house.complaint().await);
        house.damage(damaged).await;
        house.app.clock.advance_us(14 * DAY_US);
        let fired = house.cases.fire_due().await.unwrap();
        assert!(fired > 0, "the sound one");
        assert_eq!(house.state(sound).await, "escalated");
        assert_eq!(house.cases.fire_due().await.unwrap(), 0, "and the damaged one is put off");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_asks_whether_words_are_a_complaint_and_nothing_of_them_is_kept() {
    for house in houses().await {
        let key = house.app.api_key(&["cases.*"]).await;
        let headers = [
            ("authorization", key.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "words"),
        ];
        let body = r#"{"text": "为什么同一笔消费扣了两次？"}"#;
        let told = house.app.ask("POST", "/v1/cases/recognitions", &headers, body).await;
        assert_eq!(told.status, 200, "{}", told.body);
        assert_eq!(
            (told.json()["complaint"].clone(), told.json()["signs"][0]["kind"].clone()),
            (true.into(), "wrong".into())
        );
        assert!(house.kept_answers().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_not_see_leaves_no_trace_in_lists_links_and_the_log() {
    for house in houses().await {
        let (outsider, officer) = (house.caller(1, Role::Agent), house.caller(8, Role::Compliance));
        let complaint = house.complaint().await;
        let start = [("complaint.channel", word("desk"))];
        let secret = house.open_as(Role::Compliance, "suspicion", &start).await;
        let whisper = house.open_as(Role::Compliance, "whisper", &start).await;
        // Newer cases that they don't see don't push those out that they see.
        let both = [whisper.raw(), complaint.raw()];
        for (before, told) in [(None, &both[..]), (Some(whisper.raw()), &both[1..])] {
            let rows = house.cases.of_customer(&outsider, OWNER, before, 2).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), told);
        }
        // Nor does a place in a list tell when a case is due that they don't see.
        for after in [secret.raw(), 99] {
            let piece = house.cases.queue(&outsider, "complaint", Some(after), 9).await;
            assert!(matches!(piece, Err(CaseError::Cursor)), "{piece:?}");
        }
        assert!(
            house.cases.queue(&outsider, "complaint", Some(complaint.raw()), 9).await.unwrap().is_empty()
        );
        // Handlers see the one and not the other, though both are confidential.
        let link = Act::Link { link: Link::CausedBy, other: secret.to_string() };
        assert_eq!(code(house.act(whisper, 8, Role::Compliance, link).await), "field_wrong");
        // The customer reads what was opened about them, not for which case.
        let (_, browser) = house.app.staff(Role::Compliance).await;
        let matters = format!("/desk/customers/{OWNER}/matters");
        let opened = house.app.post(&browser, &matters, &format!("kind=case&reference={secret}")).await;
        assert_eq!(opened.status, 303, "{}", opened.body);
        assert_eq!(house.app.get(&browser, &format!("/desk/cases/{secret}")).await.status, 200);
        house.act(secret, 8, Role::Compliance, Act::Note { text: "odd".to_owned() }).await.unwrap();
        assert!(house.cases.read(&officer, secret).await.is_ok());
        let log = search(&house.app.app.db, &Search { rows_max: 99, ..Search::default() }).await.unwrap();
        assert!(log.iter().any(|entry| entry.act == "matters.matter.opened"));
        for entry in &log {
            let (told, id) = (entry.detail.to_string(), secret.to_string());
            assert!(!told.contains(&id) || !entry.concerns.contains(&OWNER.to_string()), "{entry:?}");
            assert!(entry.subject.as_ref() != Some(&id) || !told.contains("suspicion"), "{entry:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_serves_one_request_and_not_another() {
    for house in houses().await {
        let id = house.complaint().await;
        let (one, other) = (house.caller(1, Role::Agent), house.caller(2, Role::Agent));
        let note = |text: &str| Request {
            act: Act::Note { text: text.to_owned() },
            expected_version: None,
            request: 777,
        };
        for (by, text, done) in [
            (&one, "once", "done"),
            (&one, "once", "done"),
            (&one, "something else", "request_reused"),
            (&other, "once", "request_reused"),
        ] {
            assert_eq!(code(house.cases.apply(by, id, &note(text)).await), done, "{text}");
        }
        // The same click a moment later is the same, whenever its hour would end.
        for later in [0, 1] {
            let until = house.app.app.now().plus_us(HOUR_US - later);
            let claim = Request { act: Act::Claim { until }, expected_version: Some(3), request: 778 };
            assert_eq!(code(house.cases.apply(&one, id, &claim).await), "done");
        }
        assert_eq!(house.cases.read(&one, id).await.unwrap().case.version, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_of_somebody_who_was_erased_can_be_ended_without_words() {
    for house in houses().await {
        let id = house.complaint().await;
        house.act(id, 1, Role::Agent, go("offer_redress", redress(5_000))).await.unwrap();
        PersonKeys::of(&house.app.app).destroy(&house.app.app.features, OWNER, BY).await.unwrap();
        let letter =
            |reason| Act::Move { transition: "final_letter".to_owned(), input: Fields::new(), reason };
        for words in [letter(Some("she asked".to_owned())), Act::Note { text: "called".to_owned() }] {
            assert_eq!(code(house.act(id, 1, Role::Agent, words).await), "customer_erased");
        }
        house.act(id, 1, Role::Agent, letter(None)).await.unwrap();
        assert_eq!(house.state(id).await, "answered");
        assert_eq!(house.cases.differing().await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_are_one_pair_of_eyes_and_who_is_named_must_be_there() {
    for house in houses().await {
        let (agent, _) = house.app.staff(Role::Agent).await;
        let (manager, _) = house.app.staff(Role::Manager).await;
        let (administrator, _) = house.app.staff(Role::Administrator).await;
        for account in [agent, manager] {
            tell_person(&house.app.app.db, BY, account, "E-17").await.unwrap();
        }
        let id = house.complaint().await;
        house.act(id, agent.raw(), Role::Agent, go("offer_redress", redress(50_000))).await.unwrap();
        assert_eq!(code(house.agree(id, manager.raw()).await), "excluded", "the maker's other account");
        house.agree(id, 11).await.unwrap();

        let about = |staff: StaffId| fields(&[("complaint.about_staff", word(&staff.to_string()))]);
        let edit = |fields| house.act(id, 1, Role::Agent, Act::Edit { fields });
        assert_eq!(code(edit(about(StaffId::from_raw(5))).await), "field_wrong", "nobody has this id");
        assert_eq!(code(edit(about(agent)).await), "done");
        let refused = house.act(id, manager.raw(), Role::Manager, claim(&house)).await;
        assert_eq!(code(refused), "guard", "it is about their other account");

        let give = |to| house.act(id, 1, Role::Agent, Act::Assign { to: Actor::Staff(to) });
        assert_eq!(code(give(StaffId::from_raw(5)).await), "field_wrong");
        assert_eq!(code(give(administrator).await), "field_wrong", "no part in complaints");
        let (another, _) = house.app.staff(Role::Agent).await;
        assert_eq!(code(give(another).await), "done");
    }
}

fn claim(house: &House) -> Act {
    Act::Claim { until: house.app.app.now().plus_us(HOUR_US) }
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_the_next_one_passes_by_what_is_not_for_the_caller() {
    for house in houses().await {
        let (damaged, sound) = (house.complaint().await, house.complaint().await);
        house.damage(damaged).await;
        let take = |browser| house.app.post(browser, "/desk/cases/next", "kind=complaint");
        let (relation, related) = house.app.staff(Role::Agent).await;
        let path = format!("/desk/staff/{relation}/relations");
        let told = house.app.post(&related, &path, &format!("customer={OWNER}&relation=own")).await;
        assert_eq!(told.status, 303, "{}", told.body);
        assert_eq!(take(&related).await.header("location"), "/desk/cases?kind=complaint");
        let (_, agent) = house.app.staff(Role::Agent).await;
        for _ in 0..2 {
            assert_eq!(take(&agent).await.header("location"), format!("/desk/cases/{sound}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_was_taken_back_is_in_no_return() {
    for house in houses().await {
        let begun = house.app.app.now();
        let id = house.complaint().await;
        house.act(id, 1, Role::Agent, go("offer_redress", redress(5_000))).await.unwrap();
        house.act(id, 10, Role::Manager, go("reconsider", Fields::new())).await.unwrap();
        let (actor, role) = (Actor::Cardholder(OWNER), Role::Cardholder);
        let customer = By { actor, channel: Channel::App, role, origin: None };
        let act =
            Act::Move { transition: "withdraw_complaint".to_owned(), input: Fields::new(), reason: None };
        let withdrawn = Request { act, expected_version: Some(4), request: 901 };
        house.cases.apply(&customer, id, &withdrawn).await.unwrap();
        let manager = house.caller(10, Role::Manager);
        let time = (begun, house.app.app.now().plus_us(1));
        let told = house.cases.regulator_return(&manager, "complaint", time).await.unwrap().unwrap();
        let line = &told.lines[&("fees".to_owned(), "phone".to_owned())];
        assert_eq!((line.closed, line.upheld, line.redress_minor.len()), (1, 0, 0));
        let (_, browser) = house.app.staff(Role::Manager).await;
        let file = "/desk/cases/return.csv?kind=change_request&from=2020-01-01&until=2099-12-31";
        assert_eq!(house.app.get(&browser, file).await.status, 404, "of what no regulator asks for");
    }
}
