//! One try after the other: counted before it is answered.
//!
//! The work is the same whether a proof is right, wrong, refused, or about nobody we know: the key module hashes what
//! was given, the count is taken, what is kept is compared, and one entry is committed. Only then there is an answer.

use super::super::error::IdentityError;
use super::super::model::{ActionHash, Attempt, Count, Proof, ProofKind, Subject, Verdict};
use super::super::port::OnTheLine;
use super::super::{access, events, messages, store};
use super::Identity;
use super::upkeep::tell_blocked_in_tx;
use crate::authorizations::{Expiry, Intake};
use crate::cards::CardGiven;
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{Actor, CardId, Channel, CustomerId, Timestamp};
use platform::access::{Caller, person_columns};
use platform::audit::{Entry, Origin};
use platform::db::Write;
use std::sync::Arc;
use vault::Verifier;

/// Stands where nothing is kept, so that comparing takes the same time; nothing hashes to it.
const NOTHING_KEPT: [u8; 32] = [0; 32];

/// For what the hash of a value that was tried is made.
const TRIED: [u8; 32] = *b"cardea value that was tried v1\0\0";

/// A try, without what was given.
struct Tried {
    person: (&'static str, i64),
    concerns: Option<CustomerId>,
    kind: ProofKind,
    channel: Channel,
    by: Actor,
    trusted: bool,
    /// What was tried, hashed without its owner, to see one value tried on many people.
    value: [u8; 32],
}

/// What was given, as far as it can be worked out before the transaction.
enum Given {
    /// Of a query password.
    Password(Verifier),
    /// Of a code for an act.
    Code(Verifier, ActionHash),
    /// The step of an authenticator's code, where it is one.
    Step(Option<(i64, i64)>),
    /// What the engine said of a card's value, after it has counted.
    Card(bool),
}

/// A try whose value the caller compares: while its transaction lasts, every other try of this proof waits.
pub struct HeldTry {
    tried: Tried,
    count: Count,
    now: Timestamp,
}

impl HeldTry {
    /// The same from a device that is bound to its owner: a right answer there sets the misses of its kind back. While its
    /// kind is refused it is refused there too.
    #[must_use]
    pub fn from_bound_device(mut self) -> Self {
        self.tried.trusted = true;
        self
    }
}

/// How a try ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Matched,
    Missed,
    Refused,
}

impl End {
    /// What a try comes to: while the proof is refused, a right one is refused as well.
    const fn of(refuses: bool, right: bool) -> Self {
        match (refuses, right) {
            (true, _) => Self::Refused,
            (false, true) => Self::Matched,
            (false, false) => Self::Missed,
        }
    }
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
        let given = self.work_out(subject, &attempt).await?;
        let tried = Tried {
            person: subject.columns(),
            concerns: subject.customer(),
            kind: attempt.kind,
            channel: attempt.channel,
            by: attempt.by,
            trusted: attempt.is_trusted(),
            value: self.app.keys.code_verifier(CustomerId::from_raw(0), &TRIED, attempt.value.expose())?.0,
        };
        let mut write = self.app.db.write().await?;
        let (mut count, now) = store::take_count_in_tx(&mut write, tried.person, tried.kind).await?;
        let right = compare_in_tx(&mut write, subject, &given, now).await?;
        let end = End::of(count.refuses(now), right);
        self.settle(write, &tried, &mut count, end, now).await?;
        Ok(match end {
            End::Matched => {
                let Attempt { kind, channel, .. } = attempt;
                Verdict::Match(Proof { kind, at: self.app.db.clock().now(), channel, device: None })
            }
            End::Missed | End::Refused => Verdict::NoMatch,
        })
    }

    /// Writes down that a passkey was right, in the transaction in which its own check is kept. A key can't be guessed, so
    /// it has no count of its own; and it leaves the counts of secrets alone: a secret is set back by that secret.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hit_in_tx(
        &self,
        write: &mut Write,
        person: Actor,
        proof: &Proof,
    ) -> Result<(), IdentityError> {
        self.key_told_in_tx(write, person, proof, End::Matched).await
    }

    /// Writes down that an answer in the name of a passkey was wrong. It blocks nobody, and alarms about many people count
    /// it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn miss_in_tx(
        &self,
        write: &mut Write,
        person: Actor,
        proof: &Proof,
    ) -> Result<(), IdentityError> {
        let columns = person_columns(person).ok_or(IdentityError::Absent)?;
        store::put_miss_in_tx(write, proof.kind, &NOTHING_KEPT, columns).await?;
        self.key_told_in_tx(write, person, proof, End::Missed).await
    }

    async fn key_told_in_tx(
        &self,
        write: &mut Write,
        person: Actor,
        proof: &Proof,
        end: End,
    ) -> Result<(), IdentityError> {
        if proof.kind.can_be_guessed() {
            return Err(IdentityError::NotHere(proof.kind));
        }
        // Whoever gave a wrong answer is nobody yet.
        let entry = match end {
            End::Matched => Entry::new(person, proof.channel, events::MATCHED),
            End::Missed | End::Refused => Entry::new(Actor::Nobody, proof.channel, events::MISSED).refused(),
        };
        let entry = entry.detail(serde_json::json!({ "kind": proof.kind, "channel": proof.channel }));
        let entry = match person {
            Actor::Cardholder(customer) => entry.subject(customer).concerns(customer),
            other => entry.subject(other),
        };
        write.also(entry).await?;
        count_answer(proof.kind, proof.channel, end);
        Ok(())
    }

    /// Begins a try of a customer's proof that the caller compares (a code that the app shows), in the caller's
    /// transaction: the count is held before anything is compared, so that tries at the same moment give no further
    /// guess. What is compared ends with [`Self::end_try_in_tx`] in the same transaction.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_try_in_tx(
        &self,
        write: &mut Write,
        customer: CustomerId,
        kind: ProofKind,
        channel: Channel,
    ) -> Result<HeldTry, IdentityError> {
        let by = Actor::Cardholder(customer);
        let person = Subject::Customer(customer).columns();
        let concerns = Some(customer);
        let tried = Tried { person, concerns, kind, channel, by, trusted: false, value: NOTHING_KEPT };
        let (count, now) = store::take_count_in_tx(write, person, kind).await?;
        Ok(HeldTry { tried, count, now })
    }

    /// Counts how a try ended and writes it down; whether the proof holds. A right one that is refused does not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_try_in_tx(
        &self,
        write: &mut Write,
        held: HeldTry,
        right: bool,
    ) -> Result<bool, IdentityError> {
        let HeldTry { tried, mut count, now } = held;
        let end = End::of(count.refuses(now), right);
        let entry = self.settle_in_tx(write, &tried, &mut count, end, now).await?;
        write.also(entry).await?;
        count_answer(tried.kind, tried.channel, end);
        Ok(end == End::Matched)
    }

    /// For somebody we don't know the keys work as well, on a value that nothing equals.
    async fn work_out(&self, subject: Subject, attempt: &Attempt) -> Result<Given, IdentityError> {
        let (_, number) = subject.columns();
        let (owner, given) = (CustomerId::from_raw(number), &attempt.value);
        match attempt.kind {
            ProofKind::QueryPassword => {
                Ok(Given::Password(self.app.keys.query_password_verifier(owner, given.expose())?))
            }
            ProofKind::TextCode => {
                let action = attempt.context.ok_or(IdentityError::NotHere(ProofKind::TextCode))?;
                Ok(Given::Code(self.app.keys.code_verifier(owner, &action.0, given.expose())?, action))
            }
            ProofKind::AuthenticatorCode => Ok(Given::Step(self.step_of(subject, given).await?)),
            ProofKind::CardValue | ProofKind::CardExpiry => {
                Ok(Given::Card(self.card_holds(subject, attempt).await?))
            }
            other => Err(IdentityError::NotHere(other)),
        }
    }

    /// Whether a card's value or expiry is right; counted by the engine, in the one count of the card.
    async fn card_holds(&self, subject: Subject, attempt: &Attempt) -> Result<bool, IdentityError> {
        let by = (attempt.by, attempt.channel);
        let intake = self.app.service::<Intake>().map_err(|_| IdentityError::NoIntake)?;
        // Nobody and no card are looked up too, under numbers that no row has.
        let owner = subject.customer().unwrap_or(CustomerId::from_raw(0));
        let card = attempt.card.unwrap_or(CardId::from_raw(0));
        let held = self.cards.card_of(owner, card).await?;
        let typed = attempt.value.expose().trim();
        let given = match attempt.kind {
            ProofKind::CardExpiry => CardGiven::Expiry(expiry_of(typed)),
            _ => CardGiven::Printed(&attempt.value),
        };
        let Some(held) = held else {
            // The engine turns to a card that nobody has.
            return Ok(self.cards.prove_nothing(&intake, given, by).await?);
        };
        Ok(self.cards.prove(&intake, &held.card, given, by).await?)
    }

    /// Sets the misses of a customer's proof back, where a live call of the caller with them has proved assurance 2; the
    /// customer is told. Values of a card have the card's own count, which the feature `cards` sets back.
    ///
    /// # Errors
    /// [`IdentityError::NotHere`] for values of a card; too little is proved, with the next best proof; or something failed.
    pub async fn reset(
        &self,
        caller: &Caller,
        customer: CustomerId,
        kind: ProofKind,
    ) -> Result<(), IdentityError> {
        if kind.is_of_card() || !kind.can_be_guessed() {
            return Err(IdentityError::NotHere(kind));
        }
        let line = self.app.service::<Arc<dyn OnTheLine>>().map_err(IdentityError::Problem)?;
        let call = line
            .permit(&self.app, caller, customer, &access::RESET, kind)
            .await
            .map_err(IdentityError::Problem)?;
        let what = self.name_for(customer, kind).await?;
        let notice = Message::new(customer, &messages::RESET, &[Way::Push, Way::Sms, Way::Mail]);
        let notice = Messages::of(&self.app).prepare(&notice.with("what", what)).await?;
        let person = Subject::Customer(customer).columns();
        let mut write = self.app.db.write().await?;
        store::take_count_in_tx(&mut write, person, kind).await?;
        store::put_count_in_tx(&mut write, person, kind, &Count::default()).await?;
        send_in_tx(&mut write, &notice).await?;
        let entry = caller.entry(events::RESET).origin(Some(Origin::Call(call)));
        let entry = entry.subject(customer).concerns(customer);
        Ok(write.commit(entry.detail(serde_json::json!({ "kind": kind }))).await?)
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
        let entry = self.settle_in_tx(&mut write, tried, count, end, now).await?;
        write.commit(entry).await?;
        count_answer(tried.kind, tried.channel, end);
        Ok(())
    }

    /// Changes the count as the try ended; the entry is the caller's to write.
    async fn settle_in_tx(
        &self,
        write: &mut Write,
        tried: &Tried,
        count: &mut Count,
        end: End,
        now: Timestamp,
    ) -> Result<Entry, IdentityError> {
        let mut began = false;
        match end {
            End::Matched if tried.trusted => *count = Count::default(),
            // Values of a card have the card's count, which has moved already.
            End::Missed if tried.kind.can_be_guessed() && !tried.kind.is_of_card() => {
                began = count.miss(now, &self.policy().tries);
            }
            End::Matched | End::Missed | End::Refused => {}
        }
        store::put_count_in_tx(write, tried.person, tried.kind, count).await?;
        let detail = serde_json::json!({ "kind": tried.kind, "channel": tried.channel });
        let told = |act| {
            let mut entry = Entry::new(tried.by, tried.channel, act).detail(detail.clone());
            if let Some(customer) = tried.concerns {
                entry = entry.subject(customer).concerns(customer);
            }
            entry
        };
        if end == End::Missed {
            store::put_miss_in_tx(write, tried.kind, &tried.value, tried.person).await?;
        }
        if began {
            write.also(told(events::BLOCKED)).await?;
            if let Some(customer) = tried.concerns {
                tell_blocked_in_tx(write, customer, tried.kind, now).await?;
            }
        }
        Ok(match end {
            End::Matched => told(events::MATCHED),
            End::Missed => told(events::MISSED).refused(),
            End::Refused => told(events::REFUSED).refused(),
        })
    }
}

fn count_answer(kind: ProofKind, channel: Channel, end: End) {
    let word = if end == End::Matched { "match" } else { "no_match" };
    let labels = [("kind", kind.word()), ("channel", channel.word()), ("answer", word)];
    metrics::counter!("cardea_identity_tries_total", &labels).increment(1);
}

/// Month and year as people write them: `1230`, `12/30`, `12/2030`. What is none equals no card's.
fn expiry_of(typed: &str) -> Expiry {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let (month, year) = digits.split_at_checked(2).unwrap_or_default();
    let year = year.get(year.len().saturating_sub(2)..).unwrap_or_default();
    Expiry { month: month.parse().unwrap_or(0), year: year.parse().unwrap_or(0) }
}

async fn compare_in_tx(
    write: &mut Write,
    subject: Subject,
    given: &Given,
    now: Timestamp,
) -> Result<bool, IdentityError> {
    let (_, number) = subject.columns();
    let read = |kept: Option<Vec<u8>>| {
        Verifier(kept.and_then(|kept| <[u8; 32]>::try_from(kept).ok()).unwrap_or(NOTHING_KEPT))
    };
    let known = subject.customer().is_some();
    match given {
        Given::Password(given) => {
            let kept = read(store::verifier_in_tx(write, number).await?);
            Ok(kept == *given && known)
        }
        Given::Code(given, action) => {
            let kept = read(store::code_in_tx(write, number, &action.0, now).await?);
            let right = kept == *given && known;
            if right {
                store::use_code_in_tx(write, number, &action.0).await?;
            }
            Ok(right)
        }
        Given::Step(step) => {
            let (id, step) = step.unwrap_or_default();
            Ok(store::take_step_in_tx(write, id, step).await? && known)
        }
        Given::Card(right) => Ok(*right),
    }
}
