//! Approvals over both databases: what is signed is what was shown and what is done, once; requests from elsewhere are
//! rare, and answered on a bound device with the right number; receipts can be checked by anybody, and by nothing else.
//! The authenticator is in software and answers as a browser would.

#![cfg(test)]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use features::approvals::{PAUSE_US, PENDING_MAX};
use features::authorizations::Controls;
use features::cards::open_many;
use features::identity::ProofKind;
use features::passkeys::{self, CodeTerms, SoftKey};
use kernel::{Actor, CardId, Channel, CustomerId, DAY_US, MINUTE_US, Secret};
use platform::access::{Assurance, Role, Token, find_session};
use platform::clock::SystemRandom;
use platform::db::Housekeeping;
use platform::{feature, i18n, on};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Answer, Browser, TestApp, TestDb, databases, sample_customer, sqlite};

/// Each request of the API has a key of its own.
static ASKED: AtomicU64 = AtomicU64::new(0);

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const OWNER: CustomerId = CustomerId::from_raw(1);
const CARD: CardId = CardId::from_raw(2_000_001);
const ORIGIN: &str = "http://localhost:8080";
const LIMITED: Controls =
    Controls { online: false, abroad: false, cash: true, payment_max_minor: Some(10_000) };

struct Site {
    app: TestApp,
    key: SoftKey,
    browser: Browser,
}

async fn sites() -> Vec<Site> {
    let mut all = Vec::new();
    for test in databases().await {
        all.push(Site::start(test).await);
    }
    all
}

impl Site {
    /// A customer with a passkey that is a day old and so a bound device, signed in with it, whose card may do little.
    async fn start(test: TestDb) -> Self {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let held = app.cards().card(CARD).await.unwrap().unwrap();
        app.cards().set_controls(&held.card, LIMITED, BY.0, BY.1).await.unwrap();
        let mut key = SoftKey::create(&SystemRandom);
        let browser = enrolled(&app, OWNER, &mut key).await;
        app.clock.advance_us(DAY_US);
        let mut site = Self { app, key, browser };
        site.browser = site.signed_in().await;
        site
    }

    /// A browser in which the owner signs in with the passkey.
    async fn signed_in(&mut self) -> Browser {
        let root = "/sign-in/passkey";
        let question = send(&self.app, None, &format!("{root}/question"), &json!({})).await.json();
        let body =
            json!({ "ceremony": question["ceremony"], "credential": self.key.answer(&question, ORIGIN) });
        browser_of(&send(&self.app, None, root, &body).await)
    }

    async fn controls(&self) -> Controls {
        self.app.cards().card(CARD).await.unwrap().unwrap().controls
    }

    /// Sends the form of the card's switches.
    async fn set(&self, fields: &str) -> Answer {
        self.app.post(&self.browser, &format!("/cards/{CARD}/controls"), fields).await
    }

    /// Asks for more than the card may do, and gives the address where it is signed.
    async fn asked(&self, fields: &str) -> String {
        let answer = self.set(fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let address = answer.header("location").to_owned();
        assert!(address.starts_with("/approvals/appr_"), "{address}");
        address
    }

    async fn question(&self, address: &str) -> Answer {
        send(&self.app, Some(&self.browser), &format!("{address}/question"), &json!({})).await
    }

    /// What the passkey answers to the question of this approval.
    async fn answer(&mut self, address: &str) -> Value {
        let question = self.question(address).await;
        assert_eq!(question.status, 200, "{}", question.body);
        let question = question.json();
        json!({ "ceremony": question["ceremony"], "credential": self.key.answer(&question, ORIGIN), "next": "/" })
    }

    async fn sign(&mut self, address: &str) -> Answer {
        let answer = self.answer(address).await;
        self.deliver(address, &answer).await
    }

    async fn deliver(&self, address: &str, answer: &Value) -> Answer {
        send(&self.app, Some(&self.browser), &format!("{address}/signature"), answer).await
    }

    async fn page(&self, path: &str) -> String {
        let page = self.app.get(&self.browser, path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        page.body
    }

    async fn acts(&self, act: &str) -> usize {
        let rows: Vec<i64> = on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM audit_entries WHERE act = $1").bind(act).fetch_all(p).await
        })
        .unwrap();
        rows.len()
    }

    /// Asks the API.
    async fn api(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let once = ASKED.fetch_add(1, Ordering::SeqCst).to_string();
        let headers = [
            ("authorization", key),
            ("content-type", "application/json"),
            ("idempotency-key", once.as_str()),
        ];
        self.app.ask(method, path, &headers, &body.to_string()).await
    }

    /// A request from another browser of the owner's, that has proved little.
    async fn pushed(&self) -> (Browser, String) {
        let other = self.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        self.pushed_from(other).await
    }

    async fn pushed_from(&self, other: Browser) -> (Browser, String) {
        let answer = self.app.post(&other, "/step-up/app", "next=/cards").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let address = answer.header("location").to_owned();
        (other, address.split('?').next().unwrap().to_owned())
    }

    /// The number that the other screen shows.
    async fn shown_number(&self, other: &Browser, address: &str) -> String {
        let page = self.app.get(other, address).await.body;
        let rest = page.split_once("approval__number").expect("a number").1;
        rest.split_once('>').unwrap().1.chars().take_while(char::is_ascii_digit).collect()
    }

    async fn level(&self, browser: &Browser) -> Option<u8> {
        let token = Token::from_text(browser.cookie.split_once('=').unwrap().1).unwrap();
        find_session(&self.app.app.db, &token).await.unwrap().map(|session| session.assurance.level())
    }
}

async fn send(app: &TestApp, browser: Option<&Browser>, path: &str, body: &Value) -> Answer {
    let mut headers = vec![("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    if let Some(browser) = browser {
        headers.extend([("cookie", browser.cookie.as_str()), ("x-csrf-token", browser.csrf.as_str())]);
    }
    app.ask("POST", path, &headers, &body.to_string()).await
}

async fn enrolled(app: &TestApp, whose: CustomerId, key: &mut SoftKey) -> Browser {
    let whose = Actor::Cardholder(whose);
    let made = passkeys::new_code(&app.app.db, &SystemRandom, whose, CodeTerms::STAFF, BY).await.unwrap();
    let code = json!({ "code": made.text.expose() });
    let question = send(app, None, "/activate/question", &code).await.json();
    let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
    browser_of(&send(app, None, "/activate", &body).await)
}

fn browser_of(answer: &Answer) -> Browser {
    assert!(answer.headers.contains_key("set-cookie"), "{} {}", answer.status, answer.body);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = Token::from_text(cookie.split_once('=').unwrap().1).unwrap();
    Browser { cookie, csrf: token.csrf() }
}

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_does_more_once_its_holder_has_signed_exactly_that() {
    for mut site in sites().await {
        let address = site.asked("online=on&cash=on&payment_max=250").await;
        assert_eq!(site.controls().await, LIMITED, "nothing is done before it is signed");
        let page = site.page(&format!("{address}?lang=en")).await;
        assert!(page.contains("off → on") && page.contains("¥100.00 → ¥250.00"), "{page}");
        assert!(
            !page.contains("Payments abroad") && !page.contains("<dt>Cash"),
            "what stays is not shown: {page}"
        );
        let signed = site.sign(&address).await;
        assert_eq!(
            (signed.status.as_u16(), signed.json()["location"].as_str()),
            (200, Some("/cards?told=controls"))
        );
        let raised = Controls { online: true, payment_max_minor: Some(25_000), ..LIMITED };
        assert_eq!(site.controls().await, raised);
        assert!(site.page(&format!("{address}?lang=en")).await.contains("Approved and done"));
        let again = site.question(&address).await;
        assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "approval_not_waiting"));
        // Doing less asks for nothing.
        assert_eq!(site.set("payment_max=10").await.header("location"), "/cards?told=controls");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_meanwhile_is_not_done_by_an_older_signature() {
    for mut site in sites().await {
        let address = site.asked("online=on&cash=on&payment_max=100").await;
        site.set("payment_max=50").await;
        let signed = site.sign(&address).await;
        assert_eq!(signed.json()["location"], json!(address));
        let closed = Controls { online: false, abroad: false, cash: false, payment_max_minor: Some(5_000) };
        assert_eq!(site.controls().await, closed);
        assert!(site.page(&format!("{address}?lang=en")).await.contains("had changed meanwhile"));
        assert_eq!(site.acts("approvals.approval.changed").await, 1);
    }
}

/// What is signed and then fails is not shown as done, and is not done later.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_after_its_signature_is_not_shown_as_done() {
    for mut site in sites().await {
        let owned =
            async |site: &Site| passkeys::passkeys_of(&site.app.app, Actor::Cardholder(OWNER)).await.unwrap();
        let passkey = owned(&site).await[0].id;
        let asked = site.app.post(&site.browser, &format!("/security/devices/{passkey}/end"), "").await;
        let address = asked.header("location").to_owned();
        let answer = site.answer(&address).await;
        // The database fails for the act, and for nothing before it.
        let change = async |sql: &'static str| {
            let mut write = site.app.app.db.write().await.unwrap();
            on!(write.conn(), c => sqlx::query(sql).execute(&mut *c).await.map(drop)).unwrap();
            write.housekeeping(Housekeeping::Ceremony).await.unwrap();
        };
        change("ALTER TABLE passkeys RENAME COLUMN end_reason TO away").await;
        assert_eq!(site.deliver(&address, &answer).await.status, 500);
        change("ALTER TABLE passkeys RENAME COLUMN away TO end_reason").await;
        let page = site.page(&format!("{address}?lang=en")).await;
        assert!(page.contains("but it was not done") && !page.contains("Approved and done"), "{page}");
        assert_eq!(owned(&site).await.len(), 1);
        assert_eq!(
            (site.acts("approvals.approval.changed").await, site.acts("approvals.approval.used").await),
            (1, 0)
        );
        assert_eq!(site.question(&address).await.code(), "approval_not_waiting", "they ask again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_one_act_approves_no_other_and_of_many_at_once_one_is_taken() {
    for mut site in sites().await {
        let (one, other) =
            (site.asked("online=on&payment_max=1").await, site.asked("abroad=on&payment_max=1").await);
        let mut signed = site.answer(&one).await;
        assert_eq!(site.deliver(&other, &signed).await.status, 400, "it names the other act");
        signed["ceremony"] = json!(other.rsplit('/').next().unwrap());
        let refused = site.deliver(&other, &signed).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "passkey_refused"));
        assert_eq!((site.acts("approvals.approval.not_signed").await, site.controls().await), (1, LIMITED));
        let signed = site.answer(&one).await;
        let mut tries = Vec::new();
        for _ in 0..8 {
            tries.push(site.deliver(&one, &signed));
        }
        let taken: Vec<u16> =
            futures_util::future::join_all(tries).await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(taken.iter().filter(|status| **status == 200).count(), 1, "{taken:?}");
        assert_eq!(site.acts("approvals.approval.signed").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_late_or_refused_or_somebody_elses_is_not_signed() {
    for mut site in sites().await {
        let (late, no) =
            (site.asked("online=on&payment_max=1").await, site.asked("abroad=on&payment_max=1").await);
        let answers = [site.answer(&late).await, site.answer(&no).await];
        assert_eq!(site.app.post(&site.browser, &format!("{no}/refuse"), "").await.status, 303);
        assert_eq!(site.deliver(&no, &answers[1]).await.code(), "approval_not_waiting");
        let mut key = SoftKey::create(&SystemRandom);
        let thief = enrolled(&site.app, CustomerId::from_raw(2), &mut key).await;
        assert_eq!(site.app.get(&thief, &late).await.status, 404);
        assert_eq!(send(&site.app, Some(&thief), &format!("{late}/question"), &json!({})).await.status, 404);
        // Their own passkey signs nothing of another's, in a session of the owner's either.
        let question = site.question(&late).await.json();
        let forged = json!({ "ceremony": question["ceremony"], "credential": key.answer(&question, ORIGIN) });
        assert_eq!(site.deliver(&late, &forged).await.code(), "passkey_refused");
        site.app.clock.advance_us(11 * MINUTE_US);
        site.browser = site.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        assert_eq!(site.deliver(&late, &answers[0]).await.code(), "approval_not_waiting");
        assert_eq!(site.controls().await, LIMITED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_passkey_assurance_two_decides_as_before() {
    let app = TestApp::start(sqlite().await, "number = 1\nname = \"none\"\n");
    open_many(&app.accounts(), &[sample_customer(1)], BY.0, BY.1).await.unwrap();
    let held = app.cards().card(CARD).await.unwrap().unwrap();
    app.cards().set_controls(&held.card, LIMITED, BY.0, BY.1).await.unwrap();
    for (assurance, status) in [(Assurance::ONE, 401), (Assurance::TWO, 303)] {
        let browser = app.browser(Actor::Cardholder(OWNER), Role::Cardholder, assurance).await;
        let answer = app.post(&browser, &format!("/cards/{CARD}/controls"), "online=on&payment_max=1").await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert!(app.cards().card(CARD).await.unwrap().unwrap().controls.online);
}

/// One of the two signed, and the payment that was: what differs in any way is refused, and it is used once.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_approved_in_the_app_and_used_once_with_the_same_details() {
    for mut site in sites().await {
        let key = site.app.api_key(&["approvals.*"]).await;
        let payment = json!({ "payee": "Blue Kiln Ceramics", "amount_minor": 48_000, "currency": "CNY" });
        let body = json!({ "customer": OWNER, "payment": payment });
        let asked = site.api("POST", "/v1/approvals", &key, &body).await;
        assert_eq!(
            (asked.status.as_u16(), asked.json()["state"].as_str()),
            (201, Some("waiting")),
            "{}",
            asked.body
        );
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        let (address, uses) = (format!("/approvals/{id}"), format!("/v1/approvals/{id}/uses"));
        assert!(site.page("/security").await.contains("/approvals"));
        let page = site.page(&format!("{address}?lang=en")).await;
        assert!(page.contains("Blue Kiln Ceramics") && page.contains("¥480.00"), "{page}");
        assert_eq!(site.api("POST", &uses, &key, &payment).await.code(), "approval_not_waiting");
        assert_eq!(site.sign(&address).await.status, 200);
        for (field, value) in [
            ("payee", json!("Blue Kiln Ceramic")),
            ("amount_minor", json!(48_001)),
            ("currency", json!("USD")),
        ] {
            let mut other = payment.clone();
            other[field] = value;
            let refused = site.api("POST", &uses, &key, &other).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code().as_str()),
                (409, "approval_different"),
                "{field}"
            );
        }
        let stranger = site.app.api_key(&["approvals.*"]).await;
        assert_eq!(site.api("POST", &uses, &stranger, &payment).await.status, 404);
        assert_eq!(site.api("GET", &format!("/v1/approvals/{id}"), &stranger, &json!({})).await.status, 404);
        let mut tries = Vec::new();
        for _ in 0..8 {
            tries.push(site.api("POST", &uses, &key, &payment));
        }
        let used: Vec<u16> =
            futures_util::future::join_all(tries).await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(used.iter().filter(|status| **status == 201).count(), 1, "{used:?}");
        let read = site.api("GET", &format!("/v1/approvals/{id}"), &key, &json!({})).await.json();
        assert_eq!(read["state"], "used");
        check_receipt(&site, read["receipt"].as_str().unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_and_wrong_values_are_refused() {
    let site = Site::start(sqlite().await).await;
    let key = site.app.api_key(&["approvals.*"]).await;
    let good = json!({ "payee": "Kiln", "amount_minor": 1, "currency": "CNY" });
    for (field, value) in [
        ("more", json!(1)),
        ("payee", json!("")),
        ("amount_minor", json!(-1)),
        ("amount_minor", json!(1.5)),
        ("currency", json!("XQX")),
    ] {
        let mut payment = good.clone();
        payment[field] = value;
        let body = json!({ "customer": OWNER, "payment": payment });
        assert_eq!(site.api("POST", "/v1/approvals", &key, &body).await.status, 400, "{body}");
    }
    let nobody = json!({ "customer": CustomerId::from_raw(99), "payment": good });
    assert_eq!(site.api("POST", "/v1/approvals", &key, &nobody).await.status, 404);
    let narrow = site.app.api_key(&["cards.*"]).await;
    assert_eq!(site.api("POST", "/v1/approvals", &narrow, &nobody).await.code(), "scope_missing");
}

/// Checks a receipt as an outsider would, with the published keys alone; and that a changed one is none (another reader of
/// receipts changes every byte, in the attacks).
async fn check_receipt(site: &Site, receipt: &str) {
    let keys = site.app.ask("GET", "/.well-known/jwks.json", &[], "").await;
    assert_eq!(keys.header("content-type"), "application/jwk-set+json");
    let keys = keys.json();
    let parts: Vec<&str> = receipt.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("{receipt}") };
    let header: Value = serde_json::from_slice(&bytes(header)).unwrap();
    assert_eq!(header["alg"], "EdDSA");
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let public: [u8; 32] = bytes(key["x"].as_str().unwrap()).try_into().unwrap();
    let public = VerifyingKey::from_bytes(&public).unwrap();
    let signature = Signature::from_slice(&bytes(signature)).unwrap();
    let input = receipt.rsplit_once('.').unwrap().0;
    public.verify_strict(input.as_bytes(), &signature).unwrap();
    for at in (0..input.len()).step_by(97) {
        let mut changed = input.as_bytes().to_vec();
        changed[at] ^= 1;
        assert!(public.verify_strict(&changed, &signature).is_err(), "byte {at}");
    }
    // What was shown is what was signed.
    let payload: Value = serde_json::from_slice(&bytes(payload)).unwrap();
    let text = payload["text"].as_str().unwrap();
    let mut hash = Sha256::new();
    hash.update(bytes(payload["nonce"].as_str().unwrap()));
    hash.update(text.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(hash.finalize());
    assert_eq!(payload["challenge"], json!(challenge));
    let client: Value =
        serde_json::from_slice(&bytes(payload["webauthn"]["client_data"].as_str().unwrap())).unwrap();
    assert_eq!(client["challenge"], json!(challenge));
    let text: Value = serde_json::from_str(text).unwrap();
    assert_eq!((&text["owner"], &text["id"]), (&payload["sub"], &payload["jti"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_its_owners_and_compliance_reads_it_with_an_entry() {
    for mut site in sites().await {
        let address = site.asked("online=on&payment_max=1").await;
        assert_eq!(site.app.get(&site.browser, &format!("{address}/receipt.jws")).await.status, 404);
        assert_eq!(site.sign(&address).await.status, 200);
        let receipt = site.app.get(&site.browser, &format!("{address}/receipt.jws")).await;
        assert!(receipt.header("content-disposition").contains(".jws"));
        check_receipt(&site, &receipt.body).await;
        let thief = site
            .app
            .browser(Actor::Cardholder(CustomerId::from_raw(2)), Role::Cardholder, Assurance::TWO)
            .await;
        assert_eq!(site.app.get(&thief, &format!("{address}/receipt.jws")).await.status, 404);
        let (_, officer) = site.app.staff(Role::Compliance).await;
        let read = site.app.get(&officer, &format!("/desk{address}/receipt.jws")).await;
        assert_eq!((read.status.as_u16(), &read.body), (200, &receipt.body));
        assert_eq!(site.acts("approvals.receipt.read").await, 1);
        let (_, agent) = site.app.staff(Role::Agent).await;
        assert_eq!(site.app.get(&agent, &format!("/desk{address}/receipt.jws")).await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_screen_is_confirmed_with_its_number_on_a_bound_device() {
    for mut site in sites().await {
        let password = Secret::new("472916".to_owned());
        site.app.identity().set_query_password(OWNER, &password, BY, None).await.unwrap();
        site.browser = site.signed_in().await;
        let other = site.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::ONE).await;
        let proved =
            site.app.post(&other, "/step-up/proofs", "kind=query_password&value=472916&next=/cards").await;
        let other = browser_of(&proved);
        let (other, asking) = site.pushed_from(other).await;
        let id = asking.rsplit('/').next().unwrap();
        let number = site.shown_number(&other, &asking).await;
        assert_eq!(number.len(), 2);
        let waiting = site.app.post(&other, &asking, "next=/cards").await;
        assert!(waiting.header("location").starts_with(&asking), "it waits");
        // Neither the asking browser, nor one whose device is not bound, can say yes.
        let answer = format!("/approvals/{id}/number");
        let said = format!("number={number}");
        assert_eq!(site.app.post(&other, &answer, &said).await.status, 401);
        assert_eq!(site.level(&other).await, Some(1));
        assert!(
            !site.page(&format!("/approvals/{id}")).await.contains(&format!(">{number}<")),
            "the app does not tell"
        );
        assert_eq!(site.app.post(&site.browser, &answer, &said).await.status, 303);
        let done = site.app.post(&other, &asking, "next=/cards").await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, "/cards"));
        let risen = browser_of(&done);
        assert_eq!(site.level(&risen).await, Some(2), "what one knows, and what one has");
        assert_eq!(site.level(&other).await, None, "the old token is dead");
        let again = site.app.post(&risen, &asking, "next=/cards").await;
        assert_eq!(again.code(), "approval_not_waiting", "one request is one proof");
        assert_eq!(site.acts("identity.session.raised").await, 2);
    }
}

/// The number is a proof like others: after wrong ones it is refused, whatever is chosen then.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_refused_together_with_every_other_try_of_its_kind() {
    for site in sites().await {
        let identity = site.app.identity();
        for _ in 0..20 {
            let mut write = site.app.app.db.write().await.unwrap();
            let held =
                identity.begin_try_in_tx(&mut write, OWNER, ProofKind::PushMatch, Channel::Phone).await;
            assert!(!identity.end_try_in_tx(&mut write, held.unwrap(), false).await.unwrap());
            write.housekeeping(Housekeeping::Jobs).await.unwrap();
        }
        assert_eq!(identity.refused_kinds(OWNER).await.unwrap(), [ProofKind::PushMatch]);
        let (other, asking) = site.pushed().await;
        let id = asking.rsplit('/').next().unwrap();
        let said = format!("number={}", site.shown_number(&other, &asking).await);
        let before = site.acts("identity.proof.refused").await;
        let chosen = site.app.post(&site.browser, &format!("/approvals/{id}/number"), &said).await;
        assert_eq!((chosen.status.as_u16(), chosen.code().as_str()), (401, "approval_no_match"));
        assert_eq!(site.app.post(&other, &asking, "next=/cards").await.code(), "approval_not_waiting");
        assert_eq!(site.acts("identity.proof.refused").await, before + 1);
        assert_eq!(site.level(&other).await, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_worn_down_by_requests() {
    for site in sites().await {
        let mut asked = Vec::new();
        for _ in 0..20 {
            asked.push(site.pushed().await);
        }
        // Whoever asks sees the same each time.
        for (other, address) in &asked {
            assert_eq!(site.shown_number(other, address).await.len(), 2);
        }
        assert_eq!(site.acts("approvals.approval.asked").await as u64, PENDING_MAX);
        assert_eq!(site.acts("approvals.approval.not_shown").await, 17);
        let id = |address: &str| address.rsplit('/').next().unwrap().to_owned();
        let hidden = format!("/approvals/{}", id(&asked[5].1));
        assert_eq!(site.app.get(&site.browser, &hidden).await.status, 404);
        // A wrong number ends a request and counts; two noes in a row pause everybody for an hour.
        let first = format!("/approvals/{}", id(&asked[0].1));
        assert_eq!(site.app.post(&site.browser, &format!("{first}/number"), "number=9").await.status, 401);
        let number = site.shown_number(&asked[1].0, &asked[1].1).await;
        assert_eq!(
            site.app
                .post(&site.browser, &format!("{first}/number"), &format!("number={number}"))
                .await
                .status,
            409
        );
        let second = format!("/approvals/{}", id(&asked[1].1));
        assert_eq!(site.app.post(&site.browser, &format!("{second}/refuse"), "").await.status, 303);
        let (_, paused) = site.pushed().await;
        assert_eq!(site.app.get(&site.browser, &format!("/approvals/{}", id(&paused))).await.status, 404);
        site.app.clock.advance_us(PAUSE_US);
        let browser = site.app.browser(Actor::Cardholder(OWNER), Role::Cardholder, Assurance::TWO).await;
        let (_, later) = site.pushed().await;
        assert_eq!(site.app.get(&browser, &format!("/approvals/{}", id(&later))).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn this_was_not_me_ends_the_session_that_asked() {
    for site in sites().await {
        let (thief, asking) = site.pushed().await;
        let id = asking.rsplit('/').next().unwrap();
        assert_eq!(site.level(&thief).await, Some(1));
        assert_eq!(site.app.post(&site.browser, &format!("/approvals/{id}/not-me"), "").await.status, 303);
        assert_eq!(site.level(&thief).await, None);
        assert_eq!(site.acts("approvals.approval.disowned").await, 1);
        assert!(site.page("/inbox?lang=en").await.contains("You said that it was not you"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn this_was_not_me_takes_back_what_was_signed_and_not_used() {
    for mut site in sites().await {
        let key = site.app.api_key(&["approvals.*"]).await;
        let payment = json!({ "payee": "Blue Kiln Ceramics", "amount_minor": 48_000, "currency": "CNY" });
        let body = json!({ "customer": OWNER, "payment": payment });
        let asked = site.api("POST", "/v1/approvals", &key, &body).await.json();
        let id = asked["id"].as_str().unwrap();
        assert_eq!(site.sign(&format!("/approvals/{id}")).await.status, 200);
        assert_eq!(site.app.post(&site.browser, &format!("/approvals/{id}/not-me"), "").await.status, 303);
        let used = site.api("POST", &format!("/v1/approvals/{id}/uses"), &key, &payment).await;
        assert_eq!((used.status.as_u16(), used.code().as_str()), (409, "approval_not_waiting"));
        let read = site.api("GET", &format!("/v1/approvals/{id}"), &key, &json!({})).await.json();
        assert_eq!(read["state"], "refused");
        check_receipt(&site, read["receipt"].as_str().unwrap()).await;
        let told: Vec<String> = on!(site.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM outbox WHERE topic = 'approvals.approval.decided' ORDER BY id")
                .fetch_all(p).await
        })
        .unwrap();
        assert!(told.last().unwrap().contains("refused"), "{told:?}");
    }
}
