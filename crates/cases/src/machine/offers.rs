//! What an actor may do, and what is in the way of the rest: what a page shows and an assistant chooses from.

use super::Fields;
use super::blocker::Blocker;
use super::check::{Bid, Scene};
use crate::definition::{Capability, Transition};
use serde::Serialize;

/// Something that could be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The act, as in [`crate::Act`].
    pub act: &'static str,
    /// The transition.
    pub transition: Option<String>,
    /// The request, or the version of the break-glass act.
    pub of: Option<u64>,
    /// Fields that have to come with it; `reason` is the command's.
    pub needs: Vec<String>,
    /// Whether others have to agree. `None`: that depends on what comes with it.
    pub asks_others: Option<bool>,
    /// What is in the way; nothing: it may be done.
    pub blockers: Vec<Blocker>,
}

impl Offer {
    fn plain(act: &'static str, blockers: Vec<Blocker>) -> Self {
        Self { act, transition: None, of: None, needs: Vec::new(), asks_others: Some(false), blockers }
    }
}

/// Every act on a case, in the order of the definition; empty for whom the case doesn't exist.
pub(crate) fn offers(scene: Scene<'_>) -> Vec<Offer> {
    if !scene.is_visible() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for transition in &scene.kind.transitions {
        found.push(scene.offered(transition, "move"));
        if transition.break_glass.is_some() {
            found.push(scene.offered(transition, "break_glass"));
        }
    }
    for pending in &scene.case.pending {
        let late = scene.at >= pending.expires_at;
        let mut blockers: Vec<Blocker> = late.then_some(Blocker::Expired).into_iter().collect();
        blockers.extend(scene.vote_blockers(pending));
        if scene.agreed(pending) {
            blockers.push(Blocker::AlreadyAgreed);
        }
        found.push(Offer {
            transition: Some(pending.transition.clone()),
            of: Some(pending.id),
            ..Offer::plain("vote", blockers)
        });
    }
    for review in scene.case.reviews.iter().filter(|review| review.reviewer.is_none()) {
        found.push(Offer {
            transition: Some(review.transition.clone()),
            of: Some(review.of),
            needs: vec!["reason".to_owned()],
            ..Offer::plain("review", scene.review_blockers(review.of))
        });
    }
    found.extend(scene.beside());
    found
}

impl Scene<'_> {
    fn offered(&self, transition: &Transition, act: &'static str) -> Offer {
        let none = Fields::new();
        let glass = act == "break_glass";
        let mut blockers =
            if glass { self.glass_blockers(transition) } else { self.make_blockers(transition) };
        let bid = Bid { transition, input: &none, reason: None, maker: self.acting.actor };
        let mut needs = Vec::new();
        for blocker in self.transition(bid) {
            match blocker {
                Blocker::FieldMissing { field } => needs.push(field),
                // A guard that looks at a field which still has to come can't be told yet; the command asks it.
                Blocker::Guard { .. } if !needs.is_empty() => {}
                other => blockers.push(other),
            }
        }
        if glass && !needs.iter().any(|field| field == "reason") {
            needs.push("reason".to_owned());
        }
        let decided = transition.approve.as_ref().is_none_or(|approve| {
            approve
                .when
                .as_ref()
                .is_none_or(|when| when.fields().all(|field| !needs.iter().any(|need| need == field)))
        });
        let asks = self.needs_approval(transition, &none);
        if !glass {
            blockers.extend(self.same_pending(&transition.name));
            blockers.extend(asks.then(|| self.pending_full()).flatten());
        }
        Offer {
            act,
            transition: Some(transition.name.clone()),
            of: None,
            needs,
            asks_others: (decided || glass).then_some(asks && !glass),
            blockers,
        }
    }

    /// What states allow beside their transitions.
    fn beside(&self) -> Vec<Offer> {
        let mut claim = self.holding_blockers(self.acting.actor);
        claim.extend(self.claimed());
        let mut edit = self.capability(Capability::Edit);
        edit.extend(self.claimed());
        vec![
            Offer::plain("note", self.capability(Capability::Note)),
            Offer::plain("attach", self.capability(Capability::Attach)),
            Offer::plain("link", self.capability(Capability::Link)),
            Offer::plain("edit", edit),
            Offer::plain("claim", claim),
            Offer::plain("assign", self.capability(Capability::Assign)),
        ]
    }
}
