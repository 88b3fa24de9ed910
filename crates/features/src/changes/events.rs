//! What changes announce. The names are also those of their audit entries; bodies hold `change`, `customer` and `field`, and
//! never a value. Where several end at once, `field` is left out.

/// One was asked for; nothing is changed by it. An entry only.
pub const REQUESTED: &str = "changes.change.requested";
/// Its owner looked at what a new telephone number or mail address would do. An entry only.
pub const PREVIEWED: &str = "changes.change.previewed";
/// It was signed and waits.
pub const SIGNED: &str = "changes.change.signed";
/// It was made.
pub const MADE: &str = "changes.change.made";
/// Its time to be undone is over.
pub const SETTLED: &str = "changes.change.settled";
/// It was stopped before it was made.
pub const STOPPED: &str = "changes.change.stopped";
/// It was undone: all is as it was.
pub const UNDONE: &str = "changes.change.undone";
/// What it started from had changed: nothing was changed.
pub const OVERTAKEN: &str = "changes.change.overtaken";
/// Somebody with a code of a notice said of a made change that it was not they; every session was ended.
pub const DISOWNED: &str = "changes.change.disowned";
/// Several exposing changes stand together, as a takeover has them.
pub const ALARMED: &str = "changes.change.alarmed";
/// A colleague or a program read somebody's changes. An entry only.
pub const READ: &str = "changes.change.read";
/// A program had a value checked. An entry only.
pub const CHECKED: &str = "changes.value.checked";
