//! The cardholder's pages and the desk over both databases: what they show, to whom, in which language, and that
//! looking at a customer is recorded before it is shown.

#![cfg(test)]

use axum::body::Body;
use axum::http::Request;
use features::authorizations::{AuthorizationRequest, CardKey, Reason, save_rule_set_in_tx};
use features::cards::open_many;
use futures_util::StreamExt;
use kernel::{AccountId, Actor, AuthorizationId, CardId, Channel, Clock, CustomerId, StaffId};
use platform::access::{Assurance, Role};
use platform::audit::Entry;
use platform::db::Housekeeping;
use platform::keys::PersonKeys;
use platform::{feature, i18n, on};
use std::collections::BTreeSet;
use testkit::{Answer, Browser, TestApp, databases, purchase, sample_customer, sqlite, test_pan};
use tower::ServiceExt;

const RULES: &str = r#"
number = 7
name = "pages"
[[rule]]
id = "new-and-large"
name = { en = "Large at a new shop", zh-Hans = "陌生商户大额", zh-Hant = "陌生商戶大額" }
when = 'card.new_merchant && payment.amount > 1000.0'
action = "decline"
reason = "unusual_amount"
"#;
const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const OWNER: CustomerId = CustomerId::from_raw(1);
const CARD: CardId = CardId::from_raw(2_000_001);
const STRANGER: CustomerId = CustomerId::from_raw(2);

struct Pages {
    app: TestApp,
    key: CardKey,
    stan: u32,
}

impl Pages {
    async fn start(test: testkit::TestDb) -> Self {
        let app = TestApp::start(test, RULES);
        let texts = feature::catalogue(&app.app.features).unwrap();
        let _ = i18n::install(texts);
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let rules = decision::RuleSet::compile(RULES).unwrap();
        let mut write = app.app.db.write().await.unwrap();
        let version = rules.version().to_string();
        save_rule_set_in_tx(&mut write, &version, RULES, app.app.now()).await.unwrap();
        write.commit(Entry::new(BY.0, BY.1, "tests.rules.saved")).await.unwrap();
        let key = app.app.keys.lookup_pan(&test_pan(1)).unwrap().0;
        Self { app, key, stan: 0 }
    }

    async fn browser(&self, actor: Actor, role: Role, assurance: Assurance) -> Browser {
        self.app.browser(actor, role, assurance).await
    }

    async fn cardholder(&self, customer: CustomerId) -> Browser {
        self.browser(Actor::Cardholder(customer), Role::Cardholder, Assurance::TWO).await
    }

    async fn staff(&self, role: Role) -> (StaffId, Browser) {
        self.app.staff(role).await
    }

    async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.app.get(browser, path).await
    }

    async fn post(&self, browser: &Browser, path: &str, fields: &str) -> Answer {
        self.app.post(browser, path, fields).await
    }

    fn request(&mut self, minor: i64) -> AuthorizationRequest {
        self.stan += 1;
        purchase(self.key, self.stan, minor, self.app.clock.now())
    }

    async fn pay(&mut self, minor: i64) -> (Reason, AuthorizationId) {
        let request = self.request(minor);
        let answer = self.app.engine.authorize(request).await;
        (answer.reason, answer.authorization.expect("recorded"))
    }

    async fn entries(&self, act: &str) -> Vec<(String, Option<String>)> {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_as("SELECT actor, subject FROM audit_entries WHERE act = $1 ORDER BY id")
                .bind(act).fetch_all(p).await
        })
        .unwrap()
    }
}

async fn on_each() -> Vec<Pages> {
    let mut all = Vec::new();
    for test in databases().await {
        all.push(Pages::start(test).await);
    }
    all
}

/// Only the words of a page.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_says_what_can_be_used_and_what_happened() {
    for mut pages in on_each().await {
        assert_eq!(pages.pay(200_000).await.0, Reason::SuspectedFraud);
        assert_eq!(pages.pay(4_600).await.0, Reason::Approved);
        let me = pages.cardholder(OWNER).await;
        for (tag, expected) in [
            (
                "zh-Hans",
                [
                    "周明慧",
                    "可用额度",
                    "¥49,954.00",
                    "待入账",
                    "没有通过",
                    "你第一次在这家商户付款，所以我们先停住。没有扣款。",
                ],
            ),
            (
                "zh-Hant",
                [
                    "周明慧",
                    "可用額度",
                    "¥49,954.00",
                    "待入帳",
                    "沒有通過",
                    "你第一次在這家商戶付款，所以我們先停住。沒有扣款。",
                ],
            ),
            (
                "en",
                [
                    "Zhou Minghui",
                    "Available credit",
                    "¥49,954.00",
                    "On hold",
                    "Declined",
                    "We stopped it because you'd never paid this shop before. Nothing was charged.",
                ],
            ),
        ] {
            let answer = pages.get(&me, &format!("/?lang={tag}")).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let text = words(&answer.body).replace("&#39;", "'");
            for part in expected {
                assert!(text.contains(part), "{part} is not in {tag}: {text}");
            }
            assert!(answer.body.contains("•••• "), "the card is masked");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_things_are_absent() {
    for mut pages in on_each().await {
        let (_, mine) = pages.pay(4_600).await;
        let (me, stranger) = (pages.cardholder(OWNER).await, pages.cardholder(STRANGER).await);
        for path in [
            format!("/transactions/{mine}"),
            format!("/transactions?from={mine}"),
            format!("/transactions?account={ACCOUNT}"),
            format!("/?account={ACCOUNT}"),
            format!("/live?account={ACCOUNT}"),
        ] {
            let refused = pages.get(&stranger, &path).await;
            assert_eq!(refused.status, 404, "{path}: {}", refused.body);
        }
        for path in [format!("/transactions/{mine}"), format!("/?account={ACCOUNT}")] {
            assert_eq!(pages.get(&me, &path).await.status, 200, "{path}");
        }
        for act in ["freeze", "unfreeze", "controls"] {
            let refused = pages.post(&stranger, &format!("/cards/{CARD}/{act}"), "payment_max=").await;
            assert_eq!(refused.status, 404, "{act}: {}", refused.body);
        }
        assert_eq!(pages.pay(100).await.0, Reason::Approved, "nothing was frozen");
        assert!(
            !words(&pages.get(&stranger, "/cards").await.body).contains(&test_pan(1).masked().to_string())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn freezing_needs_no_proof_and_holds_for_the_next_payment() {
    for mut pages in on_each().await {
        let weak = pages.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::NONE).await;
        let frozen = pages.post(&weak, &format!("/cards/{CARD}/freeze"), "back=%2F").await;
        assert_eq!((frozen.status.as_u16(), frozen.header("location")), (303, "/"), "{}", frozen.body);
        let (reason, id) = pages.pay(4_600).await;
        assert_eq!(reason, Reason::Frozen);
        let refused = pages.post(&weak, &format!("/cards/{CARD}/unfreeze"), "").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "assurance_too_low"));

        let me = pages.cardholder(OWNER).await;
        let told = words(&pages.get(&me, &format!("/transactions/{id}?lang=en")).await.body);
        assert!(told.contains("This card is frozen.") && told.contains("unfreeze it under Cards"), "{told}");
        assert!(told.contains(&id.to_string()), "the number to quote");
        let thawed = pages.post(&me, &format!("/cards/{CARD}/unfreeze"), "back=%2Fcards").await;
        assert_eq!(thawed.header("location"), "/cards");
        assert_eq!(pages.pay(4_600).await.0, Reason::Approved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lowering_is_free_and_raising_needs_proof() {
    for mut pages in on_each().await {
        let weak = pages.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        let path = format!("/cards/{CARD}/controls");
        let lowered = pages.post(&weak, &path, "abroad=on&cash=on&payment_max=40.00").await;
        assert_eq!(lowered.header("location"), "/cards?told=controls", "{}", lowered.body);
        assert_eq!(pages.pay(4_600).await.0, Reason::AmountLimit);
        for raised in [
            "online=on&abroad=on&cash=on&payment_max=40",
            "abroad=on&cash=on&payment_max=40.01",
            "abroad=on&cash=on&payment_max=",
        ] {
            let refused = pages.post(&weak, &path, raised).await;
            assert_eq!(refused.code(), "assurance_too_low", "{raised}");
        }
        let wrong = pages.post(&weak, &format!("{path}?lang=en"), "payment_max=-1").await;
        assert_eq!(wrong.status, 400);
        assert!(words(&wrong.body).contains("Enter an amount that is not negative"), "{}", wrong.body);
        let page = words(&pages.get(&weak, "/cards?lang=en").await.body);
        assert!(
            page.contains("needs two proofs") && page.contains("not yet") && page.contains("Now ¥40.00"),
            "{page}"
        );
        let me = pages.cardholder(OWNER).await;
        assert_eq!(pages.post(&me, &path, "online=on&abroad=on&cash=on&payment_max=").await.status, 303);
        assert_eq!(pages.pay(4_600).await.0, Reason::Approved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_every_transaction_once_and_can_be_narrowed() {
    let mut pages = Pages::start(sqlite().await).await;
    let mut all = BTreeSet::new();
    let mut declined = BTreeSet::new();
    for n in 0..63 {
        // The shop is new to the card until a payment there went through.
        let (reason, id) = pages.pay(if n == 0 { 200_000 } else { 1_000 + n }).await;
        all.insert(id);
        if !reason.is_approval() {
            declined.insert(id);
        }
    }
    let me = pages.cardholder(OWNER).await;
    for (path, expected) in
        [("/transactions?lang=en", &all), ("/transactions?show=declined&lang=en", &declined)]
    {
        let (mut met, mut next, mut pieces) = (Vec::new(), Some(path.to_owned()), 0);
        while let Some(path) = next {
            let page = pages.get(&me, &path).await.body;
            met.extend(
                page.split("id=\"tx-")
                    .skip(1)
                    .map(|rest| rest.split('"').next().unwrap().parse::<AuthorizationId>().unwrap()),
            );
            pieces += 1;
            let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            next = links.filter(|href| href.contains("from=")).map(|href| href.replace("&amp;", "&")).find(
                |href| {
                    // Not the links of languages and themes, which lead to this same piece.
                    !href.contains("lang=") && !href.contains("theme=")
                },
            );
        }
        assert_eq!(met.iter().copied().collect::<BTreeSet<_>>(), *expected, "{path}");
        assert_eq!(met.len(), expected.len(), "{path}: once each");
        assert!(met.is_sorted_by(|newer, older| newer > older), "newest first");
        assert!(pieces < 20);
    }
    assert_eq!(declined.len(), 1, "one was declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_begins_with_the_page_as_it_is() {
    let mut pages = Pages::start(sqlite().await).await;
    let me = pages.cardholder(OWNER).await;
    pages.pay(4_600).await;
    let request = Request::get("/live?lang=en").header("cookie", &me.cookie).body(Body::empty()).unwrap();
    let response = pages.app.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while !text.contains("id=\"cards\"") {
        text.push_str(&String::from_utf8_lossy(&body.next().await.unwrap().unwrap()));
    }
    assert!(text.contains("id=\"balance\"") && text.contains("id=\"transactions\""), "{text}");
    assert!(words(&text).contains("Wild Plum Noodles"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_why_and_it_is_recorded_that_they_looked() {
    for mut pages in on_each().await {
        pages.pay(200_000).await;
        let (id, agent) = pages.staff(Role::Agent).await;
        pages.app.serve(&agent, Role::Agent, OWNER).await;
        assert_eq!(pages.entries("accounts.account.read").await, []);
        let answer = pages.get(&agent, &format!("/desk/accounts/{ACCOUNT}?lang=en")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = words(&answer.body).replace("&#39;", "'");
        for part in [
            "周明慧",
            "new-and-large",
            "Large at a new shop",
            "version 7",
            "First time at this merchant",
            "Amount of this payment",
            "¥2,000.00, above ¥1,000.00",
            "response 59",
            // Verbatim, in the customer's language.
            "“你第一次在这家商户付款，所以我们先停住。没有扣款。是你的话，联系我们，我们看过再放行；不是你，就冻结卡片。”",
            "payment.amount",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(
            !answer.body.contains("+8613800016021") && !answer.body.contains("zhou.1@"),
            "contacts are masked"
        );
        let expected = vec![(Actor::Staff(id).to_string(), Some(ACCOUNT.to_string()))];
        assert_eq!(pages.entries("accounts.account.read").await, expected);

        let (_, administrator) = pages.staff(Role::Administrator).await;
        assert_eq!(pages.get(&administrator, &format!("/desk/accounts/{ACCOUNT}")).await.status, 403);
        let me = pages.cardholder(OWNER).await;
        assert_ne!(pages.get(&me, &format!("/desk/accounts/{ACCOUNT}")).await.status, 200);
        assert_eq!(pages.entries("accounts.account.read").await, expected, "who was refused saw nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_reads_as_erased_and_the_records_stay() {
    for mut pages in on_each().await {
        pages.pay(200_000).await;
        let keys = PersonKeys::of(&pages.app.app);
        keys.destroy(features::ALL, OWNER, BY).await.unwrap();
        let (_, agent) = pages.staff(Role::Agent).await;
        pages.app.serve(&agent, Role::Agent, OWNER).await;
        let answer = pages.get(&agent, &format!("/desk/accounts/{ACCOUNT}?lang=en")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = words(&answer.body);
        assert!(text.contains("Erased") && text.contains("Large at a new shop"), "{text}");
        assert!(!text.contains("周明慧") && !text.contains("Zhou"), "{text}");
        let me = pages.cardholder(OWNER).await;
        for path in ["/?lang=zh-Hant", "/cards?lang=zh-Hant", "/transactions"] {
            assert_eq!(pages.get(&me, path).await.status, 200, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_does_not_open_is_a_clean_error() {
    for pages in on_each().await {
        // The profile of one customer under another's row, as somebody with access to the database could put it.
        let mut write = pages.app.app.db.write().await.unwrap();
        platform::on!(write.conn(), c => {
            sqlx::query("UPDATE customers SET profile = (SELECT profile FROM customers WHERE id = 2) WHERE id = 1")
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.commit(Entry::new(BY.0, BY.1, "tests.row.swapped")).await.unwrap();
        let (_, agent) = pages.staff(Role::Agent).await;
        pages.app.serve(&agent, Role::Agent, OWNER).await;
        let me = pages.cardholder(OWNER).await;
        for (browser, path) in [(&agent, format!("/desk/accounts/{ACCOUNT}")), (&me, "/".to_owned())] {
            let answer = pages.get(browser, &path).await;
            assert_eq!(answer.status, 500, "{path}");
            assert!(!answer.body.contains("周明慧") && !answer.body.contains("customers"), "{}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cant_be_recorded_is_not_shown() {
    for pages in on_each().await {
        let (_, agent) = pages.staff(Role::Agent).await;
        pages.app.serve(&agent, Role::Agent, OWNER).await;
        let path = format!("/desk/accounts/{ACCOUNT}");
        assert_eq!(pages.get(&agent, &path).await.status, 200);
        let mut write = pages.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("ALTER TABLE audit_entries RENAME TO audit_entries_away").execute(&mut *c).await.map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Aggregates).await.unwrap();
        let refused = pages.get(&agent, &path).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "log_unwritten"));
        assert!(!refused.body.contains("周明慧") && !refused.body.contains("Zhou"), "{}", refused.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_what_they_tell_in_full() {
    for pages in on_each().await {
        let (_, agent) = pages.staff(Role::Agent).await;
        let account = format!("/desk/accounts/{ACCOUNT}");
        let pan = test_pan(1);
        let spaced: Vec<&str> = [0, 4, 8, 12].iter().map(|at| &pan.expose()[*at..at + 4]).collect();
        for sought in [ACCOUNT.to_string(), pan.expose().to_owned(), spaced.join("+")] {
            let found = pages.post(&agent, "/desk/customers", &format!("sought={sought}")).await;
            assert_eq!((found.status.as_u16(), found.header("location")), (303, account.as_str()));
        }
        for sought in [
            OWNER.to_string(),
            "%2B8613800016021".to_owned(),
            "Zhou.1%40post.example".to_owned(),
            "sample+00000001".to_owned(),
        ] {
            let found = pages.post(&agent, "/desk/customers", &format!("sought={sought}")).await;
            assert!(found.body.contains(&account), "{sought}: {}", found.body);
            assert!(!found.body.contains("+8613800016021"));
            assert!(
                found.body.contains("周**") && !found.body.contains("周明慧"),
                "enough to pick the caller: {}",
                found.body
            );
        }
        assert_eq!(pages.entries("accounts.customer.sought").await.len(), 7);
        for sought in ["6021", "Zhou", "%E5%91%A8", "9000010100000019999", ""] {
            let found = pages.post(&agent, "/desk/customers?lang=en", &format!("sought={sought}")).await;
            assert!(words(&found.body).contains("Nothing found"), "{sought}: {}", found.body);
        }
        assert_eq!(pages.entries("accounts.customer.sought").await.len(), 12, "a search in vain is one too");
        let said = pages.app.said.lock().unwrap().join("\n");
        assert!(!said.contains(pan.expose()), "no answer repeats a card number");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_freezes_and_the_next_payment_is_declined() {
    let mut pages = Pages::start(sqlite().await).await;
    let (id, agent) = pages.staff(Role::Agent).await;
    let frozen = pages.post(&agent, &format!("/desk/cards/{CARD}/freeze"), "").await;
    assert_eq!(frozen.header("location"), format!("/desk/accounts/{ACCOUNT}"), "{}", frozen.body);
    assert_eq!(pages.pay(4_600).await.0, Reason::Frozen);
    let entries = pages.entries("cards.card.frozen").await;
    assert_eq!(entries.first().map(|(actor, _)| actor.clone()), Some(Actor::Staff(id).to_string()));
}
