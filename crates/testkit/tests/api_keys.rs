//! Keys of programs over both databases: they end by themselves, are replaced with an overlap, are known to be used,
//! and one that asks for signed requests is worth nothing without them.

#![cfg(test)]

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use features::cards::open_many;
use kernel::{AccountId, Actor, Channel, DAY_US, HOUR_US, SECOND_US};
use platform::access::{KeyOrder, NewApiKey, issue_api_key, list_api_keys, revoke_api_key, rotate_api_key};
use platform::audit::{Entry, Search, search};
use platform::db::DbError;
use platform::on;
use sha2::{Digest, Sha256};
use testkit::{Answer, TestApp, databases, sample_customer};

const BY: (Actor, Channel) = (Actor::System, Channel::Console);
const ACCOUNT: AccountId = AccountId::from_raw(1_000_001);

async fn apps() -> Vec<TestApp> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, "number = 1\nname = \"none\"\n");
        open_many(&app.accounts(), &[sample_customer(1)], BY.0, BY.1).await.unwrap();
        all.push(app);
    }
    all
}

async fn issue(app: &TestApp, days: u32, verifier: Option<[u8; 32]>) -> NewApiKey {
    let scopes = vec!["accounts.account.read".to_owned(), "cards.card.freeze".to_owned()];
    let order = KeyOrder { name: "switch".to_owned(), scopes, days, verifier };
    issue_api_key(&app.app.db, &*app.app.random, BY.0, BY.1, &order).await.unwrap()
}

async fn read(app: &TestApp, key: &NewApiKey) -> u16 {
    let bearer = format!("Bearer {}", key.token.expose());
    app.ask("GET", &format!("/v1/accounts/{ACCOUNT}"), &[("authorization", &bearer)], "")
        .await
        .status
        .as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_ends_by_itself_and_is_replaced_with_an_overlap() {
    for app in apps().await {
        let (short, old) = (issue(&app, 1, None).await, issue(&app, 30, None).await);
        assert_eq!((read(&app, &short).await, read(&app, &old).await), (200, 200));
        app.clock.advance_us(DAY_US);
        assert_eq!((read(&app, &short).await, read(&app, &old).await), (401, 200));
        let random = &*app.app.random;
        assert!(rotate_api_key(&app.app.db, random, BY, short.id, 30, HOUR_US).await.unwrap().is_none());
        let new = rotate_api_key(&app.app.db, random, BY, old.id, 30, HOUR_US).await.unwrap().unwrap();
        assert_eq!((read(&app, &new).await, read(&app, &old).await), (200, 200), "both for an hour");
        app.clock.advance_us(HOUR_US);
        assert_eq!((read(&app, &new).await, read(&app, &old).await), (200, 401));
        assert!(revoke_api_key(&app.app.db, BY.0, BY.1, new.id).await.unwrap());
        assert_eq!(read(&app, &new).await, 401);
        let all = list_api_keys(&app.app.db).await.unwrap();
        assert_eq!(all.iter().filter(|key| key.name == "switch" && !key.signed).count(), 3);
        assert!(all.iter().all(|key| !format!("{key:?}").contains(new.token.expose())));
    }
}

struct Signed<'a> {
    method: &'a str,
    path: &'a str,
    body: &'a str,
    nonce: &'a str,
}

/// Signs as a program would, by the text of RFC 9421.
async fn send(app: &TestApp, key: &NewApiKey, signer: &SigningKey, what: &Signed<'_>, late_s: i64) -> Answer {
    let created = app.app.now().us() / SECOND_US - late_s;
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(what.body)));
    let params = format!(
        "(\"@method\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\");created={created};nonce=\"{}\";alg=\"ed25519\"",
        what.nonce
    );
    let base = format!(
        "\"@method\": {}\n\"@path\": {}\n\"@query\": ?\n\"content-digest\": {digest}\n\"idempotency-key\": {}\n\
         \"@signature-params\": {params}",
        what.method, what.path, what.nonce
    );
    let signature = format!("sig1=:{}:", STANDARD.encode(signer.sign(base.as_bytes()).to_bytes()));
    let (bearer, input) = (format!("Bearer {}", key.token.expose()), format!("sig1={params}"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", what.nonce),
        ("content-digest", digest.as_str()),
        ("signature-input", input.as_str()),
        ("signature", signature.as_str()),
    ];
    app.ask(what.method, what.path, &headers, what.body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_asks_for_signed_requests_is_worth_nothing_without_them() {
    for app in apps().await {
        let signer = SigningKey::from_bytes(&[7; 32]);
        let key = issue(&app, 30, Some(signer.verifying_key().to_bytes())).await;
        assert_eq!(read(&app, &key).await, 401, "the bearer key alone");
        let path = format!("/v1/accounts/{ACCOUNT}");
        let get = |nonce| Signed { method: "GET", path: &path, body: "", nonce };
        let passed = send(&app, &key, &signer, &get("n-1"), 0).await;
        assert_eq!(passed.status, 200, "{}", passed.body);
        let code = |answer: Answer| (answer.status.as_u16(), answer.code());
        let replayed = code(send(&app, &key, &signer, &get("n-1"), 0).await);
        assert_eq!(replayed, (401, "signature_replayed".to_owned()));
        let late = code(send(&app, &key, &signer, &get("n-2"), 61).await);
        assert_eq!(late, (401, "signature_invalid".to_owned()));
        let other = SigningKey::from_bytes(&[8; 32]);
        let forged = code(send(&app, &key, &other, &get("n-3"), 0).await);
        assert_eq!(forged, (401, "signature_invalid".to_owned()));
        let again = send(&app, &key, &signer, &get("n-3"), 0).await;
        assert_eq!(again.status, 200, "what was refused took no nonce");
        // The same request twice at once passes once.
        let (four, more) = (get("n-4"), get("n-4"));
        let (one, two) =
            tokio::join!(send(&app, &key, &signer, &four, 0), send(&app, &key, &signer, &more, 0));
        let mut both = [one.status.as_u16(), two.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 401]);
        let acts = vec!["access.request.refused".to_owned()];
        let refused = search(&app.app.db, &Search { acts, rows_max: 10, ..Search::default() }).await.unwrap();
        assert_eq!(refused.len(), 5, "{refused:?}");
        // A key without a verifier goes on as before.
        assert_eq!(read(&app, &issue(&app, 30, None).await).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_revives_no_signed_request() {
    for app in apps().await {
        let signer = SigningKey::from_bytes(&[7; 32]);
        let key = issue(&app, 30, Some(signer.verifying_key().to_bytes())).await;
        let path = format!("/v1/accounts/{ACCOUNT}");
        let get = Signed { method: "GET", path: &path, body: "", nonce: "n-1" };
        assert_eq!(send(&app, &key, &signer, &get, 0).await.status, 200);
        app.clock.advance_us(HOUR_US);
        let jobs = platform::access::FEATURE.jobs;
        for job in jobs(&app.app) {
            (job.run)(serde_json::Value::Null).await.unwrap();
        }
        app.clock.advance_us(-HOUR_US);
        let again = send(&app, &key, &signer, &get, 0).await;
        assert_eq!((again.status.as_u16(), again.code().as_str()), (401, "signature_replayed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_verifier_makes_no_key_without_one() {
    for app in apps().await {
        let key = issue(&app, 30, Some([7; 32])).await;
        let mut write = app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE api_keys SET verifier = $2 WHERE id = $1")
                .bind(key.id.raw())
                .bind(vec![7_u8; 31])
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.commit(Entry::new(BY.0, BY.1, "tests.row.changed")).await.unwrap();
        let rotated = rotate_api_key(&app.app.db, &*app.app.random, BY, key.id, 30, HOUR_US).await;
        assert!(matches!(rotated, Err(DbError::Damaged(_))), "{rotated:?}");
        let keys = list_api_keys(&app.app.db).await.unwrap();
        assert_eq!(keys.iter().filter(|key| key.name == "switch").count(), 1);
    }
}
