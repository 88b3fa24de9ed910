//! What happened after a backup, as the published log tells it: what protects is done again, the rest is counted.
//!
//! Done again: blocks of cards and accounts, switches and limits that were made stricter, the destruction of a
//! person's keys, keys of the API that were revoked, colleagues whose access was closed, passkeys that were ended, query
//! passwords and authenticators that were changed (the old ones are taken off), and changes of what is known of a customer
//! that were stopped or undone. Decisions come back as records without their holds: the log says what was approved, and the
//! switch will say what is cleared. All other acts are counted by their name, for a person to look at.

use crate::commands::CommandError;
use features::authorizations::{LoggedDecision, Missed, insert_logged_in_tx, logged_id, tighten_in_tx};
use features::changes::stop_again_in_tx;
use features::{identity, passkeys};
use kernel::{AccountId, AuthorizationId, CustomerId};
use platform::access::take_away_again_in_tx;
use platform::audit::note::VerifierKey;
use platform::audit::tiles::Folder;
use platform::backup::{LogReplay, Replayed, Restoring, Told};
use platform::keys::{PERSON_ERASED, destroy_again_in_tx};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What was done again.
#[derive(Debug, Default, Serialize)]
pub(super) struct Reapplied {
    /// Changes to accounts and their cards.
    accounts: u64,
    /// Persons whose keys were destroyed.
    persons: u64,
    /// Keys of the API, colleagues, passkeys, query passwords, authenticators and changes that waited.
    access: u64,
}

/// What the restored database lacks.
#[derive(Debug, Default, Serialize)]
pub(super) struct Missing {
    /// Entries of the log after the backup.
    entries: u64,
    /// Decisions among them.
    authorizations: u64,
    /// Of these, approved ones.
    approved: u64,
    /// The other acts, by their name.
    acts: BTreeMap<String, u64>,
}

/// A line of the file of missing payments.
#[derive(Serialize)]
struct Line<'l> {
    authorization: AuthorizationId,
    account: AccountId,
    at: String,
    code: &'l str,
    approved_minor: i64,
    amount_minor: i64,
    currency: u16,
    stan: u32,
    rrn: &'l str,
    acquirer: &'l str,
    merchant: &'l str,
}

/// Reads the log in `folder` on from where the backup ended, and does again what protects.
pub(super) async fn replay(
    restoring: &mut Restoring,
    folder: &Path,
    key: Option<&VerifierKey>,
    file: Option<&Path>,
) -> Result<(Missing, Reapplied, Replayed), CommandError> {
    let mut lines = file.map(lines).transpose()?;
    let mut log = LogReplay::open(restoring, Folder::new(folder.to_owned()), key).await?;
    let (mut missing, mut reapplied, mut accounts) =
        (Missing::default(), Reapplied::default(), Missed::default());
    while let Some(all) = log.next(restoring, logged_id).await? {
        for told in all {
            missing.entries += 1;
            match told {
                Told::Covered { record, .. } => {
                    let decision = LoggedDecision::decode(&record).map_err(CommandError::other)?;
                    missing.authorizations += 1;
                    missing.approved += u64::from(decision.facts.approved_minor > 0);
                    insert_logged_in_tx(restoring.write(), &decision, &record).await?;
                    if let Some(lines) = &mut lines {
                        lines.serialize(line(&decision)).map_err(CommandError::other)?;
                    }
                }
                Told::Entry { act, subject, detail } => {
                    accounts.learn(&act, subject.as_deref(), &detail);
                    reapplied.persons += u64::from(erase(restoring, &act, subject.as_deref()).await?);
                    let access = take_away_again_in_tx(restoring.write(), &act, subject.as_deref()).await?;
                    let (write, subject) = (restoring.write(), subject.as_deref());
                    let ended = passkeys::end_again_in_tx(write, &act, subject).await?;
                    let proof = identity::end_again_in_tx(write, &act, subject).await?;
                    let stopped = stop_again_in_tx(write, &act, subject).await?;
                    reapplied.access += u64::from(access || ended || proof || stopped);
                    *missing.acts.entry(act).or_default() += 1;
                }
            }
        }
    }
    let replayed = log.close(restoring).await?;
    reapplied.accounts = tighten_in_tx(restoring.write(), &accounts).await?;
    lines.map_or(Ok(()), |mut lines| lines.flush())?;
    Ok((missing, reapplied, replayed))
}

async fn erase(restoring: &mut Restoring, act: &str, subject: Option<&str>) -> Result<bool, CommandError> {
    let person =
        subject.filter(|_| act == PERSON_ERASED).and_then(|subject| subject.parse::<CustomerId>().ok());
    match person {
        None => Ok(false),
        Some(person) => Ok(destroy_again_in_tx(restoring.write(), features::ALL, person).await? > 0),
    }
}

fn lines(path: &Path) -> Result<csv::Writer<File>, CommandError> {
    let file = File::options().create_new(true).write(true).mode(0o600).open(path);
    file.map(csv::Writer::from_writer)
        .map_err(|error| CommandError::Other(format!("{}: {error}", path.display())))
}

fn line(decision: &LoggedDecision) -> Line<'_> {
    let facts = &decision.facts;
    Line {
        authorization: AuthorizationId::from_raw(decision.id),
        account: AccountId::from_raw(decision.account),
        at: jiff::Timestamp::from_microsecond(decision.at).unwrap_or_default().to_string(),
        code: &facts.code,
        approved_minor: facts.approved_minor,
        amount_minor: facts.amount_minor,
        currency: facts.currency,
        stan: facts.trace.stan,
        rrn: &facts.trace.rrn,
        acquirer: &facts.trace.acquirer,
        merchant: &facts.site.merchant,
    }
}

impl Missing {
    /// For a person: what to look at.
    pub(super) fn told(&self, reapplied: &Reapplied) -> String {
        let mut text = format!(
            "\nThe log goes on for {} entries after the backup. Done again: {} changes that protect accounts and cards, \
             the erasure of {} persons, {} ways in that were closed.\nMissing:\n  {:>8}  authorizations ({} approved); \
             their records are back, their holds are not",
            self.entries,
            reapplied.accounts,
            reapplied.persons,
            reapplied.access,
            self.authorizations,
            self.approved
        );
        for (act, count) in &self.acts {
            text.push_str(&format!("\n  {count:>8}  {act}"));
        }
        text
    }
}
