-- The hot path: one row an account that is updated, one row a message that is appended. The only index
-- beside the keys is the small one for cards that are not ours; an account's records are a chain
-- (previous_id), so that an authorization writes no page of a second tree.

-- owner: authorizations; retention: while the account exists; privacy: C2
-- sqlite:
CREATE TABLE account_state (
    account_id INTEGER PRIMARY KEY,
    version BIGINT NOT NULL,
    status SMALLINT NOT NULL,
    currency SMALLINT NOT NULL,
    limit_minor BIGINT NOT NULL,
    posted_minor BIGINT NOT NULL,
    held_minor BIGINT NOT NULL,
    head_id BIGINT NOT NULL,
    next_expiry_s BIGINT,
    standing BLOB NOT NULL
);
-- postgres:
CREATE TABLE account_state (
    account_id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    status SMALLINT NOT NULL,
    currency SMALLINT NOT NULL,
    limit_minor BIGINT NOT NULL,
    posted_minor BIGINT NOT NULL,
    held_minor BIGINT NOT NULL,
    head_id BIGINT NOT NULL,
    next_expiry_s BIGINT,
    standing BYTEA NOT NULL
) WITH (fillfactor = 70);

-- owner: authorizations; retention: 10 years; privacy: C2
-- sqlite:
CREATE TABLE authorizations (
    id INTEGER PRIMARY KEY,
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL,
    previous_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    billing_minor BIGINT NOT NULL,
    hold_minor BIGINT NOT NULL,
    posted_minor BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    reason SMALLINT NOT NULL,
    message_key BIGINT NOT NULL,
    content_key BIGINT NOT NULL,
    record BLOB NOT NULL
);
-- postgres:
CREATE TABLE authorizations (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL,
    previous_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    billing_minor BIGINT NOT NULL,
    hold_minor BIGINT NOT NULL,
    posted_minor BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    reason SMALLINT NOT NULL,
    message_key BIGINT NOT NULL,
    content_key BIGINT NOT NULL,
    record BYTEA NOT NULL
);
-- both:
CREATE INDEX authorizations_unknown_card ON authorizations (message_key) WHERE account_id = 0;

-- owner: authorizations; retention: while the card exists; privacy: C2
-- sqlite:
CREATE TABLE card_keys (
    card_key BLOB PRIMARY KEY,
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL
) WITHOUT ROWID;
-- postgres:
CREATE TABLE card_keys (
    card_key BYTEA PRIMARY KEY,
    account_id BIGINT NOT NULL,
    card_id BIGINT NOT NULL
);

-- both:
-- owner: authorizations; retention: as long as records that name them; privacy: none
CREATE TABLE rule_sets (
    version TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- owner: authorizations; retention: 10 years; privacy: C2
CREATE TABLE fraud_labels (
    authorization_id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    fraud BIGINT NOT NULL,
    source TEXT NOT NULL
);
