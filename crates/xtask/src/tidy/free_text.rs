//! What people type: a field of a form or body that is a plain text is one that `tidy.toml` knows, or is `FreeText`.
//!
//! Sooner or later somebody types a card number into a field that was meant for words, and from there it goes into
//! tables, logs and backups. `FreeText` takes it out before anything else sees it. A plain `String` is for ids, codes and
//! choices that the handler compares with what it knows; such fields are listed in `[free_text]` as `feature.field` with
//! what bounds them, so that a new field has to say which of the two it is: a name that is bounded in one feature says
//! nothing about another's. `Secret` and `Masked` are not plain: they don't
//! print, and are sealed before they are stored.

use super::{Finding, Workspace};
use syn::visit::Visit;

/// Finds plain texts in what handlers read that are neither listed nor scanned.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &workspace.sources {
        let feature =
            source.path.strip_prefix(super::rooms::FEATURES).and_then(|rest| rest.split('/').nth(1));
        let Some(feature) = feature.filter(|_| source.path.contains("/http/")) else { continue };
        let mut texts = PlainTexts::default();
        texts.visit_file(&source.syntax);
        for (name, line) in texts.found {
            let field = format!("{feature}.{name}");
            if !workspace.settings.free_text.contains_key(&field) && !source.is_test(line) {
                let what = format!("`{field}` takes any text that somebody types");
                let mend = "make it FreeText, or list it in [free_text] of tidy.toml with what bounds it";
                found.push(Finding::new("free_text", &source.path, line, what, mend));
            }
        }
    }
    found
}

/// Names of plain texts in structs and enums that are read from a request.
#[derive(Default)]
struct PlainTexts {
    found: Vec<(String, usize)>,
}

impl PlainTexts {
    fn add(&mut self, fields: &syn::Fields) {
        for field in fields {
            let plain = field.ident.as_ref().filter(|_| is_plain(&field.ty));
            // With an underscore it is taken and dropped: no handler reads it.
            if let Some(name) = plain.filter(|name| !name.to_string().starts_with('_')) {
                self.found.push((name.to_string(), name.span().start().line));
            }
        }
    }
}

impl<'ast> Visit<'ast> for PlainTexts {
    fn visit_item_struct(&mut self, node: &'ast syn::ItemStruct) {
        if node.attrs.iter().any(is_read) {
            self.add(&node.fields);
        }
        syn::visit::visit_item_struct(self, node);
    }

    fn visit_item_enum(&mut self, node: &'ast syn::ItemEnum) {
        if node.attrs.iter().any(is_read) {
            node.variants.iter().for_each(|variant| self.add(&variant.fields));
        }
        syn::visit::visit_item_enum(self, node);
    }
}

fn is_read(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("derive")
        && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string().contains("Deserialize"))
}

/// Whether a type is text, or a list or option of text; not where another type keeps it.
fn is_plain(of: &syn::Type) -> bool {
    let syn::Type::Path(path) = of else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    if last.ident == "String" {
        return true;
    }
    let passes = ["Option", "Vec", "Box"].iter().any(|name| last.ident == name);
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    passes
        && arguments
            .args
            .iter()
            .any(|one| matches!(one, syn::GenericArgument::Type(inner) if is_plain(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const PATH: &str = "crates/features/src/cases/http/desk.rs";

    #[test]
    fn a_text_that_nobody_bounds_is_found() {
        let form =
            "#[derive(Deserialize)]\nstruct Note {\n    note: String,\n    tags: Option<Vec<String>>,\n}\n";
        assert_eq!(findings(check, &[(PATH, form)]), [format!("{PATH}:3"), format!("{PATH}:4")]);
        let listed = "[free_text]\n\"cases.note\" = \"one of three words\"\n\"cases.tags\" = \"the same\"\n";
        assert!(findings(check, &[(PATH, form), ("tidy.toml", listed)]).is_empty());
        let elsewhere = listed.replace("cases.", "calls.");
        assert_eq!(findings(check, &[(PATH, form), ("tidy.toml", &elsewhere)]).len(), 2, "another feature's");
        assert_eq!(
            findings(check, &[(PATH, "#[derive(Deserialize)]\nenum Said {\n    By { note: String },\n}\n")]),
            [format!("{PATH}:3")]
        );
    }

    #[test]
    fn what_is_scanned_or_kept_by_its_type_or_goes_out_passes() {
        let kept = "#[derive(Deserialize)]\nstruct Note { note: FreeText, name: Masked, code: Secret<String>, n: u8, _csrf: String }\n";
        let out = "#[derive(Serialize)]\nstruct View { note: String }\n";
        assert!(findings(check, &[(PATH, &format!("{kept}{out}"))]).is_empty());
        assert!(findings(check, &[("crates/features/src/cases/model.rs", kept)]).is_empty());
    }
}
