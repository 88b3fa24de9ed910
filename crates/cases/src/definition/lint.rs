//! Findings of a definition: what would leave a case stuck, a clock unwatched or an approval hollow.
//!
//! Each rule has a code and says what, where and how to mend it. A kind with any finding can't be put to work.
//! Clocks are judged once with the kind's own and once with those of each pack.

use super::walk::{is_end, reachable};
use super::{
    Approve, CUSTOMER, ClockDef, ClockKind, Kind, LANGUAGES, Notice, OLD_CONTACT, SYSTEM, StateDef, Step,
    Transition,
};
use crate::registry::{FieldKind, Registry};
use crate::time::Calendars;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lint {
    /// A name that nothing has: state, transition, role, clock, calendar, field, template.
    UnknownName,
    /// A guard that no program knows.
    UnknownGuard,
    /// An effect that no program knows.
    UnknownEffect,
    /// Two things of one name.
    NameClash,
    /// A state that no way leads to.
    Unreachable,
    /// A state from which no way leads to an end.
    DeadEnd,
    /// A transition that nobody may make.
    NoRole,
    /// Fewer approvers than the quorum, once maker, editor and assignee are excluded.
    SmallPool,
    /// A role that makes and alone approves.
    OwnApprover,
    /// An approval rule weaker than the kernel's.
    WeakApproval,
    /// A notice without text in a language, or with other placeholders there.
    NoticeLanguage,
    /// A legal clock that a way to the end doesn't stop.
    OpenPath,
    /// A legal clock that pauses.
    LegalPause,
    /// A legal clock that is extended without four eyes or without a notice to the customer.
    SilentExtension,
    /// A state in which nobody has to act and no timer does.
    Unowned,
    /// A span or calendar that doesn't fit.
    ClockSpan,
    /// A timer that can do nothing.
    IdleTimer,
    /// A field without words, or a condition that can't be decided.
    Field,
}

impl Lint {
    /// The code in findings.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownName => "unknown_name",
            Self::UnknownGuard => "unknown_guard",
            Self::UnknownEffect => "unknown_effect",
            Self::NameClash => "name_clash",
            Self::Unreachable => "unreachable",
            Self::DeadEnd => "dead_end",
            Self::NoRole => "no_role",
            Self::SmallPool => "small_pool",
            Self::OwnApprover => "own_approver",
            Self::WeakApproval => "weak_approval",
            Self::NoticeLanguage => "notice_language",
            Self::OpenPath => "open_path",
            Self::LegalPause => "legal_pause",
            Self::SilentExtension => "silent_extension",
            Self::Unowned => "unowned",
            Self::ClockSpan => "clock_span",
            Self::IdleTimer => "idle_timer",
            Self::Field => "field",
        }
    }
}

/// What a definition gets wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The rule.
    pub lint: Lint,
    /// The table of the file, as `transition.offer_redress`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.place, self.lint.code(), self.what, self.mend)
    }
}

/// Everything that is wrong with a kind.
pub fn lint(kind: &Kind, registry: &Registry, calendars: &Calendars) -> Vec<Finding> {
    let mut check = Check { kind, registry, calendars, found: Vec::new() };
    check.head();
    for (name, state) in &kind.states {
        check.state(name, state);
    }
    for transition in &kind.transitions {
        check.transition(transition);
    }
    check.texts();
    check.clocks(&kind.clocks);
    let mut found = check.found;
    for pack in kind.packs.keys() {
        let Some(packed) = kind.with_pack(pack) else { continue };
        let mut check = Check { kind: &packed, registry, calendars, found: Vec::new() };
        for (name, state) in &packed.states {
            check.state(name, state);
        }
        for transition in &packed.transitions {
            check.transition(transition);
        }
        check.clocks(&packed.clocks);
        // What the kind gets wrong without the pack was said above.
        let new = check.found.into_iter().filter(|finding| !found.contains(finding)).map(|mut finding| {
            finding.place = format!("pack.{pack}.{}", finding.place);
            finding
        });
        let new: Vec<Finding> = new.collect();
        found.extend(new);
    }
    found.sort();
    found.dedup();
    found
}

struct Check<'a> {
    kind: &'a Kind,
    registry: &'a Registry,
    calendars: &'a Calendars,
    found: Vec<Finding>,
}

impl Check<'_> {
    fn say(&mut self, lint: Lint, place: &str, what: String, mend: &str) {
        self.found.push(Finding { lint, place: place.to_owned(), what, mend: mend.to_owned() });
    }

    fn roles(&mut self, place: &str, roles: &[String]) {
        for role in roles {
            let known = self.kind.role_defs.contains_key(role) || role == SYSTEM || role == CUSTOMER;
            if !known {
                let mend = "declare it as `[role.NAME]`, or write customer or system";
                self.say(Lint::UnknownName, place, format!("nobody has the role `{role}`"), mend);
            }
        }
    }

    fn guards(&mut self, place: &str, guards: &[String]) {
        for guard in guards {
            if self.registry.guard(guard).is_none() {
                let mend = "use one of docs/reference/cases.md, or add it to the registry";
                self.say(Lint::UnknownGuard, place, format!("no guard is called `{guard}`"), mend);
            }
        }
    }

    fn head(&mut self) {
        let kind = self.kind;
        let place = format!("case.{}", kind.id);
        self.roles(&place, &kind.roles);
        self.roles(&place, &kind.opened_by);
        if kind.opened_by.is_empty() || kind.roles.is_empty() {
            let mend = "name `opened_by` and `roles`";
            self.say(Lint::NoRole, &place, "nobody may open it or work on it".to_owned(), mend);
        }
        self.roles(&place, kind.visible_to.as_deref().unwrap_or_default());
        self.guards(&place, &kind.assign_guard);
        if kind.confidential && kind.visible_to.is_none() {
            let mend = "name in `visible_to` who may know of it";
            self.say(
                Lint::NoRole,
                &place,
                "a confidential kind is for nobody in particular".to_owned(),
                mend,
            );
        }
        if kind.version == 0 {
            self.say(Lint::Field, &place, "version 0".to_owned(), "begin with 1");
        }
        if !kind.states.contains_key(&kind.initial) {
            let what = format!("`initial` names `{}`, which is no state", kind.initial);
            self.say(Lint::UnknownName, &place, what, "name a state");
        }
        for field in kind.opens_with.iter().filter(|name| kind.field(name, self.registry).is_none()) {
            self.say(
                Lint::UnknownName,
                &place,
                format!("`{field}` is no field of this kind"),
                "add its facet",
            );
        }
        for facet in &kind.facets {
            if self.registry.facet(facet).is_none() {
                let mend = "use one of the registry";
                self.say(Lint::UnknownName, &place, format!("no facet is called `{facet}`"), mend);
            }
        }
        if let Some(calendar) = kind.calendar.as_ref().filter(|name| !self.calendars.contains_key(*name)) {
            let mend = "add the file to the calendars";
            self.say(Lint::UnknownName, &place, format!("no calendar is called `{calendar}`"), mend);
        }
        for (name, role) in &kind.role_defs {
            for rests_on in role.is.iter().filter(|role| !self.registry.has_role(role)) {
                let what = format!("`{rests_on}` is no role of the program");
                let mend = "write agent, analyst, manager, administrator, compliance or api_client";
                self.found.push(Finding {
                    lint: Lint::UnknownName,
                    place: format!("role.{name}"),
                    what,
                    mend: mend.to_owned(),
                });
            }
        }
        self.words();
    }

    fn words(&mut self) {
        let kind = self.kind;
        let facets = kind.facets.iter().filter_map(|facet| self.registry.facet(facet));
        let fields: Vec<(String, FieldKind)> = facets
            .flat_map(|facet| facet.fields.iter().map(move |field| (facet.name, field)))
            .map(|(facet, field)| (format!("{facet}.{}", field.name), field.kind))
            .collect();
        for (name, field) in &fields {
            let given = kind.words.get(name).is_some_and(|words| !words.is_empty());
            if (*field == FieldKind::Word) != given {
                let (what, mend) = if given {
                    (format!("`{name}` is {} and has no list", field.says()), "remove the line")
                } else {
                    (format!("`{name}` has no words to choose from"), "list them under `[words.FIELD]`")
                };
                self.say(Lint::Field, "words", what, mend);
            }
        }
        for name in kind.words.keys().filter(|name| fields.iter().all(|(field, _)| field != *name)) {
            self.say(
                Lint::UnknownName,
                "words",
                format!("`{name}` is no field of this kind"),
                "remove the line",
            );
        }
    }

    fn state(&mut self, name: &str, state: &StateDef) {
        let kind = self.kind;
        let place = format!("state.{name}");
        self.roles(&place, state.visible_to.as_deref().unwrap_or_default());
        self.roles(&place, state.owner.as_slice());
        if kind.transition(name).is_some() {
            let mend = "give them two names: clocks start and stop by either";
            self.say(Lint::NameClash, &place, "a transition has the same name".to_owned(), mend);
        }
        let from_start = reachable(kind, [kind.initial.as_str()], |_| true);
        if !from_start.contains(name) {
            let mend = "lead a transition to it, or remove it";
            self.say(Lint::Unreachable, &place, "no way leads here".to_owned(), mend);
        }
        if is_end(kind, name) {
            return;
        }
        if !reachable(kind, [name], |_| true).iter().any(|state| is_end(kind, state)) {
            let mend = "lead a transition on towards a state of the category closed";
            self.say(Lint::DeadEnd, &place, "a case in it can never end".to_owned(), mend);
        }
        if state.owner.is_none() && !self.has_timer(name) {
            let mend = "name its `owner`, or let a clock `apply` a transition from it";
            self.say(Lint::Unowned, &place, "nobody has to act, and no timer does".to_owned(), mend);
        }
    }

    /// Whether a clock of the kind, with the packs each time, leads out of a state by itself.
    fn has_timer(&self, state: &str) -> bool {
        self.kind.clocks.values().flat_map(|clock| &clock.escalate).any(|escalation| {
            matches!(escalation.step(), Step::Apply(name)
                if self.kind.transition(&name).is_some_and(|found| found.from.iter().any(|from| from == state)))
        })
    }

    fn transition(&mut self, transition: &Transition) {
        let kind = self.kind;
        let place = format!("transition.{}", transition.name);
        if kind.transitions.iter().filter(|other| other.name == transition.name).count() > 1 {
            let mend = "write one with several states under `from`, or give them two names";
            self.say(Lint::NameClash, &place, "there are two of this name".to_owned(), mend);
        }
        for state in transition.from.iter().chain([&transition.to]) {
            if !kind.states.contains_key(state) {
                self.say(Lint::UnknownName, &place, format!("`{state}` is no state"), "name a state");
            }
        }
        if transition.roles.is_empty() {
            self.say(Lint::NoRole, &place, "nobody may make it".to_owned(), "name its `roles`");
        }
        self.roles(&place, &transition.roles);
        self.guards(&place, &transition.guard);
        for effect in transition.effect.iter().filter(|name| self.registry.effect(name).is_none()) {
            let mend = "use one of docs/reference/cases.md, or add it to the registry";
            self.found.push(Finding {
                lint: Lint::UnknownEffect,
                place: place.clone(),
                what: format!("no effect is called `{effect}`"),
                mend: mend.to_owned(),
            });
        }
        for field in transition.requires.iter().chain(&transition.sets).filter(|name| *name != "reason") {
            if kind.field(field, self.registry).is_none() {
                self.say(
                    Lint::UnknownName,
                    &place,
                    format!("`{field}` is no field of this kind"),
                    "add its facet",
                );
            }
        }
        for clock in transition.after.iter().chain(&transition.extends) {
            if !kind.clocks.contains_key(clock) {
                self.say(Lint::UnknownName, &place, format!("no clock is called `{clock}`"), "name a clock");
            }
        }
        for notice in &transition.notify {
            self.notice(&place, notice);
        }
        if let Some(approve) = &transition.approve {
            self.approve(&place, transition, approve);
        } else if transition.break_glass.is_some() {
            let mend = "remove `break_glass`, or add `approve`";
            self.say(
                Lint::WeakApproval,
                &place,
                "a way around an approval that isn't asked".to_owned(),
                mend,
            );
        }
        if let Some(glass) = &transition.break_glass {
            self.roles(&place, &glass.roles);
            self.roles(&place, &glass.review);
            if glass.roles.is_empty() || glass.review.is_empty() {
                let mend = "name `roles` and `review` of `break_glass`";
                self.say(
                    Lint::NoRole,
                    &place,
                    "a break-glass act needs an actor and a reviewer".to_owned(),
                    mend,
                );
            }
        }
        self.extension(&place, transition);
    }

    fn notice(&mut self, place: &str, notice: &Notice) {
        if notice.to != OLD_CONTACT {
            self.roles(place, std::slice::from_ref(&notice.to));
        }
        if !self.kind.notices.contains_key(&notice.template) {
            let what = format!("no text is called `{}`", notice.template);
            self.say(Lint::NoticeLanguage, place, what, "write it under `[notice]` in each language");
        }
    }

    fn approve(&mut self, place: &str, transition: &Transition, approve: &Approve) {
        self.roles(place, &approve.roles);
        let pool: u32 = approve
            .roles
            .iter()
            .filter_map(|role| self.kind.role_defs.get(role))
            .map(|role| role.people)
            .fold(0, u32::saturating_add);
        let in_pool = |roles: &[String]| u32::from(roles.iter().any(|role| approve.roles.contains(role)));
        // The maker, an editor and the assignee are three people at worst.
        let excluded = in_pool(&transition.roles) + 2 * in_pool(&self.kind.roles);
        if approve.quorum == 0 || pool.saturating_sub(excluded) < approve.quorum {
            let what = format!(
                "{pool} approvers, of whom {excluded} may be maker, editor and assignee, can't be {} others",
                approve.quorum
            );
            self.say(Lint::SmallPool, place, what, "add approvers, roles, or lower the quorum (1 at least)");
        }
        if let [role] = approve.roles.as_slice()
            && transition.roles.contains(role)
        {
            let what = format!("`{role}` makes it and alone approves it");
            self.say(Lint::OwnApprover, place, what, "let another role approve, or add one");
        }
        let weak = |name: &str| !approve.exclude.is_empty() && !approve.exclude.iter().any(|own| own == name);
        if ["maker", "editor", "assignee"].into_iter().any(weak)
            || !approve.one_denial_rejects
            || !approve.reset_on_change
        {
            let what =
                "maker, editor and assignee are always excluded, one denial rejects, a change voids votes";
            let mend = "remove the key, or write what holds anyway";
            self.say(Lint::WeakApproval, place, what.to_owned(), mend);
        }
        if let Some(when) = &approve.when {
            self.condition(place, when);
        }
        if approve.ttl.unit.needs_zone() && self.kind.calendar.is_none() {
            let mend = "name the `calendar` of the kind, or write hours";
            self.say(Lint::ClockSpan, place, format!("`{}` needs a calendar", approve.ttl), mend);
        }
    }

    fn condition(&mut self, place: &str, when: &crate::condition::Condition) {
        let kind_of = |name: &str| self.kind.field(name, self.registry);
        if let Some(misfit) = when.misfit(&kind_of, self.kind.currency) {
            self.say(Lint::Field, place, misfit, "compare a field with a value of its kind");
        }
    }

    fn extension(&mut self, place: &str, transition: &Transition) {
        let legal = transition
            .extends
            .iter()
            .any(|name| self.kind.clocks.get(name).is_some_and(|clock| clock.kind == ClockKind::Legal));
        let told = transition.notify.iter().any(|notice| notice.to == CUSTOMER);
        let always = transition.approve.as_ref().is_some_and(|approve| approve.when.is_none());
        if legal && !(told && always) {
            let what = "it extends a legal clock without four eyes each time or without a letter".to_owned();
            self.say(
                Lint::SilentExtension,
                place,
                what,
                "add `approve` without `when`, and a notice to the customer",
            );
        }
    }

    fn texts(&mut self) {
        for (name, texts) in &self.kind.notices {
            let place = format!("notice.{name}");
            let expected = texts.get("en").map(|text| placeholders(text));
            for language in LANGUAGES {
                let (what, mend) = match texts.get(language) {
                    Some(text) if text.trim().is_empty() => {
                        (format!("the text in {language} is empty"), "write it")
                    }
                    Some(text) if expected.as_ref().is_some_and(|wanted| *wanted != placeholders(text)) => (
                        format!("{language} has other placeholders than en"),
                        "use the same in each language",
                    ),
                    Some(_) => continue,
                    None => (format!("no text in {language}"), "write it"),
                };
                self.found.push(Finding {
                    lint: Lint::NoticeLanguage,
                    place: place.clone(),
                    what,
                    mend: mend.to_owned(),
                });
            }
            for language in texts.keys().filter(|own| !LANGUAGES.contains(&own.as_str())) {
                self.found.push(Finding {
                    lint: Lint::NoticeLanguage,
                    place: place.clone(),
                    what: format!("`{language}` is no language of Cardea"),
                    mend: "write zh-Hans, zh-Hant and en".to_owned(),
                });
            }
        }
    }

    fn clocks(&mut self, clocks: &std::collections::BTreeMap<String, ClockDef>) {
        for (name, clock) in clocks {
            let place = format!("clock.{name}");
            self.clock_names(&place, clock);
            self.clock_spans(&place, clock);
            self.escalations(&place, name, clock);
            if clock.kind == ClockKind::Legal {
                self.legal(&place, clock);
            }
        }
    }

    fn clock_names(&mut self, place: &str, clock: &ClockDef) {
        let kind = self.kind;
        for name in clock.start.iter().chain(&clock.stop) {
            if !kind.states.contains_key(name) && kind.transition(name).is_none() {
                let what = format!("`{name}` is no state and no transition");
                self.say(Lint::UnknownName, place, what, "name what starts or stops it");
            }
        }
        for name in clock.pause_in.iter().filter(|name| !kind.states.contains_key(*name)) {
            self.say(Lint::UnknownName, place, format!("`{name}` is no state"), "name a state");
        }
    }

    fn clock_spans(&mut self, place: &str, clock: &ClockDef) {
        if let Some(calendar) = clock.calendar.as_ref().filter(|name| !self.calendars.contains_key(*name)) {
            let mend = "add the file to the calendars";
            self.say(Lint::UnknownName, place, format!("no calendar is called `{calendar}`"), mend);
        }
        let spans =
            clock.spans.iter().map(|rule| rule.span).chain([clock.span]).chain(clock.extended.clone());
        for span in spans.filter(|span| span.unit.needs_zone() && clock.calendar.is_none()) {
            let mend = "name its `calendar`: days have a zone";
            self.say(Lint::ClockSpan, place, format!("`{span}` needs a calendar"), mend);
        }
        for rule in &clock.spans {
            self.condition(place, &rule.when);
        }
        let shrinking = clock.extended.iter().scan(clock.span, |before, span| {
            let longer = span.unit != before.unit || span.count > before.count;
            *before = *span;
            Some(longer)
        });
        if shrinking.into_iter().any(|longer| !longer) {
            let mend = "give the whole span from the start, each longer than the last";
            self.say(Lint::ClockSpan, place, "an extension doesn't extend".to_owned(), mend);
        }
    }

    fn escalations(&mut self, place: &str, name: &str, clock: &ClockDef) {
        let kind = self.kind;
        for escalation in &clock.escalate {
            match escalation.step() {
                Step::Nothing => {
                    let what = format!("nothing happens at {}%", escalation.at);
                    self.say(Lint::IdleTimer, place, what, "write `notify` or `apply`");
                }
                Step::Notify(role) => self.roles(place, &[role]),
                Step::Apply(wanted) => {
                    let open = kind.transition(&wanted).is_some_and(|found| {
                        found.roles.iter().any(|role| role == SYSTEM) && found.approve.is_none()
                    });
                    if !open {
                        let what = format!("`system` can't make `{wanted}` at {}% of {name}", escalation.at);
                        let mend = "name a transition with the role system and without `approve`";
                        self.say(Lint::IdleTimer, place, what, mend);
                    }
                }
            }
        }
    }

    /// A legal clock doesn't pause, and from its start no way leads to an end that doesn't stop it.
    fn legal(&mut self, place: &str, clock: &ClockDef) {
        let kind = self.kind;
        if !clock.pause_in.is_empty() {
            self.say(Lint::LegalPause, place, "the law's clock stands still".to_owned(), "remove `pause_in`");
        }
        let stops = |name: &str| clock.stop.iter().any(|stop| stop == name);
        let starts = |name: &str| clock.start.iter().any(|start| start == name);
        let by_transition = kind.transitions.iter().filter(|transition| starts(&transition.name));
        let begun: BTreeSet<&str> = by_transition
            .map(|transition| transition.to.as_str())
            .chain(kind.states.keys().map(String::as_str).filter(|state| starts(state)))
            .filter(|state| !stops(state))
            .collect();
        let running = reachable(kind, begun, |transition| !stops(&transition.name) && !stops(&transition.to));
        for end in running.into_iter().filter(|state| is_end(kind, state)) {
            let what = format!("a case can end in `{end}` with this clock unanswered");
            self.say(
                Lint::OpenPath,
                place,
                what,
                "name under `stop` what answers it on every way to the end",
            );
        }
    }
}

/// The names in braces, sorted.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}
