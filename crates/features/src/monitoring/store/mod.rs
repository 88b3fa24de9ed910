//! Every SQL statement of the feature.

mod alerts;
mod figures;

pub use alerts::{
    OpenSummary, add_hit_in_tx, alert, alerts_worked_on, close_alert_in_tx, find_open_in_tx,
    forget_closed_in_tx, grow_alert_in_tx, hits, insert_alert_in_tx, list_alerts, mark_labelled_in_tx,
    open_summary, take_alert_in_tx, unlabelled_hits,
};
pub use figures::{add_pending_in_tx, forget_figures_in_tx, hours_between, minutes_between};
