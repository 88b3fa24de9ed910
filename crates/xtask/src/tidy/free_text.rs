//! What people type: a field of a form or body that is a plain text has a name that `tidy.toml` knows, or is `FreeText`.
//!
//! Sooner or later somebody types a card number into a field that was meant for words, and from there it goes into
//! tables, logs and backups. `FreeText` takes it out before anything else sees it. A plain `String` is for ids, codes and
//! choices that the handler compares with what it knows; the names of such fields are listed in `[free_text]` with what
//! bounds them, so that a new field has to say which of the two it is. `Secret` and `Masked` are not plain: they don't
//! print, and are sealed before they are stored.

use super::{Finding, Workspace};
use syn::visit::Visit;

/// Finds plain texts in what handlers read that are neither listed nor scanned.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &workspace.sources {
        if !source.path.starts_with(super::rooms::FEATURES) || !source.path.contains("/http/") {
            continue;
        }
        let mut texts = PlainTexts::default();
        texts.visit_file(&source.syntax);
        for (name, line) in texts.found {
            if !workspace.settings.free_text.contains_key(&name) && !source.is_test(line) {
                let what = format!("`{name}` takes any text that somebody types");
                let mend =
                    "make it FreeText, or list the name in [free_text] of tidy.toml with what bounds it";
                found.push(Finding::new("free_text", &source.path, line, what, mend));
            }
        }
    }
    found
}

/// Names of plain texts in structs that are read from a request.
#[derive(Default)]
struct PlainTexts {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for PlainTexts {
    fn visit_item_struct(&mut self, node: &'ast syn::ItemStruct) {
        if node.attrs.iter().any(is_read) {
            for field in &node.fields {
                let plain = field.ident.as_ref().filter(|_| is_plain(&field.ty));
                // With an underscore it is taken and dropped: no handler reads it.
                if let Some(name) = plain.filter(|name| !name.to_string().starts_with('_')) {
                    self.found.push((name.to_string(), name.span().start().line));
                }
            }
        }
        syn::visit::visit_item_struct(self, node);
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
        let listed = ("tidy.toml", "[free_text]\nnote = \"one of three words\"\ntags = \"the same\"\n");
        assert!(findings(check, &[(PATH, form), listed]).is_empty());
    }

    #[test]
    fn what_is_scanned_or_kept_by_its_type_or_goes_out_passes() {
        let kept = "#[derive(Deserialize)]\nstruct Note { note: FreeText, name: Masked, code: Secret<String>, n: u8, _csrf: String }\n";
        let out = "#[derive(Serialize)]\nstruct View { note: String }\n";
        assert!(findings(check, &[(PATH, &format!("{kept}{out}"))]).is_empty());
        assert!(findings(check, &[("crates/features/src/cases/model.rs", kept)]).is_empty());
    }
}
