//! The names that a definition may use for what only a program can do: guards, effects and facets.
//!
//! A guard is a function here; an effect is carried out by the feature that it is named after, once the events
//! are committed; a facet is a set of typed fields. A definition that uses any other name is refused, so a
//! misspelt guard is a finding and not a door that stands open.

use crate::machine::{Acting, Blocker, Case, Fields};
use crate::value::Value;
use kernel::Actor;
use std::collections::BTreeMap;

/// What a guard may look at.
pub struct GuardFacts<'a> {
    /// The case as it is.
    pub case: &'a Case,
    /// What the command brings.
    pub input: &'a Fields,
    /// Who acts: the maker, where four eyes carry a command out. On an assignment: the one who gets the case.
    pub actor: Actor,
    /// The time and the roles.
    pub acting: &'a Acting,
}

impl GuardFacts<'_> {
    /// The account whose guard this is, and what is known of the same person's others.
    pub fn accounts(&self) -> impl Iterator<Item = Actor> {
        let others = if self.actor == self.acting.actor { self.acting.same.as_slice() } else { &[] };
        std::iter::once(self.actor).chain(others.iter().copied())
    }

    /// A field, as it will be once the command is carried out.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.input.get(name).or_else(|| self.case.fields.get(name))
    }
}

/// A guard: what must be true before a transition.
#[derive(Clone, Copy)]
pub struct GuardDef {
    /// The name in definitions.
    pub name: &'static str,
    /// What it asks, for the documents.
    pub asks: &'static str,
    /// Whether it lets pass.
    pub passes: fn(&GuardFacts<'_>) -> bool,
}

/// An effect: what a feature does after a transition.
#[derive(Clone, Copy)]
pub struct EffectDef {
    /// The name in definitions.
    pub name: &'static str,
    /// What it does, for the documents.
    pub does: &'static str,
}

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// An amount.
    Money,
    /// One of the words that the definition lists.
    Word,
    /// The id of something, by what stands before its underscore, such as `staf` for a member of staff.
    Reference(&'static str),
    /// Free text, personal: sealed where it is stored.
    Text,
}

impl FieldKind {
    /// In words, for findings and blockers.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Flag => "yes or no",
            Self::Number => "a whole number",
            Self::Money => "an amount",
            Self::Word => "one of the listed words",
            Self::Reference(_) => "an id",
            Self::Text => "a text",
        }
    }

    /// Whether a value is of this kind.
    pub const fn fits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Flag, Value::Flag(_))
                | (Self::Number, Value::Number(_))
                | (Self::Money, Value::Money(_))
                | (Self::Word | Self::Reference(_), Value::Word(_))
                | (Self::Text, Value::Text(_))
        )
    }
}

/// A field of a facet.
#[derive(Clone, Copy, Debug)]
pub struct FieldDef {
    /// The name after the dot.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
}

/// A set of fields that a kind can have.
#[derive(Clone, Copy, Debug)]
pub struct FacetDef {
    /// The name before the dot.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldDef],
}

/// Every name that definitions may use.
#[derive(Clone)]
pub struct Registry {
    guards: BTreeMap<&'static str, GuardDef>,
    effects: BTreeMap<&'static str, EffectDef>,
    facets: BTreeMap<&'static str, FacetDef>,
    roles: &'static [&'static str],
}

impl Registry {
    /// The names that Cardea knows. `roles` in definitions rest on those of the program.
    pub fn standard() -> Self {
        Self {
            guards: GUARDS.iter().map(|guard| (guard.name, *guard)).collect(),
            effects: EFFECTS.iter().map(|effect| (effect.name, *effect)).collect(),
            facets: FACETS.iter().map(|facet| (facet.name, *facet)).collect(),
            roles: ROLES,
        }
    }

    /// A guard by its name.
    pub fn guard(&self, name: &str) -> Option<&GuardDef> {
        self.guards.get(name)
    }

    /// An effect by its name.
    pub fn effect(&self, name: &str) -> Option<&EffectDef> {
        self.effects.get(name)
    }

    /// A facet by its name.
    pub fn facet(&self, name: &str) -> Option<&FacetDef> {
        self.facets.get(name)
    }

    /// The kind of a field by its full name, `facet.field`.
    pub fn field(&self, name: &str) -> Option<FieldKind> {
        let (facet, field) = name.split_once('.')?;
        self.facets.get(facet)?.fields.iter().find(|def| def.name == field).map(|def| def.kind)
    }

    /// Whether the program has a role of this name.
    pub fn has_role(&self, name: &str) -> bool {
        self.roles.contains(&name)
    }

    /// Every guard, by name.
    pub fn guards(&self) -> impl Iterator<Item = &GuardDef> {
        self.guards.values()
    }

    /// Every facet, by name.
    pub fn facets(&self) -> impl Iterator<Item = &FacetDef> {
        self.facets.values()
    }

    /// Every effect, by name.
    pub fn effects(&self) -> impl Iterator<Item = &EffectDef> {
        self.effects.values()
    }
}

/// Roles of the program that roles of a definition rest on.
const ROLES: &[&str] = &["agent", "analyst", "manager", "administrator", "compliance", "api_client"];

const GUARDS: &[GuardDef] = &[
    GuardDef {
        name: "root_cause_set",
        asks: "the root cause is written down",
        passes: |facts| facts.field("outcome.root_cause").is_some(),
    },
    GuardDef {
        name: "no_conflict_of_interest",
        asks: "who acts, votes or gets the case, is not the one it is about",
        passes: |facts| match facts.field("complaint.about_staff") {
            Some(Value::Word(staff)) => facts.accounts().all(|account| *staff != account.to_string()),
            _ => true,
        },
    },
    GuardDef {
        name: "evidence_attached",
        asks: "at least one document is attached",
        passes: |facts| facts.case.attachments > 0,
    },
    GuardDef { name: "raises_limit", asks: "the change is of the credit limit", passes: raises_limit },
    GuardDef {
        name: "raises_no_limit",
        asks: "the change is not of the credit limit",
        passes: |facts| !raises_limit(facts),
    },
    GuardDef {
        name: "assigned_to_me",
        asks: "the case is assigned to who acts",
        passes: |facts| facts.case.assignee == Some(facts.actor),
    },
];

fn raises_limit(facts: &GuardFacts<'_>) -> bool {
    matches!(facts.field("change.field"), Some(Value::Word(field)) if field == "credit_limit")
}

const EFFECTS: &[EffectDef] = &[
    EffectDef { name: "post_goodwill", does: "asks the ledger to post the remedy" },
    EffectDef { name: "change_apply", does: "writes the requested value and keeps the one before" },
    EffectDef { name: "change_undo", does: "writes the kept value back and ends what the change let in" },
    EffectDef { name: "open_fraud_case", does: "opens a fraud case that is linked to this one" },
];

const FACETS: &[FacetDef] = &[
    FacetDef {
        name: "complaint",
        fields: &[
            FieldDef { name: "channel", kind: FieldKind::Word },
            FieldDef { name: "summary", kind: FieldKind::Text },
            FieldDef { name: "about_staff", kind: FieldKind::Reference("staf") },
        ],
    },
    FacetDef {
        name: "regulator",
        fields: &[
            FieldDef { name: "category", kind: FieldKind::Word },
            FieldDef { name: "referred", kind: FieldKind::Flag },
        ],
    },
    FacetDef { name: "money", fields: &[FieldDef { name: "disputed", kind: FieldKind::Money }] },
    FacetDef { name: "evidence", fields: &[FieldDef { name: "kind", kind: FieldKind::Word }] },
    FacetDef {
        name: "outcome",
        fields: &[
            FieldDef { name: "amount", kind: FieldKind::Money },
            FieldDef { name: "root_cause", kind: FieldKind::Word },
            FieldDef { name: "finding", kind: FieldKind::Word },
        ],
    },
    FacetDef {
        name: "change",
        fields: &[
            FieldDef { name: "field", kind: FieldKind::Word },
            FieldDef { name: "direction", kind: FieldKind::Word },
            FieldDef { name: "risk_signs", kind: FieldKind::Number },
            FieldDef { name: "request", kind: FieldKind::Reference("chan") },
            FieldDef { name: "limit", kind: FieldKind::Money },
        ],
    },
];

/// The blocker of a guard that does not let pass.
pub(crate) fn refused(guard: &str) -> Blocker {
    Blocker::Guard { guard: guard.to_owned() }
}
