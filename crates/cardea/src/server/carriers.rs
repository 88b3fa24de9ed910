//! Who carries messages out of the house: a mail server where one is set, and in a demo a file takes the rest.

use crate::commands::CommandError;
use connectors::mail::Mailer;
use connectors::message_file::MessageFile;
use features::messages::{Carrier, Carriers, Way};
use platform::config::{Config, Environment};
use std::sync::Arc;

/// The file of messages in a demo's data directory.
pub(super) const MESSAGES: &str = "messages.jsonl";

/// The carriers that the settings ask for.
pub(super) fn carriers(config: &Config) -> Result<Carriers, CommandError> {
    let mut carriers = Carriers::default();
    if config.environment == Environment::Demo {
        let file: Arc<dyn Carrier> = Arc::new(MessageFile::new(config.data_dir.join(MESSAGES)));
        carriers = Way::ALL.into_iter().fold(carriers, |all, way| all.with(way, Arc::clone(&file)));
    }
    if config.mail.host.is_some() {
        let mailer = Mailer::try_new(&config.mail).map_err(CommandError::other)?;
        carriers = carriers.with(Way::Mail, Arc::new(mailer));
    }
    Ok(carriers)
}
