//! Every bound of the ISO 8583 connector, with its unit, in one place.
//!
//! Problem: a peer decides how much it sends. Design: a named constant per bound, used by the codec, the
//! server and the client. What it does not do: the time-outs, which are settings
//! ([`super::ServerConfig`], [`super::ClientConfig`]).

/// Longest message in bytes, without the two bytes of the length prefix.
pub const FRAME_BYTES_MAX: usize = 4096;

/// Bytes of the length prefix in front of each message.
pub const FRAME_PREFIX_BYTES: usize = 2;

/// Most bytes of field values that one [`super::Message`] keeps, replaced values included.
pub const MESSAGE_VALUES_BYTES_MAX: usize = 4 * FRAME_BYTES_MAX;

/// Bytes that one read from a socket may bring.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes of answers that are gathered before they are handed to the socket in one write.
pub const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// Most answers or requests that a write task takes from its queue at once.
pub const WRITE_BATCH_MESSAGES_MAX: usize = 256;

/// Messages of one connection that may wait for their answer, unless the settings say otherwise.
pub const IN_FLIGHT_PER_CONNECTION_MAX: usize = 4096;

/// Connections that one server holds open, unless the settings say otherwise.
pub const CONNECTIONS_MAX: usize = 64;

/// Requests that one client keeps in flight, unless its settings say otherwise.
pub const CLIENT_WINDOW_MESSAGES: usize = 1024;

/// Requests with the same keys (a repeat sent before its answer) that one client keeps in flight.
pub const CLIENT_ALIKE_MAX: u8 = 64;

/// Subelements that are read from one DE48.
pub const PRIVATE_ELEMENTS_MAX: usize = 32;

/// Entries of DE54 (each 20 characters; the field holds 240 at most).
pub const ADDITIONAL_AMOUNTS_MAX: usize = 12;
