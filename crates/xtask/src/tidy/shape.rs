//! The shape of items: at most six parameters, and no generics on what a feature shows.
//!
//! Generic parameters are not a way to decouple: they spread bounds and cost compile time. A feature's
//! public functions take concrete types; `impl Into<...>` for a convenient text is the exception.

use super::source::Source;
use super::{Finding, Workspace};
use syn::visit::Visit;

const PARAMETERS_MAX: usize = 6;

/// Finds functions with too many parameters and generic public items of features.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .sources
        .iter()
        .flat_map(|source| {
            let feature = source.path.starts_with(super::rooms::FEATURES) && !source.in_tests;
            let mut shapes = Shapes { source, feature, found: Vec::new() };
            shapes.visit_file(&source.syntax);
            shapes.found
        })
        .collect()
}

struct Shapes<'a> {
    source: &'a Source,
    feature: bool,
    found: Vec<Finding>,
}

impl Shapes<'_> {
    fn parameters(&mut self, signature: &syn::Signature) {
        let count = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        let line = signature.ident.span().start().line;
        if count > PARAMETERS_MAX {
            let what =
                format!("`{}` takes {count} parameters, the limit is {PARAMETERS_MAX}", signature.ident);
            let mend = "group what belongs together in a struct with named fields";
            self.found.push(Finding::new("parameters", &self.source.path, line, what, mend));
        }
    }

    fn generic(&mut self, shown: &syn::Visibility, name: &syn::Ident, generics: &syn::Generics) {
        let free = generics.params.iter().all(|one| matches!(one, syn::GenericParam::Lifetime(_)));
        if !free {
            self.report_generic(shown, name, "generic parameters");
        }
    }

    fn arguments(&mut self, shown: &syn::Visibility, signature: &syn::Signature) {
        for input in &signature.inputs {
            let syn::FnArg::Typed(input) = input else { continue };
            let mut hidden = ImplTraits::default();
            hidden.visit_type(&input.ty);
            if hidden.other_than_into {
                self.report_generic(shown, &signature.ident, "an `impl Trait` parameter");
            }
        }
    }

    fn report_generic(&mut self, shown: &syn::Visibility, name: &syn::Ident, what: &str) {
        let line = name.span().start().line;
        if self.feature && matches!(shown, syn::Visibility::Public(_)) && !self.source.is_test(line) {
            let what = format!("public item `{name}` has {what}");
            let mend = "use a concrete type; only `impl Into<...>` is allowed";
            self.found.push(Finding::new("generics", &self.source.path, line, what, mend));
        }
    }
}

#[derive(Default)]
struct ImplTraits {
    other_than_into: bool,
}

impl<'ast> Visit<'ast> for ImplTraits {
    fn visit_type_impl_trait(&mut self, node: &'ast syn::TypeImplTrait) {
        for bound in &node.bounds {
            if let syn::TypeParamBound::Trait(bound) = bound {
                self.other_than_into |= bound.path.segments.last().is_none_or(|last| last.ident != "Into");
            }
        }
    }
}

impl<'ast> Visit<'ast> for Shapes<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.parameters(&node.sig);
        self.generic(&node.vis, &node.sig.ident, &node.sig.generics);
        self.arguments(&node.vis, &node.sig);
        syn::visit::visit_item_fn(self, node);
    }
    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.parameters(&node.sig);
        self.generic(&node.vis, &node.sig.ident, &node.sig.generics);
        self.arguments(&node.vis, &node.sig);
        syn::visit::visit_impl_item_fn(self, node);
    }
    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        self.parameters(&node.sig);
        syn::visit::visit_trait_item_fn(self, node);
    }
    fn visit_item_struct(&mut self, node: &'ast syn::ItemStruct) {
        self.generic(&node.vis, &node.ident, &node.generics);
    }
    fn visit_item_enum(&mut self, node: &'ast syn::ItemEnum) {
        self.generic(&node.vis, &node.ident, &node.generics);
    }
    fn visit_item_type(&mut self, node: &'ast syn::ItemType) {
        self.generic(&node.vis, &node.ident, &node.generics);
    }
    fn visit_item_trait(&mut self, node: &'ast syn::ItemTrait) {
        self.generic(&node.vis, &node.ident, &node.generics);
        syn::visit::visit_item_trait(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    fn in_feature(text: &str) -> usize {
        findings(check, &[("crates/features/src/cards/service.rs", text)]).len()
    }

    #[test]
    fn six_parameters_pass_and_self_is_free() {
        assert_eq!(in_feature("fn a(a: A, b: B, c: C, d: D, e: E, f: F) {}"), 0);
        assert_eq!(in_feature("impl X { fn a(&self, a: A, b: B, c: C, d: D, e: E, f: F) {} }"), 0);
        assert_eq!(in_feature("fn a(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}"), 1);
    }

    #[test]
    fn features_show_concrete_types() {
        assert_eq!(in_feature("pub fn a(name: impl Into<String>) {}"), 0);
        assert_eq!(in_feature("pub fn a<'a>(name: &'a str) -> impl Iterator<Item = u8> + 'a {}"), 0);
        assert_eq!(in_feature("fn a<T>(t: T) {}"), 0);
        assert_eq!(in_feature("pub fn a<T>(t: T) {}"), 1);
        assert_eq!(in_feature("pub fn a(t: impl Fn()) {}"), 1);
        assert_eq!(in_feature("pub struct A<T>(T);"), 1);
    }

    #[test]
    fn other_crates_may_be_generic() {
        assert!(findings(check, &[("crates/kernel/src/secret.rs", "pub struct A<T>(T);")]).is_empty());
    }
}
