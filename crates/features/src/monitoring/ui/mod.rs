//! Parts of the pages of monitoring. Each is a function, used by the page and by the stream alike.

mod alerts;
mod findings;
mod groups;
mod wall;
mod words;

pub use alerts::{AlertPage, AlertsPage, alert_page, alerts_page, switch};
pub use wall::{EngineState, WallView, beside, fragments, tools, wall};
pub use words::Words;
