//! Documents: links lead somewhere, commands exist, Rust in documents is code that compiles elsewhere.
//!
//! A Rust block in a document stands under a line `<!-- from: PATH -->` and occurs in that file word for
//! word; the file is compiled, so the document can't be fiction.

use super::{Finding, Workspace};
use std::collections::BTreeSet;

const ALIASES: &str = ".cargo/config.toml";
const PROGRAM: &str = "crates/cardea/src/main.rs";
const CARGO: &[&str] = &[
    "add", "bench", "build", "check", "clean", "clippy", "deny", "doc", "fetch", "fmt", "install",
    "metadata", "nextest", "run", "test", "tree", "update", "vendor",
];

/// Finds dead links, unknown commands and Rust that comes from nowhere.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let aliases = aliases(workspace);
    let own = own_commands(workspace);
    let mut found = Vec::new();
    for text in workspace.texts.iter().filter(|text| text.path.ends_with(".md")) {
        if workspace.settings.is_outside(&text.path) {
            continue;
        }
        let document = Document::read(&text.text);
        for (line, target) in &document.links {
            found.extend(link(workspace, &text.path, *line, target));
        }
        for (line, command) in &document.commands {
            found.extend(command_known(&aliases, &text.path, *line, command));
        }
        for (line, command) in &document.own {
            found.extend(own_known(&own, &text.path, *line, command));
        }
        for block in &document.rust {
            found.extend(block_real(workspace, &text.path, block));
        }
    }
    found
}

struct Block {
    line: usize,
    from: Option<String>,
    text: String,
}

/// What of a document can be checked.
#[derive(Default)]
struct Document {
    links: Vec<(usize, String)>,
    commands: Vec<(usize, String)>,
    own: Vec<(usize, String)>,
    rust: Vec<Block>,
}

impl Document {
    fn read(text: &str) -> Self {
        let mut document = Self::default();
        let mut fence: Option<String> = None;
        let mut from: Option<String> = None;
        for (at, line) in text.lines().enumerate() {
            let trimmed = line.trim_start();
            if let Some(language) = trimmed.strip_prefix("```") {
                if fence.take().is_none() {
                    fence = Some(language.trim().to_owned());
                    if language.trim() == "rust" {
                        document.rust.push(Block { line: at + 1, from: from.take(), text: String::new() });
                    }
                }
                continue;
            }
            match fence.as_deref() {
                Some("rust") => {
                    if let Some(block) = document.rust.last_mut() {
                        block.text.push_str(line.trim());
                        block.text.push('\n');
                    }
                }
                Some("" | "sh" | "bash" | "console" | "shell") => {
                    let command = trimmed.trim_start_matches("$ ").to_owned();
                    let own = command.split_once(" -p cardea -- ").map(|(_, rest)| format!("cardea {rest}"));
                    document.own.push((at + 1, own.unwrap_or_else(|| command.clone())));
                    document.commands.push((at + 1, command));
                }
                Some(_) => {}
                None => {
                    if let Some(path) = trimmed.strip_prefix("<!-- from:") {
                        from = Some(path.trim_end_matches("-->").trim().to_owned());
                    }
                    document.own.extend(spans(line).into_iter().map(|span| (at + 1, span)));
                    document.links.extend(links(line).into_iter().map(|target| (at + 1, target)));
                }
            }
        }
        document
    }
}

/// Targets of `[text](target)` and `![text](target)`, outside code spans.
fn links(line: &str) -> Vec<String> {
    let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("x");
    plain
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split(' ').next().unwrap_or_default().to_owned())
        .collect()
}

/// Code spans.
fn spans(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn link(workspace: &Workspace, path: &str, line: usize, target: &str) -> Option<Finding> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let resolved = if file.is_empty() { path.to_owned() } else { resolve(path, file) };
    let there = workspace.paths.contains(&resolved)
        || workspace.paths.contains(&format!("{}/", resolved.trim_end_matches('/')));
    if !there {
        let what = format!("`{target}` leads nowhere");
        return Some(Finding::new("links", path, line, what, "mend the link or add the file"));
    }
    let known = anchor.is_none_or(|anchor| {
        workspace.text(&resolved).is_none_or(|text| text.lines().filter_map(slug).any(|own| own == anchor))
    });
    (!known).then(|| {
        Finding::new("links", path, line, format!("`{target}` has no such heading"), "mend the anchor")
    })
}

fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchor that a heading gets.
fn slug(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.trim().to_lowercase();
    Some(
        kept.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect(),
    )
}

fn aliases(workspace: &Workspace) -> BTreeSet<String> {
    let table =
        toml::from_str::<toml::Table>(workspace.text(ALIASES).unwrap_or_default()).unwrap_or_default();
    let own = table.get("alias").and_then(toml::Value::as_table).map(|table| table.keys().cloned());
    own.into_iter().flatten().chain(CARGO.iter().map(|name| (*name).to_owned())).collect()
}

fn command_known(aliases: &BTreeSet<String>, path: &str, line: usize, command: &str) -> Option<Finding> {
    let mut words = command.split_whitespace().skip_while(|word| word.contains('='));
    if words.next() != Some("cargo") {
        return None;
    }
    let name = words.find(|word| !word.starts_with('+') && !word.starts_with('-'))?;
    (!aliases.contains(name)).then(|| {
        let what = format!("`cargo {name}` does not exist");
        Finding::new("commands", path, line, what, format!("mend it or add the alias to {ALIASES}"))
    })
}

/// The program's own commands: the variants of `Command` in its main file.
fn own_commands(workspace: &Workspace) -> BTreeSet<String> {
    let source = workspace.sources.iter().find(|source| source.path == PROGRAM);
    let items = source.map(|source| source.syntax.items.as_slice()).unwrap_or_default();
    let commands = items.iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "Command" => Some(&item.variants),
        _ => None,
    });
    commands.into_iter().flatten().map(|variant| variant.ident.to_string().to_lowercase()).collect()
}

fn own_known(own: &BTreeSet<String>, path: &str, line: usize, command: &str) -> Option<Finding> {
    let mut words = command.split_whitespace();
    let program = words.next()?.rsplit('/').next()?;
    let name = words.next()?;
    let plain = name.chars().all(|c| c.is_ascii_lowercase());
    (program == "cardea" && plain && !own.is_empty() && !own.contains(name)).then(|| {
        let what = format!("`cardea {name}` does not exist");
        Finding::new("commands", path, line, what, format!("mend it, or add the command to {PROGRAM}"))
    })
}

fn block_real(workspace: &Workspace, path: &str, block: &Block) -> Option<Finding> {
    let real = block.from.as_deref().and_then(|from| workspace.text(from)).is_some_and(|text| {
        let lines: String = text.lines().flat_map(|line| [line.trim(), "\n"]).collect();
        lines.contains(&block.text)
    });
    (!real).then(|| {
        let mend = "write `<!-- from: PATH -->` above it and copy the lines from that file";
        Finding::new("code", path, block.line, "this Rust is not in the program", mend)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    #[test]
    fn links_that_resolve_pass() {
        let files = [
            ("docs/a.md", "[b](b.md#two-words) [c](../README.md) [d](https://x.org) `[e](f)`\n"),
            ("docs/b.md", "## Two words\n"),
            ("README.md", "[docs](docs/a.md)\n"),
        ];
        assert!(findings(check, &files).is_empty());
    }

    #[test]
    fn dead_links_fail() {
        assert_eq!(findings(check, &[("docs/a.md", "x\n[b](gone.md)\n")]), ["docs/a.md:2"]);
        assert_eq!(findings(check, &[("docs/a.md", "[b](#gone)\n")]), ["docs/a.md:1"]);
        assert_eq!(findings(check, &[("README.md", "![p](docs/p.png)\n")]), ["README.md:1"]);
    }

    #[test]
    fn commands_are_aliases_or_cargos_own() {
        let config = (".cargo/config.toml", "[alias]\ndemo = \"run\"\n");
        let good = "```sh\ncargo demo\nCI=true cargo test -p x\nls\n```\n";
        assert!(findings(check, &[config, ("README.md", good)]).is_empty());
        assert_eq!(findings(check, &[config, ("README.md", "```sh\ncargo dem\n```\n")]), ["README.md:2"]);
    }

    #[test]
    fn the_programs_own_commands_exist() {
        let program = (PROGRAM, "enum Command { Serve(A), Demo }");
        for good in ["`cardea serve --x`", "```sh\n./target/release/cardea demo\n```", "`cardea --help`"] {
            assert!(findings(check, &[program, ("docs/a.md", good)]).is_empty(), "{good}");
        }
        for bad in ["`cardea fly`", "```sh\ncargo run -p cardea -- fly\n```"] {
            assert_eq!(findings(check, &[program, ("docs/a.md", bad)]).len(), 1, "{bad}");
        }
    }

    #[test]
    fn rust_in_documents_is_in_the_program() {
        let code = ("crates/x/src/a.rs", "fn a() {\n    b();\n}\n");
        let good = "<!-- from: crates/x/src/a.rs -->\n```rust\nb();\n}\n```\n";
        assert!(findings(check, &[code, ("docs/a.md", good)]).is_empty());
        assert_eq!(findings(check, &[code, ("docs/a.md", "```rust\nb();\n```\n")]), ["docs/a.md:1"]);
        let other = good.replace("b();", "c();");
        assert_eq!(findings(check, &[code, ("docs/a.md", &other)]).len(), 1);
    }
}
