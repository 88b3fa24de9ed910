-- Calls with customers, what was proved in them, and confirmations asked for in the app. No value that was given is
-- kept: only its kind, and of the app's code a keyed hash until it is used.

-- owner: calls; retention: 10 years; privacy: C1
CREATE TABLE calls (
    id BIGINT PRIMARY KEY,
    customer BIGINT,
    nobody BIGINT NOT NULL,
    card BIGINT,
    staff BIGINT,
    matter BIGINT,
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    closed_at BIGINT,
    code_hash BYTEA,
    code_until BIGINT
);
CREATE INDEX calls_open ON calls (ends_at) WHERE closed_at IS NULL;
CREATE INDEX calls_of_customer ON calls (customer, id);

-- owner: calls; retention: 10 years; privacy: C1
CREATE TABLE call_proofs (
    call BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    PRIMARY KEY (call, kind)
);

-- owner: calls; retention: 10 years; privacy: C1
CREATE TABLE call_asks (
    id BIGINT PRIMARY KEY,
    call BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX call_asks_of_customer ON call_asks (customer, at);
CREATE INDEX call_asks_of_call ON call_asks (call, id);
