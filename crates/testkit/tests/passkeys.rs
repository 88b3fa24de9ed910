//! Passkeys over both databases: made with a code, used to sign in, to prove more and to make others; ended, copied,
//! answered twice; and what becomes of sessions. The authenticator is in software and answers as a browser would.

#![cfg(test)]

use axum::http::StatusCode;
use features::cards::open_many;
use features::identity::{Attempt, ProofKind, Verdict};
use features::passkeys::{self, CodeTerms, SoftKey};
use kernel::{AccountId, Actor, Channel, CustomerId, DAY_US, MINUTE_US, SECOND_US, Secret, StaffId};
use platform::access::{Assurance, Role, enable_staff_in_tx, find_session, touch_session};
use platform::audit::Entry;
use platform::clock::SystemRandom;
use platform::keys::PersonKeys;
use platform::{feature, i18n, on};
use serde_json::{Value, json};
use testkit::{Answer, Browser, TestApp, databases, sample_customer, sqlite};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: Actor = Actor::Cardholder(CustomerId::from_raw(1));
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);
const ORIGIN: &str = "http://localhost:8080";

struct Site {
    app: TestApp,
}

async fn sites() -> Vec<Site> {
    let mut all = Vec::new();
    for test in databases().await {
        all.push(Site::start(test).await);
    }
    all
}

impl Site {
    async fn start(test: testkit::TestDb) -> Self {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        Self { app }
    }

    /// Sends JSON as the page's script does.
    async fn send(&self, browser: Option<&Browser>, path: &str, body: &Value) -> Answer {
        let mut headers = vec![
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json"),
            ("user-agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/139.0.0.0 Safari/537.36"),
        ];
        if let Some(browser) = browser {
            headers.extend([("cookie", browser.cookie.as_str()), ("x-csrf-token", browser.csrf.as_str())]);
        }
        self.app.ask("POST", path, &headers, &body.to_string()).await
    }

    async fn question(&self, browser: Option<&Browser>, path: &str, body: Value) -> Value {
        let asked = self.send(browser, path, &body).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        asked.json()
    }

    async fn code(&self, whose: Actor, terms: CodeTerms) -> String {
        let made = passkeys::new_code(&self.app.app.db, &SystemRandom, whose, terms, BY).await.unwrap();
        made.text.expose().clone()
    }

    /// A first passkey for somebody, and the browser in which it was made.
    async fn enrolled(&self, whose: Actor) -> (SoftKey, Browser) {
        let mut key = SoftKey::create(&SystemRandom);
        let browser = self.enrol(whose, &mut key).await;
        (key, browser)
    }

    async fn enrol(&self, whose: Actor, key: &mut SoftKey) -> Browser {
        let code = self.code(whose, CodeTerms::STAFF).await;
        let root = if matches!(whose, Actor::Staff(_)) { "/desk/activate" } else { "/activate" };
        let question = self.question(None, &format!("{root}/question"), json!({ "code": code })).await;
        let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
        let done = self.send(None, root, &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        browser_of(&done)
    }

    async fn sign_in(&self, root: &str, key: &mut SoftKey) -> Answer {
        let question = self.question(None, &format!("{root}/question"), json!({})).await;
        self.answer(None, root, key, &question).await
    }

    async fn answer(
        &self,
        browser: Option<&Browser>,
        root: &str,
        key: &mut SoftKey,
        question: &Value,
    ) -> Answer {
        let body = json!({ "ceremony": question["ceremony"], "credential": key.answer(question, ORIGIN) });
        self.send(browser, root, &body).await
    }

    /// A further passkey of a cardholder's, and where it is signed for.
    async fn further(&self, browser: &Browser) -> (SoftKey, String) {
        let question = self.question(Some(browser), "/security/devices/question", json!({})).await;
        let mut key = SoftKey::create(&SystemRandom);
        let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
        let done = self.send(Some(browser), "/security/devices", &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        (key, done.json()["location"].as_str().unwrap().to_owned())
    }

    /// Signs the act to which an answer leads, as the page there does.
    async fn sign_act(&self, browser: &Browser, key: &mut SoftKey, address: &str) -> Answer {
        assert!(address.starts_with("/approvals/"), "{address}");
        let question = self.question(Some(browser), &format!("{address}/question"), json!({})).await;
        self.answer(Some(browser), &format!("{address}/signature"), key, &question).await
    }

    /// Somebody did something in it, or it would end by being idle. The server writes that behind its answer, so a test
    /// that waits for it writes it itself.
    async fn used(&self, browser: &Browser) {
        let token = browser.cookie.split_once('=').unwrap().1;
        let token = platform::access::Token::from_text(token).unwrap();
        let session = find_session(&self.app.app.db, &token).await.unwrap().expect("a live session");
        assert!(touch_session(&self.app.app.db, &session).await.unwrap());
    }

    async fn level(&self, browser: &Browser) -> Option<u8> {
        let token = browser.cookie.split_once('=').unwrap().1;
        let token = platform::access::Token::from_text(token).unwrap();
        find_session(&self.app.app.db, &token).await.unwrap().map(|session| session.assurance.level())
    }

    async fn is_in(&self, browser: &Browser) -> bool {
        self.level(browser).await.is_some()
    }

    /// Alarms about colleagues: about whom, of what, how often.
    async fn alarms(&self) -> Vec<(i64, String, i64)> {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_as("SELECT staff, kind, count FROM staff_alarms ORDER BY staff").fetch_all(p).await
        })
        .unwrap()
    }

    async fn refusals(&self) -> Vec<String> {
        let rows: Vec<String> = on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM audit_entries WHERE act = 'passkeys.passkey.refused' ORDER BY id")
                .fetch_all(p).await
        })
        .unwrap();
        let why = |row: &String| {
            let body: Value = serde_json::from_str(row).unwrap();
            body["detail"]["why"].as_str().unwrap().to_owned()
        };
        rows.iter().map(why).collect()
    }
}

/// The browser that got this cookie.
fn browser_of(answer: &Answer) -> Browser {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let token = platform::access::Token::from_text(cookie.split_once('=').unwrap().1).unwrap();
    Browser { cookie, csrf: token.csrf() }
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cardholder_makes_a_passkey_with_a_code_and_signs_in_with_it() {
    for site in sites().await {
        let (mut key, browser) = site.enrolled(OWNER).await;
        assert_eq!(site.level(&browser).await, Some(2), "that it can't be copied is its own word");
        assert_eq!(site.app.get(&browser, "/").await.status, 200);
        site.app.clock.advance_us(DAY_US);
        let done = site.sign_in("/sign-in/passkey", &mut key).await;
        assert_eq!((done.status, done.json()["location"].as_str()), (StatusCode::OK, Some("/")));
        let back = browser_of(&done);
        assert_eq!(site.level(&back).await, Some(3), "a day old: a bound device");
        site.app.clock.advance_us(4 * MINUTE_US);
        assert_eq!(site.level(&back).await, Some(3));
        // Used meanwhile, or it would have ended by being idle.
        assert_eq!(site.app.get(&back, "/").await.status, 200);
        let page = site.app.get(&back, "/security/devices?lang=en").await;
        assert!(
            page.body.contains("Chrome · Windows") && page.body.contains("counts as your device</"),
            "{}",
            page.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_can_be_copied_is_bound_after_a_day() {
    for site in sites().await {
        let mut key = SoftKey::create(&SystemRandom);
        key.flags |= 8;
        site.enrol(OWNER, &mut key).await;
        let device = passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap()[0].id;
        let bound = async || passkeys::is_bound_device(&site.app.app, OWNER, device).await.unwrap();
        let young = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        assert_eq!((site.level(&young).await, bound().await), (Some(2), false));
        site.app.clock.advance_us(DAY_US - SECOND_US);
        assert!(!bound().await);
        site.app.clock.advance_us(SECOND_US);
        let settled = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        assert_eq!((site.level(&settled).await, bound().await), (Some(3), true));
        let stranger = Actor::Cardholder(CustomerId::from_raw(2));
        assert!(!passkeys::is_bound_device(&site.app.app, stranger, device).await.unwrap());
    }
}

/// A thief in an open session makes a key of their own: it must not take the owner's device away, nor bring a friend.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_who_can_sign_is_signed_by_a_bound_device() {
    for site in sites().await {
        let (mut owned, _) = site.enrolled(OWNER).await;
        let oldest = passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap()[0].id;
        site.app.clock.advance_us(DAY_US);
        let here = browser_of(&site.sign_in("/sign-in/passkey", &mut owned).await);
        let bound = async |device| passkeys::is_bound_device(&site.app.app, OWNER, device).await.unwrap();
        let newest = async || passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap().pop().unwrap().id;
        // Made beside a bound device, at assurance 3, and signed for with it.
        let (mut beside, address) = site.further(&here).await;
        let here = browser_of(&site.sign_act(&here, &mut owned, &address).await);
        assert!(bound(newest().await).await);
        // Made when that proof was no longer fresh.
        site.app.clock.advance_us(4 * MINUTE_US);
        site.used(&here).await;
        site.app.clock.advance_us(2 * MINUTE_US);
        assert_eq!(site.level(&here).await, Some(2));
        let (mut young, address) = site.further(&here).await;
        let here = browser_of(&site.sign_act(&here, &mut beside, &address).await);
        assert!(!bound(newest().await).await);

        let ended = site.app.post(&here, &format!("/security/devices/{oldest}/end"), "").await;
        let address = ended.header("location").to_owned();
        let question = site.question(Some(&here), &format!("{address}/question"), json!({})).await;
        assert_eq!(question["publicKey"]["allowCredentials"].as_array().unwrap().len(), 2);
        assert_eq!(site.sign_act(&here, &mut young, &address).await.code(), "passkey_refused");
        let (_, added) = site.further(&here).await;
        assert_eq!(site.sign_act(&here, &mut young, &added).await.code(), "passkey_refused");
        assert_eq!(passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap().len(), 3);
        assert_eq!(site.sign_act(&here, &mut beside, &address).await.status, 200, "a bound one may");
        assert!(!bound(oldest).await, "it is ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_in_its_time_and_only_the_newest() {
    for site in sites().await {
        let ask = async |code: &str| {
            refused(&site.send(None, "/activate/question", &json!({ "code": code })).await)
        };
        let no = (404, "code_not_valid".to_owned());
        let older = site.code(OWNER, CodeTerms::STAFF).await;
        assert_eq!(ask(&older).await.0, 200);
        let newer = site.code(OWNER, CodeTerms::STAFF).await;
        assert_eq!(ask(&older).await, no, "a newer one was made");
        let question =
            site.question(None, "/activate/question", json!({ "code": newer.to_lowercase() })).await;
        let again = site.question(None, "/activate/question", json!({ "code": newer })).await;
        let made = |question: &Value| {
            let mut key = SoftKey::create(&SystemRandom);
            json!({ "ceremony": question["ceremony"], "credential": key.enrol(question, ORIGIN) })
        };
        assert_eq!(site.send(None, "/activate", &made(&question)).await.status, 200);
        assert_eq!(ask(&newer).await, no, "used");
        let second = site.send(None, "/activate", &made(&again)).await;
        assert_eq!(refused(&second), (400, "passkey_not_added".to_owned()), "begun before it was used");
        let late = site.code(OWNER, CodeTerms::STAFF).await;
        site.app.clock.advance_us(DAY_US);
        assert_eq!(ask(&late).await, no, "too old");
        for typed in ["", "no code", "00000-00000-00000-00000"] {
            assert_eq!(ask(typed).await, no, "{typed:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_even_when_it_is_sent_twice_at_once() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        let mut body = json!({});
        // Many times, so that some of those that come second find the counter moved already.
        for _ in 0..12 {
            let question = site.question(None, "/sign-in/passkey/question", json!({})).await;
            body = json!({ "ceremony": question["ceremony"], "credential": key.answer(&question, ORIGIN) });
            let sent = (0..8).map(|_| site.send(None, "/sign-in/passkey", &body));
            let answers = futures_util::future::join_all(sent).await;
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
        }
        let replayed = site.send(None, "/sign-in/passkey", &body).await;
        assert_eq!(refused(&replayed), (401, "passkey_refused".to_owned()));
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200, "the next one is taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_serves_its_purpose_its_person_and_its_time() {
    for site in sites().await {
        let (mut key, browser) = site.enrolled(OWNER).await;
        let (mut other, others) = site.enrolled(Actor::Cardholder(CustomerId::from_raw(2))).await;
        // Asked for a sign-in, answered as a proof in a session.
        let question = site.question(None, "/sign-in/passkey/question", json!({})).await;
        let crossed = site.answer(Some(&browser), "/step-up/passkey", &mut key, &question).await;
        assert_eq!(refused(&crossed), (401, "passkey_refused".to_owned()));
        // Asked in one session, answered in another person's.
        let question = site.question(Some(&browser), "/step-up/passkey/question", json!({})).await;
        let taken = site.answer(Some(&others), "/step-up/passkey", &mut other, &question).await;
        assert_eq!(refused(&taken), (401, "passkey_refused".to_owned()));
        // Another person's passkey in one's own session.
        let question = site.question(Some(&browser), "/step-up/passkey/question", json!({})).await;
        let lent = site.answer(Some(&browser), "/step-up/passkey", &mut other, &question).await;
        assert_eq!(refused(&lent), (401, "passkey_refused".to_owned()));
        // Too late by a microsecond, and in time.
        let late = site.question(None, "/sign-in/passkey/question", json!({})).await;
        site.app.clock.advance_us(5 * MINUTE_US);
        assert_eq!(site.answer(None, "/sign-in/passkey", &mut key, &late).await.status, 401);
        let timely = site.question(None, "/sign-in/passkey/question", json!({})).await;
        site.app.clock.advance_us(5 * MINUTE_US - 1);
        assert_eq!(site.answer(None, "/sign-in/passkey", &mut key, &timely).await.status, 200);
        assert_eq!(site.refusals().await, ["ceremony", "another_person", "another_person", "ceremony"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_revives_no_question() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        let used = site.question(None, "/sign-in/passkey/question", json!({})).await;
        let body = json!({ "ceremony": used["ceremony"], "credential": key.answer(&used, ORIGIN) });
        assert_eq!(site.send(None, "/sign-in/passkey", &body).await.status, 200);
        site.app.clock.advance_us(DAY_US);
        site.app.clock.advance_us(-DAY_US);
        assert_eq!(site.send(None, "/sign-in/passkey", &body).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_goes_back_ends_the_passkey_and_its_sessions() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        let back = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        assert!(site.is_in(&back).await);
        key.counts = false;
        let copied = site.sign_in("/sign-in/passkey", &mut key).await;
        assert_eq!(refused(&copied), (401, "passkey_refused".to_owned()));
        assert!(!site.is_in(&back).await, "whoever came in with it is out");
        key.counts = true;
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401, "the original is ended too");
        let reason: String = on!(site.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT end_reason FROM passkeys").fetch_one(p).await
        })
        .unwrap();
        assert_eq!(reason, "copied");
    }
}

/// A counter that a signature under an act has moved is the one that signing in compares with, and the other way.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_found_when_it_signs_an_act_and_after_the_original_signed_one() {
    for site in sites().await {
        for copy_signs in [false, true] {
            let (mut key, _) = site.enrolled(OWNER).await;
            site.app.clock.advance_us(DAY_US);
            let here = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
            let mut copy = key.clone();
            let (_, address) = site.further(&here).await;
            if copy_signs {
                for _ in 0..2 {
                    site.sign_in("/sign-in/passkey", &mut key).await;
                }
                assert_eq!(site.sign_act(&here, &mut copy, &address).await.code(), "passkey_refused");
            } else {
                assert_eq!(site.sign_act(&here, &mut key, &address).await.status, 200);
                assert_eq!(site.sign_in("/sign-in/passkey", &mut copy).await.status, 401);
            }
            assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401, "it is ended");
            assert!(!site.is_in(&here).await);
            let ended = site.entries("passkeys.passkey.ended").await;
            assert_eq!(ended.last().unwrap()["detail"]["why"], "copied", "{ended:?}");
        }
    }
}

/// Whoever comes back by a code has lost what they had.
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_made_with_a_code_ends_every_one_before_it() {
    for site in sites().await {
        let (mut lost, _) = site.enrolled(OWNER).await;
        let lost_id = passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap()[0].id;
        site.app.clock.advance_us(DAY_US);
        let thief = browser_of(&site.sign_in("/sign-in/passkey", &mut lost).await);
        let (mut key, browser) = site.enrolled(OWNER).await;
        assert!(!site.is_in(&thief).await && site.is_in(&browser).await);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut lost).await.status, 401);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200);
        assert_eq!(passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap().len(), 1);
        // By the log alone a restore ends it again.
        let ended = site.entries("passkeys.passkey.ended").await;
        assert_eq!((ended.len(), &ended[0]["detail"]["why"]), (1, &json!("recovered")), "{ended:?}");
        assert_eq!(ended[0]["subject"], json!(lost_id.to_string()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_is_gone_takes_its_passkey_with_it() {
    for site in sites().await {
        let (mut key, browser) = site.enrolled(OWNER).await;
        let (mut other, _) = site.enrolled(Actor::Cardholder(CustomerId::from_raw(2))).await;
        let (identity, password) = (site.app.identity(), Secret::new("472916".to_owned()));
        identity.set_query_password(CustomerId::from_raw(1), &password, BY, None).await.unwrap();
        let jobs = feature::job_handlers(&site.app.app);
        let lose = async |kind, value: &str| {
            let (name, value) = (Secret::new("+8613800016021".to_owned()), Secret::new(value.to_owned()));
            identity.lose_phone(&name, kind, value).await.unwrap();
            platform::jobs::run_due(&site.app.app.db, &jobs).await.unwrap();
        };
        lose(ProofKind::QueryPassword, "472917").await;
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200, "nothing was proved");
        lose(ProofKind::QueryPassword, password.expose()).await;
        assert!(!site.is_in(&browser).await);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut other).await.status, 200, "another person's stays");
        assert_eq!(site.entries("passkeys.passkey.ended").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_ends_all_passkeys_of_a_customer_whom_it_serves() {
    for site in sites().await {
        let (mut key, browser) = site.enrolled(OWNER).await;
        let (_, agent) = site.app.staff(Role::Agent).await;
        let address = format!("/desk/accounts/{ACCOUNT}/passkeys");
        let unserved = site.app.post(&agent, &format!("{address}/end"), "").await;
        assert!(unserved.status.is_client_error(), "{}", unserved.status);
        assert!(site.is_in(&browser).await);
        assert_eq!(site.app.serve(&agent, Role::Agent, CustomerId::from_raw(1)).await.status, 303);
        let page = site.app.get(&agent, &format!("{address}?lang=en")).await;
        assert!(page.status == 200 && page.body.contains("The customer has one passkey."), "{}", page.body);
        let proofs = site.app.get(&agent, &format!("/desk/accounts/{ACCOUNT}/proofs")).await;
        assert!(proofs.body.contains(&format!("href=\"{address}\"")), "{}", proofs.body);
        site.app.sent().await;
        assert_eq!(site.app.post(&agent, &format!("{address}/end"), "").await.status, 303);
        assert!(!site.is_in(&browser).await);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401);
        assert!(site.app.sent().await.iter().any(|one| one.kind == "passkeys.customer.ended"));
        assert_eq!(site.entries("passkeys.passkey.ended").await.len(), 1);
        let page = site.app.get(&agent, &format!("{address}?lang=en")).await;
        assert!(page.body.contains("The customer has no passkey."), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_shut_out_and_let_in_again_needs_a_new_passkey() {
    for site in sites().await {
        let (id, _) = site.app.staff(Role::Agent).await;
        let (_, manager) = site.app.staff(Role::Manager).await;
        let (mut key, _) = site.enrolled(Actor::Staff(id)).await;
        let code = site.code(Actor::Staff(id), CodeTerms::STAFF).await;
        assert_eq!(site.app.post(&manager, &format!("/desk/staff/{id}/shut-out"), "").await.status, 303);
        let mut write = site.app.app.db.write().await.unwrap();
        assert!(enable_staff_in_tx(&mut write, id).await.unwrap());
        write.commit(Entry::new(BY.0, BY.1, "staff.request.approved").subject(id)).await.unwrap();
        assert_eq!(site.sign_in("/desk/sign-in/passkey", &mut key).await.status, 401);
        let asked = site.send(None, "/desk/activate/question", &json!({ "code": code })).await;
        assert_eq!(asked.code(), "code_not_valid", "nor does an old code open the way");
        assert_eq!(site.entries("passkeys.code.withdrawn").await.len(), 1);
        let (mut new, _) = site.enrolled(Actor::Staff(id)).await;
        assert_eq!(site.sign_in("/desk/sign-in/passkey", &mut new).await.status, 200);
    }
}

/// In an open session at the desk somebody else adds no key of theirs, and it is seen when one is added.
#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_adds_a_passkey_only_after_answering_with_one() {
    for site in sites().await {
        let (id, _) = site.app.staff(Role::Manager).await;
        let (mut key, browser) = site.enrolled(Actor::Staff(id)).await;
        let (root, step_up) = ("/desk/devices", "/desk/step-up/passkey");
        let asks = format!("{root}/question");
        site.app.clock.advance_us(4 * MINUTE_US);
        assert_eq!(site.app.get(&browser, root).await.status, 200);
        site.app.clock.advance_us(2 * MINUTE_US);
        assert_eq!(
            refused(&site.send(Some(&browser), &asks, &json!({})).await),
            (401, "passkey_proof_needed".to_owned())
        );
        let page = site.app.get(&browser, &format!("{root}?lang=en")).await.body;
        assert!(page.contains(&format!("action=\"{step_up}\"")) && !page.contains(&asks), "{page}");
        let question = site.question(Some(&browser), &format!("{step_up}/question"), json!({})).await;
        let browser = browser_of(&site.answer(Some(&browser), step_up, &mut key, &question).await);
        let question = site.question(Some(&browser), &asks, json!({})).await;
        let mut further = SoftKey::create(&SystemRandom);
        let made = further.enrol(&question, ORIGIN);
        let body = json!({ "ceremony": question["ceremony"], "credential": made });
        let done = site.send(Some(&browser), root, &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let browser = browser_of(&done);
        assert_eq!(site.alarms().await, [(id.raw(), "passkey".to_owned(), 1)]);
        site.app.clock.advance_us(4 * MINUTE_US);
        assert_eq!(site.app.get(&browser, root).await.status, 200);
        site.app.clock.advance_us(MINUTE_US + SECOND_US);
        let late = site.send(Some(&browser), &asks, &json!({})).await;
        assert_eq!(late.code(), "passkey_proof_needed", "five minutes are over");
    }
}

/// Anybody may ask, so a question is kept nowhere; and it is still answered once, where it was asked, in its time.
/// An administrator's code, or a session that the identity provider opened, gives nobody a colleague's account unseen.
#[tokio::test(flavor = "multi_thread")]
async fn a_colleagues_account_is_taken_over_by_no_code_and_no_session_unseen() {
    for site in sites().await {
        let (id, _) = site.app.staff(Role::Manager).await;
        let (mut key, _) = site.enrolled(Actor::Staff(id)).await;
        assert!(site.alarms().await.is_empty(), "the first one with the first code");
        site.enrolled(Actor::Staff(id)).await;
        assert_eq!(site.sign_in("/desk/sign-in/passkey", &mut key).await.status, 401);
        assert_eq!(site.alarms().await, [(id.raw(), "passkey".to_owned(), 1)], "one took its place");

        let (new, vouched) = site.app.staff(Role::Agent).await;
        let asked = site.send(Some(&vouched), "/desk/devices/question", &json!({})).await;
        assert_eq!(refused(&asked), (401, "passkey_proof_needed".to_owned()));
        let page = site.app.get(&vouched, "/desk/devices?lang=en").await.body;
        assert!(
            page.contains("ask an administrator for a code") && !page.contains("/desk/step-up"),
            "{page}"
        );
        site.code(Actor::Staff(new), CodeTerms::STAFF).await;
        site.enrolled(Actor::Staff(new)).await;
        let alarms = site.alarms().await;
        assert!(alarms.contains(&(new.raw(), "passkey".to_owned(), 1)), "a second code: {alarms:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_to_anybody_leaves_no_row_until_it_is_answered() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        let rows = async || -> (i64, i64) {
            on!(site.app.app.db.pool(), p => {
                sqlx::query_as("SELECT (SELECT COUNT(*) FROM passkey_ceremonies), (SELECT COUNT(*) FROM passkey_answers)")
                    .fetch_one(p)
                    .await
            })
            .unwrap()
        };
        let ask = async |root: &str| site.question(None, &format!("{root}/question"), json!({})).await;
        for _ in 0..20 {
            ask("/sign-in/passkey").await;
            ask("/desk/sign-in/passkey").await;
        }
        assert_eq!(rows().await, (0, 0));
        // Another end, or what was drawn alone: none of ours, and leaves no row. Another question's name has a challenge that
        // nobody signed.
        let (one, other) = (ask("/sign-in/passkey").await, ask("/sign-in/passkey").await);
        assert_ne!(one["publicKey"]["challenge"], other["publicKey"]["challenge"]);
        let signed = key.answer(&one, ORIGIN);
        let name = one["ceremony"].as_str().unwrap();
        let (end, drawn) = name.split_once('.').unwrap();
        let end = i64::from_str_radix(end, 16).unwrap();
        for (root, ceremony) in [
            ("/sign-in/passkey", format!("{:016x}.{drawn}", end - 1)),
            ("/sign-in/passkey", format!("{:016x}.{drawn}", end + 1)),
            ("/sign-in/passkey", format!("{:016x}.{drawn}", i64::MAX)),
            ("/sign-in/passkey", other["ceremony"].as_str().unwrap().to_owned()),
            ("/sign-in/passkey", drawn.to_owned()),
            ("/sign-in/passkey", drawn.split_once('.').unwrap().0.to_owned()),
            ("/sign-in/passkey", name.rsplit_once('.').unwrap().0.to_owned()),
        ] {
            let body = json!({ "ceremony": ceremony, "credential": signed });
            assert_eq!(site.send(None, root, &body).await.status, 401, "{ceremony}");
        }
        let body = json!({ "ceremony": name, "credential": signed });
        assert_eq!(site.send(None, "/sign-in/passkey", &body).await.status, 200, "none of that used it up");
        let (ceremonies, answers) = rows().await;
        assert_eq!((ceremonies, answers), (0, 2), "this one and the other one");
        assert_eq!(site.send(None, "/sign-in/passkey", &body).await.status, 401);
        assert_eq!(site.refusals().await.last().unwrap(), "used_before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_passkey_ends_every_other_session_and_renews_this_one() {
    for site in sites().await {
        let (mut key, first) = site.enrolled(OWNER).await;
        let here = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        let question = site.question(Some(&here), "/security/devices/question", json!({})).await;
        let mut second = SoftKey::create(&SystemRandom);
        let body = json!({
            "ceremony": question["ceremony"], "credential": second.enrol(&question, ORIGIN), "name": "办公电脑"
        });
        let done = site.send(Some(&here), "/security/devices", &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        // It opens and signs nothing until its owner has signed for it with the one that they have.
        assert!(site.is_in(&first).await && done.header("set-cookie").is_empty());
        assert_eq!(site.sign_in("/sign-in/passkey", &mut second).await.status, 401);
        let address = done.json()["location"].as_str().unwrap().to_owned();
        let page = site.app.get(&here, &address).await.body;
        assert!(page.contains("办公电脑") && page.contains("Chrome · Windows"), "{page}");
        assert_eq!(site.sign_act(&here, &mut second, &address).await.code(), "passkey_refused");
        let renewed = browser_of(&site.sign_act(&here, &mut key, &address).await);
        assert!(!site.is_in(&first).await && !site.is_in(&here).await, "old tokens are dead");
        assert_eq!(site.level(&renewed).await, Some(2));
        let page = site.app.get(&renewed, "/security/devices").await;
        assert!(page.body.contains("办公电脑"), "{}", page.body);
        let stored: Vec<Option<Vec<u8>>> = on!(site.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT name FROM passkeys ORDER BY id").fetch_all(p).await
        })
        .unwrap();
        let sealed = stored[1].as_deref().unwrap();
        assert!(!sealed.windows(6).any(|part| part == "办公".as_bytes()), "sealed in the table");
        assert_eq!(site.sign_in("/sign-in/passkey", &mut second).await.status, 200);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200);
        // The same authenticator again is refused.
        let question = site.question(Some(&renewed), "/security/devices/question", json!({})).await;
        let body = json!({ "ceremony": question["ceremony"], "credential": second.enrol(&question, ORIGIN) });
        assert_eq!(site.send(Some(&renewed), "/security/devices", &body).await.code(), "passkey_not_added");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_a_passkey_shuts_it_out_and_another_persons_is_absent() {
    for site in sites().await {
        let (mut key, first) = site.enrolled(OWNER).await;
        let (_, stranger) = site.enrolled(Actor::Cardholder(CustomerId::from_raw(2))).await;
        let here = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        let device = passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap()[0].id;
        for act in ["name", "end"] {
            let path = format!("/security/devices/{device}/{act}");
            assert_eq!(site.app.post(&stranger, &path, "name=x").await.status, 404, "{act}");
        }
        assert_eq!(
            site.app.post(&here, &format!("/security/devices/{device}/name"), "name=Phone").await.status,
            303
        );
        let named = passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap();
        assert_eq!(named[0].name.as_ref().map(|name| name.reveal()), Some("Phone"));
        let ended = site.app.post(&here, &format!("/security/devices/{device}/end"), "").await;
        assert_eq!(ended.status, 303);
        // A session alone does not take the key away.
        assert!(site.is_in(&first).await);
        let ended = site.sign_act(&here, &mut key, ended.header("location")).await;
        assert_eq!(ended.json()["location"], "/security/devices");
        assert!(!site.is_in(&here).await && !site.is_in(&first).await && site.is_in(&stranger).await);
        assert!(site.is_in(&browser_of(&ended)).await, "this browser goes on with a new token");
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        let one = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        let two = browser_of(&site.sign_in("/sign-in/passkey", &mut key).await);
        let (_, stranger) = site.enrolled(Actor::Cardholder(CustomerId::from_raw(2))).await;
        let sessions = platform::access::sessions_of(&site.app.app.db, OWNER).await.unwrap();
        assert_eq!(sessions.len(), 3);
        let of_two = sessions[0].id;
        let path = format!("/security/sessions/{of_two}/end");
        assert_eq!(site.app.post(&stranger, &path, "").await.status, 404);
        assert_eq!(site.app.post(&one, &path, "").await.status, 303);
        assert!(!site.is_in(&two).await && site.is_in(&one).await);
        assert_eq!(site.app.post(&one, "/security/sessions/end", "").await.status, 303);
        assert_eq!(platform::access::sessions_of(&site.app.app.db, OWNER).await.unwrap().len(), 1);
        assert!(site.is_in(&one).await && site.is_in(&stranger).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_sign_in_at_the_desk_only_and_not_after_they_left() {
    for site in sites().await {
        let (id, _) = site.app.staff(Role::Agent).await;
        let (mut key, browser) = site.enrolled(Actor::Staff(id)).await;
        assert_eq!(site.app.get(&browser, "/desk/devices").await.status, 200);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401, "not at the app");
        let done = site.sign_in("/desk/sign-in/passkey", &mut key).await;
        assert_eq!((done.status, done.json()["location"].as_str()), (StatusCode::OK, Some("/desk")));
        assert!(done.headers["set-cookie"].to_str().unwrap().contains("SameSite=Strict"));
        let (mut customer, _) = site.enrolled(OWNER).await;
        assert_eq!(
            site.sign_in("/desk/sign-in/passkey", &mut customer).await.status,
            401,
            "no customer at the desk"
        );
        let code = site.code(Actor::Staff(id), CodeTerms::STAFF).await;
        let (_, manager) = site.app.staff(Role::Manager).await;
        assert_eq!(site.app.post(&manager, &format!("/desk/staff/{id}/shut-out"), "").await.status, 303);
        assert_eq!(site.sign_in("/desk/sign-in/passkey", &mut key).await.status, 401);
        let asked = site.send(None, "/desk/activate/question", &json!({ "code": code })).await;
        assert_eq!(asked.code(), "code_not_valid", "a code opens nothing for who left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_was_erased_does_not_come_in() {
    for site in sites().await {
        let (mut key, _) = site.enrolled(OWNER).await;
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200);
        let keys = PersonKeys::of(&site.app.app);
        keys.destroy(&site.app.app.features, CustomerId::from_raw(1), BY).await.unwrap();
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 401);
        assert_eq!(site.refusals().await, ["not_here"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_a_code_that_is_shown_once() {
    for site in sites().await {
        let (id, _) = site.app.staff(Role::Agent).await;
        let (own, administrator) = site.app.staff(Role::Administrator).await;
        let (_, manager) = site.app.staff(Role::Manager).await;
        let path = format!("/desk/staff/{id}/enrolment-code?lang=en");
        assert_eq!(site.app.post(&manager, &path, "").await.status, 403);
        let own = format!("/desk/staff/{own}/enrolment-code");
        assert_eq!(site.app.post(&administrator, &own, "").await.code(), "code_not_valid", "not for oneself");
        let page = site.app.post(&administrator, &path, "").await;
        assert_eq!(
            (page.status, page.headers["cache-control"].to_str().unwrap()),
            (StatusCode::OK, "no-store")
        );
        let code = page.body.split("reveal__value num\">").nth(1).unwrap().split('<').next().unwrap();
        let asked = site.send(None, "/desk/activate/question", &json!({ "code": code })).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let log: Vec<String> = on!(site.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM audit_entries WHERE act = 'passkeys.code.made'").fetch_all(p).await
        })
        .unwrap();
        assert!(log.len() == 1 && !log[0].contains(code), "who made one is in the log, the code is not");
    }
}

#[tokio::test]
async fn a_code_for_oneself_is_no_code() {
    let site = Site::start(sqlite().await).await;
    let staff = Actor::Staff(StaffId::from_raw(5));
    let own =
        passkeys::new_code(&site.app.app.db, &SystemRandom, staff, CodeTerms::STAFF, (staff, Channel::Desk))
            .await;
    assert!(own.is_err());
    let nobody =
        passkeys::new_code(&site.app.app.db, &SystemRandom, Actor::System, CodeTerms::STAFF, BY).await;
    assert!(nobody.is_err());
}

#[tokio::test]
async fn unknown_passkeys_and_wrong_signatures_look_alike() {
    let site = Site::start(sqlite().await).await;
    let (mut key, _) = site.enrolled(OWNER).await;
    let mut unknown = SoftKey::create(&SystemRandom);
    let body = |answer: &Answer| {
        let mut told = answer.json();
        told["request_id"] = Value::Null;
        told
    };
    let never = site.sign_in("/sign-in/passkey", &mut unknown).await;
    let question = site.question(None, "/sign-in/passkey/question", json!({})).await;
    let mut altered = key.answer(&question, ORIGIN);
    let other = key.answer(&question, "http://localhost:9");
    altered["response"]["signature"] = other["response"]["signature"].clone();
    let wrong = json!({ "ceremony": question["ceremony"], "credential": altered });
    let wrong = site.send(None, "/sign-in/passkey", &wrong).await;
    assert_eq!((never.status, body(&never)), (wrong.status, body(&wrong)));
    assert_eq!(site.refusals().await, ["unknown", "signature"]);
}

#[tokio::test]
async fn bodies_are_read_strictly_and_other_sites_are_refused() {
    let site = Site::start(sqlite().await).await;
    for (path, body) in [
        ("/sign-in/passkey/question", json!({ "who": 1 })),
        ("/activate/question", json!({ "code": "x", "who": 1 })),
        ("/sign-in/passkey", json!({ "ceremony": "x" })),
        ("/sign-in/passkey", json!([])),
    ] {
        assert_eq!(site.send(None, path, &body).await.status, 400, "{path} {body}");
    }
    let headers = [("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
    for path in ["/sign-in/passkey/question", "/sign-in/passkey", "/activate/question", "/activate"] {
        assert_eq!(site.app.ask("POST", path, &headers, "{}").await.status, 403, "{path}");
    }
    let (_, browser) = site.enrolled(OWNER).await;
    let forged = Browser { csrf: "forged".to_owned(), ..browser };
    assert_eq!(site.send(Some(&forged), "/security/devices/question", &json!({})).await.status, 403);
    let weak = site.app.browser(OWNER, Role::Cardholder, Assurance::ONE).await;
    let asked = site.send(Some(&weak), "/security/devices/question", &json!({})).await;
    assert_eq!(refused(&asked), (401, "assurance_too_low".to_owned()));
}

#[tokio::test]
async fn a_demo_offers_its_people_below_the_passkey_and_nobody_elsewhere() {
    let site = Site::start(sqlite().await).await;
    let name = kernel::Masked::new("Zhou <Minghui>");
    platform::access::new_sign_in_link(&site.app.app, OWNER, Role::Cardholder, &name).await.unwrap();
    let html = [("accept", "text/html")];
    let page = site.app.ask("GET", "/sign-in?next=/cards&lang=en", &html, "").await;
    assert_eq!((page.status, page.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    assert!(
        page.body.contains("Zhou &lt;Minghui&gt;") && page.body.contains("data-next=\"/cards\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("data-passkey=\"get\""), "{}", page.body);
    let desk = site.app.ask("GET", "/desk/sign-in", &html, "").await;
    assert!(!desk.body.contains("name=\"who\""), "customers are not offered at the desk: {}", desk.body);
}

impl Site {
    /// Has a code sent by letter, as an agent at the desk does, and takes it out of the letter.
    async fn letter(&self) -> (Browser, String) {
        let (_, agent) = self.app.staff(Role::Agent).await;
        assert_eq!(self.app.serve(&agent, Role::Agent, CustomerId::from_raw(1)).await.status, 303);
        self.app.sent().await;
        let asked = self.app.post(&agent, &format!("/desk/accounts/{ACCOUNT}/activation"), "").await;
        assert_eq!(asked.status, 303, "{}", asked.body);
        let handlers = feature::job_handlers(&self.app.app);
        while platform::jobs::run_due(&self.app.app.db, &handlers).await.unwrap() > 0 {}
        let sent = self.app.sent().await;
        let warned = sent.iter().filter(|one| one.kind == "identity.activation.asked").count();
        assert_eq!(warned, 3, "every contact is told");
        let letter = sent.iter().find(|one| one.channel == "letter").unwrap();
        (agent, letter.code.clone().unwrap())
    }

    async fn typed(&self, code: &str) -> (u16, String) {
        refused(&self.send(None, "/activate/question", &json!({ "code": code })).await)
    }

    async fn entries(&self, act: &str) -> Vec<Value> {
        let rows: Vec<String> = on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM audit_entries WHERE act = $1 ORDER BY id")
                .bind(act)
                .fetch_all(p)
                .await
        })
        .unwrap();
        rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_letter_makes_a_first_passkey_after_its_delay_and_once() {
    for site in sites().await {
        let no = (404, "code_not_valid".to_owned());
        let (_, code) = site.letter().await;
        assert_eq!(site.typed(&code).await, no, "the letter is not there before a day");
        site.app.clock.advance_us(DAY_US - SECOND_US);
        assert_eq!(site.typed(&code).await, no);
        site.app.clock.advance_us(SECOND_US);
        // A dialog that is broken off leaves the letter good, and so does an answer that is wrong.
        let broken_off = site.question(None, "/activate/question", json!({ "code": code })).await;
        let wrong = site.question(None, "/activate/question", json!({ "code": code })).await;
        let mut key = SoftKey::create(&SystemRandom);
        let elsewhere = json!({
            "ceremony": wrong["ceremony"], "credential": key.enrol(&wrong, "http://evil.example")
        });
        assert_eq!(refused(&site.send(None, "/activate", &elsewhere).await).1, "passkey_not_added");
        let typed = code.to_lowercase().replace('-', " ");
        let question = site.question(None, "/activate/question", json!({ "code": typed })).await;
        let mut key = SoftKey::create(&SystemRandom);
        let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
        let done = site.send(None, "/activate", &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let owner = browser_of(&done);
        assert_eq!(
            (site.level(&owner).await, site.app.get(&owner, "/").await.status.as_u16()),
            (Some(2), 200),
            "what a letter brings is no bound device for a day"
        );
        assert_eq!(site.entries("identity.activation.used").await.len(), 1);
        assert!(
            site.app.sent().await.iter().any(|one| one.kind == "passkeys.passkey.added"),
            "its owner is told"
        );
        assert_eq!(site.typed(&code).await, no, "used");
        let mut other = SoftKey::create(&SystemRandom);
        let body =
            json!({ "ceremony": broken_off["ceremony"], "credential": other.enrol(&broken_off, ORIGIN) });
        let late = site.send(None, "/activate", &body).await;
        assert_eq!(refused(&late), (400, "passkey_not_added".to_owned()), "begun before it was used");
        assert_eq!(passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap().len(), 1);
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_letter_that_was_stopped_or_never_was_makes_nothing_and_is_counted() {
    for site in sites().await {
        let no = (404, "code_not_valid".to_owned());
        let (_, code) = site.letter().await;
        site.app.clock.advance_us(DAY_US);
        let question = site.question(None, "/activate/question", json!({ "code": code })).await;
        let owner = site.app.browser(OWNER, Role::Cardholder, Assurance::ONE).await;
        assert_eq!(site.app.post(&owner, "/security/activation/stop", "").await.status, 303);
        assert_eq!(site.typed(&code).await, no, "not me");
        let mut key = SoftKey::create(&SystemRandom);
        let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
        let late = site.send(None, "/activate", &body).await;
        assert_eq!(refused(&late), (400, "passkey_not_added".to_owned()), "stopped while the device asked");
        assert!(passkeys::passkeys_of(&site.app.app, OWNER).await.unwrap().is_empty());
        assert!(site.is_in(&owner).await, "nobody's session ends by it");

        assert_eq!(site.typed("0000-0000-0000-0000").await, no);
        let misses = site.entries("identity.proof.missed").await;
        assert_eq!(misses.len(), 2, "the stopped one and the one that never was");
        assert!(misses.iter().all(|miss| miss["detail"]["kind"] == "activation_code"), "{misses:?}");
        assert!(!misses[1].to_string().contains("0000-0000"), "what was typed is not kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identity_remembers_right_and_wrong_answers_and_a_passkey_sets_no_secret_back() {
    for site in sites().await {
        let identity = site.app.identity();
        let customer = CustomerId::from_raw(1);
        identity.set_query_password(customer, &Secret::new("739104".to_owned()), BY, None).await.unwrap();
        let guess = |digits: &str| {
            Attempt::new(
                ProofKind::QueryPassword,
                Secret::new(digits.to_owned()),
                Channel::Phone,
                Actor::System,
            )
        };
        let (mut key, _) = site.enrolled(OWNER).await;
        for _ in 0..4 {
            assert_eq!(identity.check(customer, guess("830467")).await.unwrap(), Verdict::NoMatch);
        }
        let hits = site.entries("identity.proof.matched").await.len();
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200);
        let matched = site.entries("identity.proof.matched").await;
        assert_eq!((matched.len() - hits, &matched[hits]["detail"]["kind"]), (1, &json!("passkey")));

        let missed = site.entries("identity.proof.missed").await.len();
        let question = site.question(None, "/sign-in/passkey/question", json!({})).await;
        let body = json!({ "ceremony": question["ceremony"], "credential": key.answer(&question, "http://evil.example") });
        assert_eq!(site.send(None, "/sign-in/passkey", &body).await.status, 401);
        let misses = site.entries("identity.proof.missed").await;
        assert_eq!(misses.len() - missed, 1);
        assert_eq!(misses[missed]["detail"]["kind"], "passkey");
        assert_eq!(site.sign_in("/sign-in/passkey", &mut key).await.status, 200, "it blocks nobody");

        // The fifth miss is still the fifth.
        assert_eq!(identity.check(customer, guess("830467")).await.unwrap(), Verdict::NoMatch);
        assert_eq!(identity.check(customer, guess("739104")).await.unwrap(), Verdict::NoMatch);
    }
}
