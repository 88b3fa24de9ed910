//! Attacks on proofs: enumeration, guessing over channels, codes that come again, lists of passwords, locking out.

use crate::http::{self, Answer};
use crate::server::{Server, now_us, pause_ms, poll};
use cardea::traffic::sample_files::CardRow;
use kernel::{Clock as _, SECOND_US};
use platform::clock::SystemClock;
use serde_json::{Value, json};
use std::cell::RefCell;
use totp_rs::{Builder, Secret};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const HTML: (&str, &str) = ("accept", "text/html");

fn post(server: &Server, path: &str, cookie: &str, body: &str) -> Answer {
    let origin = server.demo.http.clone();
    let headers = [FORM, HTML, ("origin", origin.as_str()), ("cookie", cookie)];
    http::send(server.http(), &format!("POST {path}"), &headers, body.as_bytes()).unwrap()
}

/// What is typed, as a form carries it.
fn typed(text: &str) -> String {
    text.replace('+', "%2B")
}

/// Says that a phone is gone, from a browser that is not signed in.
fn lose(server: &Server, name: &str, kind: &str, value: &str) -> Answer {
    post(server, "/lost-phone", "", &format!("name={}&kind={kind}&value={value}", typed(name)))
}

/// Whether the card is frozen, after what was said about it had time to be done.
fn is_frozen(server: &Server, card: &CardRow) -> bool {
    let status = || server.api_get(&format!("/v1/cards/{}", card.card)).json()["status"].clone();
    (0..30).any(|_| {
        pause_ms(100);
        status() == "frozen"
    })
}

/// Another value than `right`, the same for the same number.
fn wrong(right: &str, n: usize) -> String {
    let guess = format!("{:0width$}", (n * 7 + 13) % 10_usize.pow(right.len() as u32), width = right.len());
    if guess == right { "9".repeat(right.len()) } else { guess }
}

/// The first cardholder of the demo at a browser, with the cookie that changes as they prove more.
pub(super) struct Holder<'s> {
    server: &'s Server,
    cookie: RefCell<String>,
}

impl<'s> Holder<'s> {
    pub(super) fn sign_in(server: &'s Server) -> Self {
        let who = format!("who={}&next=/", server.cards[0].customer);
        let answer = post(server, "/sign-in", "", &who);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let holder = Self { server, cookie: RefCell::default() };
        holder.keep(&answer);
        holder
    }

    fn keep(&self, answer: &Answer) {
        if let Some(given) = answer.header("set-cookie") {
            *self.cookie.borrow_mut() = given.split(';').next().unwrap().to_owned();
        }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        let cookie = self.cookie.borrow().clone();
        http::send(self.server.http(), &format!("GET {path}"), &[HTML, ("cookie", &cookie)], &[]).unwrap()
    }

    fn csrf(&self) -> String {
        let page = self.get("/step-up").text();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }

    pub(super) fn post(&self, path: &str, body: &str) -> Answer {
        let (cookie, csrf) = (self.cookie.borrow().clone(), self.csrf());
        let answer = post(self.server, path, &cookie, &format!("csrf={csrf}&{body}"));
        self.keep(&answer);
        answer
    }

    /// Gives a proof; whether it was right.
    pub(super) fn proves(&self, kind: &str, value: &str) -> bool {
        let answer = self.post("/step-up/proofs", &format!("kind={kind}&value={value}&next=/cards"));
        assert_eq!(answer.status, 303, "{}", answer.text());
        !answer.header("location").unwrap().contains("told=no")
    }
}

/// Codes that were sent to a customer's phone, oldest first.
fn codes(server: &Server, customer: &str) -> Vec<String> {
    let sink = std::fs::read_to_string(&server.demo.messages).unwrap_or_default();
    let lines = sink.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let own = lines.filter(|line| line["customer"] == customer && line["kind"] == "identity.code.sent");
    own.map(|line| {
        assert_eq!(line["channel"], "sms", "a code goes to the phone and nowhere else");
        line["code"].as_str().unwrap().to_owned()
    })
    .collect()
}

/// The codes that were sent once no more come: they leave behind the answer.
fn codes_at_rest(server: &Server, customer: &str) -> Vec<String> {
    let mut before = Vec::new();
    poll(|| {
        pause_ms(700);
        let now = codes(server, customer);
        let rest = !now.is_empty() && now == before;
        before.clone_from(&now);
        rest.then_some(now)
    })
    .expect("codes are sent")
}

pub(super) fn code_after(server: &Server, customer: &str, seen: usize) -> String {
    poll(|| codes(server, customer).get(seen).cloned()).expect("a code is sent")
}

fn metric(server: &Server, name: &str) -> f64 {
    let text = http::get(server.http(), "/metrics").unwrap().text();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
}

/// An answer without what differs between any two.
fn bare(answer: &Answer) -> String {
    let head: Vec<String> = answer
        .head
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("date:"))
        .filter(|line| !line.to_lowercase().starts_with("x-request-id:"))
        .map(str::to_owned)
        .collect();
    format!("{} {}", head.join("\n"), answer.text())
}

#[test]
fn attack_01_existence_by_answer() {
    let server = Server::start();
    let (known, blocked) = (&server.cards[5], &server.cards[6]);
    for n in 0..6 {
        lose(&server, &blocked.pan, "card_value", &wrong(&blocked.cvv2, n));
    }
    let nobody = vault::Pan::with_check_digit("900001019999999").unwrap();
    let wanted = bare(&lose(&server, nobody.expose(), "card_value", "123"));
    for (name, kind, value) in [
        (known.pan.as_str(), "card_value", wrong(&known.cvv2, 1)),
        (&blocked.pan, "card_value", blocked.cvv2.clone()),
        (&known.pan, "card_expiry", "0199".to_owned()),
        ("+8610000000003", "query_password", "111111".to_owned()),
        ("+8619999999999", "query_password", "111111".to_owned()),
        ("nonsense", "query_password", "x".to_owned()),
        (&server.cards[7].pan, "card_value", server.cards[7].cvv2.clone()),
    ] {
        assert_eq!(bare(&lose(&server, name, kind, &value)), wanted, "{name} {kind}");
    }
    assert!(is_frozen(&server, &server.cards[7]), "the right one was done behind the same answer");
}

/// Medians of interleaved samples: the sort of difference that a stranger could measure over a network.
#[test]
fn attack_02_existence_by_time() {
    let server = Server::start();
    let time = |name: &str, kind: &str, value: &str| {
        let begun = now_us();
        lose(&server, name, kind, value);
        now_us().saturating_sub(begun)
    };
    let (mut cards, mut phones) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (n, card) in server.cards.iter().take(150).enumerate() {
        let nobody = vault::Pan::with_check_digit(&format!("90000101{:07}", 9_000_000 + n)).unwrap();
        cards.1.push(time(nobody.expose(), "card_value", "123"));
        cards.0.push(time(&card.pan, "card_value", &wrong(&card.cvv2, n)));
        let value = wrong(&card.query_password, n);
        phones.1.push(time(&format!("+8619999{:06}", n + 1), "query_password", &value));
        phones.0.push(time(&format!("+8610000{:06}", n + 1), "query_password", &value));
    }
    let median = |mut all: Vec<u64>| {
        all.sort_unstable();
        all[all.len() / 2]
    };
    for (what, (known, unknown)) in [("card", cards), ("telephone number", phones)] {
        let (known, unknown) = (median(known), median(unknown));
        println!("{what}: known {known} µs, unknown {unknown} µs");
        let apart = known.abs_diff(unknown);
        assert!(
            apart * 4 < known.max(unknown),
            "a {what} that exists answers in {known} µs, another in {unknown} µs"
        );
    }
}

#[test]
fn attack_03_card_values_over_channels() {
    let server = Server::start();
    let card = server.plain_cards()[0].clone();
    let pay = |cvv2: &str, n: usize| {
        let body = json!({
            "card_number": card.pan, "expiry": card.expiry, "cvv2": cvv2,
            "amount": { "minor": 100, "currency": card.currency },
            "merchant": { "id": "MERCHANT0000001", "terminal": "TERM0001", "name": "Spring Field Market",
                          "city": "Shanghai", "country": 156, "mcc": 5411 },
            "entry_mode": "ecommerce"
        });
        let answer = server.api_post("/v1/authorizations", &format!("guess-{n}"), &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["reason"].as_str().unwrap().to_owned()
    };
    for n in 0..2 {
        lose(&server, &card.pan, "card_value", &wrong(&card.cvv2, n));
        assert_eq!(pay(&wrong(&card.cvv2, n + 2), n), "card_value");
    }
    lose(&server, &card.pan, "card_expiry", "0131");
    assert_ne!(pay(&card.cvv2, 9), "approved", "the right one, after five misses on three ways");
    lose(&server, &card.pan, "card_value", &card.cvv2);
    assert!(!is_frozen(&server, &card), "nor is it taken elsewhere");
}

#[test]
fn attack_05_code_brute_force() {
    let mut server = Server::start();
    let customer = server.cards[0].customer.clone();
    let holder = Holder::sign_in(&server);
    let mut guesses = 0;
    for round in 0..60 {
        holder.post("/step-up/codes", "next=/cards");
        let sent = codes(&server, &customer);
        let guess = format!("{:08}", round * 977);
        if sent.last() != Some(&guess) {
            assert!(!holder.proves("text_code", &guess));
            guesses += 1;
        }
    }
    assert!(guesses > 50);
    let sent = codes_at_rest(&server, &customer);
    assert!((1..=5).contains(&sent.len()), "{} codes were sent", sent.len());
    assert!(!holder.proves("text_code", sent.last().unwrap()), "the right one, after all those");
    let cookie = holder.cookie.borrow().clone();
    server.kill();
    server.restart();
    let holder = Holder { server: &server, cookie: RefCell::new(cookie) };
    assert!(!holder.proves("text_code", sent.last().unwrap()), "nor after a crash");
    holder.post("/step-up/codes", "next=/cards");
    assert_eq!(codes_at_rest(&server, &customer).len(), sent.len(), "and none is sent any more");
}

#[test]
fn attack_06_code_used_again_or_for_another_act() {
    let server = Server::start();
    let customer = server.cards[0].customer.clone();
    let (one, other) = (Holder::sign_in(&server), Holder::sign_in(&server));
    one.post("/step-up/codes", "next=/cards");
    let code = code_after(&server, &customer, 0);
    assert!(!other.proves("text_code", &code), "a code for one session in another");
    let (cookie, csrf) = (one.cookie.borrow().clone(), one.csrf());
    let body = format!("csrf={csrf}&kind=text_code&value={code}&next=/cards");
    let right = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..6).map(|_| scope.spawn(|| post(&server, "/step-up/proofs", &cookie, &body))).collect();
        let answers: Vec<Answer> = tries.into_iter().map(|one| one.join().unwrap()).collect();
        for answer in answers.iter().filter(|answer| answer.header("set-cookie").is_some()) {
            one.keep(answer);
        }
        answers.iter().filter(|answer| answer.header("location") == Some("/cards")).count()
    });
    assert_eq!(right, 1, "six at the same moment");
    assert!(!one.proves("text_code", &code), "and again");
}

#[test]
fn attack_07_authenticator_code_used_again() {
    let server = Server::start();
    let holder = Holder::sign_in(&server);
    let page = holder.post("/security/authenticator", "");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, rest) = text.split_once("<dd class=\"num\">").expect("the secret");
    let secret = rest.split('<').next().unwrap().replace(' ', "");
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let clock = SystemClock::default();
    let now_s = || u64::try_from(clock.now().us() / SECOND_US).unwrap();
    let code = |seconds: u64| totp.generate(seconds).to_string();
    // Begin early in a step, so that "now" stays one step.
    poll(|| (now_s() % 30 < 20).then_some(())).unwrap();
    let begun = now_s();
    let confirmed = holder.post("/security/authenticator/confirmation", &format!("code={}", code(begun)));
    assert_eq!(confirmed.header("location"), Some("/security/proofs"));
    assert!(!holder.proves("authenticator_code", &code(begun)), "the code of the confirmation");
    assert!(holder.proves("authenticator_code", &code(begun + 30)), "the next one");
    assert!(!holder.proves("authenticator_code", &code(begun + 30)), "the same again");
    assert!(!holder.proves("authenticator_code", &code(begun)), "and one before it");
}

#[test]
fn attack_08_one_password_over_many_people() {
    let server = Server::start();
    for n in 1..=40 {
        lose(&server, &format!("+8610000{n:06}"), "query_password", "123456");
    }
    let alarm = "cardea_identity_alarms_total{kind=\"one_value\"}";
    let raised = (0..90).any(|_| {
        pause_ms(1_000);
        metric(&server, alarm) >= 1.0
    });
    assert!(raised, "no alarm within 90 seconds");
}

/// A list from elsewhere: each name with a password of its own.
#[test]
fn attack_09_list_of_names_and_passwords() {
    let server = Server::start();
    for n in 0..520 {
        lose(&server, &format!("+8613{n:09}"), "query_password", &format!("{:06}", n * 1_000 + 17));
    }
    let alarm = "cardea_identity_alarms_total{kind=\"many_people\"}";
    let raised = (0..90).any(|_| {
        pause_ms(1_000);
        metric(&server, alarm) >= 1.0
    });
    assert!(raised, "no alarm within 90 seconds");
}

#[test]
fn attack_10_locking_the_owner_out() {
    let server = Server::start();
    let owner = server.cards[0].clone();
    let holder = Holder::sign_in(&server);
    for n in 0..30 {
        lose(&server, "+8610000000001", "query_password", &wrong(&owner.query_password, n));
        lose(&server, &owner.pan, "card_value", &wrong(&owner.cvv2, n));
    }
    assert_eq!(holder.get("/cards").status, 200, "the owner is signed in still");
    let customer = owner.customer.clone();
    let before = codes(&server, &customer).len();
    holder.post("/step-up/codes", "next=/cards");
    let code = code_after(&server, &customer, before);
    assert!(holder.proves("text_code", &code), "and proves with what was not attacked");
    assert!(!is_frozen(&server, &owner));
    assert_eq!(holder.post(&format!("/cards/{}/freeze", owner.card), "").status, 303, "and can protect");
}

#[test]
fn attack_17_hopping_over_channels() {
    let server = Server::start();
    let owner = server.cards[0].clone();
    let holder = Holder::sign_in(&server);
    for n in 0..3 {
        assert!(!holder.proves("query_password", &wrong(&owner.query_password, n)));
    }
    for n in 3..5 {
        lose(&server, "+8610000000001", "query_password", &wrong(&owner.query_password, n));
    }
    assert!(!holder.proves("query_password", &owner.query_password), "refused in the app");
    lose(&server, "+8610000000001", "query_password", &owner.query_password);
    assert!(!is_frozen(&server, &owner), "and from any other browser");
}

#[test]
fn attack_67_count_set_back_by_a_crash() {
    let mut server = Server::start();
    let owner = server.cards[3].clone();
    let phone = format!("+8610000{:06}", number_of(&server, &owner.customer));
    for n in 0..4 {
        lose(&server, &phone, "query_password", &wrong(&owner.query_password, n));
    }
    server.kill();
    server.restart();
    lose(&server, &phone, "query_password", &wrong(&owner.query_password, 4));
    lose(&server, &phone, "query_password", &owner.query_password);
    assert!(!is_frozen(&server, &owner), "the sixth value was compared");
    // The twin that is accepted: another person, whom nobody guessed at.
    let other = server.cards.iter().find(|card| card.customer != owner.customer).unwrap().clone();
    let phone = format!("+8610000{:06}", number_of(&server, &other.customer));
    lose(&server, &phone, "query_password", &other.query_password);
    assert!(is_frozen(&server, &other));
}

/// The number of a sample person, from 1: people stand in the file in their order.
fn number_of(server: &Server, customer: &str) -> usize {
    let mut people: Vec<&str> = server.cards.iter().map(|card| card.customer.as_str()).collect();
    people.dedup();
    people.iter().position(|one| *one == customer).unwrap() + 1
}
