//! Pure decisions: what each field asks for, how long a change waits, and whether a value can be one.

mod checks;
mod documents;
mod policy;

pub use checks::{Finding, Remedy};
pub(super) use checks::{check, check_alone};
pub use documents::{DocumentKind, document_kind, is_document_of};
pub use policy::{Direction, Path, Plan, Policy, PolicyError, Sign};
