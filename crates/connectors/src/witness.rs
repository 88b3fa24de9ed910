//! Witnesses of the log over HTTP: the client's side of C2SP tlog-witness.
//!
//! One call, `add-checkpoint`: the size that the witness knows, a consistency proof, the checkpoint. It answers with
//! signature lines, or with 409 and the size that it knows. What it says is checked by who asked (`platform::audit`);
//! here is only the wire.

use crate::web;
use platform::audit::{
    note::{NOTE_BYTES_MAX, VerifierKey},
    port::{Outcome, Witness, WitnessAnswer},
};
use platform::config::WitnessAt;

/// Longest answer that is read, bytes: what puts more behind a checkpoint would make it no note.
const ANSWER_BYTES_MAX: u64 = NOTE_BYTES_MAX as u64;
const CONFLICT: u16 = 409;

/// A witness at an address.
pub struct HttpWitness {
    key: VerifierKey,
    url: String,
    client: ureq::Agent,
}

impl HttpWitness {
    /// The witness that was configured.
    pub fn new(at: WitnessAt) -> Self {
        Self { key: at.key, url: format!("{}/add-checkpoint", at.url), client: web::client() }
    }
}

impl Witness for HttpWitness {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn add_checkpoint(&self, body: String) -> Outcome<'_, WitnessAnswer> {
        let (client, url) = (self.client.clone(), self.url.clone());
        Box::pin(web::beside(move || add_checkpoint(&client, &url, &body)))
    }
}

fn add_checkpoint(client: &ureq::Agent, url: &str, body: &str) -> Result<WitnessAnswer, String> {
    let mut answer = client.post(url).send(body).map_err(|error| error.to_string())?;
    match answer.status().as_u16() {
        200 => Ok(WitnessAnswer::Cosigned(web::text(&mut answer, ANSWER_BYTES_MAX)?)),
        // Without a size, the conflict is not about how far the witness is: it has another tree of this size.
        CONFLICT => match size_in(&web::text(&mut answer, ANSWER_BYTES_MAX)?) {
            Some(size) => Ok(WitnessAnswer::Knows(size)),
            None => Ok(WitnessAnswer::Refused(CONFLICT)),
        },
        status => Ok(WitnessAnswer::Refused(status)),
    }
}

/// A size as the protocol writes it: decimal, no leading zeroes, a newline.
fn size_in(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('\n').unwrap_or(text);
    digits.parse().ok().filter(|size: &u64| size.to_string() == digits)
}
