//! A case: the fold of its events and nothing else.
//!
//! Taking an event in can't fail and asks nobody: whatever was decided stands in the event. So a case is rebuilt
//! from its events on any machine, years later, without the definition.

use super::Fields;
use super::approval::ContentHash;
use super::event::{Event, EventBody};
use crate::time::Mark;
use kernel::{Actor, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A timer: clock, run and step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerKey {
    /// The clock.
    pub clock: String,
    /// Which run of it.
    pub run: u32,
    /// Which of its escalations.
    pub step: u32,
}

/// Who has it for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Claim {
    pub by: Actor,
    pub until: Timestamp,
}

/// Who agreed, in order.
pub type Votes = Vec<Actor>;

/// A transition that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Its id: the version at which it was asked for.
    pub id: u64,
    /// The transition.
    pub transition: String,
    /// Its fields.
    pub input: Fields,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who asked.
    pub maker: Actor,
    /// Who changed it while it waited.
    pub editors: Vec<Actor>,
    /// Whose the case was since it waits.
    pub assignees: Vec<Actor>,
    /// Who agreed to what it is now.
    pub votes: Votes,
    /// The content when it was asked for.
    pub content: ContentHash,
    /// Until when it waits.
    pub expires_at: Timestamp,
}

/// A break-glass act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The version at which it was done.
    pub of: u64,
    /// The transition.
    pub transition: String,
    /// Who did it.
    pub actor: Actor,
    /// Who reviewed it.
    pub reviewer: Option<Actor>,
    /// What they found.
    pub right: Option<bool>,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// Its kind.
    pub kind: String,
    /// The version of its definition.
    pub def_version: u32,
    /// The pack of clocks.
    pub pack: Option<String>,
    /// Its state.
    pub state: String,
    /// The number of its events.
    pub version: u64,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Its fields.
    pub fields: Fields,
    /// To whom it was given.
    pub assignee: Option<Actor>,
    pub(crate) claim: Option<Claim>,
    /// Who wrote fields.
    pub editors: Vec<Actor>,
    /// What waits for approval.
    pub pending: Vec<Pending>,
    /// Break-glass acts.
    pub reviews: Vec<Review>,
    /// Documents attached.
    pub attachments: u32,
    /// Extensions so far, by clock.
    pub extensions: BTreeMap<String, u32>,
    /// Timers that have fired.
    pub fired: BTreeSet<TimerKey>,
    pub(crate) marks: Vec<Mark>,
}

impl Case {
    /// Folds events; `None` unless they begin with an opening and have no gap.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut case: Option<Self> = None;
        for event in events {
            match &mut case {
                None => case = Self::opened(event),
                Some(case) => case.absorb(event).then_some(())?,
            }
            case.as_ref()?;
        }
        case
    }

    /// The case that an opening makes.
    pub fn opened(event: &Event) -> Option<Self> {
        let EventBody::Opened { case_kind, def_version, pack, state, fields, spans } = &event.body else {
            return None;
        };
        (event.seq == 1).then(|| Self {
            kind: case_kind.clone(),
            def_version: *def_version,
            pack: pack.clone(),
            state: state.clone(),
            version: 1,
            opened_at: event.at,
            changed_at: event.at,
            fields: fields.clone(),
            assignee: None,
            claim: None,
            editors: if fields.is_empty() { Vec::new() } else { vec![event.actor] },
            pending: Vec::new(),
            reviews: Vec::new(),
            attachments: 0,
            extensions: BTreeMap::new(),
            fired: BTreeSet::new(),
            marks: vec![Mark {
                at: event.at,
                action: "opened".to_owned(),
                state: state.clone(),
                closes: false,
                spans: spans.clone(),
            }],
        })
    }

    /// Takes one event in; false, and nothing changes, unless it is the next one.
    pub fn absorb(&mut self, event: &Event) -> bool {
        if event.seq != self.version + 1 || matches!(event.body, EventBody::Opened { .. }) {
            return false;
        }
        self.version = event.seq;
        self.changed_at = event.at;
        let actor = event.actor;
        match &event.body {
            EventBody::Opened { .. } | EventBody::Noted { .. } | EventBody::Linked { .. } => {}
            EventBody::Moved { .. } => self.moved(event),
            EventBody::Fired { timer, .. } => {
                self.fired.insert(timer.clone());
            }
            EventBody::Edited { fields } => self.edited(actor, fields),
            EventBody::Proposed { .. } => self.proposed(event),
            EventBody::Amended { pending, input, reason } => {
                if let Some(waiting) = self.waiting_mut(*pending) {
                    waiting.input.clone_from(input);
                    waiting.reason.clone_from(reason);
                    waiting.votes.clear();
                    add(&mut waiting.editors, actor);
                }
            }
            EventBody::Agreed { pending, .. } => {
                if let Some(waiting) = self.waiting_mut(*pending) {
                    add(&mut waiting.votes, actor);
                }
            }
            EventBody::Dropped { pending, .. } => self.pending.retain(|waiting| waiting.id != *pending),
            EventBody::Reviewed { of, right, .. } => {
                if let Some(review) = self.reviews.iter_mut().find(|review| review.of == *of) {
                    review.reviewer = Some(actor);
                    review.right = Some(*right);
                }
            }
            EventBody::Claimed { until } => {
                self.claim = Some(Claim { by: actor, until: *until });
                self.note_holder(actor);
            }
            EventBody::Released => {
                self.claim = None;
                self.assignee = None;
            }
            EventBody::Assigned { to } => {
                self.assignee = Some(*to);
                self.claim = None;
                self.note_holder(*to);
            }
            EventBody::Attached { .. } => {
                self.attachments = self.attachments.saturating_add(1);
                add(&mut self.editors, actor);
                self.void_votes();
            }
        }
        true
    }

    /// What waits under this id.
    pub fn waiting(&self, id: u64) -> Option<&Pending> {
        self.pending.iter().find(|pending| pending.id == id)
    }

    /// Who has it for now, and until when.
    pub fn claimed(&self, now: Timestamp) -> Option<(Actor, Timestamp)> {
        self.claim.filter(|claim| now < claim.until).map(|claim| (claim.by, claim.until))
    }

    /// When it ended; `None` while it is open, also where it was taken up again.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.marks.last().filter(|mark| mark.closes).map(|mark| mark.at)
    }

    fn waiting_mut(&mut self, id: u64) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.id == id)
    }

    fn moved(&mut self, event: &Event) {
        let EventBody::Moved {
            transition,
            to,
            closes,
            fields,
            approved,
            broke_glass,
            spans,
            extended,
            timer,
            ..
        } = &event.body
        else {
            return;
        };
        if let Some(approved) = approved {
            self.pending.retain(|pending| pending.id != approved.pending);
        }
        if !fields.is_empty() {
            self.edited(event.actor, fields);
        }
        if *broke_glass {
            self.reviews.push(Review {
                of: event.seq,
                transition: transition.clone(),
                actor: event.actor,
                reviewer: None,
                right: None,
            });
        }
        self.fired.extend(timer.clone());
        self.state.clone_from(to);
        self.void_votes();
        for clock in extended {
            let count = self.extensions.entry(clock.clone()).or_default();
            *count = count.saturating_add(1);
            // The new span has warnings of its own.
            self.fired.retain(|timer| timer.clock != *clock);
        }
        self.marks.push(Mark {
            at: event.at,
            action: transition.clone(),
            state: to.clone(),
            closes: *closes,
            spans: spans.clone(),
        });
        if *closes {
            self.claim = None;
        }
    }

    fn edited(&mut self, actor: Actor, fields: &Fields) {
        self.fields.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        add(&mut self.editors, actor);
        self.void_votes();
    }

    /// The content has changed, so nobody has agreed to it.
    fn void_votes(&mut self) {
        self.pending.iter_mut().for_each(|pending| pending.votes.clear());
    }

    fn proposed(&mut self, event: &Event) {
        let EventBody::Proposed { transition, input, reason, content, expires_at } = &event.body else {
            return;
        };
        let holders = self.assignee.into_iter().chain(self.claim.map(|claim| claim.by));
        self.pending.push(Pending {
            id: event.seq,
            transition: transition.clone(),
            input: input.clone(),
            reason: reason.clone(),
            maker: event.actor,
            editors: Vec::new(),
            assignees: holders.collect(),
            votes: Vec::new(),
            content: *content,
            expires_at: *expires_at,
        });
    }

    fn note_holder(&mut self, holder: Actor) {
        self.pending.iter_mut().for_each(|pending| add(&mut pending.assignees, holder));
    }
}

fn add(list: &mut Vec<Actor>, actor: Actor) {
    if !list.contains(&actor) {
        list.push(actor);
    }
}
