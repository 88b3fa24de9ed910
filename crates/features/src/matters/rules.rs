//! Who opens which kind of matter, and what it takes. Pure.

use super::error::MatterError;
use super::model::MatterKind;
use crate::staff::Standing;
use platform::access::Role;

/// Words of a reason, characters at least and at most.
pub(super) const WORDS_CHARS: std::ops::RangeInclusive<usize> = 3..=300;

/// The kinds that somebody with this role opens by a form, the usual one first.
pub(super) fn kinds_of(role: Role) -> &'static [MatterKind] {
    match role {
        Role::Agent => &[MatterKind::Call, MatterKind::Case],
        Role::Analyst => &[MatterKind::Alert, MatterKind::Case, MatterKind::Call],
        Role::Manager => &[MatterKind::Call, MatterKind::Case, MatterKind::Alert],
        Role::Compliance => &[MatterKind::Review, MatterKind::Case],
        Role::Nobody | Role::Cardholder | Role::Administrator | Role::ApiClient => &[],
    }
}

/// Whether a matter of this kind needs a reason in words.
pub(super) const fn needs_words(kind: MatterKind) -> bool {
    matches!(kind, MatterKind::Review | MatterKind::Emergency)
}

/// Whether the record opens for somebody with this role who stands so to the customer. An emergency passes the mark of
/// an important person; nothing passes a relation.
pub(super) fn may_open(standing: Standing, role: Role, emergency: bool) -> Result<(), MatterError> {
    if standing.related {
        return Err(MatterError::Related);
    }
    if emergency || standing.may_serve(role) { Ok(()) } else { Err(MatterError::Important) }
}
