//! An issuer's own roles: a file that takes permissions away from roles, and never gives any.
//!
//! Problem: an issuer's people are divided otherwise than the code thinks, and a right that nobody needs should be nobody's.
//! Design: the permissions in the code are the default and the bound; a TOML file names a permission and the roles that
//! keep it. It is read once at the start and asked by [`Permission::allows`], so every page, menu, key and call sees the
//! same. Why safe: a role that the code does not give is refused at the start, as is a name that is none; what is open to
//! everybody can't be closed (nobody could sign in any more), and cardholders keep their protective acts. What it does not
//! do: give rights, change the assurance that is needed, or change while the server runs.

use super::{Direction, Permission, Role};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The narrowing of this process.
static INSTALLED: OnceLock<Narrowing> = OnceLock::new();

/// Which roles keep which permission, where they are fewer than the code gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing(BTreeMap<&'static str, Vec<Role>>);

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesFile {
    permissions: BTreeMap<String, Vec<Role>>,
}

/// Why a file of roles is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NarrowingError {
    /// It is not of the form.
    #[error("the file of roles can't be read: {0}")]
    Form(#[from] toml::de::Error),
    /// There is no such permission.
    #[error("the file of roles names {0}, which is no permission: docs/reference/permissions.md lists them")]
    Unknown(String),
    /// It gives what the code does not.
    #[error(
        "the file of roles gives {permission} to {role}, who does not have it in the code: it can only take away"
    )]
    Wider {
        /// The permission's name.
        permission: &'static str,
        /// Who would get it.
        role: Role,
    },
    /// It closes what has to be open.
    #[error(
        "the file of roles narrows {0}, which is open to everybody: signing in and asking for health need it"
    )]
    Open(&'static str),
    /// It takes a protective act from cardholders.
    #[error("the file of roles takes {0} from cardholders: what makes an account safer stays theirs")]
    Protective(&'static str),
    /// Another one holds already.
    #[error("another file of roles holds in this process")]
    Installed,
}

impl Narrowing {
    /// Reads a file against the permissions that there are.
    ///
    /// # Errors
    /// The first thing in it that can't be.
    pub fn read(text: &str, permissions: &[&'static Permission]) -> Result<Self, NarrowingError> {
        let file: RolesFile = toml::from_str(text)?;
        let mut kept = BTreeMap::new();
        for (name, roles) in file.permissions {
            let found = permissions.iter().find(|permission| permission.name == name);
            let permission = found.ok_or(NarrowingError::Unknown(name))?;
            let name = permission.name;
            if permission.is_open() {
                return Err(NarrowingError::Open(name));
            }
            if let Some(role) = roles.iter().copied().find(|role| !permission.roles.contains(role)) {
                return Err(NarrowingError::Wider { permission: name, role });
            }
            let theirs = permission.roles.contains(&Role::Cardholder) && !roles.contains(&Role::Cardholder);
            if theirs && permission.direction == Direction::Protective {
                return Err(NarrowingError::Protective(name));
            }
            kept.insert(name, roles);
        }
        Ok(Self(kept))
    }

    /// Makes it hold in this process, from now until its end.
    ///
    /// # Errors
    /// Another one holds.
    pub fn install(self) -> Result<(), NarrowingError> {
        let installed = INSTALLED.get_or_init(|| self.clone());
        if *installed == self { Ok(()) } else { Err(NarrowingError::Installed) }
    }

    /// Each narrowed permission with the roles that keep it, by name.
    pub fn kept(&self) -> impl Iterator<Item = (&'static str, &[Role])> {
        self.0.iter().map(|(name, roles)| (*name, roles.as_slice()))
    }

    fn leaves(&self, permission: &str, role: Role) -> bool {
        self.0.get(permission).is_none_or(|roles| roles.contains(&role))
    }
}

/// Whether `role` keeps the permission with this name, where the code gives it.
pub(super) fn leaves(permission: &str, role: Role) -> bool {
    INSTALLED.get().is_none_or(|narrowing| narrowing.leaves(permission, role))
}

#[cfg(test)]
mod tests {
    use super::super::Assurance;
    use super::*;

    static FREEZE: Permission = Permission {
        name: "tests.card.freeze",
        direction: Direction::Protective,
        assurance: Assurance::NONE,
        roles: &[Role::Cardholder, Role::Agent, Role::Manager],
    };
    static HEALTH: Permission = Permission {
        name: "tests.health.read",
        direction: Direction::Reading,
        assurance: Assurance::NONE,
        roles: Role::ALL,
    };

    fn read(lines: &str) -> Result<Narrowing, NarrowingError> {
        Narrowing::read(&format!("[permissions]\n{lines}\n"), &[&FREEZE, &HEALTH])
    }

    #[test]
    fn fewer_roles_are_taken_and_the_others_lose_it() {
        let narrowing = read("\"tests.card.freeze\" = [\"cardholder\", \"manager\"]").unwrap();
        assert!(narrowing.leaves("tests.card.freeze", Role::Manager));
        assert!(!narrowing.leaves("tests.card.freeze", Role::Agent));
        assert!(narrowing.leaves("tests.health.read", Role::Agent), "what is not named stays");
    }

    #[test]
    fn what_gives_closes_or_means_nothing_is_refused_by_name() {
        for (lines, words) in [
            ("\"tests.card.freeze\" = [\"cardholder\", \"analyst\"]", "gives tests.card.freeze to analyst"),
            ("\"tests.card.freeze\" = [\"manager\"]", "takes tests.card.freeze from cardholders"),
            ("\"tests.card.frieze\" = []", "names tests.card.frieze"),
            ("\"tests.health.read\" = [\"agent\"]", "narrows tests.health.read"),
            ("\"tests.card.freeze\" = [\"boss\"]", "boss"),
            ("\"tests.card.freeze\" = [\"cardholder\"]\n[roles]", "roles"),
        ] {
            let refused = read(lines).expect_err(lines).to_string();
            assert!(refused.contains(words), "{lines}: {refused}");
        }
    }
}
