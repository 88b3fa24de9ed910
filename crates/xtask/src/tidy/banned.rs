//! What may end the program or change money silently: unwrap, expect, panic, todo, `as` on money; and
//! lints that are allowed without a reason.
//!
//! Outside tests a failure is a value. Where one of these is right, an attribute with the lint's name and
//! a reason says so (`#[expect(clippy::unwrap_used, reason = "...")]`), and this rule reads it.

use super::source::{Kind, Source, Token};
use super::{Finding, Workspace};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// Finds banned calls, casts of money and unexplained `allow`.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .sources
        .iter()
        .flat_map(|source| {
            let mut found = calls(source);
            let mut casts = Casts { source, found: Vec::new() };
            casts.visit_file(&source.syntax);
            found.append(&mut casts.found);
            found.extend(allows(source));
            found
        })
        .collect()
}

const MACROS: &[(&str, &str)] = &[
    ("panic", "panic"),
    ("todo", "todo"),
    ("unimplemented", "unimplemented"),
    ("unreachable", "unreachable"),
];
const METHODS: &[(&str, &str)] = &[
    ("unwrap", "unwrap_used"),
    ("expect", "expect_used"),
    ("unwrap_err", "unwrap_used"),
    ("expect_err", "expect_used"),
    ("unwrap_unchecked", "unwrap_used"),
];

fn calls(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, window) in source.tokens.windows(5).enumerate() {
        let [before, name, after, argument, end] = window else { continue };
        if name.kind != Kind::Ident || source.is_test(name.line) {
            continue;
        }
        // A parser may have an `expect` of its own; that of Option and Result is given one text.
        let on_self = at > 0 && source.tokens.get(at - 1).is_some_and(|token| token.is("self"));
        let own = name.is("expect") && (argument.kind != Kind::Literal || !end.is(")") || on_self);
        let called = before.is(".") && after.is("(") && !own;
        let invoked = after.is("!") && !before.is("::");
        let lint = METHODS
            .iter()
            .find(|(method, _)| called && name.is(method))
            .or_else(|| MACROS.iter().find(|(word, _)| invoked && name.is(word)));
        if let Some((word, lint)) = lint
            && !source.is_excused(name.line, lint)
        {
            found.push(banned(source, name, word, lint));
        }
    }
    found
}

fn banned(source: &Source, token: &Token, word: &str, lint: &str) -> Finding {
    let mend = format!("return an error, or `#[expect(clippy::{lint}, reason = \"...\")]`");
    Finding::new("panic", &source.path, token.line, format!("`{word}` outside tests"), mend)
}

const MONEY: &[&str] = &["minor", "amount", "balance", "money"];

fn is_money(name: &str) -> bool {
    name.to_lowercase().split('_').any(|part| MONEY.contains(&part))
}

struct Casts<'a> {
    source: &'a Source,
    found: Vec<Finding>,
}

/// Whether a name of money occurs in an expression, outside of further calls' arguments.
#[derive(Default)]
struct Names {
    money: bool,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, name: &'ast proc_macro2::Ident) {
        self.money |= is_money(&name.to_string());
    }
}

impl Casts<'_> {
    /// The decision crate reads amounts as measurements (means, logarithms) and gives no money back.
    fn is_measurement(&self, node: &syn::ExprCast) -> bool {
        let float = matches!(&*node.ty, syn::Type::Path(ty) if ty.path.is_ident("f64"));
        float && self.source.path.starts_with("crates/decision/")
    }
}

impl<'ast> Visit<'ast> for Casts<'_> {
    fn visit_expr_cast(&mut self, node: &'ast syn::ExprCast) {
        let mut names = Names::default();
        names.visit_expr(&node.expr);
        let line = node.span().start().line;
        let excused = self.source.is_excused(line, "cast_") || self.source.is_excused(line, "as_conversions");
        if names.money && !self.source.is_test(line) && !excused && !self.is_measurement(node) {
            let mend = "use from or try_from, or `#[expect(clippy::as_conversions, reason = \"...\")]`";
            self.found.push(Finding::new("money", &self.source.path, line, "`as` on money", mend));
        }
        syn::visit::visit_expr_cast(self, node);
    }
}

fn allows(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let opens = token.is("[") && at > 0;
        let hash = opens && source.tokens.get(at - 1).is_some_and(|before| before.is("#") || before.is("!"));
        let name = source.tokens.get(at + 1);
        if !hash || !name.is_some_and(|name| name.is("allow") || name.is("expect")) {
            continue;
        }
        let inside = source.tokens.iter().skip(at).take_while(|token| !token.is("]"));
        if !inside.clone().any(|token| token.is("reason")) {
            let mend = "use `#[expect(lint, reason = \"...\")]`";
            found.push(Finding::new(
                "allow",
                &source.path,
                token.line,
                "a lint is off without a reason",
                mend,
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    fn lines(text: &str) -> Vec<String> {
        findings(check, &[("crates/x/src/a.rs", text)])
    }

    #[test]
    fn calls_that_panic_fail_outside_tests() {
        for bad in ["a.unwrap()", "a.expect(\"b\")", "panic!(\"x\")", "todo!()", "m!(a.unwrap())"] {
            assert_eq!(lines(&format!("fn a() {{ {bad}; }}")).len(), 1, "{bad}");
        }
        assert!(lines("fn a() { b.unwrap_or_default(); }").is_empty());
        assert!(lines("fn a() { parser.expect(Token::Comma)?; }").is_empty());
        assert!(lines("fn a() { parser.expect(\":\", \"between\")?; }").is_empty());
        assert!(lines("fn a() { self.expect(\")\")?; }").is_empty());
        assert!(lines("#[cfg(test)]\nmod tests { fn a() { b.unwrap(); } }").is_empty());
        assert!(lines("/// never unwrap()\nfn unwrap() {}").is_empty());
    }

    #[test]
    fn a_reason_excuses() {
        let text = "#[expect(clippy::expect_used, reason = \"static\")]\nfn a() { b.expect(\"c\"); }";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn money_is_not_cast() {
        assert_eq!(lines("fn a() { let x = amount_minor as i32; }").len(), 1);
        assert_eq!(lines("fn a() { let x = row.balance as f64; }").len(), 1);
        assert!(lines("fn a() { let x = count as u64; }").is_empty());
        let excused = "#[expect(clippy::cast_precision_loss, reason = \"statistics\")]\nfn a() { let x = amount as f64; }";
        assert!(lines(excused).is_empty());
    }

    #[test]
    fn the_decision_crate_measures_amounts() {
        let text = "fn a() { let x = amount_minor as f64; }";
        assert!(findings(check, &[("crates/decision/src/a.rs", text)]).is_empty());
        let text = "fn a() { let x = amount_minor as u32; }";
        assert_eq!(findings(check, &[("crates/decision/src/a.rs", text)]).len(), 1);
    }

    #[test]
    fn a_lint_is_off_with_a_reason_only() {
        assert_eq!(lines("#[allow(dead_code)]\nfn a() {}").len(), 1);
        assert_eq!(lines("#![allow(dead_code)]\nfn a() {}").len(), 1);
        assert!(lines("#[expect(dead_code, reason = \"x\")]\nfn a() {}").is_empty());
    }
}
