//! The API over HTTP, on both databases: the whole way of a payment, every refusal, exactly once, and no card
//! number in any answer.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use kernel::{Actor, Channel};
use platform::access::Surface;
use platform::db::Housekeeping;
use platform::on;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, databases, sqlite, test_pan};
use vault::{CvkUse, ExpiryOrder};

const RULES: &str = r#"
number = 3
name = "test"

[[rule]]
id = "big"
name = { en = "Big", zh-Hans = "大额", zh-Hant = "大額" }
when = "payment.amount > 9000.0"
action = "decline"
reason = "unusual_amount"
"#;

/// A server with one customer, one account and one card, and a key that may do everything.
struct Shop {
    app: TestApp,
    key: String,
    account: String,
    card: String,
    serial: u32,
    count: std::cell::Cell<u32>,
}

impl Shop {
    async fn open(app: TestApp) -> Self {
        let key = app.api_key(&["*"]).await;
        let mut shop = Self {
            app,
            key,
            account: String::new(),
            card: String::new(),
            serial: 1,
            count: std::cell::Cell::new(0),
        };
        let customer = shop.post("/v1/customers", &customer_body()).await;
        assert_eq!(customer.status, 201, "{}", customer.body);
        let customer = customer.json()["id"].as_str().unwrap().to_owned();
        let body = json!({ "customer": customer, "product": "gold", "limit": money("10000.00") });
        let account = shop.post("/v1/accounts", &body).await;
        assert_eq!(account.status, 201, "{}", account.body);
        shop.account = account.json()["id"].as_str().unwrap().to_owned();
        let body = json!({ "card_number": test_pan(1).expose(), "expiry": "2030-12" });
        let card = shop.post(&format!("/v1/accounts/{}/cards", shop.account), &body).await;
        assert_eq!(card.status, 201, "{}", card.body);
        shop.card = card.json()["id"].as_str().unwrap().to_owned();
        shop
    }

    /// A POST with a name of its own.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.count.set(self.count.get() + 1);
        self.post_as(&format!("request-{}", self.count.get()), path, body).await
    }

    async fn post_as(&self, name: &str, path: &str, body: &Value) -> Answer {
        let headers =
            [("authorization", &*self.key), ("idempotency-key", name), ("content-type", "application/json")];
        self.app.ask("POST", path, &headers, &body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.ask("GET", path, &[("authorization", &self.key)], "").await
    }

    fn payment(&self, value: &str) -> Value {
        json!({
            "card_number": test_pan(self.serial).expose(), "expiry": "3012", "amount": money(value),
            "merchant": { "id": "CHUNTIANSHA03", "terminal": "TERM0001", "name": "Spring Field Market",
                "city": "Shanghai", "country": 156, "mcc": 5411 },
            "entry_mode": "chip",
        })
    }

    async fn pay(&self, value: &str) -> String {
        let answer = self.post("/v1/authorizations", &self.payment(value)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["approved"]),
            (201, &json!(true)),
            "{}",
            answer.body
        );
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn held(&self) -> (String, String) {
        let account = self.get(&format!("/v1/accounts/{}", self.account)).await.json();
        let value = |name: &str| account[name]["value"].as_str().unwrap().to_owned();
        (value("held"), value("posted"))
    }

    /// As if the process had died after the act and before its answer was kept.
    async fn forget_answers(&self) {
        let mut write = self.app.app.db.write().await.unwrap();
        on!(write.conn(), c => {
            sqlx::query("UPDATE idempotency_keys SET status = NULL, body = NULL, leased_until = 0")
                .execute(&mut *c)
                .await
                .map(drop)
        })
        .unwrap();
        write.housekeeping(Housekeeping::Idempotency).await.unwrap();
    }
}

async fn shops() -> Vec<Shop> {
    let mut shops = Vec::new();
    for db in databases().await {
        shops.push(Shop::open(TestApp::start(db, RULES)).await);
    }
    shops
}

async fn shop() -> Shop {
    Shop::open(TestApp::start(sqlite().await, RULES)).await
}

fn money(value: &str) -> Value {
    json!({ "value": value, "currency": "CNY" })
}

fn customer_body() -> Value {
    json!({
        "name": "周明慧", "name_latin": "Zhou Minghui", "language": "zh-Hans", "phone": "+8610000000001",
        "email": "zhou.minghui@example.com", "address": "18 Wutong Road", "city": "Shanghai", "country": 156,
        "home": { "lat": 31.23, "lon": 121.47 }, "utc_offset_min": 480,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_authorized_read_captured_and_labelled() {
    for shop in shops().await {
        let id = shop.pay("128.50").await;
        assert_eq!(shop.held().await, ("128.50".to_owned(), "0.00".to_owned()));
        let read = shop.get(&format!("/v1/authorizations/{id}")).await.json();
        assert_eq!((&read["state"], &read["amount"]["minor"]), (&json!("open"), &json!(12_850)));
        assert_eq!((&read["merchant"]["mcc"], &read["entry_mode"]), (&json!(5411), &json!("chip")));
        assert_eq!(read["decision"]["rules"]["verdict"], "approve");
        let features = read["decision"]["features"].as_array().unwrap();
        let amount =
            features.iter().find(|one| one["name"] == "payment.amount").expect("the amount was judged");
        assert_eq!(amount["value"], json!(128.5));
        let decision = shop.get(&format!("/v1/decisions/{id}")).await.json();
        assert_eq!(decision, read["decision"]);

        let path = format!("/v1/authorizations/{id}/captures");
        let captured = shop.post(&path, &json!({ "amount": money("100.00") })).await;
        assert_eq!((captured.status.as_u16(), &captured.json()["state"]), (201, &json!("captured")));
        assert_eq!(shop.held().await, ("0.00".to_owned(), "100.00".to_owned()));
        let again = shop.post(&path, &json!({})).await;
        assert_eq!((again.status.as_u16(), again.code()), (409, "nothing_held".to_owned()));

        let path = format!("/v1/authorizations/{id}/fraud-reports");
        let reported = shop.post(&path, &json!({ "fraud": true, "source": "cardholder" })).await;
        assert_eq!(reported.status, 201, "{}", reported.body);
        let number = id.parse::<kernel::AuthorizationId>().unwrap().raw();
        let labels = features::authorizations::labels_in(&shop.app.app.db, number, number).await.unwrap();
        assert_eq!(labels, [(number, true)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reversals_give_back_in_part_and_in_full() {
    for shop in shops().await {
        let id = shop.pay("100.00").await;
        let path = format!("/v1/authorizations/{id}/reversals");
        let part = shop.post(&path, &json!({ "remaining": money("40.00") })).await;
        assert_eq!(part.status, 201, "{}", part.body);
        assert_eq!(part.json()["given_back"]["value"], "60.00");
        assert_eq!(shop.held().await.0, "40.00");
        for more in ["100.00", "100.01"] {
            let refused = shop.post(&path, &json!({ "remaining": money(more) })).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code()),
                (400, "amount_invalid".to_owned()),
                "{more}"
            );
        }
        let whole = shop.post(&path, &json!({})).await.json();
        assert_eq!(
            (&whole["given_back"]["value"], &whole["authorization"]["state"]),
            (&json!("40.00"), &json!("reversed"))
        );
        let nothing = shop.post(&path, &json!({})).await;
        assert_eq!((nothing.status.as_u16(), &nothing.json()["given_back"]["minor"]), (201, &json!(0)));
        assert_eq!(shop.held().await.0, "0.00");
        let reversal = nothing.json()["id"].as_str().unwrap().to_owned();
        let refused = shop.post(&format!("/v1/authorizations/{reversal}/reversals"), &json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "not_a_payment".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declines_are_answers_with_a_reason_and_rules_are_explained() {
    for shop in shops().await {
        let declined = |answer: Answer| {
            assert_eq!(
                (answer.status.as_u16(), &answer.json()["approved"]),
                (201, &json!(false)),
                "{}",
                answer.body
            );
            let answer = answer.json();
            (answer["reason"].as_str().unwrap().to_owned(), answer["code"].as_str().unwrap().to_owned())
        };
        let (declined, asked) = (&declined, &shop);
        let pay = |body: Value| async move { declined(asked.post("/v1/authorizations", &body).await) };
        let with = |key: &str, value: Value| {
            let mut body = shop.payment("1.00");
            body[key] = value;
            body
        };
        let is = |reason: &str, code: &str| (reason.to_owned(), code.to_owned());
        shop.pay("5000.00").await;
        assert_eq!(pay(shop.payment("5000.01")).await, is("over_limit", "51"));
        assert_eq!(pay(with("card_number", json!(test_pan(999).expose()))).await, is("unknown_card", "14"));
        assert_eq!(pay(with("expiry", json!("2031-01"))).await, is("expired", "54"));
        assert_eq!(pay(with("cvv2", json!("x"))).await, is("card_value", "82"));
        assert_eq!(
            pay(with("amount", json!({ "minor": 100, "currency": "USD" }))).await,
            is("currency", "12")
        );
        assert_eq!(pay(with("amount", money("0.00"))).await, is("amount", "13"));
        let big = shop.post("/v1/authorizations", &shop.payment("9000.01")).await;
        let id = big.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(declined(big), is("suspected_fraud", "59"));
        let decision = shop.get(&format!("/v1/decisions/{id}")).await.json();
        assert_eq!(decision["rules"]["verdict"], "decline");
        assert_eq!(decision["features"].as_array().map(Vec::is_empty), Some(false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_name_the_rule_and_its_figures_when_the_text_of_the_rules_is_kept() {
    for shop in shops().await {
        let db = &shop.app.app.db;
        let version = decision::RuleSet::compile(RULES).unwrap().version().to_string();
        let mut write = db.write().await.unwrap();
        let now = shop.app.app.now();
        features::authorizations::save_rule_set_in_tx(&mut write, &version, RULES, now).await.unwrap();
        let entry = platform::audit::Entry::new(Actor::System, Channel::Console, "authorizations.rules.kept");
        write.commit(entry).await.unwrap();
        let big = shop.post("/v1/authorizations", &shop.payment("9000.01")).await.json();
        let read = shop.get(&format!("/v1/authorizations/{}", big["id"].as_str().unwrap())).await.json();
        let decision = &read["decision"];
        assert_eq!(
            (&decision["rules"]["decisive"], &decision["rules"]["version"]),
            (&json!("big"), &json!(version))
        );
        assert_eq!(decision["rules"]["hits"][0]["name"]["zh-Hant"], "大額");
        let because = &decision["because"][0];
        assert_eq!(
            (&because["feature"], &because["comparison"]),
            (&json!("payment.amount"), &json!("above"))
        );
        assert_eq!((&because["value"], &because["threshold"]), (&json!(9000.01), &json!(9000.0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_verification_value_is_let_through_and_partial_approval_only_when_asked() {
    let shop = shop().await;
    let cvk = CvkUse { generation: 1, order: ExpiryOrder::YearMonth };
    let expiry = vault::Expiry::try_new(30, 12).unwrap();
    let right = shop.app.app.keys.cvv2(cvk, &test_pan(1), expiry).unwrap();
    let mut body = shop.payment("9000.00");
    body["cvv2"] = json!(right.expose());
    assert_eq!(shop.post("/v1/authorizations", &body).await.json()["approved"], true);
    let mut body = shop.payment("2000.00");
    body["partial_ok"] = json!(true);
    let part = shop.post("/v1/authorizations", &body).await.json();
    assert_eq!((&part["reason"], &part["code"]), (&json!("partial"), &json!("10")));
    assert_eq!(part["approved_amount"]["value"], "1000.00");
    assert_eq!(part["balances"]["available"]["minor"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advice_is_recorded_even_over_the_limit_and_a_settled_payment_is_posted() {
    for shop in shops().await {
        let advice =
            shop.post("/v1/advices", &json!({ "payment": shop.payment("20000.00"), "approved": true })).await;
        assert_eq!(
            (advice.status.as_u16(), &advice.json()["reason"]),
            (201, &json!("accepted")),
            "{}",
            advice.body
        );
        assert_eq!(shop.held().await.0, "20000.00");
        let mut body = shop.payment("1.00");
        body["purpose"] = json!("check");
        body["amount"] = money("0.00");
        let check = shop.post("/v1/authorizations", &body).await.json();
        assert_eq!(check["approved"], true, "{check}");
        let wrong = shop.post("/v1/advices", &json!({ "payment": shop.payment("1.00") })).await;
        assert_eq!((wrong.status.as_u16(), wrong.code()), (400, "field_invalid".to_owned()));
    }
    let shop = shop().await;
    let mut body = shop.payment("7.00");
    body["settled"] = json!(true);
    assert_eq!(shop.post("/v1/authorizations", &body).await.json()["approved"], true);
    assert_eq!(shop.held().await, ("0.00".to_owned(), "7.00".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_card_is_declined_at_once_and_pays_again_when_unfrozen() {
    for shop in shops().await {
        let path = format!("/v1/cards/{}/freezes", shop.card);
        let frozen = shop.post(&path, &json!({})).await;
        assert_eq!(
            (frozen.status.as_u16(), &frozen.json()["status"]),
            (201, &json!("frozen")),
            "{}",
            frozen.body
        );
        let declined = shop.post("/v1/authorizations", &shop.payment("1.00")).await.json();
        assert_eq!((&declined["reason"], &declined["code"]), (&json!("frozen"), &json!("62")));
        let again = shop.app.ask("DELETE", &path, &[("authorization", &shop.key)], "").await;
        assert_eq!((again.status.as_u16(), &again.json()["status"]), (200, &json!("active")));
        shop.pay("1.00").await;
        let body = json!({ "online": true, "abroad": true, "cash": true, "payment_max_minor": 50 });
        let path = format!("/v1/cards/{}/controls", shop.card);
        let headers = [("authorization", &*shop.key), ("content-type", "application/json")];
        let set = shop.app.ask("PUT", &path, &headers, &body.to_string()).await;
        assert_eq!(set.json()["controls"]["payment_max_minor"], 50);
        let declined = shop.post("/v1/authorizations", &shop.payment("1.00")).await.json();
        assert_eq!(declined["reason"], "amount_limit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_one_payment_also_after_a_crash_before_its_answer_was_kept() {
    for shop in shops().await {
        let body = shop.payment("10.00");
        let first = shop.post_as("once", "/v1/authorizations", &body).await;
        let replayed = shop.post_as("once", "/v1/authorizations", &body).await;
        assert_eq!(replayed.header("idempotency-replayed"), "true");
        assert_eq!(replayed.body, first.body);
        let other = shop.post_as("once", "/v1/authorizations", &shop.payment("11.00")).await;
        assert_eq!((other.status.as_u16(), other.code()), (409, "idempotency_key_reused".to_owned()));

        shop.forget_answers().await;
        let second = shop.post_as("once", "/v1/authorizations", &body).await.json();
        assert_eq!((&second["id"], &second["duplicate"]), (&first.json()["id"], &json!(true)));
        assert_eq!(second["approval_code"], first.json()["approval_code"]);
        assert_eq!(shop.held().await.0, "10.00", "held once");

        let id = second["id"].as_str().unwrap();
        let path = format!("/v1/authorizations/{id}/captures");
        assert_eq!(shop.post_as("capture", &path, &json!({})).await.status, 201);
        shop.forget_answers().await;
        let again = shop.post_as("capture", &path, &json!({})).await;
        assert_eq!(
            (again.status.as_u16(), &again.json()["state"]),
            (201, &json!("captured")),
            "{}",
            again.body
        );
        assert_eq!(shop.held().await, ("0.00".to_owned(), "10.00".to_owned()));
        let path = format!("/v1/authorizations/{id}/reversals");
        let reversed = shop.post_as("reversal", &path, &json!({})).await.json();
        shop.forget_answers().await;
        assert_eq!(shop.post_as("reversal", &path, &json!({})).await.json(), reversed);
        assert_eq!(shop.held().await.1, "0.00");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_is_created_once_also_after_a_crash() {
    for shop in shops().await {
        let body = json!({ "card_number": test_pan(2).expose(), "expiry": "2031-01" });
        let path = format!("/v1/accounts/{}/cards", shop.account);
        let customer = shop.post_as("customer", "/v1/customers", &customer_body()).await.json();
        let card = shop.post_as("card", &path, &body).await.json();
        let opened = json!({ "customer": customer["id"], "product": "plain", "limit": money("5.00") });
        let account = shop.post_as("account", "/v1/accounts", &opened).await.json();
        shop.forget_answers().await;
        assert_eq!(shop.post_as("customer", "/v1/customers", &customer_body()).await.json(), customer);
        assert_eq!(shop.post_as("card", &path, &body).await.json(), card);
        assert_eq!(shop.post_as("account", "/v1/accounts", &opened).await.json(), account);
        let cards = shop.get(&path).await.json();
        assert_eq!(cards["data"].as_array().unwrap().len(), 2);
        let taken = shop.post(&path, &body).await;
        assert_eq!((taken.status.as_u16(), taken.code()), (409, "card_number_taken".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_numbers_of_the_caller_make_repeats_over_any_name() {
    let shop = shop().await;
    let mut body = shop.payment("3.00");
    body["trace"] = json!({ "stan": 7, "rrn": "600912000007", "acquirer": "42" });
    let first = shop.post("/v1/authorizations", &body).await.json();
    let repeat = shop.post("/v1/authorizations", &body).await.json();
    assert_eq!((&repeat["id"], &repeat["duplicate"]), (&first["id"], &json!(true)));
    body["amount"] = money("4.00");
    let other = shop.post("/v1/authorizations", &body).await;
    assert_eq!((other.status.as_u16(), other.code()), (409, "trace_reused".to_owned()));
    assert_eq!(shop.held().await.0, "3.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_walked_from_the_newest_and_a_foreign_cursor_is_refused() {
    for shop in shops().await {
        let mut paid = Vec::new();
        for n in 1..=7 {
            paid.push(shop.pay(&format!("{n}.00")).await);
        }
        paid.reverse();
        let base = format!("/v1/accounts/{}/authorizations?limit=3", shop.account);
        let (mut met, mut sizes, mut address) = (Vec::new(), Vec::new(), base.clone());
        loop {
            let piece = shop.get(&address).await.json();
            let rows = piece["data"].as_array().unwrap();
            sizes.push(rows.len());
            met.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            match piece["next_cursor"].as_str() {
                Some(cursor) => address = format!("{base}&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!((met, sizes), (paid, vec![3, 3, 1]));
        let customer = shop.get(&format!("/v1/accounts/{}", shop.account)).await.json()["customer"].clone();
        let body = json!({ "customer": customer, "product": "plain", "limit": money("5.00") });
        let other = shop.post("/v1/accounts", &body).await.json()["id"].as_str().unwrap().to_owned();
        let cursor = shop.get(&base).await.json()["next_cursor"].as_str().unwrap().to_owned();
        let foreign = shop.get(&format!("/v1/accounts/{other}/authorizations?cursor={cursor}")).await;
        assert_eq!((foreign.status.as_u16(), foreign.code()), (400, "cursor_invalid".to_owned()));
        let empty = shop.get(&format!("/v1/accounts/{other}/authorizations")).await.json();
        assert_eq!(empty, json!({ "data": [] }));
        let one = shop.get("/v1/accounts?limit=1").await.json();
        let rest = format!("/v1/accounts?limit=1&cursor={}", one["next_cursor"].as_str().unwrap());
        let rest = shop.get(&rest).await.json();
        assert_eq!((&one["data"][0]["id"], &rest["data"][0]["id"]), (&json!(shop.account), &json!(other)));
        assert!(rest.get("next_cursor").is_none());
        let mine = shop.get(&format!("/v1/accounts?customer={}", customer.as_str().unwrap())).await.json();
        assert_eq!(mine["data"].as_array().unwrap().len(), 2);
        let nobody = shop.get("/v1/accounts?customer=cust_0000000000001").await.json();
        assert_eq!(nobody["data"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_with_their_place_and_without_what_they_said() {
    let shop = shop().await;
    let with = |pointer: &str, value: Value| {
        let mut body = shop.payment("1.00");
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value;
        body
    };
    let cases = [
        (with("/surprise", json!(1)), "field_invalid", "/surprise"),
        (with("/merchant/surprise", json!(1)), "field_invalid", "/merchant/surprise"),
        (with("/card_number", json!("9000010100000018")), "card_number_invalid", "/card_number"),
        (with("/card_number", json!("90000")), "card_number_invalid", "/card_number"),
        (with("/card_number", json!(9)), "field_invalid", "/card_number"),
        (with("/expiry", json!("2030-13")), "expiry_invalid", "/expiry"),
        (with("/expiry", json!("30+1")), "expiry_invalid", "/expiry"),
        (with("/amount/value", json!("1.001")), "amount_invalid", "/amount/value"),
        (with("/amount/value", json!("-1")), "amount_invalid", "/amount/value"),
        (with("/amount/value", json!("92233720368547758.08")), "amount_invalid", "/amount/value"),
        (with("/amount/minor", json!(100)), "amount_invalid", "/amount"),
        (with("/amount/currency", json!("XXX")), "field_invalid", "/amount/currency"),
        (with("/amount", json!({ "minor": -1, "currency": "CNY" })), "amount_invalid", "/amount/minor"),
        (with("/amount", json!({ "value": "1.5", "currency": "JPY" })), "amount_invalid", "/amount/value"),
        (with("/entry_mode", json!("telepathy")), "field_invalid", "/entry_mode"),
        (with("/merchant/mcc", json!(10_000)), "field_invalid", "/merchant/mcc"),
        (with("/merchant/place", json!({ "lat": 91, "lon": 0 })), "field_invalid", "/merchant/place"),
        (with("/merchant/name", json!("a\u{0}b")), "field_invalid", "/merchant/name"),
        (with("/at", json!("yesterday")), "field_invalid", "/at"),
        (with("/trace", json!({ "stan": 0, "rrn": "1" })), "field_invalid", "/trace/stan"),
    ];
    for (body, code, place) in cases {
        let answer = shop.post("/v1/authorizations", &body).await;
        let problem = answer.json();
        assert_eq!((answer.status.as_u16(), answer.code()), (400, code.to_owned()), "{body}: {problem}");
        assert_eq!(problem["where"], place, "{problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let nothing = shop.get(&format!("/v1/accounts/{}/authorizations", shop.account)).await.json();
    assert_eq!(nothing["data"], json!([]), "nothing was recorded");
    let headers = [("authorization", &*shop.key), ("content-type", "application/json")];
    let unnamed = shop.app.ask("POST", "/v1/authorizations", &headers, &shop.payment("1").to_string()).await;
    assert_eq!((unnamed.status.as_u16(), unnamed.code()), (400, "idempotency_key_missing".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_accounts_that_cannot_be_are_refused_with_their_place() {
    let shop = shop().await;
    for (key, value, code, place) in [
        ("phone", json!("10000"), "field_invalid", "/phone"),
        ("email", json!("nobody"), "field_invalid", "/email"),
        ("language", json!("xx"), "field_invalid", "/language"),
        ("name", json!(" "), "field_invalid", "/name"),
        ("surprise", json!(true), "field_invalid", "/surprise"),
    ] {
        let mut body = customer_body();
        body[key] = value;
        let answer = shop.post("/v1/customers", &body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, code.to_owned()), "{key}");
        assert_eq!(answer.json()["where"], place);
    }
    let customer = shop.post("/v1/customers", &customer_body()).await.json()["id"].clone();
    for (body, code) in [
        (json!({ "customer": customer, "product": "silver", "limit": money("1") }), "product_unknown"),
        (json!({ "customer": customer, "product": "gold", "limit": money("200000.01") }), "limit_too_large"),
        (
            json!({ "customer": "cust_0000000000001", "product": "gold", "limit": money("1") }),
            "customer_unknown",
        ),
        (
            json!({ "customer": "acct_0000000000001", "product": "gold", "limit": money("1") }),
            "field_invalid",
        ),
        (
            json!({ "customer": customer, "product": "gold", "limit": money("1"), "statement_day": 31 }),
            "field_invalid",
        ),
    ] {
        let answer = shop.post("/v1/accounts", &body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, code.to_owned()), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_lead_nowhere_are_absent() {
    let shop = shop().await;
    let (auth, acct, card) = ("auth_0000000000001", "acct_0000000000001", "card_0000000000001");
    for path in [
        format!("/v1/authorizations/{auth}"),
        format!("/v1/authorizations/{acct}"),
        format!("/v1/decisions/{auth}"),
        format!("/v1/accounts/{acct}"),
        format!("/v1/accounts/{}", shop.card),
        format!("/v1/accounts/{acct}/authorizations"),
        format!("/v1/accounts/{acct}/cards"),
        format!("/v1/cards/{card}"),
    ] {
        let answer = shop.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".to_owned()), "{path}");
    }
    for (path, body) in [
        (format!("/v1/authorizations/{auth}/reversals"), json!({})),
        (format!("/v1/authorizations/{auth}/captures"), json!({})),
        (format!("/v1/authorizations/{auth}/fraud-reports"), json!({ "fraud": true, "source": "scheme" })),
        (format!("/v1/cards/{card}/freezes"), json!({})),
        (
            format!("/v1/accounts/{acct}/cards"),
            json!({ "card_number": test_pan(9).expose(), "expiry": "2030-01" }),
        ),
    ] {
        let answer = shop.post(&path, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found".to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_api_needs_a_key_with_its_scope() {
    let app = TestApp::start(sqlite().await, RULES);
    let narrow = app.api_key(&["nothing.*"]).await;
    let routes: Vec<_> = features::ALL.iter().flat_map(|feature| (feature.routes)()).collect();
    let mut met = 0;
    for route in routes.iter().filter(|route| Surface::of(route.path()) == Surface::Api) {
        let path: String = route
            .path()
            .split('/')
            .map(|part| if part.starts_with('{') { "auth_0000000000001" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let method = route.method().as_str();
        let headers = [("idempotency-key", "x"), ("content-type", "application/json")];
        let nobody = app.ask(method, &path, &headers, "{}").await;
        assert_eq!(
            (nobody.status.as_u16(), nobody.code()),
            (401, "sign_in_needed".to_owned()),
            "{method} {path}"
        );
        let headers = [headers[0], headers[1], ("authorization", &*narrow)];
        let scoped = app.ask(method, &path, &headers, "{}").await;
        assert_eq!(
            (scoped.status.as_u16(), scoped.code()),
            (403, "scope_missing".to_owned()),
            "{method} {path}"
        );
        met += 1;
    }
    assert!(met >= 18, "only {met} routes");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_every_route_with_its_key_and_its_problems() {
    let app = TestApp::start(sqlite().await, RULES);
    let document = app.ask("GET", "/v1/openapi.json", &[], "").await.json();
    let scheme = &document["components"]["securitySchemes"]["api_key"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
    for route in features::ALL.iter().flat_map(|feature| (feature.routes)()) {
        if Surface::of(route.path()) != Surface::Api {
            continue;
        }
        let method = route.method().as_str().to_lowercase();
        let operation = &document["paths"][route.path()][&method];
        assert!(operation.is_object(), "{method} {} is not described", route.path());
        assert_eq!(operation["security"], json!([{ "api_key": [] }]), "{method} {}", route.path());
        let problem = &operation["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        let named = operation["parameters"].as_array().into_iter().flatten();
        let named = named.filter(|one| one["name"] == "Idempotency-Key").count();
        assert_eq!(named, usize::from(method == "post"), "{method} {}", route.path());
    }
    let missing: Vec<String> = references(&document)
        .into_iter()
        .filter(|name| document["components"]["schemas"][name.as_str()].is_null())
        .collect();
    assert!(missing.is_empty(), "schemas without a description: {missing:?}");
    for name in ["PaymentBody", "CustomerBody", "AccountBody", "CardBody"] {
        assert!(document["components"]["schemas"][name]["example"].is_object(), "{name} has no example");
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|text| text.strip_prefix("#/components/schemas/")).map(str::to_owned);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_no_kept_answer_and_no_log_entry_holds_a_card_number() {
    for shop in shops().await {
        let pan = test_pan(1);
        shop.pay("1.00").await;
        let mut body = shop.payment("1.00");
        body["cvv2"] = json!("987");
        body["surprise"] = json!(pan.expose());
        shop.post("/v1/authorizations", &body).await;
        for key in ["expiry", "entry_mode", "amount", "merchant", "at"] {
            let mut body = shop.payment("1.00");
            body[key] = json!(pan.expose());
            assert_eq!(shop.post("/v1/authorizations", &body).await.status, 400, "{key}");
        }
        shop.post(&format!("/v1/accounts/{}/cards", pan.expose()), &json!({})).await;
        shop.get(&format!("/v1/cards/{}", shop.card)).await;
        let (middle, said) = (&pan.expose()[6..12], shop.app.said.lock().unwrap().join("\n"));
        assert!(!said.contains(pan.expose()) && !said.contains("\"987\""), "an answer holds a number");
        assert!(said.contains(&pan.expose()[12..]), "the last four digits are shown");
        let db = &shop.app.app.db;
        let kept: Vec<Option<String>> =
            on!(db.pool(), p => sqlx::query_scalar("SELECT body FROM idempotency_keys").fetch_all(p).await)
                .unwrap();
        let told: Vec<String> =
            on!(db.pool(), p => sqlx::query_scalar("SELECT body FROM audit_entries").fetch_all(p).await)
                .unwrap();
        let events: Vec<String> =
            on!(db.pool(), p => sqlx::query_scalar("SELECT body FROM outbox").fetch_all(p).await).unwrap();
        let texts = kept.into_iter().flatten().chain(told).chain(events);
        let whole: String = texts.collect::<Vec<_>>().join("\n");
        assert!(!whole.contains(pan.expose()) && !whole.contains(&format!("900001{middle}")), "{whole}");
    }
}
