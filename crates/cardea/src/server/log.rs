//! The log at work in a server: its key, its name, its folder, and the loops beside the answers.

use crate::commands::CommandError;
use connectors::{
    keepers::{FolderKeeper, MailKeeper, WebKeeper},
    mail::Mailer,
    witness::HttpWitness,
};
use features::authorizations::stored_records;
use kernel::{Random, Secret, Sleep};
use platform::{
    audit::{
        self, Covered, Keeping, Log, LogParts, Witnessing,
        note::{Checkpoint, LogKey, Note},
        port::{Keeper, Witness},
        tiles::Folder,
    },
    config::{Config, CopyTo, LogConfig},
    db::Db,
    http::health::Health,
};
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{KeyRing, SigningUse};

/// What the log of this server is made of.
pub async fn parts(
    db: &Db,
    config: &Config,
    keys: &Arc<KeyRing>,
    health: &Health,
    sleep: Arc<dyn Sleep>,
) -> Result<LogParts, CommandError> {
    let key = key(db, config, keys).await?;
    let keepers = keepers(config, key.verifier().name())?;
    Ok(LogParts {
        db: db.clone(),
        health: health.clone(),
        sleep,
        key,
        folder: Folder::new(config.log_folder()),
        covered: covered(db),
        interval_us: us(config.log.checkpoint_seconds),
        witnesses: witnesses(&config.log),
        quorum: config.log.quorum(),
        keepers,
    })
}

fn us(seconds: u32) -> u64 {
    u64::from(seconds) * kernel::SECOND_US.unsigned_abs()
}

/// Those that the settings name; settings that can't be read have stopped the start already.
fn witnesses(config: &LogConfig) -> Vec<Arc<dyn Witness>> {
    let listed = config.witnesses_at().unwrap_or_default().into_iter();
    listed.map(|at| Arc::new(HttpWitness::new(at)) as Arc<dyn Witness>).collect()
}

fn keepers(whole: &Config, origin: &str) -> Result<Vec<Arc<dyn Keeper>>, CommandError> {
    let config = &whole.log;
    let token = config.copy_token_file.as_deref().map(|path| -> Result<_, CommandError> {
        let text = Secret::new(std::fs::read_to_string(path).map_err(|error| {
            CommandError::Other(format!("log.copy_token_file {} can't be read: {error}", path.display()))
        })?);
        Ok(Arc::new(Secret::new(text.expose().trim().to_owned())))
    });
    let token = token.transpose()?;
    let interval_us = us(config.copy_seconds);
    let keeper = |to: CopyTo| -> Result<Arc<dyn Keeper>, CommandError> {
        Ok(match to {
            CopyTo::Folder(folder) => Arc::new(FolderKeeper::new(folder, interval_us)),
            CopyTo::Web(url) => Arc::new(WebKeeper::new(url, token.clone(), interval_us)),
            CopyTo::Mail(to) => {
                let mailer = Mailer::try_new(&whole.mail).map_err(CommandError::other)?;
                let interval_us = 60 * us(config.copy_mail_minutes);
                Arc::new(MailKeeper::new(mailer, to, origin.to_owned(), interval_us))
            }
        })
    };
    config.copies_to().unwrap_or_default().into_iter().map(keeper).collect()
}

/// The size of the log as it lies in its folder; nothing when it was never published there.
pub fn published(config: &Config) -> Result<Option<u64>, CommandError> {
    let Some(note) = Folder::new(config.log_folder()).checkpoint()? else { return Ok(None) };
    let checkpoint = Note::parse(&note).and_then(|note| Checkpoint::parse(note.text));
    checkpoint.map(|checkpoint| Some(checkpoint.size)).map_err(CommandError::other)
}

/// What batches of authorizations cover: the records as they are stored.
pub fn covered(db: &Db) -> Covered {
    let db = db.clone();
    Arc::new(move |ids| {
        let db = db.clone();
        Box::pin(async move { stored_records(&db, &ids).await })
    })
}

/// The key of the log under the log's name.
pub async fn key(db: &Db, config: &Config, keys: &Arc<KeyRing>) -> Result<LogKey, CommandError> {
    let wanted = config.log.origin.clone().unwrap_or_else(|| {
        let url = &config.http.public_url;
        format!("{}/v1/log", url.split_once("://").map_or(url.as_str(), |(_, host)| host))
    });
    let origin = audit::log_origin(db, &wanted).await?;
    if config.log.origin.as_ref().is_some_and(|set| *set != origin) {
        let why = format!("log.origin is {wanted}, but this log has been {origin} from its start");
        return Err(CommandError::Other(why));
    }
    key_under(&origin, keys)
}

/// The key of a log with this name.
pub fn key_under(origin: &str, keys: &Arc<KeyRing>) -> Result<LogKey, CommandError> {
    let public = keys.public_key(SigningUse::LogCheckpoint)?;
    let keys = Arc::clone(keys);
    let sign = move |message: &[u8]| match keys.sign(SigningUse::LogCheckpoint, message) {
        Ok(signature) => Ok(signature.0),
        Err(error) => Err(error.to_string()),
    };
    LogKey::try_new(origin, &public.0, Arc::new(sign)).map_err(CommandError::other)
}

/// Starts the loops; they end with `stop`.
pub fn start(parts: &LogParts, random: &dyn Random, tasks: &TaskTracker, stop: &CancellationToken) {
    // Another number than that of any other node, or of this one before a restart.
    let node = (random.next_u64() >> 1).cast_signed();
    tasks.spawn(stop.clone().run_until_cancelled_owned(Log::new(parts, node).run()));
    if !parts.witnesses.is_empty() {
        tasks.spawn(stop.clone().run_until_cancelled_owned(Witnessing::new(parts).run()));
    }
    if !parts.keepers.is_empty() {
        tasks.spawn(stop.clone().run_until_cancelled_owned(Keeping::new(parts).run()));
    }
}
