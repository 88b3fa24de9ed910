//! The one check: whether somebody who has proved so much may do this.
//!
//! The gate asks it for every page and every call of the API; a verified call at the desk and the phone menu ask the
//! same function with what was proved in the call. It decides and does nothing else: no database, no clock.

use super::{Assurance, Permission, Role};

/// What somebody brings to the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they are.
    pub role: Role,
    /// What has been proved about them, at this moment.
    pub assurance: Assurance,
    /// Whether the scopes of their API key cover the permission; true for people.
    pub scope_holds: bool,
}

impl Standing {
    /// Of a person, whom no scopes narrow.
    pub const fn new(role: Role, assurance: Assurance) -> Self {
        Self { role, assurance, scope_holds: true }
    }
}

/// Why not, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in.
    Unsigned,
    /// The role does not have the permission.
    Role,
    /// The key has no scope for it.
    Scope,
    /// Too little has been proved.
    Assurance {
        /// What has been proved.
        has: Assurance,
        /// What is needed.
        needs: Assurance,
    },
}

impl Refusal {
    /// The stable code in answers and in the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "sign_in_needed",
            Self::Role => "role_forbidden",
            Self::Scope => "scope_missing",
            Self::Assurance { .. } => "assurance_too_low",
        }
    }
}

/// Says what somebody could prove to get further; put among the services by the wiring, since platform knows no proofs.
pub trait ProofAdvice: Send + Sync {
    /// One sentence in English, for programs and for the log: the proofs that reach `needs`, best first.
    fn for_level(&self, role: Role, needs: Assurance) -> String;
}

/// Whether `who` may do what `permission` is about.
///
/// # Errors
/// The first reason why not.
pub fn decide(permission: &Permission, who: Standing) -> Result<(), Refusal> {
    if permission.is_open() {
        return Ok(());
    }
    if who.role == Role::Nobody {
        return Err(Refusal::Unsigned);
    }
    if !permission.allows(who.role) {
        return Err(Refusal::Role);
    }
    if !who.scope_holds {
        return Err(Refusal::Scope);
    }
    if who.assurance < permission.assurance {
        return Err(Refusal::Assurance { has: who.assurance, needs: permission.assurance });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Direction;
    use super::*;

    static RAISE: Permission = Permission {
        name: "tests.limit.raise",
        direction: Direction::Exposing,
        assurance: Assurance::TWO,
        roles: &[Role::Cardholder, Role::ApiClient],
    };
    const LEVELS: [Assurance; 4] = [Assurance::NONE, Assurance::ONE, Assurance::TWO, Assurance::THREE];

    #[test]
    fn the_first_reason_is_told() {
        let has = |role, assurance, scope_holds| decide(&RAISE, Standing { role, assurance, scope_holds });
        assert_eq!(has(Role::Nobody, Assurance::THREE, false), Err(Refusal::Unsigned));
        assert_eq!(has(Role::Agent, Assurance::NONE, false), Err(Refusal::Role));
        assert_eq!(has(Role::ApiClient, Assurance::NONE, false), Err(Refusal::Scope));
        let low = Refusal::Assurance { has: Assurance::ONE, needs: Assurance::TWO };
        assert_eq!(has(Role::Cardholder, Assurance::ONE, true), Err(low));
        assert_eq!(has(Role::Cardholder, Assurance::TWO, true), Ok(()));
    }

    #[test]
    fn no_role_gains_by_having_proved_less() {
        for role in Role::ALL {
            let opened = LEVELS.map(|level| decide(&RAISE, Standing::new(*role, level)).is_ok());
            assert!(opened.is_sorted(), "{role}: {opened:?}");
        }
    }
}
