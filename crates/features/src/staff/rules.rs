//! Who may ask for what, and who may allow it. Pure. There is no role that may do both alone, and none that is asked
//! about itself.

use super::model::{Command, Mark};
use platform::access::Role;

/// Letters of a colleague's name, at most.
pub(super) const NAME_CHARS_MAX: usize = 60;
/// Letters of an employee's number, at most.
pub(super) const EMPLOYEE_CHARS_MAX: usize = 24;

/// Who may ask for it.
pub(super) const fn makers(command: &Command) -> &'static [Role] {
    match command {
        Command::TakeOn { .. }
        | Command::ChangeRole { .. }
        | Command::Vouch { .. }
        | Command::EnableAgain { .. } => &[Role::Manager, Role::Administrator],
        Command::Mark { mark: Mark::Important, .. } | Command::Unmark { mark: Mark::Important, .. } => {
            &[Role::Manager]
        }
        Command::Mark { mark: Mark::Honey, .. } | Command::Unmark { mark: Mark::Honey, .. } => {
            &[Role::Compliance]
        }
        Command::EndRelation { .. } => &[Role::Manager],
        Command::OpenRecord { .. } => &[Role::Agent, Role::Analyst],
    }
}

/// Who may allow or refuse it.
pub(super) const fn checkers(command: &Command) -> &'static [Role] {
    match command {
        Command::TakeOn { .. }
        | Command::ChangeRole { .. }
        | Command::Vouch { .. }
        | Command::EnableAgain { .. } => &[Role::Administrator, Role::Compliance],
        Command::Mark { mark: Mark::Important, .. } | Command::Unmark { mark: Mark::Important, .. } => {
            &[Role::Manager, Role::Compliance]
        }
        Command::Mark { mark: Mark::Honey, .. } | Command::Unmark { mark: Mark::Honey, .. } => {
            &[Role::Compliance, Role::Administrator]
        }
        Command::EndRelation { .. } => &[Role::Compliance],
        Command::OpenRecord { .. } => &[Role::Manager],
    }
}

/// Whether the fields of a command are such as may be kept.
pub(super) fn is_sound(command: &Command) -> bool {
    match command {
        Command::TakeOn { name, employee, role, locale } => {
            let named = (1..=NAME_CHARS_MAX).contains(&name.trim().chars().count());
            role.is_staff()
                && named
                && !name.chars().any(char::is_control)
                && is_employee(employee)
                && ["zh-Hans", "zh-Hant", "en"].contains(&locale.as_str())
        }
        Command::ChangeRole { from, to, .. } => from.is_staff() && to.is_staff() && from != to,
        Command::Vouch { issuer, subject, .. } => !issuer.is_empty() && is_subject(subject),
        _ => true,
    }
}

/// Whether this can be somebody's name at a provider: OpenID Connect has at most 255 signs of ASCII.
fn is_subject(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether this can be the number of an employee: letters, digits and hyphens, and no number of a card.
pub(super) fn is_employee(text: &str) -> bool {
    let signs = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    signs && (1..=EMPLOYEE_CHARS_MAX).contains(&text.len()) && digits < 12
}
