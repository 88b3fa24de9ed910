//! What is in the way: the one function that commands and offers both ask.

use super::blocker::Blocker;
use super::case::Case;
use super::command::Acting;
use super::{Fields, TEXT_CHARS_MAX};
use crate::book::Book;
use crate::condition::overlaid;
use crate::definition::{Capability, Category, Kind, SYSTEM, StateDef, Transition};
use crate::registry::{FieldKind, GuardFacts, refused};
use crate::time::runs;
use crate::value::Value;
use kernel::{Actor, Timestamp};

/// A case, its definition and who looks at it.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub book: &'a Book,
    pub kind: &'a Kind,
    pub case: &'a Case,
    pub acting: &'a Acting,
    /// Now, and never before the last event: nodes' clocks may differ.
    pub at: Timestamp,
}

/// What a command brings to a transition, and in whose name.
#[derive(Clone, Copy)]
pub(crate) struct Bid<'a> {
    pub transition: &'a Transition,
    pub input: &'a Fields,
    pub reason: Option<&'a str>,
    /// The maker: not the one who acts, when a vote carries it out.
    pub maker: Actor,
}

/// Letters and digits of an id after its underscore.
const ID_SIGNS: usize = 13;
/// The reference name of the command's own reason in `requires`.
const REASON: &str = "reason";

impl<'a> Scene<'a> {
    /// Whether the actor may know of the case at all.
    pub fn is_visible(&self) -> bool {
        self.acting.actor == Actor::System || self.kind.is_visible(&self.case.state, &self.acting.roles)
    }

    /// Whether the actor has one of these roles. `system` is no role that anybody else can be given.
    pub fn has_role(&self, wanted: &[String]) -> bool {
        match self.acting.actor {
            Actor::System => wanted.iter().any(|role| role == SYSTEM),
            _ => wanted.iter().any(|role| role != SYSTEM && self.acting.roles.contains(role)),
        }
    }

    pub fn role(&self, wanted: &[String]) -> Option<Blocker> {
        (!self.has_role(wanted)).then(|| Blocker::RoleMissing { roles: wanted.to_vec() })
    }

    pub fn state(&self) -> Option<&'a StateDef> {
        self.kind.states.get(&self.case.state)
    }

    fn wrong_state(&self) -> Blocker {
        Blocker::WrongState { state: self.case.state.clone() }
    }

    /// What is in the way of something that states allow beside their transitions.
    pub fn capability(&self, wanted: Capability) -> Vec<Blocker> {
        let allowed = self.state().is_some_and(|state| state.can.contains(&wanted));
        let state = (!allowed).then(|| self.wrong_state());
        state.into_iter().chain(self.role(&self.kind.roles)).collect()
    }

    /// Somebody else has it: staff keep out of each other's way, the customer and timers don't wait.
    pub fn claimed(&self) -> Option<Blocker> {
        let (by, until) = self.case.claimed(self.at)?;
        let other = matches!(self.acting.actor, Actor::Staff(_)) && by != self.acting.actor;
        other.then_some(Blocker::ClaimedBy { by, until: Some(until) })
    }

    /// What is in the way of a transition, roles aside.
    pub fn transition(&self, bid: Bid<'_>) -> Vec<Blocker> {
        let transition = bid.transition;
        let mut found = Vec::new();
        if !transition.from.contains(&self.case.state) {
            found.push(self.wrong_state());
        }
        self.fields(bid, &mut found);
        for guard in &transition.guard {
            if !self.passes(guard, bid.input, bid.maker) {
                found.push(refused(guard));
            }
        }
        if self.kind.category(&transition.to) == Category::Closed
            && self.case.reviews.iter().any(|review| review.reviewer.is_none())
        {
            found.push(refused("no_open_review"));
        }
        for clock in &transition.after {
            found.extend(self.too_early(clock));
        }
        for clock in &transition.extends {
            if self.extension(clock).is_none() {
                found.push(Blocker::NoExtension { clock: clock.clone() });
            }
        }
        found
    }

    fn fields(&self, bid: Bid<'_>, found: &mut Vec<Blocker>) {
        let transition = bid.transition;
        for (name, value) in bid.input {
            // What is asked for may be filled in once. What stands already is what others have seen and agreed to, so only
            // a transition that says that it `sets` a field writes it anew.
            let fills = transition.requires.contains(name) && !self.case.fields.contains_key(name);
            if !fills && !transition.sets.contains(name) {
                found.push(Blocker::FieldUnknown { field: name.clone() });
            } else {
                found.extend(self.field(name, value));
            }
        }
        let given = |field: &String| {
            if field == REASON {
                bid.reason.is_some_and(|reason| !reason.trim().is_empty())
            } else {
                bid.input.contains_key(field) || self.case.fields.contains_key(field)
            }
        };
        for field in transition.requires.iter().filter(|field| !given(field)) {
            found.push(Blocker::FieldMissing { field: field.clone() });
        }
        found.extend(bid.reason.and_then(too_long));
    }

    /// What is wrong with a value of a field.
    pub fn field(&self, name: &str, value: &Value) -> Option<Blocker> {
        check_field(self.book, self.kind, name, value)
    }

    /// Guards that don't let somebody have the case, nor vote on what waits in it.
    pub fn conflicts(&self, actor: Actor) -> Vec<Blocker> {
        let none = Fields::new();
        let refusing = self.kind.assign_guard.iter().filter(|guard| !self.passes(guard, &none, actor));
        refusing.map(|guard| refused(guard)).collect()
    }

    pub fn passes(&self, guard: &str, input: &Fields, actor: Actor) -> bool {
        let facts = GuardFacts { case: self.case, input, actor, acting: self.acting };
        // A guard that nobody knows lets nobody pass; no definition in a book has one.
        self.book.registry().guard(guard).is_some_and(|guard| (guard.passes)(&facts))
    }

    fn too_early(&self, name: &str) -> Option<Blocker> {
        let clock = self.kind.clocks.get(name)?;
        let calendar = clock.calendar.as_ref().and_then(|name| self.book.calendar(name));
        let run = runs(name, clock, &self.case.marks).pop();
        let due_at = run.and_then(|run| run.at_percent(100, calendar));
        let over = due_at.is_some_and(|due| due <= self.at);
        (!over).then(|| Blocker::TooEarly { clock: name.to_owned(), due_at })
    }

    /// The next span of a clock that runs.
    pub fn extension(&self, name: &str) -> Option<crate::time::Span> {
        let clock = self.kind.clocks.get(name)?;
        let run = runs(name, clock, &self.case.marks).pop()?;
        let used = self.case.extensions.get(name).copied().unwrap_or(0);
        let next = clock.extended.get(usize::try_from(used).ok()?).copied();
        next.filter(|_| run.stopped_at.is_none())
    }

    /// Whether four eyes are needed.
    pub fn needs_approval(&self, transition: &Transition, input: &Fields) -> bool {
        transition.approve.as_ref().is_some_and(|approve| {
            let field = overlaid(&self.case.fields, input);
            approve.when.as_ref().is_none_or(|when| when.holds(&field, self.kind.currency))
        })
    }
}

/// What is wrong with a value of a field of a kind.
pub(crate) fn check_field(book: &Book, kind: &Kind, name: &str, value: &Value) -> Option<Blocker> {
    let Some(expected) = kind.field(name, book.registry()) else {
        return Some(Blocker::FieldUnknown { field: name.to_owned() });
    };
    let listed = match (expected, value) {
        (FieldKind::Word, Value::Word(word)) => {
            kind.words.get(name).is_some_and(|words| words.contains_key(word))
        }
        (FieldKind::Reference(prefix), Value::Word(id)) => is_id(prefix, id),
        (FieldKind::Text, Value::Text(text)) => return too_long(text),
        // An amount or a count below nothing would slip under every condition of an approval.
        (FieldKind::Money, Value::Money(amount)) => amount.minor() >= 0,
        (FieldKind::Number, Value::Number(count)) => *count >= 0,
        _ => true,
    };
    (!listed || !expected.fits(value)).then(|| Blocker::wrong(name, expected))
}

/// Whether a text is an id with this prefix, in the one way in which ids are written: another way would be another
/// text, and a guard that compares would let pass.
fn is_id(prefix: &str, text: &str) -> bool {
    let signs = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    signs.is_some_and(|signs| {
        signs.len() == ID_SIGNS
            && signs.bytes().all(|sign| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&sign))
    })
}

/// A text beyond its limit.
pub(crate) fn too_long(text: &str) -> Option<Blocker> {
    let long = text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX;
    long.then_some(Blocker::TooMany { what: "characters", max: TEXT_CHARS_MAX })
}
