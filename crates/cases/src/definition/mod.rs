//! A kind of case as data: states, transitions, clocks, notices, roles; one TOML file each.
//!
//! The types here are the file. A published version never changes; a case keeps the version that it was opened
//! with. What a file can't say (a bypass of approval, a legal clock that pauses) has no key.

mod diagram;
mod lint;
mod walk;

use crate::condition::Condition;
use crate::registry::FieldKind;
use crate::time::Span;
use kernel::Currency;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

pub use diagram::diagram;
pub use lint::{Finding, Lint, lint};

/// The languages in which people read about a case.
pub const LANGUAGES: [&str; 3] = ["zh-Hans", "zh-Hant", "en"];
/// A file's bytes at most.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// A name in three languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    pub zh_hans: String,
    /// Traditional Chinese.
    #[serde(rename = "zh-Hant")]
    pub zh_hant: String,
    /// English.
    pub en: String,
}

impl Words {
    /// In a language; English where there is no such.
    pub fn in_language(&self, language: &str) -> &str {
        match language {
            "zh-Hans" => &self.zh_hans,
            "zh-Hant" => &self.zh_hant,
            _ => &self.en,
        }
    }
}

/// What every state comes down to: the kernel reads this and never a state's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Nobody has looked at it.
    New,
    /// Somebody works on it.
    Active,
    /// The customer has to do something.
    WaitingCustomer,
    /// Somebody else has to do something.
    WaitingThird,
    /// What will be done is settled, and isn't done.
    Decided,
    /// It is over.
    Closed,
}

impl Category {
    /// The word in columns and texts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::WaitingCustomer => "waiting_customer",
            Self::WaitingThird => "waiting_third",
            Self::Decided => "decided",
            Self::Closed => "closed",
        }
    }
}

/// What can be done in a state beside its transitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Write a note.
    Note,
    /// Attach a document.
    Attach,
    /// Claim it, give it back, give it to somebody.
    Assign,
    /// Set fields.
    Edit,
    /// Link it with another case.
    Link,
}

/// A state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDef {
    /// What people call it.
    pub name: Words,
    /// What it comes down to.
    pub category: Category,
    /// What can be done in it beside its transitions, by the roles of the kind.
    #[serde(default)]
    pub can: Vec<Capability>,
    /// The role that has to act while a case is in it.
    pub owner: Option<String>,
    /// Who may see a case in it; absent: whoever may see the kind.
    pub visible_to: Option<Vec<String>>,
}

/// A role of a kind, resting on a role of the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDef {
    /// What people call it.
    pub name: Words,
    /// The program's roles of which one is needed.
    pub is: Vec<String>,
    /// How many people hold it at least: what a quorum can count on.
    pub people: u32,
}

/// Whether a clock is the law's or the house's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// Can't pause, and has to be stopped on every way to the end.
    Legal,
    /// A promise of the house.
    Service,
}

/// What happens at a share of a clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// The share of the clock's time, as `80%`.
    #[serde(deserialize_with = "percent", serialize_with = "percent_text")]
    pub at: u32,
    /// The role that is told.
    pub notify: Option<String>,
    /// The transition that `system` makes.
    pub apply: Option<String>,
}

impl Escalation {
    /// What it does.
    pub fn step(&self) -> Step {
        match (&self.apply, &self.notify) {
            (Some(transition), _) => Step::Apply(transition.clone()),
            (None, Some(role)) => Step::Notify(role.clone()),
            (None, None) => Step::Nothing,
        }
    }
}

/// What a timer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Makes a transition.
    Apply(String),
    /// Tells a role.
    Notify(String),
    /// Nothing: a definition with a finding.
    Nothing,
}

/// A span that holds under a condition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanRule {
    /// The condition; what isn't known counts as true.
    pub when: Condition,
    /// The span.
    pub span: Span,
}

/// A clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockDef {
    /// What people call it.
    pub name: Words,
    /// Legal or service.
    pub kind: ClockKind,
    /// Transitions made, or states entered, that start it.
    #[serde(deserialize_with = "one_or_more")]
    pub start: Vec<String>,
    /// Transitions made, or states entered, that stop it. The end of the case stops every clock.
    #[serde(deserialize_with = "one_or_more")]
    pub stop: Vec<String>,
    /// How long.
    pub span: Span,
    /// Longer or shorter under a condition, read when the clock starts; the first that holds.
    #[serde(default)]
    pub spans: Vec<SpanRule>,
    /// The spans that extensions lead to, one after the other, each counted from the start.
    #[serde(default)]
    pub extended: Vec<Span>,
    /// Whose opening hours, holidays and zone.
    pub calendar: Option<String>,
    /// States in which it stands still.
    #[serde(default)]
    pub pause_in: Vec<String>,
    /// Whether it can start again after it was stopped.
    #[serde(default)]
    pub repeats: bool,
    /// What happens at which share.
    #[serde(default)]
    pub escalate: Vec<Escalation>,
    /// Where the span comes from: a law, a promise.
    pub source: Option<String>,
}

/// Four eyes over a transition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// When it is needed; absent: always.
    pub when: Option<Condition>,
    /// How many must agree.
    pub quorum: u32,
    /// Who may agree.
    pub roles: Vec<String>,
    /// Who may not: always maker, editor and assignee. The key is there so that the reader sees it.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// One denial rejects. Always so.
    #[serde(default = "yes")]
    pub one_denial_rejects: bool,
    /// A change of the content voids the votes. Always so.
    #[serde(default = "yes")]
    pub reset_on_change: bool,
    /// How long a request waits; elapsed time, or opening hours of the kind's calendar.
    pub ttl: Span,
}

/// A way to act at once without the quorum, looked at afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Who may.
    pub roles: Vec<String>,
    /// Who reviews it afterwards.
    pub review: Vec<String>,
}

/// A message that a transition sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// `customer`, `old_contact`, or a role.
    pub to: String,
    /// The text, by its name under `[notice]`.
    pub template: String,
}

/// A transition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// The word in code, URL and events.
    pub name: String,
    /// What people call it.
    pub label: Words,
    /// The states from which it leads.
    #[serde(deserialize_with = "one_or_more")]
    pub from: Vec<String>,
    /// The state to which it leads.
    pub to: String,
    /// Who may: roles of the kind, `customer`, `system`.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What must be true.
    #[serde(default)]
    pub guard: Vec<String>,
    /// Fields that must be set, by the command or before; `reason` is the command's.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Fields that the command may set beside those that are required.
    #[serde(default)]
    pub sets: Vec<String>,
    /// Clocks that must have run out.
    #[serde(default)]
    pub after: Vec<String>,
    /// Clocks that get their next span.
    #[serde(default)]
    pub extends: Vec<String>,
    /// Four eyes.
    pub approve: Option<Approve>,
    /// The way without the quorum.
    pub break_glass: Option<BreakGlass>,
    /// What features do afterwards.
    #[serde(default)]
    pub effect: Vec<String>,
    /// What is sent.
    #[serde(default)]
    pub notify: Vec<Notice>,
}

/// Clocks of a jurisdiction in place of the kind's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// What people call it.
    pub name: Words,
    /// Its clocks, by name.
    pub clock: BTreeMap<String, ClockDef>,
}

/// The head of a kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: Words,
    initial: String,
    opened_by: Vec<String>,
    #[serde(default)]
    opens_with: Vec<String>,
    roles: Vec<String>,
    visible_to: Option<Vec<String>>,
    #[serde(default)]
    confidential: bool,
    #[serde(default)]
    facets: Vec<String>,
    #[serde(default)]
    assign_guard: Vec<String>,
    queue: String,
    currency: Currency,
    calendar: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    case: BTreeMap<String, Head>,
    #[serde(default)]
    clock: BTreeMap<String, ClockDef>,
    state: BTreeMap<String, StateDef>,
    transition: Vec<Transition>,
    #[serde(default)]
    notice: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    role: BTreeMap<String, RoleDef>,
    #[serde(default)]
    words: BTreeMap<String, BTreeMap<String, Words>>,
    #[serde(default)]
    pack: BTreeMap<String, Pack>,
}

/// A kind of case.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The word in code, URL and tables.
    pub id: String,
    /// The version of the definition.
    pub version: u32,
    /// What people call it.
    pub name: Words,
    /// The state in which a case begins.
    pub initial: String,
    /// Who may open one.
    pub opened_by: Vec<String>,
    /// Fields that may be set at the opening; `system` may set any.
    pub opens_with: Vec<String>,
    /// Who works on it: who may use what states allow.
    pub roles: Vec<String>,
    /// Who may see it; absent: its roles, and whoever a transition names.
    pub visible_to: Option<Vec<String>>,
    /// Whether it must not show to others in counts, searches, links, notices or timing.
    pub confidential: bool,
    /// Its facets.
    pub facets: Vec<String>,
    /// Guards that who gets a case must pass, and who votes on what waits in it.
    pub assign_guard: Vec<String>,
    /// The queue in which it waits.
    pub queue: String,
    /// The currency of amounts in conditions.
    pub currency: Currency,
    /// The calendar of waiting for approval.
    pub calendar: Option<String>,
    /// Clocks by name.
    pub clocks: BTreeMap<String, ClockDef>,
    /// States by name.
    pub states: BTreeMap<String, StateDef>,
    /// Transitions in the order of the file.
    pub transitions: Vec<Transition>,
    /// Texts of notices by name and language.
    pub notices: BTreeMap<String, BTreeMap<String, String>>,
    /// Roles by name.
    pub role_defs: BTreeMap<String, RoleDef>,
    /// The words of fields by full name, each with what people call it.
    pub words: BTreeMap<String, BTreeMap<String, Words>>,
    /// Packs by name.
    pub packs: BTreeMap<String, Pack>,
}

/// Why a text is no definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// What is wrong and where, as the reader of TOML says it.
    pub what: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for FileError {}

impl Kind {
    /// Reads a definition. It may still have findings: see [`lint`].
    pub fn parse(text: &str) -> Result<Self, FileError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(FileError { what: format!("longer than {FILE_BYTES_MAX} bytes") });
        }
        let file: File = toml::from_str(text)
            .map_err(|error| FileError { what: error.to_string().trim_end().to_owned() })?;
        let mut heads = file.case.into_iter();
        let (Some((id, head)), None) = (heads.next(), heads.next()) else {
            return Err(FileError { what: "a file defines one `[case.NAME]`".to_owned() });
        };
        Ok(Self {
            id,
            version: file.version,
            name: head.name,
            initial: head.initial,
            opened_by: head.opened_by,
            opens_with: head.opens_with,
            roles: head.roles,
            visible_to: head.visible_to,
            confidential: head.confidential,
            facets: head.facets,
            assign_guard: head.assign_guard,
            queue: head.queue,
            currency: head.currency,
            calendar: head.calendar,
            clocks: file.clock,
            states: file.state,
            transitions: file.transition,
            notices: file.notice,
            role_defs: file.role,
            words: file.words,
            packs: file.pack,
        })
    }

    /// The kind with the clocks of a pack; `None` where there is no such pack.
    pub fn with_pack(&self, pack: &str) -> Option<Self> {
        let clocks = self.packs.get(pack)?.clock.clone();
        let mut kind = self.clone();
        kind.clocks.extend(clocks);
        Some(kind)
    }

    /// A transition by its name.
    pub fn transition(&self, name: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.name == name)
    }

    /// The category of a state; closed where there is no such state, which no sound definition leads to.
    pub fn category(&self, state: &str) -> Category {
        self.states.get(state).map_or(Category::Closed, |state| state.category)
    }

    /// Whether any of these roles may see a case in a state.
    pub fn is_visible(&self, state: &str, roles: &[String]) -> bool {
        let of_state = self.states.get(state).and_then(|state| state.visible_to.as_ref());
        match of_state.or(self.visible_to.as_ref()) {
            Some(allowed) => allowed.iter().any(|role| roles.contains(role)),
            None => roles.iter().any(|role| self.has_part(role)),
        }
    }

    /// Whether a role occurs in this kind at all.
    fn has_part(&self, role: &str) -> bool {
        let is = |name: &String| name == role;
        self.roles.iter().any(is)
            || self.opened_by.iter().any(is)
            || self.transitions.iter().any(|transition| {
                transition.roles.iter().any(is)
                    || transition.approve.iter().any(|approve| approve.roles.iter().any(is))
                    || transition.break_glass.iter().any(|glass| glass.review.iter().any(is))
            })
    }

    /// The kind of a field, when a facet of this kind has it.
    pub(crate) fn field(&self, name: &str, registry: &crate::registry::Registry) -> Option<FieldKind> {
        let (facet, _) = name.split_once('.')?;
        self.facets.iter().any(|own| own == facet).then(|| registry.field(name)).flatten()
    }
}

/// The role of timers.
pub(crate) const SYSTEM: &str = "system";
/// The role of the one whom the case concerns.
pub(crate) const CUSTOMER: &str = "customer";
/// Where a notice goes that warns of a change of contact.
pub(crate) const OLD_CONTACT: &str = "old_contact";

fn yes() -> bool {
    true
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        One(String),
        More(Vec<String>),
    }
    Ok(match Given::deserialize(deserializer)? {
        Given::One(name) => vec![name],
        Given::More(names) => names,
    })
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.strip_suffix('%')
        .and_then(|digits| digits.parse().ok())
        .filter(|percent| (1..=1_000).contains(percent))
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no share: write 1% to 1000%")))
}

fn percent_text<S: serde::Serializer>(at: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at}%"))
}
