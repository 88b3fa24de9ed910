//! One try after the other: counted before it is answered.
//!
//! The work is the same whether a proof is right, wrong, refused, or about nobody we know: the key module hashes what
//! was given, the count is taken, what is kept is compared, and one entry is committed. Only then there is an answer.

use super::super::error::IdentityError;
use super::super::events;
use super::super::model::{Attempt, Count, Proof, ProofKind, Subject, Verdict};
use super::super::store;
use super::Identity;
use kernel::{Actor, Channel, CustomerId, Timestamp};
use platform::access::person_columns;
use platform::audit::Entry;
use platform::db::Write;
use vault::Verifier;

/// Stands where nothing is kept, so that comparing takes the same time; nothing hashes to it.
const NOTHING_KEPT: [u8; 32] = [0; 32];

/// A try, without what was given.
struct Tried {
    person: (&'static str, i64),
    concerns: Option<CustomerId>,
    kind: ProofKind,
    channel: Channel,
    by: Actor,
    trusted: bool,
}

/// What was given, as far as it can be worked out before the transaction.
enum Given {
    Password(Verifier),
}

/// How a try ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Matched,
    Missed,
    Refused,
}

impl Identity {
    /// Compares what was given with what is kept, counts, and answers. See [`Verdict`].
    ///
    /// # Errors
    /// Something failed, or this kind is not checked here or not taken on this channel; a wrong proof is no error.
    pub async fn check(
        &self,
        subject: impl Into<Subject>,
        attempt: Attempt,
    ) -> Result<Verdict, IdentityError> {
        let subject = subject.into();
        if !self.policy().takes(attempt.kind, attempt.channel) {
            return Err(IdentityError::NotHere(attempt.kind));
        }
        let given = self.work_out(subject, &attempt)?;
        let tried = Tried {
            person: subject.columns(),
            concerns: subject.customer(),
            kind: attempt.kind,
            channel: attempt.channel,
            by: attempt.by,
            trusted: attempt.is_trusted(),
        };
        let mut write = self.db.write().await?;
        let (mut count, now) = store::take_count_in_tx(&mut write, tried.person, tried.kind).await?;
        let right = compare_in_tx(&mut write, subject, &given).await?;
        let end = match (count.refuses(now), right) {
            (true, _) => End::Refused,
            (false, true) => End::Matched,
            (false, false) => End::Missed,
        };
        self.settle(write, &tried, &mut count, end, now).await?;
        Ok(match end {
            End::Matched => {
                let Attempt { kind, channel, .. } = attempt;
                Verdict::Match(Proof { kind, at: self.db.clock().now(), channel, device: None })
            }
            End::Missed | End::Refused => Verdict::NoMatch,
        })
    }

    /// Writes down a success of a proof that is checked elsewhere (a passkey); one from a bound device sets the misses of
    /// its kind back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hit(
        &self,
        person: Actor,
        kind: ProofKind,
        channel: Channel,
        bound_device: bool,
    ) -> Result<(), IdentityError> {
        self.told(person, kind, channel, bound_device, End::Matched).await
    }

    /// Counts a failure of a proof that is checked elsewhere. Kinds that can't be guessed block nobody.
    ///
    /// # Errors
    /// The database failed.
    pub async fn miss(&self, person: Actor, kind: ProofKind, channel: Channel) -> Result<(), IdentityError> {
        self.told(person, kind, channel, false, End::Missed).await
    }

    async fn told(
        &self,
        person: Actor,
        kind: ProofKind,
        channel: Channel,
        trusted: bool,
        end: End,
    ) -> Result<(), IdentityError> {
        let columns = person_columns(person).ok_or(IdentityError::Absent)?;
        let concerns = match person {
            Actor::Cardholder(id) => Some(id),
            _ => None,
        };
        let tried = Tried { person: columns, concerns, kind, channel, by: person, trusted };
        let mut write = self.db.write().await?;
        let (mut count, now) = store::take_count_in_tx(&mut write, columns, kind).await?;
        self.settle(write, &tried, &mut count, end, now).await
    }

    fn work_out(&self, subject: Subject, attempt: &Attempt) -> Result<Given, IdentityError> {
        match attempt.kind {
            ProofKind::QueryPassword => {
                let (_, number) = subject.columns();
                let owner = CustomerId::from_raw(number);
                let given = attempt.value.expose();
                Ok(Given::Password(self.keys.query_password_verifier(owner, given)?))
            }
            other => Err(IdentityError::NotHere(other)),
        }
    }

    /// Changes the count as the try ended, and commits with the entry. Nobody hears of it before.
    async fn settle(
        &self,
        mut write: Write,
        tried: &Tried,
        count: &mut Count,
        end: End,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let mut began = false;
        match end {
            End::Matched if tried.trusted => *count = Count::default(),
            End::Missed if tried.kind.can_be_guessed() => {
                began = count.miss(now, &self.policy().tries);
            }
            End::Matched | End::Missed | End::Refused => {}
        }
        store::put_count_in_tx(&mut write, tried.person, tried.kind, count).await?;
        let detail = serde_json::json!({ "kind": tried.kind, "channel": tried.channel });
        let told = |act| {
            let mut entry = Entry::new(tried.by, tried.channel, act).detail(detail.clone());
            if let Some(customer) = tried.concerns {
                entry = entry.subject(customer).concerns(customer);
            }
            entry
        };
        if began {
            write.also(told(events::BLOCKED)).await?;
        }
        let entry = match end {
            End::Matched => told(events::MATCHED),
            End::Missed => told(events::MISSED).refused(),
            End::Refused => told(events::REFUSED).refused(),
        };
        write.commit(entry).await?;
        let word = if end == End::Matched { "match" } else { "no_match" };
        let labels = [("kind", tried.kind.word()), ("channel", tried.channel.word()), ("answer", word)];
        metrics::counter!("cardea_identity_tries_total", &labels).increment(1);
        Ok(())
    }
}

async fn compare_in_tx(write: &mut Write, subject: Subject, given: &Given) -> Result<bool, IdentityError> {
    match given {
        Given::Password(given) => {
            let (_, number) = subject.columns();
            let kept = store::verifier_in_tx(write, number).await?;
            let kept = kept.and_then(|kept| <[u8; 32]>::try_from(kept).ok()).unwrap_or(NOTHING_KEPT);
            Ok(Verifier(kept) == *given && subject.customer().is_some())
        }
    }
}
