//! Who may do what, what is written down, and who owns what, over all features at once.

use crate::http;
use crate::ledger::Ledger;
use crate::server::{Server, variable};
use platform::access::Role;
use platform::feature::{Feature, Route, catalogue, role_matrix, with_own};
use platform::i18n::Locale;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Routes that answer anybody. A route that is not here refuses whoever is not signed in.
const OPEN: &[&str] = &[
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /assets/{hash}/{*name}",
    "GET /v1/openapi.json",
    "GET /v1/docs",
    "GET /v1/docs/",
    "GET /v1/docs/{*file}",
    "GET /.well-known/jwks.json",
    "GET /v1/log/checkpoint",
    "GET /v1/log/tile/{level}/{*index}",
    "GET /not-me",
    "POST /not-me",
    "GET /lost-phone",
    "POST /lost-phone",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-in/passkey/question",
    "POST /sign-in/passkey",
    "GET /desk/sign-in",
    "POST /desk/sign-in/passkey/question",
    "POST /desk/sign-in/passkey",
    "GET /activate",
    "POST /activate/question",
    "POST /activate",
    "GET /desk/activate",
    "POST /desk/activate/question",
    "POST /desk/activate",
    "GET /sign-in/link/{token}",
    "GET /desk/sign-in/provider",
    "GET /desk/sign-in/provider/callback",
    "POST /sign-out",
    "POST /desk/sign-out",
];
/// Tables of the migration runner itself, made before any migration.
const OF_THE_RUNNER: &[&str] = &["schema_migrations"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn all() -> Vec<&'static Feature> {
    with_own(features::ALL)
}

fn name(route: &Route) -> String {
    format!("{} {}", route.method(), route.path())
}

/// The matrix as the reference shows it.
fn page() -> String {
    let matrix = role_matrix(features::ALL);
    let mut lines = matrix.lines();
    let row = |line: &str| format!("| {line} |\n");
    let head = lines.next().unwrap();
    let rule = head.split('|').map(|_| "|---").collect::<String>() + "|\n";
    let text = "# Permissions\n\nEvery route with the permission it needs, which way that permission moves risk, the least \
                assurance (0 to 3), and the roles that have it. An issuer's \
                `access.roles_file` can take a permission from roles, and give none. Made from the code: `CARDEA_BLESS=1 cargo test -p cardea \
                --test it matrix` writes it anew, and a change is seen in review.\n\n";
    text.to_owned() + &row(head) + &rule + &lines.map(row).collect::<String>()
}

#[test]
fn the_reference_shows_the_matrix_of_the_code() {
    let path = root().join("docs/reference/permissions.md");
    if variable("CARDEA_BLESS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let (kept, own): (BTreeSet<&str>, String) = (kept.lines().collect(), page());
    let own: BTreeSet<&str> = own.lines().collect();
    let gone: Vec<_> = kept.difference(&own).collect();
    let new: Vec<_> = own.difference(&kept).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "docs/reference/permissions.md shows other rights than the code gives (CARDEA_BLESS=1 writes it anew)\n\
         only in the file: {gone:#?}\nonly in the code: {new:#?}"
    );
}

#[test]
fn every_route_is_in_the_matrix_once() {
    let matrix = role_matrix(features::ALL);
    let rows: Vec<Vec<&str>> = matrix.lines().skip(1).map(|line| line.split(" | ").collect()).collect();
    let mut routes = 0;
    for feature in all() {
        for route in (feature.routes)() {
            let matching =
                rows.iter().filter(|row| row[0] == route.path() && row[1] == route.method().as_str());
            assert_eq!(matching.count(), 1, "{}", name(&route));
            routes += 1;
        }
    }
    assert!(routes > 30 && rows.len() == routes, "{routes} routes, {} rows", rows.len());
}

#[test]
fn whoever_is_not_signed_in_is_refused_everywhere_but_on_the_open_list() {
    let server = Server::start();
    let mut seen = BTreeSet::new();
    for route in all().iter().flat_map(|feature| (feature.routes)()) {
        let name = name(&route);
        let open = OPEN.contains(&name.as_str());
        assert_eq!(open, route.permission().allows(Role::Nobody), "{name}: the list and the permission");
        let path = address(route.path());
        let origin = server.demo.http.clone();
        let headers = [("origin", origin.as_str()), ("content-type", "application/json"), ("accept", "*/*")];
        let answer =
            http::send(server.http(), &format!("{} {path}", route.method()), &headers, b"{}").unwrap();
        let refused = matches!(answer.status, 401 | 403);
        assert_eq!(refused, !open, "{name} answered {} to nobody", answer.status);
        // A browser is led to the sign-in instead, and sees nothing on the way.
        let page = [("accept", "text/html")];
        let answer = http::send(server.http(), &format!("{} {path}", route.method()), &page, b"").unwrap();
        if !open {
            let to_sign_in = answer.header("location").is_some_and(|to| to.contains("/sign-in"));
            assert!(matches!(answer.status, 401 | 403) || to_sign_in, "{name}: {}", answer.status);
        }
        seen.insert(name);
    }
    let stale: Vec<_> = OPEN.iter().filter(|open| !seen.contains(**open)).collect();
    assert!(stale.is_empty(), "on the open list without a route: {stale:?}");
}

/// A path with something plausible for each parameter.
fn address(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{') {
        None => part.to_owned(),
        Some("*file}") => "index.html".to_owned(),
        Some("token}") => "nothing".to_owned(),
        Some("account}") => kernel::AccountId::from_raw(1).to_string(),
        Some("staff}") => kernel::StaffId::from_raw(1).to_string(),
        Some("device}") => kernel::DeviceId::from_raw(1).to_string(),
        Some("session}") => kernel::SessionId::from_raw(1).to_string(),
        Some("card}") => kernel::CardId::from_raw(1).to_string(),
        Some("customer}") => kernel::CustomerId::from_raw(1).to_string(),
        Some("authorization}") => kernel::AuthorizationId::from_raw(1).to_string(),
        Some(_) => "1".to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn a_key_of_the_api_opens_no_page_of_people() {
    let server = Server::start();
    let key = format!("Bearer {}", server.demo.api_key);
    for route in all().iter().flat_map(|feature| (feature.routes)()) {
        let is_api = route.path().starts_with("/v1/");
        if is_api || OPEN.contains(&name(&route).as_str()) {
            continue;
        }
        let line = format!("{} {}", route.method(), address(route.path()));
        let headers = [("authorization", key.as_str()), ("accept", "*/*"), ("idempotency-key", "k")];
        let answer = http::send(server.http(), &line, &headers, b"").unwrap();
        assert!(matches!(answer.status, 401 | 403), "{} answered {}", name(&route), answer.status);
    }
}

#[test]
fn every_act_that_is_written_down_has_a_sentence_in_every_language() {
    let told: BTreeSet<&str> =
        all().iter().flat_map(|feature| feature.audit_acts).map(|act| act.name).collect();
    let acts = acts_in_code();
    assert!(acts.len() > 20, "the scan finds the acts: {acts:?}");
    let untold: Vec<_> = acts.iter().filter(|(act, _)| !told.contains(act.as_str())).collect();
    assert!(untold.is_empty(), "written into the log, but told by no feature: {untold:#?}");
    let texts = catalogue(features::ALL).unwrap();
    for act in all().iter().flat_map(|feature| feature.audit_acts) {
        assert!(texts.has(act.sentence), "{} is told by {}, which no language has", act.name, act.sentence);
    }
    assert_eq!(format!("{:?}", texts.gaps()), "[]", "sentences that some language lacks");
}

/// Acts by the file that writes them: the text given to `Entry::new` or a caller's `entry`, and what commands of accounts are called.
fn acts_in_code() -> BTreeMap<String, String> {
    let mut sources = Vec::new();
    for folder in ["crates/features/src", "crates/platform/src", "crates/cardea/src/server"] {
        read_sources(&root().join(folder), &mut sources);
    }
    let constants: BTreeMap<&str, &str> = sources.iter().flat_map(|(_, text)| constants(text)).collect();
    let mut acts = BTreeMap::new();
    for (path, text) in &sources {
        let made = text.split("Entry::new(").skip(1).chain(text.split(".entry(").skip(1));
        let calls = made.map(|rest| rest.split(';').next().unwrap_or(rest));
        let names =
            text.split("const fn act(").skip(1).map(|rest| rest.split("\n    }\n").next().unwrap_or(rest));
        for piece in calls.chain(names) {
            let literals = piece.split('"').skip(1).step_by(2).filter(|word| is_act(word));
            let named = piece.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
            let named = named.filter_map(|word| constants.get(word).copied());
            for act in literals.chain(named) {
                acts.insert(act.to_owned(), path.clone());
            }
        }
    }
    acts
}

/// Rust files without those of tests, and without the tests at the end of a file.
fn read_sources(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            read_sources(&path, into);
        } else if name.ends_with(".rs") && !matches!(name.as_str(), "tests.rs" | "testing.rs" | "testkit.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            into.push((path.display().to_string(), text));
        }
    }
}

fn constants(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter_map(|line| line.split_once("const ")?.1.split_once(": &str = \""));
    lines
        .filter_map(|(name, rest)| Some((name, rest.split('"').next().filter(|word| is_act(word))?)))
        .collect()
}

fn is_act(word: &str) -> bool {
    let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.');
    plain && word.split('.').count() == 3
}

#[test]
fn every_table_has_exactly_one_owner() {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for feature in all() {
        feature.tables.iter().for_each(|table| owners.entry(table).or_default().push(feature.name));
    }
    let shared: Vec<_> = owners.iter().filter(|(_, names)| names.len() != 1).collect();
    assert!(shared.is_empty(), "{shared:?}");
    let mut made = BTreeSet::new();
    for migration in platform::db::migrations() {
        for line in migration.for_driver("sqlite").lines() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                made.extend(rest.split_whitespace().next().map(str::to_owned));
            } else if let Some(name) = line.strip_prefix("DROP TABLE ") {
                assert!(made.remove(name.trim_end_matches(';')), "{line}");
            }
        }
    }
    let claimed: BTreeSet<String> = owners.keys().map(|table| (*table).to_owned()).collect();
    assert_eq!(made, claimed, "tables of the migrations, and tables that features claim");
    // The same for what is really there.
    let server = Server::start();
    let there: BTreeSet<String> = Ledger::open(&server.database_url()).tables().into_iter().collect();
    let unowned: Vec<_> =
        there.difference(&claimed).filter(|name| !OF_THE_RUNNER.contains(&name.as_str())).collect();
    assert!(unowned.is_empty(), "{unowned:?}");
}

#[test]
fn every_kind_of_message_has_its_words_in_every_language_and_none_holds_a_link() {
    let texts = catalogue(features::ALL).unwrap();
    let kinds =
        all().into_iter().flat_map(|feature| feature.messages.iter().map(move |kind| (feature, kind)));
    for (feature, kind) in kinds {
        assert!(kind.name.starts_with(&format!("{}.", feature.name)), "{} of {}", kind.name, feature.name);
        for key in [Some(kind.title), Some(kind.text), kind.coded].into_iter().flatten() {
            assert!(texts.has(key), "{} is told by {key}, which no language has", kind.name);
            for locale in Locale::ALL {
                let told = texts.text(locale, key, &[]).to_lowercase();
                for link in ["http", "://", "www.", ".com"] {
                    assert!(!told.contains(link), "{key} in {locale:?} holds a link: {told}");
                }
                let says_code = told.contains("$code");
                assert_eq!(
                    says_code,
                    kind.coded == Some(key),
                    "{key} in {locale:?}: a code is in coded texts alone"
                );
            }
        }
    }
}
