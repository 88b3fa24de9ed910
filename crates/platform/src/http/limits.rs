//! The bounds of a request, each with its unit in its name.

/// Largest body that is read, bytes.
pub const BODY_BYTES: usize = 256 * 1024;
/// Largest answer that is kept for a repeat of the same request, bytes.
pub const KEPT_ANSWER_BYTES: usize = 1024 * 1024;
/// Longest address, with its query, bytes.
pub const URI_BYTES: usize = 4 * 1024;
/// Most header lines.
pub const HEADER_LINES: usize = 64;
/// How much of a request's head is held while it arrives, bytes.
pub const HEAD_BYTES: usize = 32 * 1024;
/// How long a client may take to send its head, seconds.
pub const HEAD_SECONDS: u64 = 10;
/// How long a client may take to send the body, and a handler to answer, seconds. A stream has answered
/// as soon as it starts.
pub const ANSWER_SECONDS: u64 = 30;
/// How long a POST of the API may run when its client has gone, seconds. Less than the lease on its name,
/// so that two runs of one request never overlap.
pub const RUN_SECONDS: u64 = 45;
/// How long requests under way get to finish when the server stops, seconds.
pub const DRAIN_SECONDS: u64 = 10;
