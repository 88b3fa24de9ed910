-- A code on its way to a customer: a keyed hash, bound to the person and to the act that it is for. It goes when it is
-- used, replaced, or over.
-- owner: identity; retention: 10 minutes; privacy: C3
CREATE TABLE text_codes (
    customer BIGINT NOT NULL,
    action BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (customer, action)
);
CREATE INDEX text_codes_by_end ON text_codes (ends_at);

-- When codes were sent to a customer in the last day, microseconds as a JSON list.
-- owner: identity; retention: 1 day after the last one; privacy: C1
CREATE TABLE code_sends (
    customer BIGINT PRIMARY KEY,
    sent TEXT NOT NULL,
    latest_at BIGINT NOT NULL
);

-- The secret of an authenticator app, sealed under the customer's key; last_step: the newest step that was taken.
-- owner: identity; retention: until replaced or taken off; privacy: C3
CREATE TABLE authenticators (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    confirmed_at BIGINT
);
CREATE INDEX authenticators_of_customer ON authenticators (customer);

-- Codes by letter for the first enrolment and for recovery, as keyed hashes. usable_at: before it nothing happens, so that
-- a notice arrives first.
-- owner: identity; retention: 2 years; privacy: C3
CREATE TABLE activation_codes (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    verifier BYTEA NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    usable_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    used_at BIGINT,
    stopped_at BIGINT
);
CREATE INDEX activation_codes_of_customer ON activation_codes (customer);
