//! Rendered views, shared by everybody who looks at the same one.
//!
//! A view is rendered at most once a second, however many look; what did not change is not sent again.
//! Views are few (ranges times languages), so none is ever thrown away.

use super::super::model::Range;
use platform::i18n::Locale;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use tokio::sync::Mutex;

/// A view is rendered again when it is this old, microseconds.
const RENDER_EVERY_US: u64 = 1_000_000;

/// A view that many hold.
type Shared = Arc<Mutex<View>>;

/// All views.
#[derive(Default)]
pub struct Views(Lock<HashMap<(Range, Locale), Shared>>);

/// One view: its parts, and when each last changed.
#[derive(Debug, Default)]
pub struct View {
    rendered_us: Option<u64>,
    version: u64,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    id: &'static str,
    html: String,
    changed: u64,
}

impl Views {
    /// The view of a range in a language.
    pub fn view(&self, range: Range, locale: Locale) -> Shared {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((range, locale)).or_default())
    }
}

impl View {
    /// Whether it must be rendered again.
    pub fn is_old(&self, monotonic_us: u64) -> bool {
        self.rendered_us.is_none_or(|then| monotonic_us.saturating_sub(then) >= RENDER_EVERY_US)
    }

    /// Takes freshly rendered parts in.
    pub fn put(&mut self, monotonic_us: u64, parts: Vec<(&'static str, String)>) {
        self.rendered_us = Some(monotonic_us);
        self.version += 1;
        for (id, html) in parts {
            match self.parts.iter_mut().find(|part| part.id == id) {
                Some(part) if part.html == html => {}
                Some(part) => (part.html, part.changed) = (html, self.version),
                None => self.parts.push(Part { id, html, changed: self.version }),
            }
        }
    }

    /// What changed after `version`, and the version that is now. Version 0 has seen nothing.
    pub fn since(&self, version: u64) -> (String, u64) {
        let changed = self.parts.iter().filter(|part| part.changed > version);
        (changed.map(|part| part.html.as_str()).collect(), self.version)
    }
}
