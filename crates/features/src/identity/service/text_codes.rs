//! Codes by text message: for one person and one act, once, for a few minutes, and only so many.

use super::super::error::IdentityError;
use super::super::model::{ActionHash, ProofKind, Subject, text_code};
use super::super::{events, messages, store};
use super::Identity;
use crate::messages::{Message, Messages, Way, send_in_tx};
use kernel::{Actor, Channel, CustomerId, HOUR_US, MINUTE_US};
use platform::audit::Entry;

/// What came of asking for a code. Whoever asked is told the same either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way.
    Now,
    /// As many as are allowed were sent lately, or codes are refused after wrong tries.
    NotNow,
}

impl Identity {
    /// Sends a customer a code for one act, to their phone. `words` is the message without the code; its kind says what
    /// the code is for. A code that was sent for the same act before is worth nothing any more.
    ///
    /// # Errors
    /// There is no such customer, or something failed.
    pub async fn send_code(
        &self,
        customer: CustomerId,
        action: ActionHash,
        words: Message,
        (by, channel): (Actor, Channel),
    ) -> Result<Sent, IdentityError> {
        let codes = self.policy().codes;
        let refused = store::refused_kinds(&self.app.db, Subject::Customer(customer).columns()).await?;
        if refused.contains(&ProofKind::TextCode) {
            return Ok(Sent::NotNow);
        }
        let code = text_code(&*self.app.random, codes.digits);
        let verifier = self.app.keys.code_verifier(customer, &action.0, code.expose())?;
        let life_us = i64::from(codes.life_minutes) * MINUTE_US;
        let ends_at = self.app.now().plus_us(life_us);
        let words = Message { code: Some(code), ends_at: Some(ends_at), ways: &[Way::Sms], ..words };
        let prepared = Messages::of(&self.app).prepare(&words).await?;
        let mut write = self.app.db.write().await?;
        let (mut sent, now) = store::take_sends_in_tx(&mut write, customer).await?;
        let hour = sent.iter().filter(|at| now.us().saturating_sub(**at) < HOUR_US).count();
        let most = |max: u32| usize::try_from(max).unwrap_or(usize::MAX);
        if hour >= most(codes.sends_per_hour_max) || sent.len() >= most(codes.sends_per_day_max) {
            write.rollback().await?;
            return Ok(Sent::NotNow);
        }
        sent.push(now.us());
        store::put_sends_in_tx(&mut write, customer, &sent).await?;
        store::put_code_in_tx(&mut write, customer, &action.0, &verifier.0, now.plus_us(life_us)).await?;
        send_in_tx(&mut write, &prepared).await?;
        let detail = serde_json::json!({ "kind": words.kind.name });
        let entry = Entry::new(by, channel, events::CODE_SENT).subject(customer).concerns(customer);
        write.commit(entry.detail(detail)).await?;
        Ok(Sent::Now)
    }

    /// The same with this feature's own words: to confirm who one is.
    ///
    /// # Errors
    /// As [`Self::send_code`].
    pub async fn send_identity_code(
        &self,
        customer: CustomerId,
        action: ActionHash,
        by: (Actor, Channel),
    ) -> Result<Sent, IdentityError> {
        self.send_code(customer, action, Message::new(customer, &messages::CODE, &[Way::Sms]), by).await
    }
}
