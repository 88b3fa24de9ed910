//! Who carries messages out of the house: in a demo a file takes what has no carrier of its own.

use crate::commands::CommandError;
use connectors::message_file::MessageFile;
use features::messages::{Carrier, Carriers, Way};
use platform::config::{Config, Environment};
use std::sync::Arc;

/// The file of messages in a demo's data directory.
pub const MESSAGES: &str = "messages.jsonl";

/// The carriers that the settings ask for.
pub(super) fn carriers(config: &Config) -> Result<Carriers, CommandError> {
    let mut carriers = Carriers::default();
    if config.environment == Environment::Demo {
        let file: Arc<dyn Carrier> = Arc::new(MessageFile::new(config.data_dir.join(MESSAGES)));
        carriers = Way::ALL.into_iter().fold(carriers, |all, way| all.with(way, Arc::clone(&file)));
    }
    Ok(carriers)
}
