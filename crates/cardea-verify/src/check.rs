//! The whole check of a log: signatures, tiles, entries, kept checkpoints.
//!
//! 1. The published checkpoint must be signed. Its root must be that of the hashes at the right edge of the
//!    tree; then these are trusted, and every tile whose hashes lead to a trusted hash above it is trusted.
//! 2. Level by level downwards, a tile that does not is replaced by the hashes of what is below it, if those do.
//! 3. Every entry must have the hash that its leaf says.
//! 4. At the size of every kept checkpoint the root over the leaves must be the one that was kept.
//!
//! The smallest index of all findings is the verdict.

use crate::classify::Unlikes;
use crate::hash::{Growing, root};
use crate::layout::{self, Bundle, WIDTH};
use crate::note::{Checkpoint, Key};
use crate::report::{Kept, Kind, Report, Span};
use crate::source::{Source, SourceError};
use crate::{Hash, VerifyError};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Something that is not as it was signed.
struct Finding {
    first_bad: u64,
    /// The last index that it may be, when it is not known exactly.
    to: Option<u64>,
    kind: Kind,
    why: String,
}

struct Checking<'c> {
    source: &'c Source,
    size: u64,
    findings: Vec<Finding>,
    unlikes: Unlikes,
    /// By level, from 1: every hash that is known, trusted or not.
    levels: Vec<Vec<Option<Hash>>>,
    tree: Option<Growing>,
    kept: Vec<(Checkpoint, Option<bool>)>,
    entries_checked: bool,
}

/// Checks the log at `source` with its key and those of witnesses against `kept` checkpoints, which are signed.
///
/// # Errors
/// When the log can't be read: then nothing is known of it.
pub fn check(source: &Source, keys: &[Key], kept: &[Checkpoint]) -> Result<Report, VerifyError> {
    let Some(log) = keys.iter().find(|key| key.is_of_log()) else {
        let why = crate::NoteError::Key;
        return Err(VerifyError::Given { what: "the verifier key".to_owned(), why });
    };
    let mut kept: Vec<Checkpoint> = kept.to_vec();
    kept.sort_by_key(|one| one.size);
    let mut findings = Vec::new();
    let (target, note) = target(source, log, &kept, &mut findings)?;
    let Some(target) = target else {
        let finding = Finding::whole(0, Kind::Truncated, "there is no checkpoint");
        return Ok(report(&Checkpoint::none(), vec![finding], vec![], false));
    };
    let kept = kept.into_iter().map(|one| (one, None)).collect();
    let mut checking = Checking {
        source,
        size: target.size,
        findings,
        unlikes: Unlikes::default(),
        levels: vec![],
        tree: Some(Growing::default()),
        kept,
        entries_checked: true,
    };
    checking.read_levels()?;
    let edge_right = checking.edge()?.is_some_and(|edge| edge == target.root);
    checking.mend_levels(edge_right)?;
    checking.leaves(edge_right)?;
    checking.judge_roots(&target);
    let Checking { mut findings, unlikes, kept, entries_checked, .. } = checking;
    if let Some((first_bad, kind)) = unlikes.verdict() {
        findings.push(Finding { first_bad, to: None, kind, why: entry_words(kind).to_owned() });
    }
    let kept = kept.iter().map(|(one, holds)| Kept { size: one.size, holds: *holds == Some(true) }).collect();
    let mut report = report(&target, findings, kept, entries_checked);
    report.cosigned_by = cosigners(keys, note.as_deref());
    Ok(report)
}

fn entry_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Truncated => "entries at the end are missing",
        Kind::Deleted => "an entry is missing",
        Kind::Reordered => "the entries are there in another order",
        _ => "the entry is not the one whose hash was signed",
    }
}

/// The checkpoint to check against: the published one, or the largest kept one when that is not usable.
fn target(
    source: &Source,
    log: &Key,
    kept: &[Checkpoint],
    findings: &mut Vec<Finding>,
) -> Result<(Option<Checkpoint>, Option<String>), SourceError> {
    let note = source.checkpoint()?;
    let newest = kept.last();
    let vouched = newest.map_or(0, |one| one.size);
    match note.as_deref().map(|note| Checkpoint::open(note, log)) {
        Some(Ok(published)) => {
            if published.size < vouched {
                let why =
                    format!("the log's checkpoint is of {} entries, a kept one of {vouched}", published.size);
                findings.push(Finding::whole(published.size, Kind::RolledBack, &why));
            }
            return Ok((Some(published), note));
        }
        Some(Err(why)) => {
            let why = format!("the published checkpoint: {why}");
            findings.push(Finding { to: Some(u64::MAX), ..Finding::whole(vouched, Kind::Rewritten, &why) });
        }
        None if newest.is_some() => {
            findings.push(Finding::whole(vouched, Kind::Truncated, "the published checkpoint is missing"));
        }
        None => {}
    }
    Ok((newest.cloned(), note))
}

fn cosigners(keys: &[Key], note: Option<&str>) -> Vec<String> {
    let witnesses = keys.iter().filter(|key| !key.is_of_log());
    let signed = witnesses.filter(|key| note.is_some_and(|note| key.signed(note)));
    signed.map(|key| key.name().to_owned()).collect()
}

impl Finding {
    fn whole(first_bad: u64, kind: Kind, why: &str) -> Self {
        Self { first_bad, to: None, kind, why: why.to_owned() }
    }
}

impl Checkpoint {
    fn none() -> Self {
        Self { origin: String::new(), size: 0, root: root(&[]) }
    }
}

impl Checking<'_> {
    fn read_levels(&mut self) -> Result<(), SourceError> {
        for level in 1.. {
            let count = layout::count(level, self.size);
            if count == 0 {
                break;
            }
            let mut hashes = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
            for index in 0..count.div_ceil(WIDTH) {
                let width = usize::try_from(layout::width(level, index, self.size)).unwrap_or(0);
                match layout::tile(self.source, level, index, self.size)? {
                    Some(tile) if tile.len() == width => hashes.extend(tile.into_iter().map(Some)),
                    _ => hashes.extend(std::iter::repeat_n(None, width)),
                }
            }
            self.levels.push(hashes);
        }
        Ok(())
    }

    fn hash(&self, level: u32, index: u64) -> Option<Hash> {
        let hashes = self.levels.get(usize::try_from(level.checked_sub(1)?).ok()?)?;
        *hashes.get(usize::try_from(index).ok()?)?
    }

    /// The root over the hashes that no full tile covers; nothing when one is missing.
    fn edge(&self) -> Result<Option<Hash>, SourceError> {
        let mut tree = Growing::default();
        let top = u32::try_from(self.levels.len()).unwrap_or(0);
        for level in (0..=top).rev() {
            let count = layout::count(level, self.size);
            let first = count / WIDTH * WIDTH;
            if first == count {
                continue;
            }
            let tile = match level {
                0 => layout::tile(self.source, 0, first / WIDTH, self.size)?,
                _ => (first..count).map(|index| self.hash(level, index)).collect(),
            };
            let Some(tile) = tile else { return Ok(None) };
            tile.into_iter().for_each(|hash| tree.push_part(8 * level, hash));
        }
        Ok(Some(tree.root()))
    }

    /// Downwards from the edge: a full tile that does not lead to the hash above it is replaced by what is below it.
    fn mend_levels(&mut self, edge_right: bool) -> Result<(), SourceError> {
        let top = u32::try_from(self.levels.len()).unwrap_or(0);
        for level in (1..top).rev() {
            for index in 0..layout::count(level, self.size) / WIDTH {
                let Some(above) = self.hash(level + 1, index) else { continue };
                let range = index * WIDTH..(index + 1) * WIDTH;
                let there: Option<Vec<Hash>> = range.clone().map(|at| self.hash(level, at)).collect();
                if there.is_some_and(|tile| root(&tile) == above) {
                    continue;
                }
                let below = self.computed_below(level, range.clone())?;
                let first_bad = index << (8 * (level + 1));
                let mended = below.filter(|tile| root(tile) == above && edge_right);
                if let Some(tile) = mended {
                    self.put(level, range.start, &tile);
                    continue;
                }
                let why = format!("tile {index} of level {level} does not lead to the hash above it");
                let to = Some((first_bad + (1 << (8 * (level + 1)))).min(self.size) - 1);
                self.findings.push(Finding { first_bad, to, kind: Kind::Rewritten, why });
            }
        }
        Ok(())
    }

    fn put(&mut self, level: u32, first: u64, tile: &[Hash]) {
        let at = usize::try_from(level - 1).ok().and_then(|level| self.levels.get_mut(level));
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let slots = at.and_then(|hashes| hashes.get_mut(first..first + tile.len()));
        slots.into_iter().flatten().zip(tile).for_each(|(slot, hash)| *slot = Some(*hash));
    }

    /// The hashes of `range` of a level, computed from the level below.
    fn computed_below(
        &self,
        level: u32,
        range: std::ops::Range<u64>,
    ) -> Result<Option<Vec<Hash>>, SourceError> {
        let mut hashes = Vec::new();
        for index in range {
            let tile: Option<Vec<Hash>> = match level {
                1 => layout::tile(self.source, 0, index, self.size)?,
                _ => (index * WIDTH..(index + 1) * WIDTH).map(|at| self.hash(level - 1, at)).collect(),
            };
            let Some(tile) = tile else { return Ok(None) };
            hashes.push(root(&tile));
        }
        Ok(Some(hashes))
    }

    /// Through the lowest tiles and their entries.
    fn leaves(&mut self, edge_right: bool) -> Result<(), SourceError> {
        for index in 0..self.size.div_ceil(WIDTH) {
            let width = layout::width(0, index, self.size);
            let entries = match layout::bundle(self.source, index, self.size)? {
                Bundle::Entries(entries) => Some(layout::leaves(&entries)),
                Bundle::Closed => None,
            };
            let tile = layout::tile(self.source, 0, index, self.size)?;
            let above = if width == WIDTH { self.hash(1, index) } else { None };
            let leads =
                |hashes: &Vec<Hash>| above.is_none_or(|above| hashes.len() == 256 && root(hashes) == above);
            let whole = |hashes: &Vec<Hash>| u64::try_from(hashes.len()).is_ok_and(|there| there == width);
            let by_entries = entries.clone().filter(|hashes| whole(hashes));
            let suspect = tile.as_ref().is_some_and(&whole) || by_entries.is_some();
            let leaves = match (tile.clone().filter(|tile| whole(tile)).filter(leads), above) {
                (Some(tile), _) => Some(tile),
                // The tile is wrong and the entries are right: they say where it is wrong.
                (None, Some(_)) => by_entries.filter(leads),
                (None, None) => by_entries.filter(|_| !edge_right),
            };
            if leaves.is_none() && suspect {
                self.unknown(index, width);
            } else if leaves.is_none() && entries.is_none() {
                // With entries the comparison tells what is missing. Here nothing else does.
                self.missing(index, width, tile.as_deref());
            }
            self.compare(index * WIDTH, width, entries.as_deref(), tile.as_deref());
            self.grow(leaves);
        }
        Ok(())
    }

    /// Neither tile nor entries lead to what is known: the bad index is somewhere in the tile.
    fn unknown(&mut self, index: u64, width: u64) {
        let first_bad = index * WIDTH;
        let why = format!("tile {index} of level 0 does not lead to the hash above it");
        let to = Some(first_bad + width - 1);
        self.findings.push(Finding { first_bad, to, kind: Kind::Rewritten, why });
    }

    /// A tile that is not there, or cut off, whose entries may not be read.
    fn missing(&mut self, index: u64, width: u64, there: Option<&[Hash]>) {
        let there = there.map_or(0, |hashes| u64::try_from(hashes.len()).unwrap_or(0));
        let why =
            format!("tile {index} of level 0 has {there} of its {width} hashes, and its entries are closed");
        let first_bad = index * WIDTH + there;
        let to = Some(index * WIDTH + width - 1);
        self.findings.push(Finding { first_bad, to, kind: Kind::Truncated, why });
    }

    fn compare(&mut self, first: u64, width: u64, entries: Option<&[Hash]>, tile: Option<&[Hash]>) {
        let Some(entries) = entries else {
            self.entries_checked = false;
            return;
        };
        let at = |hashes: &[Hash], i: u64| hashes.get(usize::try_from(i).ok()?).copied();
        for i in 0..width {
            let leaf = tile.and_then(|tile| at(tile, i));
            self.unlikes.compare(first + i, at(entries, i), leaf);
        }
    }

    /// Adds leaves to the tree, and holds it against the kept checkpoints of the sizes that it passes.
    fn grow(&mut self, leaves: Option<Vec<Hash>>) {
        let (Some(tree), Some(leaves)) = (&mut self.tree, leaves) else {
            self.tree = None;
            return;
        };
        for leaf in leaves {
            tree.push(leaf);
            for (kept, holds) in self.kept.iter_mut().filter(|(kept, _)| kept.size == tree.size()) {
                *holds = Some(kept.root == tree.root());
            }
        }
    }

    /// What the roots say: the published one and those that were kept.
    fn judge_roots(&mut self, target: &Checkpoint) {
        for (kept, holds) in self.kept.iter_mut().filter(|(kept, _)| kept.size == 0) {
            *holds = Some(kept.root == root(&[]));
        }
        let broken =
            self.kept.iter().filter(|(_, holds)| *holds == Some(false)).map(|(kept, _)| kept.size).min();
        let right = self.tree.as_ref().is_none_or(|tree| tree.root() == target.root);
        let holding = |below: u64| {
            let sizes = self.kept.iter().filter(|(kept, holds)| *holds == Some(true) && kept.size < below);
            sizes.map(|(kept, _)| kept.size).max().unwrap_or(0)
        };
        let found = match (broken, right) {
            (Some(size), _) => {
                Some((holding(size), size, format!("a kept checkpoint of {size} entries has another root")))
            }
            (None, false) if self.size > 0 => Some((
                holding(self.size),
                self.size,
                "the published hashes do not have the root of the published checkpoint".to_owned(),
            )),
            _ => None,
        };
        if let Some((from, size, why)) = found {
            let to = Some(size.saturating_sub(1));
            self.findings.push(Finding { first_bad: from, to, kind: Kind::Rewritten, why });
        }
        self.judge_unreached(holding(u64::MAX));
    }

    /// What could not be held against the hashes is never taken for right: that some are missing is a finding of its own
    /// wherever nothing else has told it.
    fn judge_unreached(&mut self, held: u64) {
        let reached = self.tree.is_some()
            && self.kept.iter().all(|(kept, holds)| kept.size > self.size || holds.is_some());
        if reached || !self.findings.is_empty() || self.unlikes.verdict().is_some() {
            return;
        }
        let why = "hashes are missing, so the tree could not be built to its end".to_owned();
        let to = Some(self.size.saturating_sub(1));
        self.findings.push(Finding { first_bad: held, to, kind: Kind::Truncated, why });
    }
}

fn report(target: &Checkpoint, findings: Vec<Finding>, kept: Vec<Kept>, entries_checked: bool) -> Report {
    // An exact index inside the span of another finding is what that finding is about.
    let exact = findings.iter().filter(|one| one.to.is_none()).min_by_key(|one| one.first_bad);
    let first = findings.iter().min_by_key(|one| (one.first_bad, one.to.is_some()));
    let verdict = match (first, exact) {
        (Some(first), Some(exact)) if first.to.is_some_and(|to| exact.first_bad <= to) => Some(exact),
        (first, _) => first,
    };
    let first_bad = verdict.map(|one| one.first_bad);
    Report {
        ok: verdict.is_none(),
        size: target.size,
        root: STANDARD.encode(target.root),
        first_bad,
        last_good: first_bad.and_then(|index| index.checked_sub(1)),
        kind: verdict.map(|one| one.kind),
        exact: verdict.is_some_and(|one| one.to.is_none()),
        span: verdict.and_then(|one| {
            let to = one.to?.min(target.size.saturating_sub(1)).max(one.first_bad);
            Some(Span { from: one.first_bad, to })
        }),
        why: verdict.map(|one| one.why.clone()),
        entries_checked,
        kept,
        cosigned_by: vec![],
    }
}
