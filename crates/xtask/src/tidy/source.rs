//! One Rust file: its tokens with line numbers, its syntax, and which of its lines are tests.
//!
//! Rules that look for a name (a crate, a macro, a method) read the flat token list, because syntax trees
//! leave the inside of macros alone. Rules about items read the syntax.

use super::{Finding, Workspace};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::ops::RangeInclusive;
use std::str::FromStr;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Ident,
    /// An operator; `::` is one token, everything else one character.
    Punct,
    /// A literal; its text is not kept.
    Literal,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
}

/// One token of the flat list.
#[derive(Debug, Clone)]
pub struct Token {
    /// The text; empty for literals.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// The line, from 1.
    pub line: usize,
}

impl Token {
    /// Whether this is the name `text`.
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.text == text
    }
}

/// Lines where a lint is excused, with a reason, by an attribute.
pub struct Excused {
    lints: String,
    lines: RangeInclusive<usize>,
}

/// A Rust file.
pub struct Source {
    /// Relative to the workspace.
    pub path: String,
    /// The whole content.
    pub text: String,
    /// Every token in order, the insides of macros too; doc comments and attributes included.
    pub tokens: Vec<Token>,
    /// The syntax tree.
    pub syntax: syn::File,
    /// The whole file is tests, by its place.
    pub in_tests: bool,
    test_lines: Vec<RangeInclusive<usize>>,
    excused: Vec<Excused>,
}

impl Source {
    /// Parses a file; the error is a line and a message.
    pub fn parse(path: &str, text: &str) -> Result<Self, (usize, String)> {
        let stream = TokenStream::from_str(text).map_err(|why| (why.span().start().line, why.to_string()))?;
        let syntax = syn::parse2::<syn::File>(stream.clone())
            .map_err(|why| (why.span().start().line, why.to_string()))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let mut marks = Marks::default();
        marks.visit_file(&syntax);
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens,
            syntax,
            in_tests: is_test_path(path),
            test_lines: marks.test_lines,
            excused: marks.excused,
        })
    }

    /// Paths, without ending, of modules in files of their own that exist for tests only.
    pub fn test_modules(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let folder = match name.trim_end_matches(".rs") {
            "mod" | "lib" | "main" => folder.to_owned(),
            name => format!("{folder}/{name}"),
        };
        let modules = self.syntax.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() => Some(&module.ident),
            _ => None,
        });
        modules
            .filter(|name| self.is_test(name.span().start().line))
            .map(|name| format!("{folder}/{name}"))
            .collect()
    }

    /// Whether the line belongs to tests.
    pub fn is_test(&self, line: usize) -> bool {
        self.in_tests || self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// Whether an attribute with a reason excuses a lint whose name contains `lint` on this line.
    pub fn is_excused(&self, line: usize, lint: &str) -> bool {
        self.excused.iter().any(|excused| excused.lines.contains(&line) && excused.lints.contains(lint))
    }
}

/// Whether files at this path are tests: their folder or their name says so.
pub fn is_test_path(path: &str) -> bool {
    let folders = ["tests", "benches", "e2e", "fuzz", "fuzz_targets"];
    path.starts_with("crates/testkit/")
        || path.split('/').any(|part| folders.contains(&part))
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

/// Finds files that can't be parsed.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .broken
        .iter()
        .map(|(path, line, why)| {
            Finding::new("parse", path, *line, format!("not valid Rust: {why}"), "mend the syntax")
        })
        .collect()
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut colon: Option<usize> = None;
    for tree in stream {
        let line = tree.span().start().line;
        let was_colon = colon.take();
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), kind: Kind::Open, line });
                flatten(group.stream(), tokens);
                let line = group.span_close().start().line;
                tokens.push(Token { text: close.to_owned(), kind: Kind::Close, line });
            }
            TokenTree::Ident(ident) => {
                tokens.push(Token { text: ident.to_string(), kind: Kind::Ident, line });
            }
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                if sign == ':' && was_colon.is_some() {
                    if let Some(last) = tokens.last_mut() {
                        last.text.push(':');
                    }
                    continue;
                }
                if sign == ':' && punct.spacing() == Spacing::Joint {
                    colon = Some(line);
                }
                tokens.push(Token { text: sign.to_string(), kind: Kind::Punct, line });
            }
            TokenTree::Literal(_) => {
                tokens.push(Token { text: String::new(), kind: Kind::Literal, line });
            }
        }
    }
}

/// Collects the lines of tests and of excused lints.
#[derive(Default)]
struct Marks {
    test_lines: Vec<RangeInclusive<usize>>,
    excused: Vec<Excused>,
}

impl Marks {
    fn note(&mut self, attributes: &[syn::Attribute], node: &impl Spanned) {
        if attributes.is_empty() {
            return;
        }
        let span = node.span();
        let lines = span.start().line..=span.end().line;
        for attribute in attributes {
            let text = quote_text(&attribute.meta);
            if is_test_attribute(&text) {
                self.test_lines.push(lines.clone());
            }
            if (text.starts_with("expect") || text.starts_with("allow")) && text.contains("reason") {
                let lines = match attribute.style {
                    syn::AttrStyle::Inner(_) => 1..=usize::MAX,
                    syn::AttrStyle::Outer => lines.clone(),
                };
                self.excused.push(Excused { lints: text, lines });
            }
        }
    }
}

fn is_test_attribute(text: &str) -> bool {
    text == "test"
        || text.ends_with(":: test")
        || text.starts_with("tokio :: test")
        || text.starts_with("rstest")
        || (text.starts_with("cfg (") && text.contains("test") && !text.contains("not (test"))
}

/// An attribute as spaced tokens: `cfg (test)`.
pub fn quote_text(meta: &syn::Meta) -> String {
    let path = |path: &syn::Path| {
        path.segments.iter().map(|part| part.ident.to_string()).collect::<Vec<_>>().join(" :: ")
    };
    match meta {
        syn::Meta::Path(name) => path(name),
        syn::Meta::List(list) => format!("{} ({})", path(&list.path), list.tokens),
        syn::Meta::NameValue(pair) => path(&pair.path),
    }
}

impl<'ast> Visit<'ast> for Marks {
    fn visit_file(&mut self, node: &'ast syn::File) {
        self.note(&node.attrs, node);
        syn::visit::visit_file(self, node);
    }
    fn visit_item(&mut self, node: &'ast syn::Item) {
        self.note(item_attributes(node), node);
        syn::visit::visit_item(self, node);
    }
    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.note(&node.attrs, node);
        syn::visit::visit_impl_item_fn(self, node);
    }
    fn visit_local(&mut self, node: &'ast syn::Local) {
        self.note(&node.attrs, node);
        syn::visit::visit_local(self, node);
    }
    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        self.note(&node.attrs, node);
        syn::visit::visit_arm(self, node);
    }
    fn visit_expr(&mut self, node: &'ast syn::Expr) {
        self.note(expression_attributes(node), node);
        syn::visit::visit_expr(self, node);
    }
}

/// The attributes of an item.
pub fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn expression_attributes(expression: &syn::Expr) -> &[syn::Attribute] {
    match expression {
        syn::Expr::Block(node) => &node.attrs,
        syn::Expr::Call(node) => &node.attrs,
        syn::Expr::MethodCall(node) => &node.attrs,
        syn::Expr::Cast(node) => &node.attrs,
        syn::Expr::Match(node) => &node.attrs,
        syn::Expr::If(node) => &node.attrs,
        syn::Expr::Macro(node) => &node.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_tests_and_excuses_are_known() {
        let text =
            "#![expect(clippy::panic, reason = \"a\")]\nfn a() {}\n#[cfg(test)]\nmod t {\n fn b() {}\n}\n";
        let source = Source::parse("crates/x/src/a.rs", text).expect("parses");
        assert!(!source.is_test(2));
        assert!(source.is_test(5));
        assert!(source.is_excused(2, "panic"));
        assert!(!source.is_excused(2, "unwrap_used"));
    }

    #[test]
    fn an_excuse_without_a_reason_excuses_nothing() {
        let text = "#[allow(clippy::panic)]\nfn a() {}\n";
        let source = Source::parse("crates/x/src/a.rs", text).expect("parses");
        assert!(!source.is_excused(2, "panic"));
    }

    #[test]
    fn double_colons_are_one_token_also_inside_macros() {
        let source = Source::parse("a.rs", "m! { sqlx::query(\"x\") }").expect("parses");
        let texts: Vec<&str> = source.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["m", "!", "{", "sqlx", "::", "query", "(", "", ")", "}"]);
    }

    #[test]
    fn places_of_tests_are_known() {
        assert!(is_test_path("crates/features/src/cards/tests/model.rs"));
        assert!(is_test_path("crates/testkit/src/lib.rs"));
        assert!(!is_test_path("crates/features/src/cards/model.rs"));
    }

    #[test]
    fn a_module_declared_for_tests_is_tests() {
        let workspace = Workspace::of(&[
            ("crates/x/src/lib.rs", "#[cfg(test)]\nmod fake;\nmod real;\n"),
            ("crates/x/src/fake.rs", ""),
            ("crates/x/src/fake/deep.rs", ""),
            ("crates/x/src/real.rs", ""),
        ]);
        let tests = workspace.sources.iter().filter(|source| source.in_tests);
        let tests: Vec<&str> = tests.map(|source| source.path.as_str()).collect();
        assert_eq!(tests, ["crates/x/src/fake.rs", "crates/x/src/fake/deep.rs"]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_a_finding() {
        let workspace = Workspace::of(&[("crates/x/src/a.rs", "fn (")]);
        assert_eq!(check(&workspace).len(), 1);
        assert!(check(&Workspace::of(&[("crates/x/src/a.rs", "fn a() {}")])).is_empty());
    }
}
