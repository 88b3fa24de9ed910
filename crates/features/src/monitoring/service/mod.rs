//! Commands and queries: watching, labels, alerts.

mod alerts;
mod cross;
mod handle;
mod keep;
mod labels;
mod views;
mod watch;

pub use alerts::{consumers, raise};
pub use cross::{Labelled, NewLabel, Rebuilt, learn_label, rebuild_cross};
pub use handle::{Closed, alerts_worked_on, close, concerning, detail, list, open_now, take};
pub use keep::forget_old;
pub use views::View;
pub use watch::{LATENCY_BUDGET_US, PlaceName, QUEUE_BATCHES_MAX, Watch, WatchSettings};
