//! Length: a file is noted over 400 lines and fails over 800 (tests: 1,000); a function fails over 70.
//!
//! Lines of a function are those that hold code: comments and blank lines are free, so that nobody saves
//! lines by leaving out the reason.

use super::source::Source;
use super::{Finding, Workspace};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::Visit;

const FILE_NOTED: usize = 400;
const FILE_MAX: usize = 800;
const TEST_FILE_MAX: usize = 1_000;
const FUNCTION_MAX: usize = 70;

/// Finds files and functions that are too long.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &workspace.sources {
        let lines = source.text.lines().count();
        let max = if source.in_tests { TEST_FILE_MAX } else { FILE_MAX };
        if lines > max {
            let what = format!("{lines} lines, the limit is {max}");
            let mut finding = Finding::new(
                "length",
                &source.path,
                1,
                what,
                "split it by what it does, as service/{verb}.rs",
            );
            finding.measured = Some((source.path.clone(), lines));
            found.push(finding);
        }
        let mut functions = Functions { source, code: code_lines(source), found: Vec::new() };
        functions.visit_file(&source.syntax);
        found.append(&mut functions.found);
    }
    found
}

/// Files that are on their way to being too long.
pub fn notes(workspace: &Workspace) -> Vec<String> {
    workspace
        .sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(source, lines)| !source.in_tests && (FILE_NOTED + 1..=FILE_MAX).contains(lines))
        .map(|(source, lines)| format!("{}: {lines} lines, {FILE_NOTED} are wanted", source.path))
        .collect()
}

/// The lines on which a token begins.
fn code_lines(source: &Source) -> BTreeSet<usize> {
    source.tokens.iter().map(|token| token.line).collect()
}

struct Functions<'a> {
    source: &'a Source,
    code: BTreeSet<usize>,
    found: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let lines = self.code.range(first..=block.span().end().line).count();
        if lines > FUNCTION_MAX {
            let what =
                format!("function `{}` has {lines} lines, the limit is {FUNCTION_MAX}", signature.ident);
            let mut finding = Finding::new("length", &self.source.path, first, what, "give its steps names");
            finding.measured = Some((format!("{}::{}", self.source.path, signature.ident), lines));
            self.found.push(finding);
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.measure(&node.sig, &node.block);
        syn::visit::visit_item_fn(self, node);
    }
    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.measure(&node.sig, &node.block);
        syn::visit::visit_impl_item_fn(self, node);
    }
    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.measure(&node.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    fn function(lines: usize, filler: &str) -> String {
        format!("fn long() {{\n{}}}\n", filler.repeat(lines - 2))
    }

    #[test]
    fn seventy_lines_pass_and_one_more_fails() {
        assert!(findings(check, &[("crates/x/src/a.rs", &function(70, "work();\n"))]).is_empty());
        assert_eq!(
            findings(check, &[("crates/x/src/a.rs", &function(71, "work();\n"))]),
            ["crates/x/src/a.rs:1"]
        );
    }

    #[test]
    fn comments_are_free() {
        assert!(findings(check, &[("crates/x/src/a.rs", &function(200, "// why\n\n"))]).is_empty());
    }

    #[test]
    fn files_have_limits_and_tests_a_higher_one() {
        let text = "// a line\n".repeat(900);
        assert_eq!(findings(check, &[("crates/x/src/a.rs", &text)]).len(), 1);
        assert!(findings(check, &[("crates/x/tests/a.rs", &text)]).is_empty());
    }

    #[test]
    fn a_file_over_the_wish_is_noted() {
        let text = "// a line\n".repeat(401);
        assert_eq!(notes(&Workspace::of(&[("crates/x/src/a.rs", &text)])).len(), 1);
        assert!(notes(&Workspace::of(&[("crates/x/src/a.rs", "// a\n")])).is_empty());
    }
}
