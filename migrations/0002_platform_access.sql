-- owner: platform; retention: for good, disabled instead of removed; privacy: C2 (name of a colleague)
CREATE TABLE staff (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- owner: platform; retention: 30 days after its end; privacy: C1
CREATE TABLE sessions (
    id BIGINT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    role TEXT NOT NULL,
    assurance BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    idle_us BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_of_person ON sessions (person_kind, person);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- owner: platform; retention: 1 day after its expiry; privacy: C2 (invented names, demos only)
CREATE TABLE sign_in_links (
    token_hash TEXT PRIMARY KEY,
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- owner: platform; retention: for good, revoked instead of removed; privacy: none
CREATE TABLE api_keys (
    id BIGINT PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- owner: platform; retention: 24 hours; privacy: C2 (answers as they were given)
CREATE TABLE idempotency_keys (
    api_key BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    operation_id BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body TEXT,
    PRIMARY KEY (api_key, idempotency_key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
