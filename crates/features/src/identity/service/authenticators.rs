//! Codes of an authenticator app (RFC 6238): the secret sealed under the customer's key, each step taken once.

use super::super::error::IdentityError;
use super::super::model::{Count, ProofKind, Subject};
use super::super::{events, store};
use super::Identity;
use crate::messages::send_in_tx;
use kernel::{CustomerId, SECOND_US, Secret, SessionId};
use platform::access::{Caller, Opened};
use platform::audit;
use platform::keys::PersonKeys;
use totp_rs::{Builder, Totp};
use vault::Place;

/// Bytes of a secret (RFC 4226: 160 bits).
const SECRET_BYTES: usize = 20;
/// Length of a step, seconds.
const STEP_S: u64 = 30;
/// Steps before and after the present one that are taken, for clocks that differ.
const SKEW_STEPS: u16 = 1;

/// A secret that waits to be confirmed, for the page that shows it once.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret in base32, to be typed.
    pub secret: Secret<String>,
    /// The address that the picture holds (`otpauth://…`).
    pub address: Secret<String>,
}

impl Identity {
    /// Makes a secret for a customer's authenticator app. It counts once it is confirmed; until then the one before stays.
    ///
    /// # Errors
    /// Something failed.
    pub async fn begin_authenticator(&self, caller: &Caller) -> Result<Enrolment, IdentityError> {
        let customer = caller.customer().map_err(|_| IdentityError::Absent)?;
        let mut bytes = vec![0; SECRET_BYTES];
        self.app.random.fill(&mut bytes);
        let bytes = Secret::new(bytes);
        let issuer = self.app.brand.name(caller.locale).replace(':', " ");
        let totp = totp(&bytes, &issuer)?;
        let address = totp.to_url().map_err(|_| IdentityError::Unreadable("authenticator"))?;
        let text = totp.secret().to_base32();
        let id = self.app.ids().next(self.app.now());
        let sealed = PersonKeys::of(&self.app).seal(customer, place(id), bytes.expose()).await?;
        let mut write = self.app.db.write().await?;
        store::put_authenticator_in_tx(&mut write, customer, id, &sealed).await?;
        let entry = caller.entry(events::AUTHENTICATOR_BEGUN).subject(customer).concerns(customer);
        write.commit(entry).await?;
        Ok(Enrolment { secret: Secret::new(text), address: Secret::new(address) })
    }

    /// Confirms the authenticator that waits, by a code of it. It is a change of a proof: other sessions end and the
    /// customer is told. The session of the caller gets a new token. `None`: the code is wrong, or none waits; that is an
    /// entry.
    ///
    /// # Errors
    /// Something failed.
    pub async fn confirm_authenticator(
        &self,
        caller: &Caller,
        code: &Secret<String>,
    ) -> Result<Option<Opened>, IdentityError> {
        let (customer, session) = own_session(caller)?;
        let found = self.matching_step(customer.raw(), code, false).await?;
        let Some((id, step)) = found else {
            self.not_confirmed(caller, customer).await?;
            return Ok(None);
        };
        let notice = self.changed(customer, ProofKind::AuthenticatorCode).await?;
        let person = Subject::Customer(customer).columns();
        let mut write = self.app.db.write().await?;
        // The count before the row, as a check takes them: the other way around the two would wait for each other.
        store::take_count_in_tx(&mut write, person, ProofKind::AuthenticatorCode).await?;
        if !store::take_step_in_tx(&mut write, id, step).await? {
            write.rollback().await?;
            self.not_confirmed(caller, customer).await?;
            return Ok(None);
        }
        store::confirm_in_tx(&mut write, customer, id).await?;
        store::put_count_in_tx(&mut write, person, ProofKind::AuthenticatorCode, &Count::default()).await?;
        let kept = self.keep_only_in_tx(&mut write, caller.actor, Some(session)).await?;
        send_in_tx(&mut write, &notice).await?;
        write.commit(caller.entry(events::AUTHENTICATOR_SET).subject(customer).concerns(customer)).await?;
        Ok(kept)
    }

    /// A wrong code under an app that waits opens nothing and counts for nothing, and is seen.
    async fn not_confirmed(&self, caller: &Caller, customer: CustomerId) -> Result<(), IdentityError> {
        let entry = caller.entry(events::MISSED).subject(customer).concerns(customer).refused();
        let kind = ProofKind::AuthenticatorCode;
        let detail = serde_json::json!({ "kind": kind, "channel": caller.channel, "for": "confirmation" });
        Ok(audit::record(&self.app.db, entry.detail(detail)).await?)
    }

    /// Takes a customer's authenticator off; they are told, and the session of the caller gets a new token. `None`: there
    /// was none.
    ///
    /// # Errors
    /// Something failed.
    pub async fn remove_authenticator(&self, caller: &Caller) -> Result<Option<Opened>, IdentityError> {
        let (customer, session) = own_session(caller)?;
        let notice = self.changed(customer, ProofKind::AuthenticatorCode).await?;
        let mut write = self.app.db.write().await?;
        if !store::remove_authenticators_in_tx(&mut write, customer).await? {
            write.rollback().await?;
            return Ok(None);
        }
        let kept = self.keep_only_in_tx(&mut write, caller.actor, Some(session)).await?;
        send_in_tx(&mut write, &notice).await?;
        let entry = caller.entry(events::AUTHENTICATOR_REMOVED).subject(customer).concerns(customer);
        write.commit(entry).await?;
        Ok(kept)
    }

    /// Whether a customer has an authenticator that is confirmed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_authenticator(&self, customer: CustomerId) -> Result<bool, IdentityError> {
        Ok(store::authenticator(&self.app.db, customer.raw(), true).await?.is_some())
    }

    /// The authenticator and the step that a code belongs to. Looking costs the same where there is none.
    pub(super) async fn step_of(
        &self,
        subject: Subject,
        code: &Secret<String>,
    ) -> Result<Option<(i64, i64)>, IdentityError> {
        let (_, number) = subject.columns();
        self.matching_step(number, code, true).await
    }

    async fn matching_step(
        &self,
        customer: i64,
        code: &Secret<String>,
        confirmed: bool,
    ) -> Result<Option<(i64, i64)>, IdentityError> {
        let kept = store::authenticator(&self.app.db, customer, confirmed).await?;
        let secret = match &kept {
            Some(row) => {
                let owner = CustomerId::from_raw(customer);
                PersonKeys::of(&self.app).open(owner, place(row.id), &row.secret).await?
            }
            None => Secret::new(vec![0; SECRET_BYTES]),
        };
        let now_s = u64::try_from(self.app.now().us() / SECOND_US).unwrap_or_default();
        let typed: String = code.expose().chars().filter(char::is_ascii_digit).collect();
        let step = totp(&secret, "")?.check(&typed, now_s);
        Ok(kept.zip(step).and_then(|(row, step)| Some((row.id, i64::try_from(step).ok()?))))
    }
}

fn own_session(caller: &Caller) -> Result<(CustomerId, SessionId), IdentityError> {
    let customer = caller.customer().map_err(|_| IdentityError::Absent)?;
    Ok((customer, caller.session.as_ref().ok_or(IdentityError::Absent)?.id))
}

fn totp(secret: &Secret<Vec<u8>>, issuer: &str) -> Result<Totp, IdentityError> {
    let issuer = Some(issuer).filter(|issuer| !issuer.is_empty());
    let builder = Builder::new().with_secret(secret.expose().as_slice()).with_skew(SKEW_STEPS);
    let builder = builder.with_step_duration(STEP_S).with_account_name("Cardea").with_issuer(issuer);
    builder.build().map_err(|_| IdentityError::Unreadable("authenticator"))
}

fn place(id: i64) -> Place<'static> {
    Place { table: "authenticators", row: id, column: "secret" }
}
