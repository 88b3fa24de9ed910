//! Every route for every role at every assurance, through the gate of the whole server: what is answered is what the one
//! check says. And the exposing acts that ask for less than two proofs, a list that may only shrink.

#![cfg(test)]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use features::identity::{Policy, Proof, ProofKind, Risk};
use kernel::{Actor, Channel, CustomerId, MINUTE_US, StaffId, Timestamp};
use platform::access::{Assurance, Direction, NewStaff, Role, Standing, add_staff, decide};
use platform::feature::{Route, with_own};
use platform::{feature, i18n};
use proptest::prelude::*;
use testkit::{Browser, TestApp, sqlite};
use tower::ServiceExt;

const LEVELS: [Assurance; 4] = [Assurance::NONE, Assurance::ONE, Assurance::TWO, Assurance::THREE];
/// Codes of the gate. What a handler or another guard says comes after it.
const OF_THE_GATE: [&str; 3] = ["sign_in_needed", "role_forbidden", "assurance_too_low"];
/// Exposing acts that ask for less than assurance 2. One may leave this list; none may join it.
const EXPOSING_BELOW_TWO: &[&str] = &[
    // The signature under the act is the proof.
    "approvals.own.sign",
    // The code by letter is the proof.
    "passkeys.code.use",
];

fn routes() -> Vec<Route> {
    with_own(features::ALL).iter().flat_map(|feature| (feature.routes)()).collect()
}

fn address(path: &str) -> String {
    let part = |part: &str| match part {
        "{account}" => kernel::AccountId::from_raw(1).to_string(),
        "{card}" => kernel::CardId::from_raw(1).to_string(),
        "{customer}" => CustomerId::from_raw(1).to_string(),
        other if other.starts_with('{') => "1".to_owned(),
        other => other.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn person(app: &TestApp, role: Role) -> Actor {
    if role == Role::Cardholder {
        return Actor::Cardholder(CustomerId::from_raw(1));
    }
    let new = NewStaff { name: kernel::Masked::new("Lin Jing"), role, locale: "en".to_owned() };
    let id: Option<StaffId> = add_staff(&app.app.db, Actor::System, Channel::Console, new).await.unwrap();
    Actor::Staff(id.unwrap())
}

/// The gate's code where it refused; `None` where the request passed it.
async fn refused(app: &TestApp, route: &Route, browser: &Browser) -> Option<String> {
    let request = Request::builder().method(route.method()).uri(address(route.path()));
    let request = request
        .header("cookie", &browser.cookie)
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", &browser.csrf)
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    if !matches!(response.status().as_u16(), 401 | 403) {
        return None;
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or_default().to_owned();
    OF_THE_GATE.contains(&code.as_str()).then_some(code)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_role_at_every_assurance_as_the_check_says() {
    let app = TestApp::start(sqlite().await, "number = 1\nname = \"none\"\n");
    let _ = i18n::install(feature::catalogue(&app.app.features).unwrap());
    let (mut asked, mut opened) = (0, 0);
    let people: Vec<Role> = Role::STAFF.iter().copied().chain([Role::Cardholder]).collect();
    for role in people {
        let actor = person(&app, role).await;
        for level in LEVELS {
            let mut browser = app.browser(actor, role, level).await;
            for route in routes() {
                let desk = route.path().starts_with("/desk");
                if route.path().starts_with("/v1") || desk != role.is_staff() || route.permission().is_open()
                {
                    continue;
                }
                let said = refused(&app, &route, &browser).await;
                let wanted = decide(route.permission(), Standing::new(role, level)).err();
                let wanted = wanted.map(|refusal| refusal.code().to_owned());
                assert_eq!(said, wanted, "{} {} for {role} at {level:?}", route.method(), route.path());
                asked += 1;
                if wanted.is_none() && route.method() != axum::http::Method::GET {
                    opened += 1;
                    // What was done may have ended the session.
                    browser = app.browser(actor, role, level).await;
                }
            }
        }
    }
    assert!(asked > 400 && opened > 40, "{asked} asked, {opened} changes passed");
}

#[test]
fn exposing_acts_ask_for_two_proofs_but_for_a_list_that_only_shrinks() {
    let all: Vec<_> =
        with_own(features::ALL).iter().flat_map(|feature| feature.permissions).copied().collect();
    let low: Vec<&str> = all
        .iter()
        .filter(|one| one.direction == Direction::Exposing && one.assurance < Assurance::TWO)
        .map(|one| one.name)
        .collect();
    assert_eq!(low, EXPOSING_BELOW_TWO, "the list of exposing acts below assurance 2");
    let protective: Vec<&str> = all
        .iter()
        .filter(|one| one.direction == Direction::Protective && one.assurance > Assurance::ONE)
        .map(|one| one.name)
        .collect();
    assert!(protective.is_empty(), "protective acts that are hard: {protective:?}");
}

fn any_proof() -> impl Strategy<Value = Proof> {
    let kind = proptest::sample::select(ProofKind::ALL);
    let channel = proptest::sample::select(Channel::ALL);
    (kind, channel, 0..40 * MINUTE_US).prop_map(|(kind, channel, ago)| Proof {
        kind,
        at: Timestamp::from_us(1_795_348_800_000_000 - ago),
        channel,
        device: None,
    })
}

/// What a set of proofs can reach by the words of the ladder, written down a second time.
fn by_the_ladder(proofs: &[Proof]) -> u8 {
    let has = |kinds: &[ProofKind]| proofs.iter().any(|proof| kinds.contains(&proof.kind));
    use ProofKind::*;
    let device = has(&[DevicePasskey]);
    let strong = device || has(&[Passkey, StaffProvider, ActivationCode]);
    let knows = has(&[QueryPassword, Pin]);
    let code = has(&[PushMatch, AuthenticatorCode]);
    let two = strong || (code && (knows || has(&[CardValue]))) || (has(&[TextCode]) && knows);
    let one = strong || knows || code || has(&[TextCode, CardValue]);
    if device {
        3
    } else if two {
        2
    } else {
        u8::from(one)
    }
}

proptest! {
    /// No sequence of proofs below a level ever opens an act of that level: in any order, over any channels, at any age,
    /// whatever is known against the person.
    #[test]
    fn no_proofs_below_a_level_open_its_acts(proofs in proptest::collection::vec(any_proof(), 0..10), risk in 0..3_usize) {
        let policy = Policy::built_in().unwrap();
        let risk = [Risk::Usual, Risk::Raised, Risk::High][risk];
        let now = Timestamp::from_us(1_795_348_800_000_000);
        for given in 0..=proofs.len() {
            let given = &proofs[..given];
            let level = policy.assurance(given, now, risk).level;
            prop_assert!(level.level() <= by_the_ladder(given), "{given:?} reach {level:?}");
            for permission in with_own(features::ALL).iter().flat_map(|feature| feature.permissions) {
                let opens = decide(permission, Standing::new(Role::Cardholder, level)).is_ok();
                let above = permission.assurance.level() > by_the_ladder(given);
                prop_assert!(permission.is_open() || !(opens && above), "{}", permission.name);
            }
        }
    }
}

/// The policy and the levels of permissions as the reference shows them.
fn page() -> String {
    let policy = Policy::built_in().unwrap();
    let minutes = |minutes: u32| {
        if minutes >= 60 && minutes.is_multiple_of(60) {
            format!("{} h", minutes / 60)
        } else {
            format!("{minutes} min")
        }
    };
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = String::from(
        "# Assurance\n\nWhat is taken as a proof, what proofs come to, and what needs which level. Made from the code: \
         `CARDEA_BLESS=1 cargo test -p cardea-testkit --test rights` writes it anew, and a change is seen in review. The \
         reasons are in [ADR 0028](../adr/0028-assurance-from-a-policy-that-is-data.md).\n\n## Proofs\n\n\
         | proof | shows | strength | counts for | taken on |\n|---|---|---|---|---|\n",
    );
    for kind in ProofKind::ALL {
        let rule = policy.rule(*kind).unwrap();
        let channels: Vec<&str> = rule.channels.iter().map(|channel| channel.word()).collect();
        let factor = word(serde_json::to_value(rule.factor).unwrap());
        let strength = word(serde_json::to_value(rule.strength).unwrap());
        let line =
            [kind.word().to_owned(), factor, strength, minutes(rule.life_minutes), channels.join(", ")];
        text += &format!("| {} |\n", line.join(" | "));
    }
    text += "\nA voice is no proof, and no file can make it one. A signal opens nothing. A restricted proof does not count \
             towards level 2 while there is something against the person.\n\n## Levels\n\n\
             | level | one of each | holds |\n|---|---|---|\n";
    for grant in policy.grants() {
        let list =
            |kinds: &Vec<ProofKind>| kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
        let needs: Vec<String> = grant.needs.iter().map(list).collect();
        let holds = grant.fresh_minutes.map_or("for the session".to_owned(), minutes);
        text += &format!("| {} | {} | {holds} |\n", grant.level, needs.join(" **and** "));
    }
    let (tries, codes, recovery) = (policy.tries, policy.codes, policy.recovery);
    text += &format!(
        "\n## Misses\n\n{} misses of a proof, over all channels, refuse it for {} hours, the right value too; {} within {} \
         days until it is set back at assurance 2. A success sets a count back only from a bound device or at assurance 2, and not while \
         the proof is refused; a passkey has no count and is never refused. \
         Values of a card have the card's own count: 5 in any mix, 3 PINs.\n\nCodes by text message: {} digits, {} minutes, \
         {} in an hour, {} in a day. Codes by letter: usable after {} hours, after {} with another sign of risk, for {} days; {} within {} days.\n",
        tries.misses_max,
        tries.refused_hours,
        tries.month_misses_max,
        tries.month_days,
        codes.digits,
        codes.life_minutes,
        codes.sends_per_hour_max,
        codes.sends_per_day_max,
        recovery.delay_hours,
        recovery.second_sign_delay_hours,
        recovery.life_days,
        recovery.asks_max,
        recovery.asks_days,
    );
    text +=
        "\n## What needs which level\n\n| assurance | direction | permission | roles |\n|---|---|---|---|\n";
    let mut lines: Vec<(u8, &str, &str, String)> = with_own(features::ALL)
        .iter()
        .flat_map(|feature| feature.permissions)
        .filter(|one| !one.is_open())
        .map(|one| {
            let roles: Vec<&str> = one.roles.iter().map(|role| role.word()).collect();
            (one.assurance.level(), one.direction.word(), one.name, roles.join(" "))
        })
        .collect();
    lines.sort();
    for (level, direction, name, roles) in lines {
        text += &format!("| {level} | {direction} | {name} | {roles} |\n");
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the variable of the tests, not a setting")]
fn the_reference_shows_the_policy_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/assurance.md");
    if std::env::var("CARDEA_BLESS").is_ok() {
        std::fs::write(&path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page(),
        "docs/reference/assurance.md shows another policy than the code has (CARDEA_BLESS=1 writes it anew)"
    );
}
