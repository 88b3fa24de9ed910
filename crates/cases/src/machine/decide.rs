//! From a command to events, or to what is in the way.
//!
//! A transition with four eyes can be carried out at two places only: by the vote that completes the quorum, and
//! by a break-glass act that leaves a review behind. Everything else that a command can do goes on without one.

use super::approval::ContentHash;
use super::blocker::{Blocker, Exclusion};
use super::case::{Pending, TimerKey};
use super::check::{Bid, Scene, check_field, too_long};
use super::command::{Act, Acting, Command};
use super::event::{Approved, Drop, Event, EventBody};
use super::{CLAIM_US_MAX, Fields, PENDING_MAX};
use crate::book::Book;
use crate::condition::overlaid;
use crate::definition::{Approve, Capability, Category, ClockDef, Kind, Step, Transition};
use crate::time::{Calendar, Span, runs};
use kernel::{Actor, HOUR_US, MINUTE_US, Timestamp};
use std::collections::BTreeMap;

type Decided = Result<Vec<EventBody>, Vec<Blocker>>;

/// The events that answer a command.
pub(crate) fn decide(scene: Scene<'_>, command: &Command) -> Result<Vec<Event>, Vec<Blocker>> {
    if !scene.is_visible() {
        return Err(vec![Blocker::NotHere]);
    }
    let seen = command.expected_version;
    let version = scene.case.version;
    if seen.map_or(!command.act.commutes(), |seen| seen != version) {
        return Err(vec![Blocker::VersionChanged { version }]);
    }
    let maker = match &command.act {
        Act::Vote { pending, .. } => scene.case.waiting(*pending).map(|pending| pending.maker),
        _ => None,
    };
    let bodies = scene.act(&command.act)?;
    let (at, actor) = (scene.at, scene.acting.actor);
    Ok((version + 1..)
        .zip(bodies)
        .map(|(seq, body)| {
            // What a vote carries out was the maker's act; who agreed stands beside it.
            let approved = matches!(&body, EventBody::Moved { approved: Some(_), .. });
            Event { seq, at, actor: maker.filter(|_| approved).unwrap_or(actor), body }
        })
        .collect())
}

/// The event that begins a case.
pub(crate) fn open(
    book: &Book,
    kind: &Kind,
    pack: Option<&str>,
    fields: &Fields,
    acting: &Acting,
) -> Result<Event, Vec<Blocker>> {
    let system = acting.actor == Actor::System && kind.opened_by.iter().any(|role| role == "system");
    if !system && !acting.has_any(&kind.opened_by) {
        return Err(vec![Blocker::RoleMissing { roles: kind.opened_by.clone() }]);
    }
    let wrong = fields.iter().filter_map(|(name, value)| {
        let foreign = !system && !kind.opens_with.contains(name);
        foreign
            .then(|| Blocker::FieldUnknown { field: name.clone() })
            .or_else(|| check_field(book, kind, name, value))
    });
    let wrong: Vec<Blocker> = wrong.collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let starts = |clock: &ClockDef| clock.start.contains(&kind.initial);
    let clocks = kind.clocks.iter().filter(|(_, clock)| starts(clock));
    let spans =
        clocks.filter_map(|(name, clock)| Some((name.clone(), chosen(kind, clock, fields, &Fields::new())?)));
    let body = EventBody::Opened {
        case_kind: kind.id.clone(),
        def_version: kind.version,
        pack: pack.map(str::to_owned),
        state: kind.initial.clone(),
        fields: fields.clone(),
        spans: spans.collect(),
    };
    Ok(Event { seq: 1, at: acting.at, actor: acting.actor, body })
}

/// The span that a rule chooses at the start of a clock; `None`: the definition's own.
fn chosen(kind: &Kind, clock: &ClockDef, under: &Fields, over: &Fields) -> Option<Span> {
    let field = overlaid(under, over);
    clock.spans.iter().find(|rule| rule.when.holds(&field, kind.currency)).map(|rule| rule.span)
}

/// Until when a request waits.
fn expiry(at: Timestamp, ttl: Span, calendar: Option<&Calendar>) -> Timestamp {
    let wall = MINUTE_US.max(i64::from(ttl.count).saturating_mul(HOUR_US));
    ttl.after(at, calendar).unwrap_or_else(|| at.plus_us(wall))
}

fn clear(blockers: Vec<Blocker>) -> Result<(), Vec<Blocker>> {
    if blockers.is_empty() { Ok(()) } else { Err(blockers) }
}

impl Scene<'_> {
    fn act(&self, act: &Act) -> Decided {
        match act {
            Act::Move { transition, input, reason } => self.make(transition, input, reason.as_deref()),
            Act::BreakGlass { transition, input, reason } => self.break_glass(transition, input, reason),
            Act::Review { of, right, reason } => self.review(*of, *right, reason),
            Act::Amend { pending, input, reason } => self.amend(*pending, input, reason.as_deref()),
            Act::Vote { pending, seen, agrees, reason } => {
                clear(reason.as_deref().and_then(too_long).into_iter().collect())?;
                self.vote(*pending, *seen, *agrees, reason.clone())
            }
            Act::Withdraw { pending } => self.withdraw(*pending),
            Act::Expire { pending } => self.expire(*pending),
            Act::Edit { fields } => self.edit(fields),
            Act::Claim { until } => self.claim(*until),
            Act::Release => self.release(),
            Act::Assign { to } => self.assign(*to),
            Act::Note { text } => {
                let mut blockers = self.capability(Capability::Note);
                blockers.extend(too_long(text));
                clear(blockers)?;
                Ok(vec![EventBody::Noted { text: text.clone() }])
            }
            Act::Attach { document } => {
                clear(self.capability(Capability::Attach))?;
                Ok(vec![EventBody::Attached { document: document.clone() }])
            }
            Act::Link { link, other } => {
                clear(self.capability(Capability::Link))?;
                Ok(vec![EventBody::Linked { link: *link, other: other.clone() }])
            }
            Act::Fire { timer } => self.fire(timer),
        }
    }

    fn named(&self, name: &str) -> Result<&Transition, Vec<Blocker>> {
        self.kind.transition(name).ok_or_else(|| vec![Blocker::UnknownAction { action: name.to_owned() }])
    }

    fn bid<'b>(&self, transition: &'b Transition, input: &'b Fields, reason: Option<&'b str>) -> Bid<'b> {
        Bid { transition, input, reason, maker: self.acting.actor }
    }

    fn make(&self, name: &str, input: &Fields, reason: Option<&str>) -> Decided {
        let transition = self.named(name)?;
        let mut blockers = self.make_blockers(transition);
        blockers.extend(self.transition(self.bid(transition, input, reason)));
        blockers.extend(self.same_pending(name));
        let Some(approve) = transition.approve.as_ref().filter(|_| self.needs_approval(transition, input))
        else {
            clear(blockers)?;
            return Ok(self.moved(self.bid(transition, input, reason), Way::Direct));
        };
        blockers.extend(self.pending_full());
        clear(blockers)?;
        Ok(vec![self.proposed(approve, name, input, reason)])
    }

    /// Roles and collisions; shared with offers.
    pub(super) fn make_blockers(&self, transition: &Transition) -> Vec<Blocker> {
        self.role(&transition.roles).into_iter().chain(self.claimed()).collect()
    }

    /// The same transition waits already, so even one that needs nobody would go past those who are asked.
    pub(super) fn same_pending(&self, name: &str) -> Option<Blocker> {
        let same = self.case.pending.iter().find(|pending| pending.transition == name);
        same.map(|pending| Blocker::AlreadyPending { pending: pending.id })
    }

    /// Too many requests wait; shared with offers.
    pub(super) fn pending_full(&self) -> Option<Blocker> {
        let full = self.case.pending.len() >= PENDING_MAX;
        full.then_some(Blocker::TooMany { what: "requests", max: PENDING_MAX })
    }

    fn proposed(&self, approve: &Approve, name: &str, input: &Fields, reason: Option<&str>) -> EventBody {
        let calendar = self.kind.calendar.as_ref().and_then(|name| self.book.calendar(name));
        EventBody::Proposed {
            transition: name.to_owned(),
            input: input.clone(),
            reason: reason.map(str::to_owned),
            content: ContentHash::of(self.case, name, input, reason),
            expires_at: expiry(self.at, approve.ttl, calendar),
        }
    }

    /// What a transition leaves behind, with the requests that it overtakes.
    fn moved(&self, bid: Bid<'_>, way: Way<'_>) -> Vec<EventBody> {
        let transition = bid.transition;
        let (spans, extended) = self.spans(transition, bid.input);
        let carried_out = match way {
            Way::Approved(pending, _) => Some(pending.id),
            _ => None,
        };
        let mut bodies = vec![EventBody::Moved {
            transition: transition.name.clone(),
            to: transition.to.clone(),
            closes: self.kind.category(&transition.to) == Category::Closed,
            fields: bid.input.clone(),
            reason: bid.reason.map(str::to_owned),
            approved: match way {
                Way::Approved(pending, by) => Some(Approved { pending: pending.id, by: by.to_vec() }),
                _ => None,
            },
            broke_glass: matches!(way, Way::Glass),
            spans,
            extended,
            timer: match way {
                Way::Timer(timer) => Some(timer.clone()),
                _ => None,
            },
        }];
        let applies = |pending: &Pending| {
            pending.transition != transition.name
                && self
                    .kind
                    .transition(&pending.transition)
                    .is_some_and(|other| other.from.contains(&transition.to))
        };
        let overtaken =
            self.case.pending.iter().filter(|pending| Some(pending.id) != carried_out && !applies(pending));
        bodies.extend(overtaken.map(|pending| EventBody::Dropped {
            pending: pending.id,
            how: Drop::Overtaken,
            reason: None,
        }));
        bodies
    }

    /// Spans that begin to hold with a transition: rules of the clocks that it starts, and extensions.
    fn spans(&self, transition: &Transition, input: &Fields) -> (BTreeMap<String, Span>, Vec<String>) {
        let mut spans = BTreeMap::new();
        for (name, clock) in self.kind.clocks.iter().filter(|(_, clock)| !clock.spans.is_empty()) {
            let starts = clock.start.contains(&transition.name) || clock.start.contains(&transition.to);
            let running =
                || runs(name, clock, &self.case.marks).last().is_some_and(|run| run.stopped_at.is_none());
            if starts && !running() {
                spans.extend(
                    chosen(self.kind, clock, &self.case.fields, input).map(|span| (name.clone(), span)),
                );
            }
        }
        let mut extended = Vec::new();
        for name in &transition.extends {
            if let Some(span) = self.extension(name) {
                spans.insert(name.clone(), span);
                extended.push(name.clone());
            }
        }
        (spans, extended)
    }

    fn break_glass(&self, name: &str, input: &Fields, reason: &str) -> Decided {
        let transition = self.named(name)?;
        let mut blockers = self.glass_blockers(transition);
        blockers.extend(self.transition(self.bid(transition, input, Some(reason))));
        if reason.trim().is_empty() {
            blockers.push(Blocker::FieldMissing { field: "reason".to_owned() });
        }
        if !self.needs_approval(transition, input) {
            blockers.push(Blocker::NoGlass);
        }
        clear(blockers)?;
        Ok(self.moved(self.bid(transition, input, Some(reason)), Way::Glass))
    }

    /// Who may break the glass over a transition; shared with offers.
    pub(super) fn glass_blockers(&self, transition: &Transition) -> Vec<Blocker> {
        let Some(glass) = &transition.break_glass else { return vec![Blocker::NoGlass] };
        let person = !matches!(self.acting.actor, Actor::Staff(_));
        let person = person.then_some(Blocker::Excluded { why: Exclusion::NoPerson });
        self.role(&glass.roles).into_iter().chain(person).collect()
    }

    fn review(&self, of: u64, right: bool, reason: &str) -> Decided {
        let mut blockers = self.review_blockers(of);
        blockers.extend(too_long(reason));
        if reason.trim().is_empty() {
            blockers.push(Blocker::FieldMissing { field: "reason".to_owned() });
        }
        clear(blockers)?;
        Ok(vec![EventBody::Reviewed { of, right, reason: reason.to_owned() }])
    }

    /// Who may review a break-glass act; shared with offers.
    pub(super) fn review_blockers(&self, of: u64) -> Vec<Blocker> {
        let open = self.case.reviews.iter().find(|review| review.of == of && review.reviewer.is_none());
        let Some(review) = open else { return vec![Blocker::NoReview] };
        let glass = self.kind.transition(&review.transition).and_then(|found| found.break_glass.as_ref());
        let role = glass.map_or(Some(Blocker::NoReview), |glass| self.role(&glass.review));
        let why = match self.acting.actor {
            _ if self.acting.is(review.actor) => Some(Exclusion::Maker),
            Actor::Staff(_) => None,
            _ => Some(Exclusion::NoPerson),
        };
        role.into_iter().chain(why.map(|why| Blocker::Excluded { why })).collect()
    }

    fn amend(&self, id: u64, input: &Fields, reason: Option<&str>) -> Decided {
        let (pending, transition) = self.waiting(id)?;
        let mut blockers: Vec<Blocker> = self.make_blockers(transition);
        blockers.extend(self.transition(Bid { transition, input, reason, maker: pending.maker }));
        clear(blockers)?;
        Ok(vec![EventBody::Amended { pending: id, input: input.clone(), reason: reason.map(str::to_owned) }])
    }

    fn waiting(&self, id: u64) -> Result<(&Pending, &Transition), Vec<Blocker>> {
        let pending = self.case.waiting(id).ok_or_else(|| vec![Blocker::NotPending])?;
        if self.at >= pending.expires_at {
            return Err(vec![Blocker::Expired]);
        }
        Ok((pending, self.named(&pending.transition)?))
    }

    fn vote(&self, id: u64, seen: ContentHash, agrees: bool, reason: Option<String>) -> Decided {
        let (pending, transition) = self.waiting(id)?;
        clear(self.vote_blockers(pending))?;
        if seen != pending.content_now(self.case) {
            return Err(vec![Blocker::ContentChanged]);
        }
        if !agrees {
            return Ok(vec![EventBody::Dropped { pending: id, how: Drop::Denied, reason }]);
        }
        if self.agreed(pending) {
            return Err(vec![Blocker::AlreadyAgreed]);
        }
        // Whoever agreed and took the case afterwards no longer counts, nor whom it turned out to be about.
        let mut by: Vec<Actor> = pending.votes.clone();
        by.retain(|voter| {
            pending.exclusion(self.case, &[*voter]).is_none() && self.conflicts(*voter).is_empty()
        });
        by.push(self.acting.actor);
        let mut bodies = vec![EventBody::Agreed { pending: id, reason }];
        let quorum = transition.approve.as_ref().map_or(u32::MAX, |approve| approve.quorum.max(1));
        if u32::try_from(by.len()).unwrap_or(u32::MAX) >= quorum {
            let bid = Bid {
                transition,
                input: &pending.input,
                reason: pending.reason.as_deref(),
                maker: pending.maker,
            };
            clear(self.transition(bid))?;
            bodies.extend(self.moved(bid, Way::Approved(pending, &by)));
        }
        Ok(bodies)
    }

    /// Who may vote on a request; shared with offers.
    pub(super) fn vote_blockers(&self, pending: &Pending) -> Vec<Blocker> {
        let approve = self.kind.transition(&pending.transition).and_then(|found| found.approve.as_ref());
        let role = approve.map_or(Some(Blocker::NotPending), |approve| self.role(&approve.roles));
        let mut accounts = self.acting.same.clone();
        accounts.push(self.acting.actor);
        let excluded = pending.exclusion(self.case, &accounts).map(|why| Blocker::Excluded { why });
        excluded.into_iter().chain(role).chain(self.conflicts(self.acting.actor)).collect()
    }

    /// Whether the one who acts has agreed already, with whichever account; shared with offers.
    pub(super) fn agreed(&self, pending: &Pending) -> bool {
        pending.votes.iter().any(|voter| self.acting.is(*voter))
    }

    fn withdraw(&self, id: u64) -> Decided {
        let pending = self.case.waiting(id).ok_or_else(|| vec![Blocker::NotPending])?;
        if pending.maker != self.acting.actor {
            let roles = self.named(&pending.transition)?.roles.clone();
            return Err(vec![Blocker::RoleMissing { roles }]);
        }
        Ok(vec![EventBody::Dropped { pending: id, how: Drop::Withdrawn, reason: None }])
    }

    fn expire(&self, id: u64) -> Decided {
        let pending = self.case.waiting(id).ok_or_else(|| vec![Blocker::NotPending])?;
        if self.acting.actor != Actor::System || self.at < pending.expires_at {
            return Err(vec![Blocker::NoTimer]);
        }
        Ok(vec![EventBody::Dropped { pending: id, how: Drop::Expired, reason: None }])
    }

    fn edit(&self, fields: &Fields) -> Decided {
        let mut blockers = self.capability(Capability::Edit);
        blockers.extend(self.claimed());
        blockers.extend(fields.iter().filter_map(|(name, value)| self.field(name, value)));
        clear(blockers)?;
        Ok(vec![EventBody::Edited { fields: fields.clone() }])
    }

    fn claim(&self, until: Timestamp) -> Decided {
        let mut blockers = self.holding_blockers(self.acting.actor);
        blockers.extend(self.claimed());
        if let Some(by) = self.case.assignee.filter(|by| *by != self.acting.actor) {
            blockers.push(Blocker::ClaimedBy { by, until: None });
        }
        let length = until.since_us(self.at);
        if !(1..=CLAIM_US_MAX).contains(&length) {
            let max = usize::try_from(CLAIM_US_MAX / HOUR_US).unwrap_or(0);
            blockers.push(Blocker::TooMany { what: "hours", max });
        }
        clear(blockers)?;
        Ok(vec![EventBody::Claimed { until }])
    }

    /// What is in the way of the case being somebody's; shared with offers.
    pub(super) fn holding_blockers(&self, holder: Actor) -> Vec<Blocker> {
        let mut blockers = self.capability(Capability::Assign);
        if !matches!(holder, Actor::Staff(_)) {
            blockers.push(Blocker::Excluded { why: Exclusion::NoPerson });
        }
        blockers.extend(self.conflicts(holder));
        blockers
    }

    fn release(&self) -> Decided {
        let own = self.case.assignee == Some(self.acting.actor)
            || self.case.claimed(self.at).is_some_and(|(by, _)| by == self.acting.actor);
        if !own {
            return Err(vec![Blocker::RoleMissing { roles: Vec::new() }]);
        }
        Ok(vec![EventBody::Released])
    }

    fn assign(&self, to: Actor) -> Decided {
        clear(self.holding_blockers(to))?;
        Ok(vec![EventBody::Assigned { to }])
    }

    fn fire(&self, timer: &TimerKey) -> Decided {
        let due = super::timers::fire_at(self, timer);
        if self.acting.actor != Actor::System || due.is_none_or(|due| due > self.at) {
            return Err(vec![Blocker::NoTimer]);
        }
        let step = self.kind.clocks.get(&timer.clock).and_then(|clock| {
            clock.escalate.get(usize::try_from(timer.step).ok()?).map(|escalation| escalation.step())
        });
        let owner = || self.state().and_then(|state| state.owner.clone());
        match step {
            Some(Step::Apply(name)) => {
                let transition = self.named(&name)?;
                let none = Fields::new();
                let bid = self.bid(transition, &none, None);
                let mut blockers: Vec<Blocker> = self.role(&transition.roles).into_iter().collect();
                blockers.extend(self.transition(bid));
                if !blockers.is_empty() || self.needs_approval(transition, &none) {
                    // It comes once. Where its transition isn't possible, whoever owns the state is told.
                    return Ok(vec![EventBody::Fired { timer: timer.clone(), told: owner() }]);
                }
                Ok(self.moved(bid, Way::Timer(timer)))
            }
            Some(Step::Notify(role)) => Ok(vec![EventBody::Fired { timer: timer.clone(), told: Some(role) }]),
            _ => Ok(vec![EventBody::Fired { timer: timer.clone(), told: owner() }]),
        }
    }
}

/// How a transition came about.
#[derive(Clone, Copy)]
enum Way<'a> {
    Direct,
    Approved(&'a Pending, &'a [Actor]),
    Glass,
    Timer(&'a TimerKey),
}
