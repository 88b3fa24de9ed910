//! Layers: which crate may use which, and where SQL, HTTP, clock, chance and environment may be touched.
//!
//! The direction of crates is data (`[layers]` in tidy.toml) and is read from the manifests. The rest is
//! looked for in the tokens of each file, macros included, because one `sqlx::query` in a handler is
//! where the next hundred follow.

use super::source::{Source, Token};
use super::{Finding, Workspace};
use std::collections::BTreeSet;

/// Finds dependencies against the direction and crates in rooms that are not theirs.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = manifests(workspace);
    for source in &workspace.sources {
        let place = Place::of(&source.path);
        let listed = workspace.settings.sql.keys().any(|path| source.path.starts_with(path.as_str()));
        found.extend(imports(source, &place, listed));
        found.extend(globals(source, &place));
    }
    found
}

/// Where a file is, as far as layers care.
struct Place<'a> {
    krate: &'a str,
    store: bool,
    http: bool,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let krate = match parts.as_slice() {
            ["crates", name, ..] => name,
            _ => "",
        };
        let has = |file: &str, folder: &str| parts.last() == Some(&file) || parts.contains(&folder);
        Self { krate, store: has("store.rs", "store"), http: has("http.rs", "http") }
    }
}

fn imports(source: &Source, place: &Place<'_>, sql_listed: bool) -> Vec<Finding> {
    let sql = sql_listed || place.store || ["platform", "testkit"].contains(&place.krate);
    let web = place.http || ["platform", "cardea", "testkit"].contains(&place.krate);
    let mut found = Vec::new();
    for pair in source.tokens.windows(2) {
        let [name, sign] = pair else { continue };
        let mentions = sign.is("::") || sign.is(";") || sign.is("as");
        if !mentions || source.is_test(name.line) {
            continue;
        }
        if !sql && (name.is("sqlx") || name.is("rusqlite")) {
            let what = format!("`{}` outside `store.rs` and platform", name.text);
            found.push(finding(source, name, what, "move the statement into the feature's store"));
        }
        if !web && name.is("axum") {
            let what = "`axum` outside `http/`, platform and cardea";
            found.push(finding(source, name, what, "let the handler in `http/` translate"));
        }
    }
    found
}

const GLOBALS: &[(&[&str], &str)] = &[
    (&["SystemTime", "::", "now"], "take a kernel::Clock"),
    (&["Instant", "::", "now"], "take a kernel::Clock"),
    (&["Timestamp", "::", "now"], "take a kernel::Clock"),
    (&["Zoned", "::", "now"], "take a kernel::Clock"),
    (&["thread", "::", "sleep"], "take a kernel::Sleep"),
    (&["time", "::", "sleep"], "take a kernel::Sleep"),
    (&["getrandom", "::"], "take a kernel::Random"),
    (&["OsRng"], "take a kernel::Random"),
    (&["thread_rng"], "take a kernel::Random"),
    (&["env", "::", "var"], "let platform::config read it"),
    (&["env", "::", "var_os"], "let platform::config read it"),
    (&["env", "::", "vars"], "let platform::config read it"),
];

/// The rest of the world is a parameter, made in platform. The house's own tools are not the product.
fn globals(source: &Source, place: &Place<'_>) -> Vec<Finding> {
    if ["platform", "testkit", "xtask", ""].contains(&place.krate) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        for (names, mend) in GLOBALS {
            let here = source.tokens.get(at..at + names.len()).unwrap_or_default();
            let same = here.len() == names.len() && here.iter().zip(*names).all(|(a, b)| a.is(b));
            if same && !source.is_test(token.line) && !source.is_excused(token.line, "disallowed_methods") {
                let what = format!("`{}` outside platform", names.concat());
                found.push(finding(source, token, what, mend));
            }
        }
    }
    found
}

fn finding(source: &Source, token: &Token, what: impl Into<String>, mend: &str) -> Finding {
    Finding::new("layers", &source.path, token.line, what, mend)
}

fn manifests(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    let crates: BTreeSet<String> = workspace
        .children("crates")
        .into_iter()
        .filter_map(|name| name.strip_suffix('/').map(str::to_owned))
        .collect();
    for krate in &crates {
        let path = format!("crates/{krate}/Cargo.toml");
        let Some(text) = workspace.text(&path) else { continue };
        let Some(allowed) = workspace.settings.layers.get(krate) else {
            let mend = "say in [layers] of tidy.toml what it may use, and why it exists in docs/adr";
            found.push(Finding::new("layers", &path, 1, format!("crate `{krate}` has no layer"), mend));
            continue;
        };
        let manifest = match toml::from_str::<toml::Table>(text) {
            Ok(manifest) => manifest,
            Err(why) => {
                found.push(Finding::new("layers", &path, 1, why.to_string(), "mend the manifest"));
                continue;
            }
        };
        for (section, name) in dependencies(&manifest) {
            let own = name.strip_prefix("cardea-").unwrap_or(&name);
            let tests = section == "dev-dependencies";
            if crates.contains(own) && !allowed.iter().any(|ok| ok == own) && !(tests && own == "testkit") {
                let line = 1 + text.lines().position(|line| line.starts_with(&name)).unwrap_or(0);
                let what = format!("`{krate}` may not depend on `{own}`");
                let mend = "turn the dependency round: a port below, its implementation above";
                found.push(Finding::new("layers", &path, line, what, mend));
            }
        }
    }
    found
}

fn dependencies(manifest: &toml::Table) -> Vec<(String, String)> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|section| Some((section, manifest.get(*section)?.as_table()?)))
        .flat_map(|(section, table)| table.keys().map(|name| ((*section).to_owned(), name.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const TIDY: (&str, &str) = ("tidy.toml", "[layers]\nkernel = []\nfeatures = [\"kernel\"]\n");

    #[test]
    fn sql_belongs_to_the_store() {
        let sql = "fn a() { sqlx::query(\"\"); }";
        for path in ["crates/features/src/cards/store.rs", "crates/features/src/cards/store/holds.rs"] {
            assert!(findings(check, &[(path, sql)]).is_empty());
        }
        assert!(findings(check, &[("crates/platform/src/db.rs", "use rusqlite::Connection;")]).is_empty());
        assert_eq!(findings(check, &[("crates/features/src/cards/service.rs", sql)]).len(), 1);
        assert_eq!(findings(check, &[("crates/cardea/src/main.rs", "m!(sqlx::query(\"\"));")]).len(), 1);
    }

    #[test]
    fn sql_elsewhere_is_listed_with_its_reason() {
        let file = ("crates/cardea/src/bench/baseline.rs", "use sqlx::query;");
        let listed = ("tidy.toml", "[sql]\n\"crates/cardea/src/bench/\" = \"why\"\n");
        assert_eq!(findings(check, &[file]).len(), 1);
        assert!(findings(check, &[file, listed]).is_empty());
    }

    #[test]
    fn axum_belongs_to_http() {
        let web = "use axum::Router;";
        assert!(findings(check, &[("crates/features/src/cards/http/desk.rs", web)]).is_empty());
        assert!(findings(check, &[("crates/cardea/src/serve.rs", web)]).is_empty());
        assert_eq!(findings(check, &[("crates/features/src/cards/model.rs", web)]).len(), 1);
        assert_eq!(findings(check, &[("crates/connectors/src/lib.rs", web)]).len(), 1);
    }

    #[test]
    fn tests_and_words_in_text_are_left_alone() {
        let text = "//! all sqlx::query here\n#[cfg(test)]\nmod tests { use sqlx::query; }";
        assert!(findings(check, &[("crates/features/src/cards/service.rs", text)]).is_empty());
    }

    #[test]
    fn clock_chance_and_environment_are_parameters() {
        let text = "fn a() { let t = std::time::Instant::now(); }";
        assert!(findings(check, &[("crates/platform/src/clock.rs", text)]).is_empty());
        assert!(findings(check, &[("crates/decision/tests/a.rs", text)]).is_empty());
        assert_eq!(findings(check, &[("crates/decision/src/lib.rs", text)]).len(), 1);
        let excused =
            "#[expect(clippy::disallowed_methods, reason = \"x\")]\nfn a() { std::env::var(\"A\"); }";
        assert!(findings(check, &[("crates/cardea/src/lib.rs", excused)]).is_empty());
    }

    #[test]
    fn crates_point_downwards() {
        let up = ("crates/kernel/Cargo.toml", "[dependencies]\nfeatures.workspace = true\n");
        let down = ("crates/features/Cargo.toml", "[dependencies]\nkernel.workspace = true\n");
        assert!(findings(check, &[TIDY, down, ("crates/kernel/Cargo.toml", "")]).is_empty());
        assert_eq!(findings(check, &[TIDY, down, up]), ["crates/kernel/Cargo.toml:2"]);
    }

    #[test]
    fn a_new_crate_needs_a_layer() {
        assert_eq!(findings(check, &[TIDY, ("crates/extra/Cargo.toml", "")]).len(), 1);
    }
}
