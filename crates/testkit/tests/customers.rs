//! Customers over the API, on both databases: made known once, read masked, found by what they tell in full, and each
//! look in the log before its answer.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use platform::on;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, databases};

const NO_RULES: &str = "number = 1\nname = \"none\"\n";
const DOCUMENT: &str = "SAMPLE-00004711X";

struct Api {
    app: TestApp,
    key: String,
}

impl Api {
    async fn post(&self, name: &str, path: &str, body: &Value) -> Answer {
        let headers =
            [("authorization", &*self.key), ("idempotency-key", name), ("content-type", "application/json")];
        self.app.ask("POST", path, &headers, &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.ask("GET", path, &[("authorization", &self.key)], "").await
    }

    async fn entries(&self, act: &str) -> Vec<String> {
        on!(self.app.app.db.pool(), p => {
            sqlx::query_scalar("SELECT body FROM audit_entries WHERE act = $1 ORDER BY id")
                .bind(act)
                .fetch_all(p)
                .await
        })
        .unwrap()
    }
}

async fn on_each() -> Vec<Api> {
    let mut all = Vec::new();
    for test in databases().await {
        let app = TestApp::start(test, NO_RULES);
        let key = app.api_key(&["*"]).await;
        all.push(Api { app, key });
    }
    all
}

fn body(document: Option<&str>) -> Value {
    json!({
        "name": "周明慧", "name_latin": "Zhou Minghui", "language": "zh-Hans", "phone": "+8610000000001",
        "email": "zhou.minghui@example.com", "address": "18 Wutong Road", "city": "Shanghai", "country": 156,
        "utc_offset_min": 480, "document_number": document,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_number_comes_in_once_and_goes_out_masked() {
    for api in on_each().await {
        let made = api.post("one", "/v1/customers", &body(Some(DOCUMENT))).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let read = api.get(&format!("/v1/customers/{id}")).await.json();
        assert_eq!(
            (&read["document_number"], &read["phone"], &read["email"], &read["erased"]),
            (&json!("**** 11X"), &json!("+86100 **** 0001"), &json!("z***@example.com"), &json!(false))
        );
        assert_eq!(api.entries("accounts.customer.read").await.len(), 1);
        let bare = api.post("two", "/v1/customers", &body(None)).await.json();
        let read = api.get(&format!("/v1/customers/{}", bare["id"].as_str().unwrap())).await.json();
        assert_eq!(read["document_number"], Value::Null);
        for (name, bad) in
            [("short", "A1"), ("line", "SAMPLE\n4711"), ("long", "1234567890123456789012345678901")]
        {
            let refused = api.post(name, "/v1/customers", &body(Some(bad))).await;
            let place = refused.json()["where"].clone();
            assert_eq!((refused.status.as_u16(), place), (400, json!("/document_number")), "{bad:?}");
        }
        let said = api.app.said.lock().unwrap().join("\n");
        assert!(!said.contains(DOCUMENT) && !said.contains("+8610000000001"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_found_by_what_they_tell_in_full_and_the_search_is_in_the_log() {
    for api in on_each().await {
        let made = api.post("one", "/v1/customers", &body(Some(DOCUMENT))).await.json();
        for (told, value) in [
            ("document_number", "sample 00004711x"),
            ("phone", "+86 100 0000 0001"),
            ("email", "ZHOU.minghui@example.com"),
        ] {
            let found = api.post(told, "/v1/customers/searches", &json!({ told: value })).await.json();
            assert_eq!(found["data"][0]["id"], made["id"], "{told}: {found}");
        }
        let none = json!({ "document_number": "SAMPLE-00004712X" });
        let none = api.post("none", "/v1/customers/searches", &none).await.json();
        assert_eq!(none, json!({ "data": [] }));
        let entries = api.entries("accounts.customer.sought").await;
        assert_eq!(entries.len(), 4, "a search in vain is one too: {entries:?}");
        assert!(entries.iter().all(|entry| !entry.contains("4711") && !entry.contains("minghui")));
        for (name, body) in
            [("both", json!({ "phone": "+8610000000001", "email": "a@example.com" })), ("nothing", json!({}))]
        {
            let refused = api.post(name, "/v1/customers/searches", &body).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (400, "field_invalid".to_owned()),
                "{name}"
            );
        }
    }
}
