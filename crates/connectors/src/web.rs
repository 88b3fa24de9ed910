//! Requests to servers of others: with a time limit, a bound on what comes back, and never redirected.
//!
//! The client blocks; callers run it where blocking is allowed. A redirect would send what we say, and a token with
//! it, to a place that nobody configured.

use std::time::Duration;
use ureq::{Agent, http::Response};

/// How long one request may take from its first byte to the last of its answer.
const SECONDS_MAX: u64 = 10;

/// A client that keeps its connections.
pub fn client() -> Agent {
    client_within(Duration::from_secs(SECONDS_MAX))
}

/// A client with another limit for one request.
pub fn client_within(limit: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(limit))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent("cardea")
        .build();
    config.into()
}

/// The body of an answer as text.
///
/// # Errors
/// When it is longer than `bytes_max`, no UTF-8, or late.
pub fn text(answer: &mut Response<ureq::Body>, bytes_max: u64) -> Result<String, String> {
    answer.body_mut().with_config().limit(bytes_max).read_to_string().map_err(|error| error.to_string())
}

/// Runs what blocks beside the tasks.
pub async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}
