//! The boundary, problems, idempotency and streams, over a whole router.
