//! Words that must not occur, as `[words]` of tidy.toml lists them; none by default.
//!
//! An organisation that keeps a fork lists the names that must not leave the house.

use super::{Finding, Workspace};

/// Finds forbidden words in any text file but the list itself.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let words: Vec<String> =
        workspace.settings.words.forbidden.iter().map(|word| word.to_lowercase()).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for text in workspace.texts.iter().filter(|text| text.path != super::settings::FILE) {
        for (at, line) in text.text.lines().enumerate() {
            let line = line.to_lowercase();
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                let what = format!("the word `{word}`");
                found.push(Finding::new("words", &text.path, at + 1, what, "say it otherwise"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    #[test]
    fn listed_words_fail_and_without_a_list_nothing_does() {
        let listed = ("tidy.toml", "[words]\nforbidden = [\"Secretname\"]\n");
        assert_eq!(findings(check, &[listed, ("a.md", "x\nsecretname")]), ["a.md:2"]);
        assert!(findings(check, &[listed, ("a.md", "x")]).is_empty());
        assert!(findings(check, &[("a.md", "secretname")]).is_empty());
    }
}
