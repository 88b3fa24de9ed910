//! A customer with a bound device, and what tests do in their name.

use features::accounts::Person;
use features::cards::open_many;
use features::changes::{Changes, State, stop_again_in_tx};
use features::passkeys::{self, CodeTerms, SoftKey};
use kernel::{Actor, ChangeId, Channel, CustomerId, DAY_US};
use platform::access::Token;
use platform::audit::Entry;
use platform::clock::SystemRandom;
use platform::{feature, i18n, jobs, on};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Answer, Browser, Taken, TestApp, TestDb, databases, sample_customer};

/// Each request of the API has a key of its own.
static ASKED: AtomicU64 = AtomicU64::new(0);

pub(crate) const BY: (Actor, Channel) = (Actor::System, Channel::Console);
pub(crate) const OWNER: CustomerId = CustomerId::from_raw(1);
pub(crate) const OTHER: CustomerId = CustomerId::from_raw(2);
pub(crate) const ORIGIN: &str = "http://localhost:8080";
pub(crate) const OLD_PHONE: &str = "+8613800016021";
pub(crate) const NEW_PHONE: &str = "+8613900000001";
pub(crate) const NEW_EMAIL: &str = "new@post.example";

pub(crate) struct Site {
    pub(crate) app: TestApp,
    pub(crate) key: SoftKey,
    pub(crate) browser: Browser,
}

pub(crate) async fn sites() -> Vec<Site> {
    let mut all = Vec::new();
    for test in databases().await {
        all.push(Site::start(test, 8 * DAY_US).await);
    }
    all
}

impl Site {
    /// A customer whose passkey is so old, signed in with it.
    pub(crate) async fn start(test: TestDb, age_us: i64) -> Self {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        open_many(&app.accounts(), &[sample_customer(1), sample_customer(2)], BY.0, BY.1).await.unwrap();
        let mut key = SoftKey::create(&SystemRandom);
        let browser = enrolled(&app, OWNER, &mut key).await;
        app.clock.advance_us(age_us);
        let mut site = Self { app, key, browser };
        site.browser = site.signed_in().await;
        site.app.sent().await;
        site
    }

    pub(crate) async fn signed_in(&mut self) -> Browser {
        let root = "/sign-in/passkey";
        let question = send(&self.app, None, &format!("{root}/question"), &json!({})).await.json();
        let body =
            json!({ "ceremony": question["ceremony"], "credential": self.key.answer(&question, ORIGIN) });
        browser_of(&send(&self.app, None, root, &body).await)
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes::of(&self.app.app).unwrap()
    }

    pub(crate) async fn person(&self) -> Person {
        self.app.accounts().customer(OWNER).await.unwrap().unwrap().person
    }

    pub(crate) async fn phone(&self) -> String {
        self.person().await.phone.reveal().to_owned()
    }

    /// Asks for a change, and gives the address where it is signed.
    pub(crate) async fn asked(&self, field: &str, fields: &str) -> String {
        let answer = self.app.post(&self.browser, &format!("/details/{field}"), fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let address = answer.header("location").to_owned();
        assert!(address.starts_with("/approvals/appr_"), "{address}");
        address
    }

    pub(crate) async fn sign(&mut self, address: &str) -> Json {
        let question = send(&self.app, Some(&self.browser), &format!("{address}/question"), &json!({})).await;
        assert_eq!(question.status, 200, "{}", question.body);
        let question = question.json();
        let answer =
            json!({ "ceremony": question["ceremony"], "credential": self.key.answer(&question, ORIGIN) });
        let signed = send(&self.app, Some(&self.browser), &format!("{address}/signature"), &answer).await;
        assert_eq!(signed.status, 200, "{}", signed.body);
        signed.json()["location"].clone()
    }

    /// Another passkey of the owner's account, added with the one that is there.
    pub(crate) async fn further(&mut self) -> SoftKey {
        let question = send(&self.app, Some(&self.browser), "/security/devices/question", &json!({})).await;
        let question = question.json();
        let mut key = SoftKey::create(&SystemRandom);
        let made = key.enrol(&question, ORIGIN);
        let body = json!({ "ceremony": question["ceremony"], "credential": made });
        let added = send(&self.app, Some(&self.browser), "/security/devices", &body).await;
        assert_eq!(added.status, 200, "{}", added.body);
        let address = added.json()["location"].as_str().unwrap().to_owned();
        self.sign(&address).await;
        key
    }

    /// A change of the telephone number that waits, and what was sent about it.
    pub(crate) async fn waiting(&mut self) -> (ChangeId, Vec<Taken>) {
        let address = self.asked("phone", "phone=%2B86+139-0000-0001").await;
        assert_eq!(self.sign(&address).await, "/details?told=signed");
        (self.newest().await.0, self.app.sent().await)
    }

    pub(crate) async fn newest(&self) -> (ChangeId, State) {
        let newest = self.changes().changes_of(OWNER, None, 1).await.unwrap().remove(0);
        (newest.id, newest.state)
    }

    /// What a node does when its timer rings.
    pub(crate) async fn tick(&self) {
        self.run("changes.make_due").await;
    }

    pub(crate) async fn run(&self, kind: &str) {
        let handlers = feature::job_handlers(&self.app.app);
        let handler = handlers.iter().find(|handler| handler.kind == kind).unwrap();
        (handler.run)(Json::Null).await.unwrap();
    }

    /// What is sent once the jobs have run that were put beside an act: of this kind, by text message, to whom.
    pub(crate) async fn told(&self, kind: &str) -> Vec<String> {
        let handlers = feature::job_handlers(&self.app.app);
        while jobs::run_due(&self.app.app.db, &handlers).await.unwrap() > 0 {}
        let sent = self.app.sent().await;
        let of_kind = sent.into_iter().filter(|one| one.kind == kind && one.channel == "sms");
        let mut told: Vec<String> = of_kind.map(|one| one.to).collect();
        told.sort_unstable();
        told
    }

    pub(crate) async fn acts(&self, act: &str) -> usize {
        let rows: Vec<i64> = on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT id FROM audit_entries WHERE act = $1").bind(act).fetch_all(p).await
        })
        .unwrap();
        rows.len()
    }

    /// The ids in a table whose rows have one.
    pub(crate) async fn ids(&self, sql: &'static str) -> Vec<i64> {
        on!(self.app.app.db.pool(), p => sqlx::query_scalar(sql).fetch_all(p).await).unwrap()
    }

    /// What a restore does with an entry of the log.
    pub(crate) async fn replayed(&self, act: &str, id: ChangeId) -> bool {
        let mut write = self.app.app.db.write().await.unwrap();
        let again = stop_again_in_tx(&mut write, act, Some(&id.to_string())).await.unwrap();
        write.commit(Entry::new(BY.0, BY.1, "changes.change.stopped")).await.unwrap();
        again
    }

    pub(crate) async fn undo(&self, browser: &Browser, id: ChangeId) -> Answer {
        self.app.post(browser, &format!("/details/changes/{id}/undo"), "").await
    }

    /// Types a code, in a browser in which nobody is signed in.
    pub(crate) async fn not_me(&self, code: &str) -> String {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept-language", "en"),
        ];
        let answer = self.app.ask("POST", "/not-me", &headers, &format!("code={code}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn is_signed_in(&self, browser: &Browser) -> bool {
        self.app.get(browser, "/details").await.status == 200
    }

    pub(crate) async fn api(&self, method: &str, path: &str, key: &str, body: &Json) -> Answer {
        let once = ASKED.fetch_add(1, Ordering::SeqCst).to_string();
        let headers = [
            ("authorization", key),
            ("content-type", "application/json"),
            ("idempotency-key", once.as_str()),
        ];
        self.app.ask(method, path, &headers, &body.to_string()).await
    }
}

pub(crate) async fn send(app: &TestApp, browser: Option<&Browser>, path: &str, body: &Json) -> Answer {
    let mut headers = vec![("sec-fetch-site", "same-origin"), ("content-type", "application/json")];
    if let Some(browser) = browser {
        headers.extend([("cookie", browser.cookie.as_str()), ("x-csrf-token", browser.csrf.as_str())]);
    }
    app.ask("POST", path, &headers, &body.to_string()).await
}

pub(crate) async fn enrolled(app: &TestApp, whose: CustomerId, key: &mut SoftKey) -> Browser {
    let whose = Actor::Cardholder(whose);
    let made = passkeys::new_code(&app.app.db, &SystemRandom, whose, CodeTerms::STAFF, BY).await.unwrap();
    let code = json!({ "code": made.text.expose() });
    let question = send(app, None, "/activate/question", &code).await.json();
    let body = json!({ "ceremony": question["ceremony"], "credential": key.enrol(&question, ORIGIN) });
    browser_of(&send(app, None, "/activate", &body).await)
}

pub(crate) fn browser_of(answer: &Answer) -> Browser {
    assert!(answer.headers.contains_key("set-cookie"), "{} {}", answer.status, answer.body);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = Token::from_text(cookie.split_once('=').unwrap().1).unwrap();
    Browser { cookie, csrf: token.csrf() }
}

/// The code in the words of a notice.
pub(crate) fn code_in(text: &str) -> String {
    let is_code = |word: &&str| {
        word.len() == 19 && word.split('-').all(|part| part.len() == 4) && word.split('-').count() == 4
    };
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-'));
    words.into_iter().find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}
