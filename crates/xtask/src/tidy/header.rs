//! Module headers: every module outside tests opens with `//!`, in a sentence that can stand in a list.

use super::{Finding, Workspace};

/// Finds modules that do not say what they are for.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .sources
        .iter()
        .filter(|source| !source.in_tests && source.path.starts_with("crates/"))
        .filter(|source| sentence(&source.text).is_none_or(|text| !text.contains(' ')))
        .map(|source| {
            let mend = "open with `//!`: problem, design, why safe, what it does not do";
            Finding::new("header", &source.path, 1, "the module does not say what it is for", mend)
        })
        .collect()
}

/// The first sentence of a module header, without the full stop.
pub fn sentence(text: &str) -> Option<String> {
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| line.is_empty() || line.starts_with("#!["))
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let whole = lines.join(" ");
    let end = whole.find(". ").unwrap_or(whole.len());
    let sentence = whole.get(..end)?.trim_end_matches('.').to_owned();
    (!sentence.is_empty()).then_some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    #[test]
    fn a_header_in_words_passes() {
        assert!(findings(check, &[("crates/x/src/a.rs", "//! Money as minor units.\n")]).is_empty());
        assert!(findings(check, &[("crates/x/tests/a.rs", "")]).is_empty());
    }

    #[test]
    fn no_header_or_one_word_fails() {
        assert_eq!(findings(check, &[("crates/x/src/a.rs", "use a::b;")]).len(), 1);
        assert_eq!(findings(check, &[("crates/x/src/a.rs", "//! money\n")]).len(), 1);
    }

    #[test]
    fn the_first_sentence_may_span_lines() {
        let text = "//! One two\n//! three. Four.\n//!\n//! Five.\n";
        assert_eq!(sentence(text).as_deref(), Some("One two three"));
    }
}
