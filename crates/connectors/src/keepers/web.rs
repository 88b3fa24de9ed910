//! Copies of checkpoints at a web address: a bucket, an auditor's own server.
//!
//! An address with a slash at its end is a folder: each checkpoint is put under a name of its own (`PUT`), so a place
//! that refuses to overwrite keeps them all. Any other address gets each checkpoint by `POST`. A token goes along as
//! `Authorization: Bearer`; it is shown in no message.

use super::name_of;
use crate::web;
use kernel::Secret;
use platform::audit::port::{Keeper, Outcome};
use std::sync::Arc;

/// The type of a signed note.
const NOTE: &str = "text/plain; charset=utf-8";

/// An address that keeps checkpoints.
pub struct WebKeeper {
    /// The address without what follows a question mark, where some places want a signature.
    name: String,
    url: String,
    token: Option<Arc<Secret<String>>>,
    interval_us: u64,
    client: ureq::Agent,
}

impl WebKeeper {
    /// Keeps at `url`, with `token` where the place wants one.
    pub fn new(url: String, token: Option<Arc<Secret<String>>>, interval_us: u64) -> Self {
        let name = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        Self { name, url, token, interval_us, client: web::client() }
    }
}

impl Keeper for WebKeeper {
    fn name(&self) -> &str {
        &self.name
    }

    fn interval_us(&self) -> u64 {
        self.interval_us
    }

    fn keep(&self, size: u64, note: String) -> Outcome<'_, ()> {
        let (client, url, token) = (self.client.clone(), self.url.clone(), self.token.clone());
        Box::pin(web::beside(move || {
            let folder = url.ends_with('/');
            let request =
                if folder { client.put(format!("{url}{}", name_of(size))) } else { client.post(&url) };
            let mut request = request.header("content-type", NOTE);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {}", token.expose()));
            }
            let answer = request.send(note.as_str()).map_err(|error| error.to_string())?;
            match answer.status().as_u16() {
                200..=299 => Ok(()),
                status => Err(format!("it answers {status}")),
            }
        }))
    }
}
