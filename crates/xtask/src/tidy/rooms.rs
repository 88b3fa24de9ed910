//! Feature folders: every feature has the same rooms under the same names, and shows only its face.
//!
//! Who knows one feature knows all. A further room (the engine of authorizations) is possible, but it is
//! written into `[rooms]` of tidy.toml, where a reader finds the list.

use super::{Finding, Workspace};

/// Where the features are.
pub const FEATURES: &str = "crates/features/src";

/// Rooms that may be one file or, when long, a folder of the same name.
const ROOMS: &[&str] = &[
    "access", "error", "events", "http", "jobs", "messages", "model", "port", "privacy", "rules", "service",
    "store", "tests", "ui",
];

/// Finds rooms with unknown names and inner modules that are shown to others.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = beside(workspace);
    for feature in workspace.features() {
        found.extend(names(workspace, &feature));
        let face = format!("{FEATURES}/{feature}/mod.rs");
        if workspace.text(&face).is_none() {
            let path = format!("{FEATURES}/{feature}");
            found.push(Finding::new("rooms", &path, 1, "the feature has no face", "add mod.rs"));
        }
    }
    found.extend(inner(workspace));
    found
}

fn extra<'a>(workspace: &'a Workspace, feature: &str) -> &'a [String] {
    workspace.settings.rooms.get(feature).map_or(&[], Vec::as_slice)
}

fn beside(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .children(FEATURES)
        .into_iter()
        .filter(|name| !name.ends_with('/') && name != "lib.rs")
        .filter(|name| !extra(workspace, "").iter().any(|ok| ok == name))
        .map(|name| {
            let mend = "put it into a feature or into platform, or list it under [rooms] in tidy.toml";
            Finding::new("rooms", &format!("{FEATURES}/{name}"), 1, "a file beside the features", mend)
        })
        .collect()
}

fn names(workspace: &Workspace, feature: &str) -> Vec<Finding> {
    let folder = format!("{FEATURES}/{feature}");
    workspace
        .children(&folder)
        .into_iter()
        .filter(|child| {
            let name = child.trim_end_matches('/').trim_end_matches(".rs");
            let known = child == "mod.rs"
                || child == "i18n/"
                || (ROOMS.contains(&name) && (child.ends_with('/') || child.ends_with(".rs")));
            !known && !extra(workspace, feature).iter().any(|ok| ok == name)
        })
        .map(|child| {
            let mend = "use the known names, or list the room under [rooms] in tidy.toml";
            Finding::new("rooms", &format!("{folder}/{child}"), 1, format!("unknown room `{child}`"), mend)
        })
        .collect()
}

fn inner(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &workspace.sources {
        let Some(inside) = source.path.strip_prefix(FEATURES).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        if !inside.contains('/') || source.in_tests {
            continue;
        }
        for item in &source.syntax.items {
            let syn::Item::Mod(module) = item else { continue };
            let shown = match &module.vis {
                syn::Visibility::Public(_) => true,
                syn::Visibility::Restricted(to) => to.path.is_ident("crate"),
                syn::Visibility::Inherited => false,
            };
            let line = module.ident.span().start().line;
            if shown && !source.is_test(line) {
                let what = format!("inner module `{}` is public", module.ident);
                let mend = "make it private and `pub use` what the face offers";
                found.push(Finding::new("rooms", &source.path, line, what, mend));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    #[test]
    fn known_rooms_pass() {
        let files = [
            ("crates/features/src/lib.rs", "pub mod cards;"),
            ("crates/features/src/cards/mod.rs", "mod model;\nmod service;"),
            ("crates/features/src/cards/model.rs", ""),
            ("crates/features/src/cards/service/open.rs", ""),
            ("crates/features/src/cards/http/desk.rs", ""),
            ("crates/features/src/cards/i18n/en.ftl", ""),
            ("crates/features/src/cards/tests/model.rs", "pub mod seen_by_tests;"),
        ];
        assert!(findings(check, &files).is_empty());
    }

    #[test]
    fn unknown_rooms_fail_unless_listed() {
        let face = ("crates/features/src/cards/mod.rs", "");
        let room = ("crates/features/src/cards/engine/mod.rs", "");
        assert_eq!(findings(check, &[face, room]), ["crates/features/src/cards/engine/:1"]);
        let listed = ("tidy.toml", "[rooms]\ncards = [\"engine\"]\n");
        assert!(findings(check, &[face, room, listed]).is_empty());
    }

    #[test]
    fn a_file_beside_the_features_fails() {
        assert_eq!(findings(check, &[("crates/features/src/registry.rs", "")]).len(), 1);
    }

    #[test]
    fn inner_modules_stay_private() {
        let path = "crates/features/src/cards/mod.rs";
        assert_eq!(findings(check, &[(path, "pub mod store;")]).len(), 1);
        assert_eq!(findings(check, &[(path, "pub(crate) mod store;")]).len(), 1);
        assert!(findings(check, &[(path, "mod store;\npub(super) mod x;")]).is_empty());
    }
}
