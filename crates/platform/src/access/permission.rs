//! Roles and permissions as data.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What somebody is for the purpose of permissions. A person at work has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Not signed in.
    Nobody,
    /// A cardholder, for their own accounts.
    Cardholder,
    /// A service agent at the desk.
    Agent,
    /// A risk analyst.
    Analyst,
    /// A manager of products and people.
    Manager,
    /// Who runs the system.
    Administrator,
    /// A compliance officer.
    Compliance,
    /// A program with an API key; its scopes narrow it further.
    ApiClient,
}

impl Role {
    /// Every role, in the order of the role matrix.
    pub const ALL: &'static [Self] = &[
        Self::Nobody,
        Self::Cardholder,
        Self::Agent,
        Self::Analyst,
        Self::Manager,
        Self::Administrator,
        Self::Compliance,
        Self::ApiClient,
    ];

    /// The roles of people who work at the desk.
    pub const STAFF: &'static [Self] =
        &[Self::Agent, Self::Analyst, Self::Manager, Self::Administrator, Self::Compliance];

    /// The word in tables and files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Cardholder => "cardholder",
            Self::Agent => "agent",
            Self::Analyst => "analyst",
            Self::Manager => "manager",
            Self::Administrator => "administrator",
            Self::Compliance => "compliance",
            Self::ApiClient => "api_client",
        }
    }

    /// The role with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == word)
    }

    /// Whether this is a role of somebody who works at the desk.
    pub fn is_staff(self) -> bool {
        Self::STAFF.contains(&self)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which way an act moves risk. Protective acts are easy; exposing acts ask for proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Makes the account safer: freeze, lower a limit.
    Protective,
    /// Makes the account riskier: raise a limit, change a contact.
    Exposing,
    /// Changes nothing.
    Reading,
}

impl Direction {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Protective => "protective",
            Self::Exposing => "exposing",
            Self::Reading => "reading",
        }
    }
}

/// What has been proved about the caller, 0 (nothing) to 3 (a bound device).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Assurance(u8);

impl Assurance {
    /// Nothing proved.
    pub const NONE: Self = Self(0);
    /// One weak proof.
    pub const ONE: Self = Self(1);
    /// Two proofs, or one strong one.
    pub const TWO: Self = Self(2);
    /// A bound device.
    pub const THREE: Self = Self(3);

    /// The level with this number; above 3 there is none.
    pub const fn from_level(level: i64) -> Option<Self> {
        match level {
            0 => Some(Self::NONE),
            1 => Some(Self::ONE),
            2 => Some(Self::TWO),
            3 => Some(Self::THREE),
            _ => None,
        }
    }

    /// The number, 0 to 3.
    pub const fn level(self) -> u8 {
        self.0
    }
}

/// The right to do one thing. Written as a `static` in a feature's `access.rs`.
#[derive(Debug)]
pub struct Permission {
    /// `feature.thing.verb`, such as `cards.card.freeze`; also the scope an API key needs.
    pub name: &'static str,
    /// Which way the act moves risk.
    pub direction: Direction,
    /// The least that must have been proved.
    pub assurance: Assurance,
    /// Who has it, where the issuer's own file of roles takes it from nobody ([`super::Narrowing`]).
    pub roles: &'static [Role],
}

impl Permission {
    /// Whether `role` has this permission.
    pub fn allows(&self, role: Role) -> bool {
        self.roles.contains(&role) && super::narrowing::leaves(self.name, role)
    }

    /// Whether somebody who is not signed in has it; no file of roles changes that.
    pub fn is_open(&self) -> bool {
        self.roles.contains(&Role::Nobody)
    }
}

/// Whether a key's `scope` covers the permission called `name`: the name itself, a leading part of it
/// with `.*` (`cards.*`, `cards.card.*`), or `*`.
pub fn scope_covers(scope: &str, name: &str) -> bool {
    match scope.strip_suffix('*') {
        None => scope == name,
        Some("") => true,
        Some(lead) => lead.ends_with('.') && name.starts_with(lead),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_cover_whole_parts_only() {
        for (scope, covers) in [
            ("cards.card.freeze", true),
            ("cards.card.*", true),
            ("cards.*", true),
            ("*", true),
            ("cards.card.fre*", false),
            ("card*", false),
            ("cards.card", false),
            ("accounts.*", false),
            ("", false),
        ] {
            assert_eq!(scope_covers(scope, "cards.card.freeze"), covers, "{scope}");
        }
    }

    #[test]
    fn role_words_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.word()), Some(*role));
        }
        assert_eq!(Role::from_word("root"), None);
        assert!(!Role::Cardholder.is_staff() && !Role::ApiClient.is_staff() && Role::Agent.is_staff());
    }
}
