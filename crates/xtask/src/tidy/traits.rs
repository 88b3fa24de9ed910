//! Traits with one implementer: an interface nobody needs yet, and a jump for every reader.
//!
//! Ports to the outside world are the exception: they stand in `port.rs` or `ports.rs`. Anything else is
//! listed in `[traits]` of tidy.toml with its reason.

use super::{Finding, Workspace};
use std::collections::BTreeMap;
use syn::visit::Visit;

/// Finds traits that fewer than two things implement.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut all = Traits::default();
    for source in &workspace.sources {
        all.visit_file(&source.syntax);
    }
    let mut found = Vec::new();
    for source in &workspace.sources {
        if source.in_tests || source.path.ends_with("/port.rs") || source.path.ends_with("/ports.rs") {
            continue;
        }
        let mut here = Traits::default();
        here.visit_file(&source.syntax);
        for (name, line) in here.defined {
            let count = all.implemented.get(&name).copied().unwrap_or(0);
            let listed = workspace.settings.traits.contains_key(&name);
            if count < 2 && !listed && !source.is_test(line) {
                let what = format!("trait `{name}` has {count} implementers");
                let mend = "use the type itself; a port to the outside belongs into `port.rs`";
                found.push(Finding::new("traits", &source.path, line, what, mend));
            }
        }
    }
    found
}

#[derive(Default)]
struct Traits {
    defined: Vec<(String, usize)>,
    implemented: BTreeMap<String, usize>,
}

impl<'ast> Visit<'ast> for Traits {
    fn visit_item_trait(&mut self, node: &'ast syn::ItemTrait) {
        self.defined.push((node.ident.to_string(), node.ident.span().start().line));
        syn::visit::visit_item_trait(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        if let Some((_, path, _)) = &node.trait_
            && let Some(last) = path.segments.last()
        {
            *self.implemented.entry(last.ident.to_string()).or_default() += 1;
        }
        syn::visit::visit_item_impl(self, node);
    }

    /// A macro that writes `impl Trait for` writes it for more than one type, or it would be no macro.
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let text = node.tokens.to_string();
        let words: Vec<&str> = text.split_whitespace().collect();
        for window in words.windows(3) {
            if let ["impl", name, "for"] = window {
                *self.implemented.entry((*name).to_owned()).or_default() += 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const ONE: &str = "trait Store {}\nimpl Store for A {}\n";

    #[test]
    fn one_implementer_fails_and_two_pass() {
        assert_eq!(findings(check, &[("crates/x/src/a.rs", ONE)]), ["crates/x/src/a.rs:1"]);
        let two = format!("{ONE}impl Store for B {{}}\n");
        assert!(findings(check, &[("crates/x/src/a.rs", &two)]).is_empty());
        let written = "trait Store {}\nmacro_rules! m { ($t:ty) => { impl Store for $t {} } }\n";
        assert!(findings(check, &[("crates/x/src/a.rs", written)]).is_empty());
    }

    #[test]
    fn ports_and_listed_traits_pass() {
        assert!(findings(check, &[("crates/features/src/cards/port.rs", ONE)]).is_empty());
        let listed = ("tidy.toml", "[traits]\nStore = \"why\"\n");
        assert!(findings(check, &[("crates/x/src/a.rs", ONE), listed]).is_empty());
    }
}
