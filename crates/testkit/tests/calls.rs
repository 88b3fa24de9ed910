//! Calls over both databases: what a customer proves past the agent, what it opens and for how long; what is refused with
//! its reason and the next best proof; and that nobody but the customer can add to it.

#![cfg(test)]

use features::authorizations::PinCheck;
use features::cards::open_many;
use features::identity::Identity;
use futures_util::future::join_all;
use kernel::{AccountId, Actor, CardId, Channel, Clock, CustomerId, MINUTE_US, SECOND_US, Secret};
use platform::access::{Assurance, Role};
use platform::audit::{Entry, Found, Outcome, Search, search};
use platform::{feature, i18n, on};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{Answer, Browser, TestApp, databases, purchase, sample_customer, test_pan};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const CARD: CardId = CardId::from_raw(2_000_001);
const PASSWORD: &str = "739104";

struct Line {
    app: TestApp,
    key: String,
    requests: AtomicU32,
}

async fn lines() -> Vec<Line> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let identity = Identity::of(&app.app).unwrap();
        identity.set_query_password(OWNER, &Secret::new(PASSWORD.to_owned()), BY, None).await.unwrap();
        let key = app.api_key(&["calls.menu.*"]).await;
        all.push(Line { app, key, requests: AtomicU32::new(0) });
    }
    all
}

impl Line {
    /// An agent with the customer on the line: their call's address.
    async fn on_the_line(&self) -> (Browser, String) {
        let (_, agent) = self.app.staff(Role::Agent).await;
        let matter = format!("/desk/customers/{OWNER}/matters");
        assert_eq!(self.app.post(&agent, &matter, "kind=call").await.status, 303);
        let begun = self.app.post(&agent, "/desk/calls", &format!("customer={OWNER}")).await;
        assert_eq!(begun.status, 303, "{}", begun.body);
        (agent, begun.header("location").to_owned())
    }

    async fn owner(&self) -> Browser {
        self.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await
    }

    async fn menu(&self, method: &str, path: &str, body: Value) -> Answer {
        let name = self.requests.fetch_add(1, Ordering::SeqCst).to_string();
        let headers = [
            ("authorization", self.key.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", name.as_str()),
        ];
        self.app.ask(method, path, &headers, &body.to_string()).await
    }

    async fn digits(&self, call: &str, proof: &str, digits: &str) -> String {
        let path = format!("/v1/calls/{}/digits", call.rsplit('/').next().unwrap());
        let answer = self.menu("POST", &path, json!({ "proof": proof, "digits": digits })).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert!(!answer.body.contains(digits), "digits never come back");
        answer.json()["answer"].as_str().unwrap().to_owned()
    }

    async fn assurance(&self, call: &str) -> i64 {
        let path = format!("/v1/calls/{}", call.rsplit('/').next().unwrap());
        self.menu("GET", &path, Value::Null).await.json()["assurance"].as_i64().unwrap()
    }

    async fn act(&self, agent: &Browser, call: &str, act: &str) -> Answer {
        let fields = format!("card={CARD}{}", if act == "unblock" { "&proof=pin" } else { "" });
        self.app.post(agent, &format!("{call}/{act}?lang=en"), &fields).await
    }

    async fn freeze(&self, agent: &Browser) {
        assert_eq!(self.app.post(agent, &format!("/desk/cards/{CARD}/freeze"), "").await.status, 303);
    }

    /// Three wrong PINs at a machine.
    async fn block_the_pin(&self) {
        let key = self.app.app.keys.lookup_pan(&test_pan(1)).unwrap().0;
        let mut codes = Vec::new();
        for stan in 900..904 {
            let mut request = purchase(key, stan, 100, self.app.app.now());
            request.arrived_us = self.app.clock.monotonic_us();
            request.proofs.pin = Some(PinCheck::Wrong);
            codes.push(self.app.engine.authorize(request).await.code);
        }
        assert_eq!(codes, ["55", "55", "55", "75"]);
    }

    /// The number that the agent is to read out.
    async fn asked(&self, agent: &Browser, call: &str) -> String {
        let asked = self.app.post(agent, &format!("{call}/confirmations"), "").await;
        assert_eq!(asked.status, 303, "{}", asked.body);
        let page = self.app.get(agent, &format!("{call}?lang=en")).await.body;
        let number = page.split("code num\">").nth(1).unwrap_or_else(|| panic!("{page}"));
        number.split('<').next().unwrap().to_owned()
    }

    async fn entries(&self, act: &str) -> Vec<Found> {
        let sought = Search { acts: vec![act.to_owned()], rows_max: 100, ..Search::default() };
        search(&self.app.app.db, &sought).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_caller_can_have_a_card_frozen_and_nothing_else() {
    for line in lines().await {
        let (_, other) = line.app.staff(Role::Agent).await;
        let nothing = line.app.post(&other, "/desk/calls", &format!("customer={OWNER}")).await;
        assert_eq!((nothing.status.as_u16(), nothing.code().as_str()), (403, "no_matter"));
        let (agent, call) = line.on_the_line().await;
        let again = line.app.post(&agent, "/desk/calls", &format!("customer={OWNER}")).await;
        assert_eq!(again.header("location"), call, "one call goes on");
        line.freeze(&agent).await;
        let refused = line.act(&agent, &call, "unfreeze").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "call_assurance_too_low"));
        assert!(
            refused.body.contains("Let the caller prove: push_match with query_password"),
            "{}",
            refused.body
        );
        assert_eq!(line.act(&agent, &call, "unblock").await.status, 403);
        assert!(line.entries("cards.card.unfrozen").await.is_empty());
        let refusals = line.entries("calls.act.refused").await;
        let outcomes: Vec<_> = refusals.iter().map(|entry| entry.outcome).collect();
        assert_eq!(outcomes, [Outcome::Refused; 2]);
        assert_eq!(refusals[1].detail["permission"], "calls.card.unfreeze");

        let page = line.app.get(&agent, &format!("{call}?lang=en")).await.body;
        for part in ["Assurance 0", "Nothing yet", "Needs assurance 2", "Always, for any caller"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(line.app.get(&other, &call).await.status, 404, "another agent's call");
        assert_eq!(line.act(&other, &call, "unfreeze").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_go_past_the_agent_and_open_what_their_proof_is_worth_for_its_time() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        line.freeze(&agent).await;
        assert_eq!(line.digits(&call, "query_password", "111111").await, "no_match");
        assert_eq!(line.assurance(&call).await, 0);
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        assert_eq!(line.assurance(&call).await, 1);
        for act in ["unfreeze", "unblock"] {
            assert_eq!(line.act(&agent, &call, act).await.code(), "call_assurance_too_low", "{act}");
        }
        assert!(line.entries("cards.card.unfrozen").await.is_empty());
        // A fresh act after the proof's life asks for a fresh proof.
        line.app.clock.advance_us(16 * MINUTE_US);
        assert_eq!(line.assurance(&call).await, 0);
        let page = line.app.get(&agent, &format!("{call}?lang=en")).await.body;
        assert!(!page.contains(PASSWORD) && !page.contains("111111"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_confirms_with_the_number_that_was_heard_once_and_lifts_the_call() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        let owner = line.owner().await;
        let weak = line.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        let said = line.app.get(&weak, "/calls?lang=en").await;
        assert!(said.body.contains("You are talking to Lin from us now"), "{}", said.body);
        assert_eq!(said.header("refresh"), "10; url=/calls", "it goes stale by itself");
        assert!(!said.body.contains("Lin Jing"));

        let number = line.asked(&agent, &call).await;
        let twice = line.app.post(&agent, &format!("{call}/confirmations"), "").await;
        assert_eq!((twice.status.as_u16(), twice.code().as_str()), (429, "confirmations_exhausted"));
        let inbox = line.app.get(&owner, "/inbox?lang=en").await.body;
        assert!(inbox.contains("Is it you on the phone?"), "{inbox}");
        assert_ne!(
            line.app.get(&weak, "/calls/confirm").await.status,
            200,
            "a weak sign-in confirms nothing"
        );
        let page = line.app.get(&owner, "/calls/confirm?lang=en").await.body;
        assert!(page.contains("Number that you hear") && !page.contains(&format!(">{number}<")));

        let wrong = if number == "10" { "11" } else { "10" };
        let answer = line.app.post(&owner, "/calls/confirm", &format!("number={wrong}")).await;
        assert_eq!(answer.header("location"), "/calls/confirm?told=wrong");
        let late = line.app.post(&owner, "/calls/confirm", &format!("number={number}")).await;
        assert_eq!(late.header("location"), "/calls/confirm?told=wrong", "each is answered once");
        assert_eq!(line.assurance(&call).await, 0);

        let number = line.asked(&agent, &call).await;
        let answer = line.app.post(&owner, "/calls/confirm", &format!("number={number}")).await;
        assert_eq!(answer.header("location"), "/calls", "{}", answer.body);
        assert_eq!(line.assurance(&call).await, 1);
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        assert_eq!(line.assurance(&call).await, 2, "something they have and something they know");
        let id = call.rsplit('/').next().unwrap();
        line.freeze(&agent).await;
        let done = line.act(&agent, &call, "unfreeze").await;
        assert_eq!(done.status, 303, "{}", done.body);
        let unfrozen = line.entries("cards.card.unfrozen").await;
        assert_eq!(unfrozen[0].origin.as_deref(), Some(id), "the act is bound to the call");
        let permitted = line.entries("calls.act.permitted").await;
        assert_eq!(
            (&permitted[0].detail["assurance"], permitted[0].subject.as_deref()),
            (&2.into(), Some(id))
        );
        line.block_the_pin().await;
        let done = line.act(&agent, &call, "unblock").await;
        assert_eq!(done.status, 303, "{}", done.body);
        let unblocked = line.entries("cards.proof.unblocked").await;
        assert_eq!(unblocked[0].origin.as_deref(), Some(id), "the act is bound to the call");
        assert_eq!(line.entries("calls.act.permitted").await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_app_serves_once_for_a_minute_and_for_its_call() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        let owner = line.owner().await;
        let show = || async {
            let page = line.app.post(&owner, "/calls/code?lang=en", "").await;
            assert_eq!(
                (page.status.as_u16(), page.header("cache-control")),
                (200, "no-store"),
                "{}",
                page.body
            );
            let code = page.body.split("reveal__value num\">").nth(1).unwrap();
            code.split('<').next().unwrap().to_owned()
        };
        let read_out = |code: String| {
            let (line, agent, call) = (&line, &agent, &call);
            async move {
                let told = line.app.post(agent, &format!("{call}/code"), &format!("code={code}")).await;
                told.header("location").rsplit('=').next().unwrap().to_owned()
            }
        };
        let first = show().await;
        let second = show().await;
        assert_eq!(read_out(first).await, "no-match", "the newer one has taken its place");
        line.app.clock.advance_us(61 * SECOND_US);
        assert_eq!(read_out(second).await, "no-match", "a minute is over");
        let third = show().await;
        assert_eq!(read_out(third.clone()).await, "match");
        assert_eq!(line.assurance(&call).await, 1);
        assert_eq!(read_out(third).await, "no-match", "it serves once");
        let stranger = line
            .app
            .browser(Actor::Cardholder(CustomerId::from_raw(2)), Role::Cardholder, Assurance::TWO)
            .await;
        assert_eq!(line.app.post(&stranger, "/calls/code", "").await.status, 404, "nobody talks to them");
        // Five misses in any mix, and the right one is refused as well.
        for _ in 0..3 {
            assert_eq!(read_out("000000".to_owned()).await, "no-match");
        }
        let fourth = show().await;
        assert_eq!(read_out(fourth).await, "no-match");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_over_opens_nothing_and_the_app_says_so() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        let owner = line.owner().await;
        line.freeze(&agent).await;
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        assert_eq!(line.app.post(&agent, &format!("{call}/closure"), "").await.status, 303);
        let refused = line.act(&agent, &call, "unfreeze").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "call_ended"));
        assert_eq!(line.assurance(&call).await, 0);
        let page = line.app.get(&owner, "/calls?lang=en").await.body;
        assert!(page.contains("We are not talking to you") && !page.contains("talking to Lin"), "{page}");
        let account = line.app.get(&agent, &format!("/desk/accounts/{ACCOUNT}")).await;
        assert_eq!(account.status, 403, "its matter is closed with it");
        // And one that nobody ends, ends by itself.
        let (_, call) = line.on_the_line().await;
        line.app.clock.advance_us(60 * MINUTE_US);
        let owner = line.owner().await;
        assert!(line.app.get(&owner, "/calls?lang=en").await.body.contains("We are not talking to you"));
        assert_eq!(
            line.menu("GET", &format!("/v1{}", call.trim_start_matches("/desk")), Value::Null).await.json()["live"],
            false
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_s_answers_do_not_tell_who_is_a_customer_and_its_calls_are_taken_once() {
    for line in lines().await {
        let known = test_pan(1).expose().to_owned();
        let unknown = test_pan(999).expose().to_owned();
        let mut shapes = Vec::new();
        for number in [&known, &unknown] {
            let begun = line.menu("POST", "/v1/calls", json!({ "card_number": number })).await;
            assert_eq!(begun.status, 201, "{}", begun.body);
            assert!(!begun.body.contains(number.as_str()));
            let call = begun.json()["id"].as_str().unwrap().to_owned();
            let answers = [
                line.digits(&call, "query_password", "111111").await,
                line.digits(&call, "card_value", "000").await,
            ];
            let mut view = line.menu("GET", &format!("/v1/calls/{call}"), Value::Null).await.json();
            view["id"] = Value::Null;
            shapes.push((answers, view, call));
        }
        assert_eq!((&shapes[0].0, &shapes[0].1), (&shapes[1].0, &shapes[1].1));
        let both = line.menu("POST", "/v1/calls", json!({})).await;
        assert_eq!(both.status, 400);

        let (_, one) = line.app.staff(Role::Agent).await;
        let (_, two) = line.app.staff(Role::Agent).await;
        let list = line.app.get(&one, "/desk/calls?lang=en").await.body;
        assert!(
            list.contains(&shapes[0].2) && !list.contains(&shapes[1].2),
            "nobody's call is nobody's to take"
        );
        let take = format!("/desk/calls/{}/take", shapes[0].2);
        assert_eq!(line.app.post(&one, &take, "").await.status, 303);
        assert_eq!(line.app.post(&one, &take, "").await.status, 303, "twice is once");
        let late = line.app.post(&two, &take, "").await;
        assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "call_taken"));
        assert_eq!(
            line.app.get(&one, &format!("/desk/accounts/{ACCOUNT}")).await.status,
            200,
            "it opened a matter"
        );
        assert_eq!(line.app.get(&two, &format!("/desk/accounts/{ACCOUNT}")).await.status, 403);
    }
}

impl Line {
    async fn paid(&self, card: u32, stan: u32, minor: i64, place: &str) {
        let key = self.app.app.keys.lookup_pan(&test_pan(card)).unwrap().0;
        let mut request = purchase(key, stan, minor, self.app.app.now());
        request.arrived_us = self.app.clock.monotonic_us();
        request.site.name = place.to_owned();
        request.site.merchant = format!("MERCHANT{stan:07}");
        let reply = self.app.engine.authorize(request).await;
        assert!(reply.is_approved(), "{reply:?}");
    }

    /// The options of a question as the page shows them, in their order.
    async fn options(&self, agent: &Browser, call: &str, question: &str) -> Vec<String> {
        let page = self.app.get(agent, &format!("{call}?lang=en")).await.body;
        let form = page.split(&format!("value=\"{question}\"")).nth(1).unwrap_or_default();
        let form = form.split("</form>").next().unwrap();
        let labels = form.split("type=\"radio\"").skip(1);
        labels
            .map(|label| label.split("<span>").nth(1).unwrap().split('<').next().unwrap().to_owned())
            .collect()
    }

    async fn said(&self, agent: &Browser, call: &str, question: &str, option: usize) -> Answer {
        self.app
            .post(agent, &format!("{call}/facts/answer"), &format!("question={question}&option={option}"))
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_payments_are_signs_and_open_nothing() {
    for line in lines().await {
        for (stan, place) in
            ["Blue Door Books", "Harbour Tea", "Seven Lanes Market", "Kite Cinema"].iter().enumerate()
        {
            line.paid(2, u32::try_from(stan).unwrap(), 2_000, place).await;
        }
        let (agent, call) = line.on_the_line().await;
        let none = line.app.post(&agent, &format!("{call}/facts"), "").await;
        assert!(none.header("location").ends_with("told=no-facts"), "{}", none.body);
        line.paid(1, 11, 1_900, "Blue Door Books").await;
        line.app.clock.advance_us(MINUTE_US);
        line.paid(1, 12, 4_650, "Wild Plum Noodles").await;
        line.app.clock.advance_us(MINUTE_US);

        assert_eq!(line.app.post(&agent, &format!("{call}/facts"), "").await.header("location"), call);
        let mut first = Vec::new();
        for question in ["place", "amount", "day"] {
            let options = line.options(&agent, &call, question).await;
            let mut different = options.clone();
            different.sort();
            different.dedup();
            assert_eq!((options.len(), different.len()), (4, 4), "{question}: {options:?}");
            first.push(options);
        }
        assert!(first[0].contains(&"Wild Plum Noodles".to_owned()), "{first:?}");
        assert!(!first[0].contains(&"Blue Door Books".to_owned()), "they were there too");
        // They are made once: another try shows the same ones.
        line.app.post(&agent, &format!("{call}/facts"), "").await;
        for (question, before) in ["place", "amount", "day"].iter().zip(&first) {
            assert_eq!(&line.options(&agent, &call, question).await, before);
        }
        assert_eq!(line.entries("calls.facts.drawn").await.len(), 1);

        let right = [
            first[0].iter().position(|option| option == "Wild Plum Noodles").unwrap(),
            first[1].iter().position(|option| option.contains("46.50")).unwrap(),
            first[2].iter().position(|option| option.contains("12 March")).unwrap(),
        ];
        for (question, option) in ["place", "amount", "day"].iter().zip(right) {
            let said = line.said(&agent, &call, question, option).await;
            assert!(said.header("location").ends_with("told=fits"), "{question}: {}", said.body);
            let again = line.said(&agent, &call, question, option).await;
            assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "fact_answered"));
        }
        assert_eq!(line.assurance(&call).await, 0, "all of them are right, and nothing is proved");
        line.freeze(&agent).await;
        for act in ["unfreeze", "unblock"] {
            assert_eq!(line.act(&agent, &call, act).await.code(), "call_assurance_too_low");
        }
        let refused = line.entries("calls.act.refused").await;
        assert_eq!(refused[0].detail["proofs"], json!(["fact"]), "it is kept as what it is");
        // Nor does it lift what something else has proved.
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        assert_eq!(line.assurance(&call).await, 1);
        let (_, other) = line.app.staff(Role::Agent).await;
        assert_eq!(
            line.app.post(&other, &format!("{call}/facts"), "").await.status,
            404,
            "another agent's call"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_about_payments_make_weak_proofs_count_for_less() {
    for line in lines().await {
        for (stan, place) in ["Harbour Tea", "Seven Lanes Market", "Kite Cinema"].iter().enumerate() {
            line.paid(2, u32::try_from(stan).unwrap(), 2_000, place).await;
        }
        line.paid(1, 12, 4_650, "Wild Plum Noodles").await;
        let (agent, call) = line.on_the_line().await;
        assert_eq!(line.app.post(&agent, &format!("{call}/facts"), "").await.status, 303);
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        let owner = line.owner().await;
        let number = line.asked(&agent, &call).await;
        line.app.post(&owner, "/calls/confirm", &format!("number={number}")).await;
        let mut levels = vec![line.assurance(&call).await];
        for (question, truth) in [("place", "Wild Plum Noodles"), ("amount", "46.50")] {
            let options = line.options(&agent, &call, question).await;
            let wrong = options.iter().position(|option| !option.contains(truth)).unwrap();
            let said = line.said(&agent, &call, question, wrong).await;
            assert!(said.header("location").ends_with("told=fits-not"), "{}", said.body);
            levels.push(line.assurance(&call).await);
        }
        assert_eq!(levels, [2, 2, 1], "one can be forgotten, two are a sign");
        assert_eq!(line.said(&agent, &call, "weather", 0).await.status, 400);
    }
}

impl Line {
    /// A call of the menu about the holder of this card: its address at the desk.
    async fn through_the_menu(&self, card: u32) -> String {
        let number = test_pan(card).expose().to_owned();
        let begun = self.menu("POST", "/v1/calls", json!({ "card_number": number })).await;
        format!("/desk/calls/{}", begun.json()["id"].as_str().unwrap())
    }

    async fn take(&self, agent: &Browser, call: &str) -> (u16, String) {
        let answer = self.app.post(agent, &format!("{call}/take"), "").await;
        let code = if answer.status == 303 { String::new() } else { answer.code() };
        (answer.status.as_u16(), code)
    }

    async fn mark(&self, customer: CustomerId, mark: &str) {
        let mut write = self.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("INSERT INTO customer_marks (customer, mark, set_by, at) VALUES ($1, $2, 1, 1)")
                .bind(customer.raw())
                .bind(mark)
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.commit(Entry::new(BY.0, BY.1, "tests.row.changed")).await.unwrap();
    }

    async fn alarms(&self, kind: &str) -> i64 {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM staff_alarms WHERE kind = $1")
                .bind(kind)
                .fetch_one(p)
                .await
        })
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_menu_opens_no_record_that_a_form_would_not_open() {
    for line in lines().await {
        let more: Vec<_> = (3..30).map(sample_customer).collect();
        open_many(&line.app.accounts(), &more, BY.0, BY.1).await.unwrap();
        let refused = |code: &str| (403, code.to_owned());
        // One's own record.
        let (id, agent) = line.app.staff(Role::Agent).await;
        let relation = format!("/desk/staff/{id}/relations");
        let told = line.app.post(&agent, &relation, &format!("customer={OWNER}&relation=own")).await;
        assert_eq!(told.status, 303);
        let call = line.through_the_menu(1).await;
        assert_eq!(line.take(&agent, &call).await, refused("relation_blocked"));
        assert_eq!(line.app.get(&agent, &call).await.status, 404);
        assert_eq!(line.alarms("relation").await, 1);
        // An important person's, which a manager takes.
        line.mark(CustomerId::from_raw(2), "important").await;
        let call = line.through_the_menu(2).await;
        assert_eq!(line.take(&agent, &call).await, refused("important_person"));
        let (_, manager) = line.app.staff(Role::Manager).await;
        assert_eq!(line.take(&manager, &call).await.0, 303);
        assert_eq!(line.alarms("important").await, 2, "the try, and that it was opened");
        // The record of nobody, and more than an hour allows.
        line.mark(CustomerId::from_raw(3), "honey").await;
        for card in 3..23 {
            let call = line.through_the_menu(card).await;
            assert_eq!(line.take(&agent, &call).await.0, 303, "{card}");
        }
        assert_eq!(line.alarms("honey").await, 1);
        let call = line.through_the_menu(23).await;
        assert_eq!(line.take(&agent, &call).await, (429, "record_quota".to_owned()));
        assert_eq!(line.alarms("quota").await, 1);
        assert_eq!(line.take(&manager, &call).await.0, 303, "it waits still");
        let refusals = line.entries("matters.record.refused").await;
        let codes: Vec<_> = refusals.iter().map(|entry| entry.detail["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["record_quota", "important_person", "relation_blocked"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_ends_to_serve_whoever_may_no_longer_see_its_customer() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        line.freeze(&agent).await;
        assert_eq!(line.digits(&call, "query_password", PASSWORD).await, "match");
        line.mark(OWNER, "important").await;
        for path in ["unfreeze", "unblock", "confirmations", "code", "facts"] {
            let fields = format!("card={CARD}&proof=pin&code=000000");
            let answer = line.app.post(&agent, &format!("{call}/{path}"), &fields).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "important_person"), "{path}");
        }
        let page = line.app.get(&agent, &call).await;
        assert_eq!(page.status, 403);
        for shown in ["周明慧", "Zhou", "6021"] {
            assert!(!page.body.contains(shown), "{shown}");
        }
        assert!(line.entries("cards.card.unfrozen").await.is_empty());
        assert_eq!(line.app.post(&agent, &format!("{call}/closure"), "").await.status, 303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_read_out_at_the_same_moment_give_no_sixth_guess() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        let owner = line.owner().await;
        let page = line.app.post(&owner, "/calls/code?lang=en", "").await.body;
        let code = page.split("reveal__value num\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let read_out = |code: String| {
            let (app, agent, path) = (&line.app, &agent, format!("{call}/code"));
            async move { app.post(agent, &path, &format!("code={code}")).await.header("location").to_owned() }
        };
        let wrong = (0..20).map(|n| if code == format!("{n:06}") { 20 } else { n });
        let told = join_all(wrong.map(|n| read_out(format!("{n:06}")))).await;
        assert!(told.iter().all(|to| to.ends_with("told=no-match")), "{told:?}");
        let compared = line.entries("identity.proof.missed").await.len();
        assert_eq!((compared, line.entries("identity.proof.refused").await.len()), (5, 15));
        assert!(read_out(code).await.ends_with("told=no-match"), "the right one comes too late");
        assert_eq!(line.assurance(&call).await, 0);
        assert!(line.entries("calls.proof.added").await.is_empty(), "the log says what was done with it");
        let missed = line.entries("calls.proof.missed").await;
        assert_eq!(missed.len(), 21);
        assert!(
            missed
                .iter()
                .all(|entry| { entry.outcome == Outcome::Refused && entry.detail["kind"] == "push_match" })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_of_one_customer_ask_for_one_confirmation_at_a_time() {
    for line in lines().await {
        let calls = [line.on_the_line().await, line.on_the_line().await, line.on_the_line().await];
        let paths: Vec<String> = calls.iter().map(|(_, call)| format!("{call}/confirmations")).collect();
        let asks = calls.iter().zip(&paths).map(|((agent, _), path)| line.app.post(agent, path, ""));
        let codes: Vec<u16> = join_all(asks).await.iter().map(|answer| answer.status.as_u16()).collect();
        let asked = codes.iter().filter(|code| **code == 303).count();
        assert_eq!((asked, codes.iter().filter(|code| **code == 429).count()), (1, 2), "{codes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minutes_allow_three_confirmations_that_nobody_answers() {
    for line in lines().await {
        let (agent, call) = line.on_the_line().await;
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(line.app.post(&agent, &format!("{call}/confirmations"), "").await.status.as_u16());
            line.app.clock.advance_us(121 * SECOND_US);
        }
        assert_eq!(codes, [303, 303, 303, 429]);
        line.app.clock.advance_us(2 * MINUTE_US);
        assert_eq!(line.app.post(&agent, &format!("{call}/confirmations"), "").await.status, 303);
    }
}
