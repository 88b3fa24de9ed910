//! Making, keeping and giving out receipts, and the keys by which they are checked.

use super::super::error::ApprovalError;
use super::super::model::{Answer, Approval, compact, encode, jwk, signing_input};
use super::super::{events, store};
use super::{Approvals, place};
use crate::passkeys::ActSigned;
use kernel::{ApprovalId, CustomerId, SECOND_US, Timestamp};
use platform::access::Caller;
use platform::audit;
use platform::keys::PersonKeys;
use serde_json::{Value, json};
use vault::SigningUse;

/// A receipt before it is kept, with the key that signed it.
pub(super) struct Receipt {
    pub(super) sealed: Vec<u8>,
    pub(super) public: [u8; 32],
}

impl Approvals {
    /// Puts everything that was shown and signed into a receipt, signs and seals it.
    pub(super) async fn receipt(
        &self,
        approval: &Approval,
        text: &str,
        challenge: &[u8; 32],
        (answer, signed): (&Answer, &ActSigned),
        at: Timestamp,
    ) -> Result<Receipt, ApprovalError> {
        let payload = json!({
            "iss": self.app.config.http.public_url,
            "sub": approval.owner.to_string(),
            "jti": approval.id.to_string(),
            "iat": at.us() / SECOND_US,
            "act": approval.act,
            "text": text,
            "nonce": encode(&approval.nonce),
            "challenge": encode(challenge),
            "asked_at_us": approval.at.us(),
            "signed_at_us": at.us(),
            "device": signed.device.to_string(),
            "device_made_at_us": signed.made_at.us(),
            "webauthn": {
                "credential": encode(&answer.credential),
                "client_data": encode(&answer.client_data),
                "authenticator_data": encode(&answer.authenticator_data),
                "signature": encode(&answer.signature),
                "key": signed.key,
            },
        });
        let public = self.app.keys.public_key(SigningUse::Receipt)?.0;
        let input = signing_input(&public, &payload.to_string());
        let signature = self.app.keys.sign(SigningUse::Receipt, input.as_bytes())?.0;
        let receipt = compact(&input, &signature);
        let keys = PersonKeys::of(&self.app);
        let sealed =
            keys.seal(approval.owner, place(approval.id.raw(), "receipt"), receipt.as_bytes()).await?;
        Ok(Receipt { sealed, public })
    }

    /// The receipt of one's own approval; `None` where nothing was signed.
    ///
    /// # Errors
    /// [`ApprovalError::Absent`] for somebody else's.
    pub async fn receipt_of(&self, owner: CustomerId, id: ApprovalId) -> Result<String, ApprovalError> {
        let (customer, receipt) = self.read_receipt(id).await?;
        if customer == owner { Ok(receipt) } else { Err(ApprovalError::Absent) }
    }

    /// The receipt of anybody's approval, for a colleague; that they read it is in the log.
    pub(in super::super) async fn receipt_for_staff(
        &self,
        caller: &Caller,
        id: ApprovalId,
    ) -> Result<String, ApprovalError> {
        let (customer, receipt) = self.read_receipt(id).await?;
        audit::record(&self.app.db, caller.entry(events::RECEIPT_READ).subject(id).concerns(customer))
            .await?;
        Ok(receipt)
    }

    async fn read_receipt(&self, id: ApprovalId) -> Result<(CustomerId, String), ApprovalError> {
        let (customer, sealed) = store::receipt(&self.app.db, id).await?.ok_or(ApprovalError::Absent)?;
        let customer = CustomerId::from_raw(customer);
        let keys = PersonKeys::of(&self.app);
        let receipt = keys.open(customer, place(id.raw(), "receipt"), &sealed).await?;
        let receipt = String::from_utf8(receipt.expose().clone()).map_err(|_| ApprovalError::Unreadable)?;
        Ok((customer, receipt))
    }

    /// The keys by which receipts are checked: the present one, and every one that has signed one before.
    pub(in super::super) async fn published_keys(&self) -> Result<Value, ApprovalError> {
        let present = self.app.keys.public_key(SigningUse::Receipt)?.0;
        let mut keys = vec![jwk(&present)];
        for public in store::keys(&self.app.db).await? {
            let public = <[u8; 32]>::try_from(public).map_err(|_| ApprovalError::Unreadable)?;
            if public != present {
                keys.push(jwk(&public));
            }
        }
        Ok(json!({ "keys": keys }))
    }
}
