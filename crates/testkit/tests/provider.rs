//! Signing in with an outside provider over both databases: bound to the browser that began, good once, and for whom
//! two people have said who they are there.

#![cfg(test)]

use features::staff::{
    AddressAsked, IdentityProvider, Provider, ProviderError, SignInSecrets, Vouched, VouchedAsked,
};
use kernel::MINUTE_US;
use platform::access::Role;
use platform::app::Services;
use platform::audit::{Search, search};
use platform::db::Housekeeping;
use platform::{feature, i18n, on};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use testkit::{Answer, TestApp, databases};

const ISSUER: &str = "https://login.example";

/// A provider that vouches for whoever knows the code.
#[derive(Default)]
struct Friendly {
    /// While somebody holds it, the provider does not answer.
    away: tokio::sync::RwLock<()>,
    /// Sign-ins that it was asked to begin.
    asked: AtomicUsize,
    /// The secrets of the sign-ins that came back.
    seen: Mutex<Vec<(String, String)>>,
}

impl Provider for Friendly {
    fn issuer(&self) -> &str {
        ISSUER
    }

    fn begin<'a>(&'a self, secrets: &'a SignInSecrets) -> AddressAsked<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let _there = self.away.read().await;
            Ok(format!("{ISSUER}/authorize?state={}", secrets.state.expose()))
        })
    }

    fn finish<'a>(&'a self, code: &'a str, secrets: &'a SignInSecrets) -> VouchedAsked<'a> {
        let pair = (secrets.nonce.expose().clone(), secrets.verifier.expose().clone());
        self.seen.lock().unwrap().push(pair);
        Box::pin(async move {
            match code {
                "good" => Ok(Vouched { subject: "248289761001".to_owned(), strong: true }),
                _ => Err(ProviderError::Refused("no such code".to_owned())),
            }
        })
    }
}

struct Desk {
    app: TestApp,
    provider: Arc<Friendly>,
}

async fn desks() -> Vec<Desk> {
    let mut all = Vec::new();
    for test in databases().await {
        let provider = Arc::new(Friendly::default());
        let services =
            Services::default().with(IdentityProvider::new(Arc::clone(&provider) as Arc<dyn Provider>));
        let app = TestApp::start_with(test, "number = 1\nname = \"none\"\n", services);
        let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
        all.push(Desk { app, provider });
    }
    all
}

impl Desk {
    /// Begins; the state, and the cookie with it.
    async fn begin(&self) -> (String, String) {
        self.begin_for("/desk/alerts").await
    }

    async fn begin_for(&self, next: &str) -> (String, String) {
        let sent = self.app.ask("GET", &format!("/desk/sign-in/provider?next={next}"), &[], "").await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let state = sent.header("location").split_once("state=").unwrap().1.to_owned();
        let cookie = sent.header("set-cookie").split(';').next().unwrap().to_owned();
        (state, cookie)
    }

    async fn back(&self, code: &str, state: &str, cookie: &str, rest: &str) -> Answer {
        let path = format!("/desk/sign-in/provider/callback?code={code}&state={state}{rest}");
        self.app.ask("GET", &path, &[("cookie", cookie)], "").await
    }

    async fn whole(&self, code: &str) -> Answer {
        let (state, cookie) = self.begin().await;
        self.back(code, &state, &cookie, "").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_provider_vouches_for_signs_in_when_two_people_have_said_who_they_are() {
    for desk in desks().await {
        let (id, _) = desk.app.staff(Role::Analyst).await;
        let (_, manager) = desk.app.staff(Role::Manager).await;
        let (_, officer) = desk.app.staff(Role::Compliance).await;
        let refused = desk.whole("good").await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (401, "sign_in_refused"),
            "nobody yet"
        );
        let asked = format!("what=vouch&staff={id}&subject=248289761001");
        assert_eq!(desk.app.post(&manager, "/desk/staff/requests", &asked).await.status, 303);
        let (request, hash): (i64, String) = on!(desk.app.app.db.pool(), p => {
            sqlx::query_as("SELECT id, hash FROM staff_requests").fetch_one(p).await
        })
        .unwrap();
        let path = format!("/desk/staff/requests/{request}/decision");
        let decision = format!("decision=approve&command={hash}");
        assert_eq!(desk.app.post(&officer, &path, &decision).await.status, 303);
        let signed_in = desk.whole("good").await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        assert_eq!(signed_in.header("refresh"), "0; url=/desk/alerts");
        let cookies: Vec<&str> =
            signed_in.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with("cardea_desk=")).expect("a session");
        let session = session.split(';').next().unwrap();
        let page = desk.app.ask("GET", "/desk/live", &[("cookie", session), ("accept", "*/*")], "").await;
        assert_ne!(page.status, 401, "an analyst is signed in: {}", page.body);
        for next in ["/cards", "/desk/%5C%5Cevil.example", "/desk/sign-in/provider", "https://evil.example"] {
            let (state, cookie) = desk.begin_for(next).await;
            let there = desk.back("good", &state, &cookie, "").await;
            assert_eq!(there.header("refresh"), "0; url=/desk", "{next}");
        }
        assert_eq!(desk.app.post(&manager, &format!("/desk/staff/{id}/shut-out"), "").await.status, 303);
        assert_eq!(desk.whole("good").await.status, 401, "who was shut out stays out");
        let seen = desk.provider.seen.lock().unwrap().clone();
        let (nonces, verifiers): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
            seen.iter().cloned().unzip();
        assert_eq!((nonces.len(), verifiers.len()), (7, 7), "drawn for each sign-in");
        assert!(verifiers.iter().all(|verifier| verifier.len() == 43));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_is_good_once_in_its_browser_and_in_time() {
    for desk in desks().await {
        let came = |desk: &Desk| desk.provider.seen.lock().unwrap().len();
        let (state, cookie) = desk.begin().await;
        let (other, others) = desk.begin().await;
        for (name, state, cookie) in [
            ("no cookie", state.as_str(), ""),
            ("another browser's cookie", state.as_str(), others.as_str()),
            ("another state", other.as_str(), cookie.as_str()),
            ("no state", "", cookie.as_str()),
        ] {
            let refused = desk.back("good", state, cookie, "").await;
            assert_eq!(refused.code(), "sign_in_refused", "{name}");
        }
        let elsewhere = desk.back("good", &state, &cookie, "&iss=https%3A%2F%2Fevil.example").await;
        assert_eq!(elsewhere.code(), "sign_in_refused", "another issuer");
        assert_eq!(came(&desk), 0, "the provider was not asked");
        desk.back("good", &state, &cookie, "&iss=https%3A%2F%2Flogin.example").await;
        assert_eq!(came(&desk), 1);
        desk.back("good", &state, &cookie, "").await;
        assert_eq!(came(&desk), 1, "the same answer again is not even asked about");
        desk.app.clock.advance_us(11 * MINUTE_US);
        desk.back("good", &other, &others, "").await;
        assert_eq!(came(&desk), 1, "too late");
        assert_eq!(desk.whole("bad").await.code(), "sign_in_refused");
        assert_eq!(came(&desk), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_holds_up_few_and_a_start_leaves_no_entry() {
    for desk in desks().await {
        let all = Search { rows_max: 100, ..Search::default() };
        let before = search(&desk.app.app.db, &all).await.unwrap().len();
        let starts: Vec<_> = {
            let _away = desk.provider.away.write().await;
            let start = || desk.app.ask("GET", "/desk/sign-in/provider", &[], "");
            let mut starts: Vec<_> = (0..8).map(|_| Box::pin(start())).collect();
            // Each goes as far as the provider, which does not answer.
            while desk.provider.asked.load(Ordering::SeqCst) < starts.len() {
                for begun in &mut starts {
                    assert!(futures_util::poll!(begun.as_mut()).is_pending());
                }
                tokio::task::yield_now().await;
            }
            let ninth = start().await;
            assert_eq!((ninth.status.as_u16(), ninth.code().as_str()), (503, "sign_ins_busy"));
            starts
        };
        for begun in futures_util::future::join_all(starts).await {
            assert_eq!(begun.status, 303, "{}", begun.body);
        }
        assert_eq!(desk.begin().await.0.len(), 43);
        let after = search(&desk.app.app.db, &all).await.unwrap().len();
        assert_eq!(before, after, "{}", desk.app.app.db.kind());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beginnings_do_not_fill_the_database() {
    for desk in desks().await {
        let until = desk.app.app.now().plus_us(MINUTE_US).us();
        let mut write = desk.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query(
                "INSERT INTO provider_sign_ins (state_hash, nonce, verifier, next, expires_at)
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 SELECT 'x' || CAST(i AS TEXT), '', '', '', $1 FROM n",
            )
            .bind(until)
            .execute(&mut *c)
            .await
            .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Jobs).await.unwrap();
        let start = async || desk.app.ask("GET", "/desk/sign-in/provider", &[], "").await;
        assert_eq!(start().await.code(), "sign_ins_busy");
        desk.app.clock.advance_us(2 * MINUTE_US);
        assert_eq!(start().await.status, 303, "their time is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_there_is_nothing_at_its_addresses() {
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        assert_eq!(app.ask("GET", "/desk/sign-in/provider", &[], "").await.status, 404);
    }
}
