-- owner: platform; retention: 10 years; privacy: C1
CREATE TABLE audit_entries (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT,
    body TEXT NOT NULL,
    leaves BYTEA NOT NULL,
    refs BYTEA,
    position BIGINT
);
CREATE INDEX audit_entries_unordered ON audit_entries (id) WHERE position IS NULL;

-- owner: platform; retention: 30 days after relay; privacy: C1
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    topic TEXT NOT NULL,
    object TEXT NOT NULL,
    body TEXT NOT NULL,
    relayed_at BIGINT
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE relayed_at IS NULL;

-- owner: platform; retention: 30 days after it is done; privacy: none
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    job_key TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    done_at BIGINT,
    UNIQUE (kind, job_key)
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE done_at IS NULL;
