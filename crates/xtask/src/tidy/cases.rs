//! Definitions of cases: each has no finding, each calendar can be read, and the documents show what they say.
//!
//! The lints are those of the program, so that nothing passes here which a server would refuse. `cargo tidy
//! --bless` writes the part of the page between its marks: diagram, clocks and approvals of each kind, and the
//! names that a definition may use.

use super::{Finding, Workspace};
use cases::{Calendar, Calendars, Category, ClockKind, Kind, Registry, diagram, lint};
use std::fmt::Write;

/// The page with the drawn kinds.
pub const FILE: &str = "docs/reference/cases.md";
const BEGIN: &str = "<!-- kinds: written by `cargo tidy --bless` -->";
const END: &str = "<!-- end of kinds -->";
const CASES: &str = "examples/issuer/cases/";
const CALENDARS: &str = "examples/issuer/calendars/";
const RULE: &str = "cases";

/// Finds definitions with findings, calendars that can't be read, and a page that is out of date.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    let (kinds, calendars) = read(workspace, &mut found);
    let registry = Registry::standard();
    for (path, text, kind) in &kinds {
        for finding in lint(kind, &registry, &calendars) {
            let what = format!("{}: {}: {}", finding.place, finding.lint.code(), finding.what);
            found.push(Finding::new(RULE, path, line_of(text, &finding.place), what, finding.mend));
        }
    }
    if let (Some(page), Some(new)) = (workspace.text(FILE), blessed(workspace))
        && page != new
    {
        let line = 1 + page.lines().position(|line| line == BEGIN).unwrap_or(0);
        found.push(Finding::new(RULE, FILE, line, "the kinds are out of date", "run `cargo tidy --bless`"));
    }
    found
}

/// The page with the kinds as the definitions are, when that changes anything.
pub fn blessed(workspace: &Workspace) -> Option<String> {
    let text = workspace.text(FILE)?;
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let (kinds, _) = read(workspace, &mut Vec::new());
    let mut drawn = String::new();
    for (_, _, kind) in &kinds {
        draw(kind, &mut drawn);
    }
    names(&Registry::standard(), &mut drawn);
    let new = format!("{before}{BEGIN}\n{drawn}{END}{after}");
    (new != text).then_some(new)
}

/// Definitions with their files, and calendars by name.
type Read<'a> = (Vec<(&'a str, &'a str, Kind)>, Calendars);

fn read<'a>(workspace: &'a Workspace, found: &mut Vec<Finding>) -> Read<'a> {
    let (mut kinds, mut calendars) = (Vec::new(), Calendars::new());
    for file in workspace.texts.iter().filter(|file| file.path.ends_with(".toml")) {
        let (path, text) = (file.path.as_str(), file.text.as_str());
        if path.starts_with(CASES) {
            match Kind::parse(text) {
                Ok(kind) => kinds.push((path, text, kind)),
                Err(why) => {
                    found.push(Finding::new(RULE, path, 1, why.what, "docs/reference/cases.md has the keys"))
                }
            }
        } else if let Some(name) = path.strip_prefix(CALENDARS).and_then(|name| name.strip_suffix(".toml")) {
            match Calendar::parse(text) {
                Ok(calendar) => drop(calendars.insert(name.to_owned(), calendar)),
                Err(why) => found.push(Finding::new(RULE, path, 1, why.what, why.mend)),
            }
        }
    }
    (kinds, calendars)
}

/// Where a table of the file begins.
fn line_of(text: &str, place: &str) -> usize {
    let named = place.strip_prefix("transition.").map(|name| format!("name = \"{name}\""));
    let head = named.unwrap_or_else(|| format!("[{}", place.split_once('.').map_or(place, |_| place)));
    1 + text.lines().position(|line| line.replace('"', "").starts_with(&head.replace('"', ""))).unwrap_or(0)
}

fn draw(kind: &Kind, into: &mut String) {
    let _ = write!(into, "\n## {} (`{}`, version {})\n\n", kind.name.en, kind.id, kind.version);
    let _ = write!(
        into,
        "{} / {}\n\n```mermaid\n{}```\n\n",
        kind.name.zh_hans,
        kind.name.zh_hant,
        diagram(kind, "en")
    );
    into.push_str(
        "| clock | kind | span | extended to | stands still in | source |\n|---|---|---|---|---|---|\n",
    );
    let packs =
        kind.packs.iter().flat_map(|(pack, def)| def.clock.values().map(move |clock| (Some(pack), clock)));
    for (pack, clock) in kind.clocks.values().map(|clock| (None, clock)).chain(packs) {
        let pack = pack.map(|pack| format!(" ({pack})")).unwrap_or_default();
        let law = if clock.kind == ClockKind::Legal { "legal" } else { "service" };
        let extended: Vec<String> = clock.extended.iter().map(ToString::to_string).collect();
        let spans = clock.spans.iter().map(|rule| format!("{} when `{}`", rule.span, rule.when.text()));
        let spans: Vec<String> = spans.chain([clock.span.to_string()]).collect();
        let _ = writeln!(
            into,
            "| {}{pack} | {law} | {} | {} | {} | {} |",
            clock.name.en,
            spans.join("; "),
            extended.join(", "),
            clock.pause_in.join(", "),
            clock.source.as_deref().unwrap_or_default()
        );
    }
    into.push_str("\n| transition | who | four eyes | needs |\n|---|---|---|---|\n");
    for transition in &kind.transitions {
        let approve = transition.approve.as_ref().map(|approve| {
            let when = approve.when.as_ref().map(|when| format!(" when `{}`", when.text()));
            format!("{} of {}{}", approve.quorum, approve.roles.join(", "), when.unwrap_or_default())
        });
        let needs: Vec<&str> =
            transition.requires.iter().chain(&transition.guard).map(String::as_str).collect();
        let _ = writeln!(
            into,
            "| {} | {} | {} | {} |",
            transition.label.en,
            transition.roles.join(", "),
            approve.unwrap_or_default(),
            needs.join(", ")
        );
    }
    let ends = kind.states.values().filter(|state| state.category == Category::Closed).count();
    let _ = write!(into, "\n{} states, {ends} of them ends.\n", kind.states.len());
}

fn names(registry: &Registry, into: &mut String) {
    into.push_str("\n## Names that a definition may use\n\n| guard | asks that |\n|---|---|\n");
    for guard in registry.guards() {
        let _ = writeln!(into, "| `{}` | {} |", guard.name, guard.asks);
    }
    into.push_str("\n| effect | what a feature does after the commit |\n|---|---|\n");
    for effect in registry.effects() {
        let _ = writeln!(into, "| `{}` | {} |", effect.name, effect.does);
    }
    into.push_str("\n| facet | fields |\n|---|---|\n");
    for facet in registry.facets() {
        let fields: Vec<String> =
            facet.fields.iter().map(|field| format!("`{}`: {}", field.name, field.kind.says())).collect();
        let _ = writeln!(into, "| `{}` | {} |", facet.name, fields.join("; "));
    }
    into.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const COMPLAINT: &str = include_str!("../../../../examples/issuer/cases/complaint.toml");
    const CALENDARS_OF_IT: &[(&str, &str)] = &[
        (
            "examples/issuer/calendars/cn_desk.toml",
            include_str!("../../../../examples/issuer/calendars/cn_desk.toml"),
        ),
        (
            "examples/issuer/calendars/uk_bank.toml",
            include_str!("../../../../examples/issuer/calendars/uk_bank.toml"),
        ),
        (
            "examples/issuer/calendars/us_bank.toml",
            include_str!("../../../../examples/issuer/calendars/us_bank.toml"),
        ),
    ];

    fn with(definition: &str) -> Vec<String> {
        let mut files = CALENDARS_OF_IT.to_vec();
        files.push(("examples/issuer/cases/complaint.toml", definition));
        findings(check, &files)
    }

    #[test]
    fn the_sample_issuers_complaint_passes() {
        assert!(with(COMPLAINT).is_empty());
    }

    #[test]
    fn a_finding_names_the_line_of_its_table() {
        let (before, after) = COMPLAINT.rsplit_once("root_cause_set").expect("it is there");
        let broken = format!("{before}root_cause_sat{after}");
        let line =
            1 + broken.lines().position(|line| line == "name = \"final_letter\"").expect("it is there");
        assert_eq!(with(&broken), [format!("examples/issuer/cases/complaint.toml:{line}")]);
        assert_eq!(with("version = 1"), ["examples/issuer/cases/complaint.toml:1"]);
    }

    #[test]
    fn a_page_that_is_out_of_date_is_found_and_written() {
        let page = format!("# Cases\n\n{BEGIN}\n{END}\n");
        let mut files = CALENDARS_OF_IT.to_vec();
        files.push(("examples/issuer/cases/complaint.toml", COMPLAINT));
        files.push((FILE, &page));
        assert_eq!(findings(check, &files), ["docs/reference/cases.md:3"]);
        let new = blessed(&Workspace::of(&files)).expect("it changes");
        assert!(new.contains("stateDiagram-v2") && new.contains("`root_cause_set`"), "{new}");
        files.pop();
        files.push((FILE, &new));
        assert!(findings(check, &files).is_empty());
    }
}
