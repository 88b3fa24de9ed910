-- Passkeys of cardholders and colleagues. `credential` is what the library keeps: public key, counter, flags. The counter
-- stands beside it too, so that of two answers with the same counter one is refused by the database.

-- owner: passkeys; retention: 5 years after its end; privacy: C2 (its name, sealed)
CREATE TABLE passkeys (
    id BIGINT PRIMARY KEY,
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    credential_hash TEXT NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    counter BIGINT NOT NULL,
    can_sync BIGINT NOT NULL,
    name BYTEA,
    made_with TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_assurance BIGINT NOT NULL,
    used_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE INDEX passkeys_of_person ON passkeys (person_kind, person);

-- A row goes with its use: what is not here any more can't be answered again, whatever the clock says.
-- owner: passkeys; retention: 1 hour after its end; privacy: C1
CREATE TABLE passkey_ceremonies (
    token_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    person_kind TEXT,
    person BIGINT,
    session BIGINT,
    code_hash TEXT,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);

-- owner: passkeys; retention: 1 year after its end; privacy: C1
CREATE TABLE enrolment_codes (
    code_hash TEXT PRIMARY KEY,
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    withdrawn_at BIGINT
);
CREATE INDEX enrolment_codes_of_person ON enrolment_codes (person_kind, person);
