//! Counting: how many tests passed and failed, read from what the test runners print.

use std::fmt;
use std::ops::Add;

/// Passed and failed; shown as `N passed, N failed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Tests and gates that passed.
    pub passed: u64,
    /// Tests and gates that failed.
    pub failed: u64,
}

impl Count {
    /// One gate.
    pub fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// Reads the output of a test runner that ended well or not.
    ///
    /// A run that ended badly without a failed test (it did not compile, it was killed) is one failure; so
    /// is a run that skipped tests, since nothing may be skipped.
    pub fn of_tests(output: &[String], ended_well: bool) -> Self {
        let mut sum = Tally::default();
        for line in output {
            sum = sum.plus(nextest(line).or_else(|| libtest(line)).unwrap_or_default());
        }
        let mut count = Self { passed: sum.passed, failed: sum.failed };
        if !ended_well && sum.failed == 0 {
            count.failed += 1;
        }
        if sum.skipped > 0 {
            println!("failed: {} tests were skipped; mend or remove them", sum.skipped);
            count.failed += 1;
        }
        count
    }
}

impl Add for Count {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// What one summary line says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// `Summary [ 1.2s] 64 tests run: 60 passed (1 slow), 3 failed, 1 timed out, 2 skipped`; what ran and did
/// not pass has failed, whatever the runner calls it. `60/64 tests run` means that it gave up.
fn nextest(line: &str) -> Option<Tally> {
    let (head, tail) =
        line.trim_start().strip_prefix("Summary [")?.split_once(']')?.1.split_once(" run: ")?;
    let all = head.split_whitespace().next()?.rsplit('/').next()?.parse::<u64>().ok()?;
    let passed = number_before(tail, "passed").unwrap_or(0);
    let skipped = number_before(tail, "skipped").unwrap_or(0);
    Some(Tally { passed, failed: all.saturating_sub(passed), skipped })
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn libtest(line: &str) -> Option<Tally> {
    let tail = line.trim_start().strip_prefix("test result: ")?;
    Some(Tally {
        passed: number_before(tail, "passed")?,
        failed: number_before(tail, "failed")?,
        skipped: number_before(tail, "ignored")?,
    })
}

fn number_before(text: &str, word: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|own| own.trim_end_matches([',', ';']) == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str], ended_well: bool) -> Count {
        Count::of_tests(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), ended_well)
    }

    #[test]
    fn nextest_summaries_are_read() {
        let line =
            "     Summary [   1.034s] 64 tests run: 60 passed (1 slow), 3 failed, 1 timed out, 0 skipped";
        assert_eq!(count(&[line], false), Count { passed: 60, failed: 4 });
        let line = "     Summary [   0.034s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(count(&[line], true), Count { passed: 1, failed: 0 });
        let line = "     Summary [   0.034s] 3/64 tests run: 2 passed, 1 failed, 0 skipped";
        assert_eq!(count(&[line], false), Count { passed: 2, failed: 62 });
    }

    #[test]
    fn libtest_summaries_are_summed() {
        let lines = [
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "noise",
            "test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
        ];
        assert_eq!(count(&lines, false), Count { passed: 9, failed: 1 });
    }

    #[test]
    fn a_run_that_never_came_to_tests_has_failed() {
        assert_eq!(count(&["error: could not compile"], false), Count { passed: 0, failed: 1 });
    }

    #[test]
    fn skipping_is_failing() {
        let line =
            "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0s";
        assert_eq!(count(&[line], true), Count { passed: 5, failed: 1 });
    }

    #[test]
    fn the_last_line_is_exact() {
        let sum = Count::one(true) + Count::one(false) + Count::one(true);
        assert_eq!(sum.to_string(), "2 passed, 1 failed");
    }
}
