//! The book: definitions, calendars and the registry that hold together; the face of this crate.

use crate::definition::{ClockKind, Finding, Kind, Lint, lint};
use crate::machine::{
    Acting, Blocker, Case, Command, Event, Fields, Offer, Scene, Timer, decide, offers, open, timers,
};
use crate::registry::Registry;
use crate::time::{Calendar, Calendars, Reading, Stretch, runs};
use kernel::Timestamp;
use std::collections::BTreeMap;

/// Definitions without findings, with their calendars and what their names mean.
pub struct Book {
    /// By id and version; then by pack, the kind's own clocks under the empty name.
    kinds: BTreeMap<String, BTreeMap<u32, BTreeMap<String, Kind>>>,
    calendars: Calendars,
    registry: Registry,
}

impl Book {
    /// A book of definitions; every finding of any of them, where there is one.
    pub fn new(kinds: Vec<Kind>, calendars: Calendars, registry: Registry) -> Result<Self, Vec<Finding>> {
        let mut found: Vec<Finding> = Vec::new();
        let mut sorted: BTreeMap<String, BTreeMap<u32, BTreeMap<String, Kind>>> = BTreeMap::new();
        for kind in kinds {
            found.extend(lint(&kind, &registry, &calendars));
            let mut packed: BTreeMap<String, Kind> =
                kind.packs.keys().filter_map(|pack| Some((pack.clone(), kind.with_pack(pack)?))).collect();
            let (id, version) = (kind.id.clone(), kind.version);
            packed.insert(String::new(), kind);
            let place = format!("case.{id}");
            if sorted.entry(id).or_default().insert(version, packed).is_some() {
                found.push(Finding {
                    lint: Lint::NameClash,
                    place,
                    what: format!("there are two definitions of version {version}"),
                    mend: "raise `version` in the newer one".to_owned(),
                });
            }
        }
        if found.is_empty() { Ok(Self { kinds: sorted, calendars, registry }) } else { Err(found) }
    }

    /// The newest version of every kind, with its own clocks.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values().filter_map(|versions| versions.last_key_value()?.1.get(""))
    }

    /// The newest version of a kind, with the clocks of a pack.
    pub fn newest(&self, kind: &str, pack: Option<&str>) -> Option<&Kind> {
        self.kinds.get(kind)?.last_key_value()?.1.get(pack.unwrap_or_default())
    }

    /// Every version of every kind, with its own clocks.
    pub fn versions(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values().flat_map(BTreeMap::values).filter_map(|packed| packed.get(""))
    }

    /// A version of a kind, with its own clocks.
    pub fn version_of(&self, kind: &str, version: u32) -> Option<&Kind> {
        self.kinds.get(kind)?.get(&version)?.get("")
    }

    /// The definition that holds for a case.
    pub fn kind_of(&self, case: &Case) -> Option<&Kind> {
        self.kinds.get(&case.kind)?.get(&case.def_version)?.get(case.pack.as_deref().unwrap_or_default())
    }

    /// A calendar by its name.
    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.get(name)
    }

    /// What names mean.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The event that begins a case of the newest version of a kind.
    pub fn open(
        &self,
        kind: &str,
        pack: Option<&str>,
        fields: &Fields,
        acting: &Acting,
    ) -> Result<Event, Vec<Blocker>> {
        match self.newest(kind, pack) {
            Some(kind) => open(self, kind, pack, fields, acting),
            None => Err(vec![Blocker::NotHere]),
        }
    }

    /// The events that answer a command, or everything that is in its way. Nothing changes here: whoever appends
    /// the events changes the case.
    pub fn apply(&self, case: &Case, command: &Command, acting: &Acting) -> Result<Vec<Event>, Vec<Blocker>> {
        match self.scene(case, acting) {
            Some(scene) => decide(scene, command),
            None => Err(vec![Blocker::NotHere]),
        }
    }

    /// What may be done, and what is in the way of the rest.
    pub fn offers(&self, case: &Case, acting: &Acting) -> Vec<Offer> {
        self.scene(case, acting).map(offers).unwrap_or_default()
    }

    /// Whether an actor may know of a case.
    pub fn is_visible(&self, case: &Case, acting: &Acting) -> bool {
        self.scene(case, acting).is_some_and(|scene| scene.is_visible())
    }

    /// What clocks and waiting requests will do, the earliest first.
    pub fn timers(&self, case: &Case) -> Vec<Timer> {
        let acting =
            Acting { actor: kernel::Actor::System, roles: Vec::new(), same: Vec::new(), at: case.changed_at };
        self.scene(case, &acting).map(|scene| timers(&scene)).unwrap_or_default()
    }

    /// The last run of every clock that has started, read at a moment.
    pub fn clocks(&self, case: &Case, now: Timestamp) -> BTreeMap<String, Reading> {
        let Some(kind) = self.kind_of(case) else { return BTreeMap::new() };
        let read = |(name, clock): (&String, &crate::definition::ClockDef)| {
            let calendar = clock.calendar.as_ref().and_then(|name| self.calendar(name));
            let run = runs(name, clock, &case.marks).pop()?;
            Some((name.clone(), run.read(calendar, now)))
        };
        kind.clocks.iter().filter_map(read).collect()
    }

    /// The gravest clock that has ever been late in a case, also in a run that is over: one of the law before a promise.
    pub fn latest(&self, case: &Case, now: Timestamp) -> Option<ClockKind> {
        let kind = self.kind_of(case)?;
        let late = kind.clocks.iter().filter_map(|(name, clock)| {
            let calendar = clock.calendar.as_ref().and_then(|name| self.calendar(name));
            let late = runs(name, clock, &case.marks)
                .iter()
                .any(|run| run.read(calendar, now).breached_at.is_some());
            late.then_some(clock.kind)
        });
        late.max_by_key(|kind| *kind == ClockKind::Legal)
    }

    /// Which time counted in the last run of a clock, up to its due date or its stop.
    pub fn explain(&self, case: &Case, clock: &str, now: Timestamp) -> Vec<Stretch> {
        let def = self.kind_of(case).and_then(|kind| kind.clocks.get(clock));
        let Some(def) = def else { return Vec::new() };
        let calendar = def.calendar.as_ref().and_then(|name| self.calendar(name));
        let run = runs(clock, def, &case.marks).pop();
        run.map(|run| run.trace(calendar, now)).unwrap_or_default()
    }

    fn scene<'a>(&'a self, case: &'a Case, acting: &'a Acting) -> Option<Scene<'a>> {
        let at = acting.at.max(case.changed_at);
        Some(Scene { book: self, kind: self.kind_of(case)?, case, acting, at })
    }
}
