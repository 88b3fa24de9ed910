//! A card number is found nowhere: not in a file, a log, a metric or an answer, whatever was sent where.
//!
//! Numbers that exist nowhere else are sent through every interface, rightly and wrongly; then every byte that
//! the program has written or said is searched for them, as text, packed, encoded, and in part.

use crate::http::{self, Answer};
use crate::server::Server;
use crate::switch::{Switch, purchase, reversal};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use cardea::traffic::sample_files::CardRow;
use connectors::iso8583::{BuiltIn, ECHOED, Message, fields};
use platform::feature::with_own;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The right check digit, and no such card.
const UNKNOWN: &str = "9876135792468023";
/// A wrong check digit.
const WRONG: &str = "9876135792468024";
/// Longer than any verification value, so that it is found by no chance.
const CODE: &str = "73915264808317";
/// Values for fields 52 and 55.
const PIN_BLOCK: &[u8] = b"\xc5\x3a\x99\x17\xe2\x44\x8b\xd1";
const CHIP_DATA: &[u8] = b"\x9f\x26\x08\xa7\x13\xfe\x55\x02\xc9\x6d\x38";
/// What else a chip says, so that its cryptogram is looked at.
const CHIP_REST: &[u8] = b"\x9f\x02\x06\0\0\0\0\x01\0\x9f\x03\x06\0\0\0\0\0\0\x9f\x1a\x02\x01\x56\x95\x05\0\0\0\x80\0\x5f\x2a\x02\x01\x56\x9a\x03\x26\x07\x04\x9c\x01\0\x9f\x37\x04\x01\x02\x03\x04\x82\x02\x39\0\x9f\x36\x02\0\x01\x9f\x10\x07\x06\x01\x12\x03\xa0\0\0";
/// The only files that may say it: they are how outside tests get in.
const EXCUSED: [&str; 2] = ["demo.json", "cards.csv"];
/// Digits of a number that tell too much when they stand together.
const TELLING_DIGITS: usize = 12;

/// What must not be found: its name and its bytes.
struct Needle {
    what: String,
    bytes: Vec<u8>,
}

/// Everything that one secret could be written as.
fn needles_of(name: &str, secret: &[u8]) -> Vec<Needle> {
    let mut all = Vec::new();
    let mut add = |how: &str, bytes: Vec<u8>| all.push(Needle { what: format!("{name} {how}"), bytes });
    add("as it is", secret.to_vec());
    add("in hex", hex(secret).into_bytes());
    add("in capital hex", hex(secret).to_uppercase().into_bytes());
    add("as a list of numbers", format!("{secret:?}").trim_matches(['[', ']']).to_owned().into_bytes());
    add("in UTF-16", secret.iter().flat_map(|byte| [*byte, 0]).collect());
    for engine in [&STANDARD, &URL_SAFE] {
        for before in 0..3_usize {
            // Three places where it may begin; what depends on its neighbours is cut off.
            let mut padded = vec![0_u8; before];
            padded.extend(secret);
            let text = engine.encode(&padded);
            let first = (before * 8).div_ceil(6);
            let last = (padded.len() * 8) / 6;
            add("in base64", text.as_bytes()[first..last].to_vec());
        }
    }
    if secret.iter().all(u8::is_ascii_digit) {
        for padded in [secret.to_vec(), [b"0", secret].concat()] {
            let packed = padded.chunks_exact(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0'));
            // With a zero before it, the first byte is half a neighbour's.
            add("packed", packed.skip(padded.len() - secret.len()).collect());
        }
        for part in secret.windows(TELLING_DIGITS).filter(|_| secret.len() >= 16) {
            add("in part", part.to_vec());
        }
        let grouped = secret.chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>();
        add("in groups", grouped.join(" ").into_bytes());
        add("in groups with dashes", grouped.join("-").into_bytes());
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Needles by their first four bytes, so that one walk looks for all.
struct Needles(HashMap<[u8; 4], Vec<Needle>>);

impl Needles {
    fn new(all: impl IntoIterator<Item = Needle>) -> Self {
        let mut by_head: HashMap<[u8; 4], Vec<Needle>> = HashMap::new();
        for needle in all {
            by_head
                .entry(*needle.bytes.first_chunk().expect("four bytes at least"))
                .or_default()
                .push(needle);
        }
        Self(by_head)
    }

    fn found_in(&self, haystack: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, head) in haystack.windows(4).enumerate() {
            let like = self.0.get(head).map_or(&[][..], Vec::as_slice);
            let held = like.iter().filter(|needle| haystack[at..].starts_with(&needle.bytes));
            found.extend(held.map(|needle| needle.what.clone()));
        }
        found
    }
}

/// What was said and what is kept, each by a name for the person who reads a failure.
struct Witness {
    needles: Needles,
    found: Vec<String>,
    looked_at: usize,
}

impl Witness {
    fn look(&mut self, what: &str, bytes: &[u8]) {
        self.looked_at += bytes.len();
        for needle in self.needles.found_in(bytes) {
            self.found.push(format!("{what}: {needle}"));
        }
    }

    fn hear(&mut self, what: &str, answer: &Answer) {
        self.look(&format!("the headers of the answer to {what}"), answer.head.as_bytes());
        self.look(&format!("the answer to {what}"), &answer.body);
    }

    /// An answer of ours over ISO 8583. What identifies a message goes back to whoever sent it; nothing else may.
    fn hear_iso(&mut self, answer: &Message) {
        for field in answer.fields().filter(|field| !ECHOED.contains(field)).collect::<Vec<_>>() {
            self.look(&format!("field {field} of an answer"), answer.get(field).unwrap());
        }
    }

    fn look_into(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                self.look_into(&path);
            } else if !EXCUSED.contains(&name.as_str()) {
                self.look(&name, &std::fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn a_card_number_is_found_in_no_file_log_metric_or_answer() {
    let mut server = Server::start();
    let card = server.plain_cards()[0].clone();
    let needles: Vec<Needle> = [card.pan.as_str(), UNKNOWN, WRONG, CODE]
        .iter()
        .map(|digits| digits.as_bytes())
        .chain([PIN_BLOCK, &CHIP_DATA[3..]])
        .zip([
            "the number",
            "the unknown number",
            "the wrong number",
            "the code",
            "the PIN block",
            "the chip's data",
        ])
        .flat_map(|(secret, name)| needles_of(name, secret))
        .collect();
    let mut witness = Witness { needles: Needles::new(needles), found: Vec::new(), looked_at: 0 };
    for (which, port) in BuiltIn::ALL.into_iter().zip(0..) {
        over_iso(&server, &mut witness, &card, which, port);
    }
    over_api(&server, &mut witness, &card);
    over_addresses(&server, &mut witness, &card);
    over_pages(&server, &mut witness, &card);
    let metrics = http::get(server.http(), "/metrics").unwrap();
    assert!(metrics.text().contains("cardea_"), "there are metrics");
    witness.look("the metrics", &metrics.body);
    // While it runs, with what stands in the log of the database; and after an orderly end.
    witness.look_into(&server.data.clone());
    assert!(server.stop().success());
    witness.look_into(&server.data.clone());
    witness.look("what it printed", server.output().as_bytes());
    assert!(witness.looked_at > 500_000, "there was something to look at: {} bytes", witness.looked_at);
    witness.found.sort();
    witness.found.dedup();
    assert!(witness.found.is_empty(), "{:#?}", witness.found);
}

#[test]
fn the_search_finds_what_it_is_meant_to_find() {
    let needles = Needles::new(needles_of("it", UNKNOWN.as_bytes()));
    let packed: Vec<u8> =
        UNKNOWN.as_bytes().chunks(2).map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0')).collect();
    let shifted: Vec<u8> = [&b"0"[..], UNKNOWN.as_bytes(), b"F"]
        .concat()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let hidden = |before: &str| STANDARD.encode(format!("{before}{UNKNOWN}&more")).into_bytes();
    let haystacks =
        [UNKNOWN.as_bytes().to_vec(), packed, shifted, hidden(""), hidden("a"), hidden("ab"), hidden("abc")];
    for (at, haystack) in haystacks.iter().enumerate() {
        let surrounded = [&b"before"[..], haystack, b"after"].concat();
        assert!(!needles.found_in(&surrounded).is_empty(), "form {at}");
    }
    assert_eq!(needles.found_in(b"9876135792 and 468029"), Vec::<String>::new());
}

/// Fields 2, 35, 45, 48, 52 and 55 in messages that are good, unknown, incomplete and broken.
fn over_iso(server: &Server, witness: &mut Witness, card: &CardRow, which: BuiltIn, port: u16) {
    let mut switch = Switch::speaking(which, server.iso(port));
    let mut number = u64::from(port) * 1_000;
    for pan in [card.pan.as_str(), UNKNOWN, WRONG] {
        for kind in 0..8 {
            number += 1;
            let mut message = purchase(card, 100, number);
            message.set(2, pan).unwrap();
            let track = format!("{pan}={}2011{}", card.expiry, &CODE[..9]);
            match kind {
                0 => message.set(35, &track).unwrap(),
                1 => {
                    message.remove(2);
                    message.set(35, &track).unwrap();
                }
                2 => message.set(45, format!("B{pan}^CANARY/A^{}2011{CODE}", card.expiry)).unwrap(),
                3 => fields::set_private(&mut message, &[(fields::CARD_VERIFICATION, &CODE[..4])]).unwrap(),
                4 => message.set(48, format!("92{:02}{CODE}", CODE.len())).unwrap(),
                5 => message.set(48, format!("{pan}{CODE}")).unwrap(),
                6 => {
                    message.set(52, PIN_BLOCK).unwrap();
                    message.set(55, [CHIP_DATA, CHIP_REST].concat()).unwrap();
                }
                _ => message.remove(49),
            }
            let answer = switch.ask(&message);
            witness.hear_iso(&answer);
            let undone = switch.ask(&reversal("0400", &message, number + 500));
            witness.hear_iso(&undone);
        }
        broken(server, witness, &purchase_of(card, pan), which, port);
    }
}

fn purchase_of(card: &CardRow, pan: &str) -> Message {
    let mut message = purchase(card, 100, 900_001);
    message.set(2, pan).unwrap();
    message.set(35, format!("{pan}={}2011{}", card.expiry, &CODE[..9])).unwrap();
    message.set(48, format!("92{:02}{CODE}", CODE.len())).unwrap();
    message.set(52, PIN_BLOCK).unwrap();
    message.set(55, CHIP_DATA).unwrap();
    message
}

/// The same message cut off at every length, and with every byte changed: each on a connection of its own
/// where the one before was closed.
fn broken(server: &Server, witness: &mut Witness, message: &Message, which: BuiltIn, port: u16) {
    let mut switch = Switch::speaking(which, server.iso(port));
    let whole = switch.framed(message);
    // A type that has no answer gets none.
    let patience = Some(Duration::from_millis(300));
    switch.socket.set_read_timeout(patience).unwrap();
    let cut = (4..whole.len()).step_by(7).map(|length| whole[..length].to_vec());
    let changed = (2..whole.len()).step_by(5).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5f;
        bytes
    });
    for mut bytes in cut.chain(changed).collect::<Vec<_>>() {
        let length = u16::try_from(bytes.len() - 2).unwrap();
        bytes[..2].copy_from_slice(&length.to_be_bytes());
        let sent = switch.socket.write_all(&bytes);
        let answer = sent.and_then(|()| switch.receive());
        match answer {
            Ok(Some(answer)) => witness.hear_iso(&answer),
            Ok(None) | Err(_) => {
                switch = Switch::speaking(which, server.iso(port));
                switch.socket.set_read_timeout(patience).unwrap();
            }
        }
    }
}

/// Bodies that are right, wrong in one place, and no JSON; names and keys that are numbers.
fn over_api(server: &Server, witness: &mut Witness, card: &CardRow) {
    let good = |pan: &str| -> Value {
        json!({
            "card_number": pan, "expiry": card.expiry, "cvv2": card.cvv2,
            "amount": { "minor": 100, "currency": card.currency },
            "merchant": { "id": "M1", "mcc": 5411 }, "entry_mode": "ecommerce"
        })
    };
    let paths =
        ["/v1/authorizations", "/v1/advices", "/v1/customers", "/v1/customers/searches", "/v1/accounts"];
    let card_path = format!("/v1/accounts/{}/cards", card.account);
    let freeze_path = format!("/v1/cards/{}/freezes", card.card);
    let mut bodies: Vec<String> = Vec::new();
    for pan in [card.pan.as_str(), UNKNOWN, WRONG] {
        bodies.push(good(pan).to_string());
        bodies.push(json!({ "payment": good(pan), "approved": true }).to_string());
        for (field, value) in [
            ("cvv2", json!(CODE)),
            ("expiry", json!(pan)),
            ("amount", json!(pan)),
            ("amount", json!({ "minor": 100, "currency": pan })),
            ("amount", json!({ "value": pan, "currency": "CNY" })),
            ("entry_mode", json!(pan)),
            ("card_present", json!(pan)),
            ("at", json!(pan)),
            ("trace", json!({ "stan": pan, "rrn": "1" })),
            ("trace", json!({ "stan": 1, "rrn": pan })),
            ("merchant", json!({ "id": pan.repeat(3), "mcc": 5411 })),
            ("merchant", json!({ "id": "M1", "mcc": pan })),
            ("merchant", json!({ "id": "M1", "mcc": 5411, "name": pan, "city": format!("to {pan}") })),
            ("settled", json!(CODE)),
            ("purpose", json!(CODE)),
            // A name that is no card number is told back to its sender, who has to find it.
            (if pan == WRONG { UNKNOWN } else { pan }, json!(1)),
        ] {
            let mut body = good(pan);
            body[field] = value;
            bodies.push(body.to_string());
        }
        bodies.push(json!([pan, CODE]).to_string());
        bodies.push(json!(pan).to_string());
        bodies.push(pan.to_owned());
        bodies.push(format!("{{\"card_number\": \"{pan}\", \"cvv2\": {CODE}"));
        bodies.push(format!("card_number={pan}&cvv2={CODE}"));
        bodies.push(json!({ "card_number": pan.parse::<u64>().unwrap(), "expiry": "3012" }).to_string());
        bodies.push(json!({ "card_number": format!("{pan}{pan}"), "expiry": CODE }).to_string());
        bodies.push(json!({ "customer": pan, "product": pan, "limit": pan }).to_string());
        bodies.push(json!({ "name": [pan], "phone": { "a": pan } }).to_string());
    }
    let key = format!("Bearer {}", server.demo.api_key);
    for (number, body) in bodies.iter().enumerate() {
        for path in paths.iter().copied().chain([card_path.as_str(), freeze_path.as_str()]) {
            let name = format!("canary-{number}");
            let kind = if number % 6 == 5 { "application/x-www-form-urlencoded" } else { "application/json" };
            let headers =
                [("authorization", key.as_str()), ("content-type", kind), ("idempotency-key", name.as_str())];
            let answer =
                http::send(server.http(), &format!("POST {path}"), &headers, body.as_bytes()).unwrap();
            witness.hear(&format!("POST {path}"), &answer);
        }
    }
    for name in [card.pan.as_str(), UNKNOWN, CODE] {
        let answer = server.api_post("/v1/authorizations", name, &good(UNKNOWN));
        witness.hear("a request that is named by a number", &answer);
    }
}

/// Paths, queries and headers in which a number has no place.
fn over_addresses(server: &Server, witness: &mut Witness, card: &CardRow) {
    let key = format!("Bearer {}", server.demo.api_key);
    for pan in [card.pan.as_str(), UNKNOWN, WRONG] {
        let mut paths: Vec<String> = vec![
            format!("/{pan}"),
            format!("/v1/{pan}"),
            format!("/assets/{pan}"),
            format!("/v1/docs/{pan}"),
            format!("/sign-in?next=/{pan}"),
            format!("/sign-in/link/{pan}"),
            format!("/?card_number={pan}&lang={pan}&theme={pan}"),
            format!("/v1/accounts?customer={pan}"),
            format!("/v1/accounts?cursor={pan}&limit={pan}"),
            format!("/v1/accounts/{}/authorizations?cursor={pan}", card.account),
            format!("/v1/accounts/{}/authorizations?limit={pan}&{pan}=1", card.account),
        ];
        let routes = with_own(features::ALL).into_iter().flat_map(|feature| (feature.routes)());
        paths.extend(routes.map(|route| {
            let part = |part: &str| if part.starts_with('{') { pan.to_owned() } else { part.to_owned() };
            let path: Vec<String> = route.path().split('/').map(part).collect();
            format!("{}?q={pan}&card={pan}", path.join("/"))
        }));
        for path in &paths {
            for line in ["GET", "POST"] {
                let headers =
                    [("authorization", key.as_str()), ("idempotency-key", "address"), ("accept", "*/*")];
                let answer = ask(server, &format!("{line} {path}"), &headers, b"");
                witness.hear(&format!("{line} of an address with a number"), &answer);
            }
        }
        let bearer = format!("Bearer {pan}");
        let cookie = format!("cardea_app={pan}; cardea_desk={CODE}; theme={pan}; lang={pan}");
        for (name, value) in [
            ("authorization", bearer.as_str()),
            ("authorization", pan),
            ("cookie", cookie.as_str()),
            ("user-agent", pan),
            ("referer", pan),
            ("origin", pan),
            ("x-request-id", pan),
            ("traceparent", pan),
            ("x-csrf-token", pan),
            ("accept-language", pan),
            ("content-type", pan),
            ("idempotency-key", pan),
            (pan, CODE),
        ] {
            for line in
                ["GET /", "GET /v1/accounts", "POST /v1/authorizations", "POST /sign-in", "GET /healthz"]
            {
                let answer = ask(server, line, &[(name, value)], b"{}");
                witness.hear(&format!("{line} with a number in {name}"), &answer);
            }
        }
    }
}

fn ask(server: &Server, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    http::send(server.http(), line, headers, body).unwrap()
}

/// Forms of people who are signed in, and of nobody.
fn over_pages(server: &Server, witness: &mut Witness, card: &CardRow) {
    let origin = server.demo.http.clone();
    let mut people: Vec<Option<String>> = vec![None];
    for sign_in in &server.demo.sign_ins {
        let path = sign_in.url.strip_prefix(&server.demo.http).unwrap();
        let answer = http::get(server.http(), path).unwrap();
        let cookie = answer.header("set-cookie").expect("signed in").split(';').next().unwrap().to_owned();
        people.push(Some(cookie));
    }
    let routes: Vec<String> = with_own(features::ALL)
        .into_iter()
        .flat_map(|feature| (feature.routes)())
        .filter(|route| !route.path().starts_with("/v1/") && !route.path().ends_with("events"))
        .filter(|route| route.path() != "/live" && !route.path().ends_with("sign-out"))
        .map(|route| {
            let path = route.path().replace("{account}", &card.account).replace("{card}", &card.card);
            format!("{} {}", route.method(), path.replace("{customer}", &card.customer))
        })
        .collect();
    for cookie in &people {
        let cookie = cookie.clone().unwrap_or_default();
        let csrf = token_of(server, &cookie);
        for line in &routes {
            for pan in [card.pan.as_str(), UNKNOWN] {
                let form = [
                    "who", "next", "q", "query", "name", "phone", "number", "reason", "note", "max",
                    "outcome",
                ]
                .map(|field| format!("{field}={pan}"))
                .join("&");
                let form = format!("csrf={csrf}&{form}&code={CODE}");
                let line = line.replace("{authorization}", pan).replace("{id}", pan).replace("{token}", pan);
                let headers = [
                    ("cookie", cookie.as_str()),
                    ("origin", origin.as_str()),
                    ("content-type", "application/x-www-form-urlencoded"),
                ];
                let answer = ask(server, &line, &headers, form.as_bytes());
                witness.hear(&format!("a form at {line}").replace(pan, "NUMBER"), &answer);
            }
        }
    }
}

/// The token that pages of this session carry in their forms.
fn token_of(server: &Server, cookie: &str) -> String {
    for path in ["/cards", "/desk", "/desk/customers", "/"] {
        let page = ask(server, &format!("GET {path}"), &[("cookie", cookie)], b"").text();
        if let Some((_, rest)) = page.split_once("name=\"csrf\" value=\"") {
            return rest.split('"').next().unwrap().to_owned();
        }
    }
    String::new()
}
