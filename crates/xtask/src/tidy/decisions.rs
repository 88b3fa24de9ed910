//! Decisions: each page has exactly one line in the list, and no number is missing without a word.
//!
//! Two people who add a decision at once both add a line, and a merge keeps whatever it likes; a reader then
//! finds a decision twice or not at all. A number without a page stands in the list with its reason: not used, or
//! kept for work that is under way.

use super::{Finding, Workspace};
use std::collections::BTreeMap;

const FOLDER: &str = "docs/adr/";
const LIST: &str = "docs/adr/README.md";
const RULE: &str = "decisions";

/// Finds pages without a line or with several, lines of numbers that stand twice, and gaps.
pub fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(list) = workspace.text(LIST) else { return Vec::new() };
    let mut lines: BTreeMap<u32, Vec<(usize, &str)>> = BTreeMap::new();
    for (at, line) in list.lines().enumerate() {
        let number = line.strip_prefix("| ").and_then(|cell| number(cell.trim_start_matches('[')));
        if let Some(number) = number {
            lines.entry(number).or_default().push((at + 1, line));
        }
    }
    let mut found = Vec::new();
    let mut newest = 0;
    for text in &workspace.texts {
        let Some(name) = text.path.strip_prefix(FOLDER) else { continue };
        let Some(number) = number(name) else { continue };
        newest = newest.max(number);
        let naming =
            lines.get(&number).into_iter().flatten().filter(|(_, line)| line.contains(&format!("({name})")));
        if naming.count() != 1 {
            let mend = format!("give it one line in {LIST}");
            found.push(Finding::new(
                RULE,
                &text.path,
                1,
                "this decision is not in the list exactly once",
                mend,
            ));
        }
    }
    for (number, lines) in &lines {
        let mut linked = lines.iter().filter(|(_, line)| line.contains("]("));
        let Some((line, _)) = linked.nth(1) else { continue };
        let what = format!("decision {number:04} stands twice");
        found.push(Finding::new(RULE, LIST, *line, what, "keep one line"));
    }
    for number in (1..newest).filter(|number| !lines.contains_key(number)) {
        let what = format!("there is no decision {number:04}");
        let mend = "take that number for the newest one, or say in a line why it was not used";
        found.push(Finding::new(RULE, LIST, 1, what, mend));
    }
    found
}

/// The number that a file name or a line begins with.
fn number(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sample::findings;

    const ONE: (&str, &str) = ("docs/adr/0001-a.md", "# 1. A\n");
    const THREE: (&str, &str) = ("docs/adr/0003-c.md", "# 3. C\n");
    const LINES: &str = "| [0001](0001-a.md) | A |\n| 0002 | not used |\n| [0003](0003-c.md) | C |\n";

    #[test]
    fn one_line_for_each_number_passes() {
        assert!(findings(check, &[ONE, THREE, (LIST, LINES)]).is_empty());
    }

    #[test]
    fn missing_double_and_unexplained_numbers_fail() {
        let double = format!("{LINES}| [0001](0001-a.md) | A |\n");
        let twice = ["docs/adr/0001-a.md:1", "docs/adr/README.md:4"];
        assert_eq!(findings(check, &[ONE, THREE, (LIST, &double)]), twice);
        let gap = LINES.replace("| 0002 | not used |\n", "");
        assert_eq!(findings(check, &[ONE, THREE, (LIST, &gap)]), ["docs/adr/README.md:1"]);
        let missing = LINES.replace("(0003-c.md)", "(0003-other.md)");
        assert_eq!(findings(check, &[ONE, THREE, (LIST, &missing)]), ["docs/adr/0003-c.md:1"]);
    }
}
