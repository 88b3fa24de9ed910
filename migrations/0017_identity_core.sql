-- Misses of one proof of one person over all channels; person_kind as in sessions, or nobody for a name we don't know.
-- refused_until: until when the proof is refused, 9223372036854775807 until it is set back. latest_at: no moment before it
-- counts any more.
-- owner: identity; retention: 30 days after the last miss; privacy: C1
CREATE TABLE proof_counters (
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    kind TEXT NOT NULL,
    misses BIGINT NOT NULL,
    refused_until BIGINT NOT NULL,
    month TEXT NOT NULL,
    latest_at BIGINT NOT NULL,
    PRIMARY KEY (person_kind, person, kind)
);
CREATE INDEX proof_counters_by_time ON proof_counters (latest_at);

-- The newest proof of each kind that was given in a session.
-- owner: identity; retention: 30 days after the session; privacy: C1
CREATE TABLE session_proofs (
    session BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    device BIGINT,
    PRIMARY KEY (session, kind)
);

-- A keyed hash of the query password and its owner; the key is in the key module.
-- owner: identity; retention: while the customer exists; privacy: C3
CREATE TABLE query_passwords (
    customer BIGINT PRIMARY KEY,
    verifier BYTEA NOT NULL,
    set_at BIGINT NOT NULL
);
