-- Acts that wait for their owner's signature, and what was signed. `details` and `receipt` are sealed under the owner's key.

-- owner: approvals; retention: 10 years what was signed, 30 days the rest; privacy: C2
CREATE TABLE approvals (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    act TEXT NOT NULL,
    details BYTEA NOT NULL,
    nonce BYTEA NOT NULL,
    number BIGINT,
    asker TEXT NOT NULL,
    elsewhere BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_at BIGINT,
    device BIGINT,
    receipt BYTEA
);
CREATE INDEX approvals_of_customer ON approvals (customer, id);
CREATE INDEX approvals_unanswered ON approvals (expires_at) WHERE receipt IS NULL;

-- Every key that has signed a receipt: receipts of years ago must be checked by it.
-- owner: approvals; retention: for good; privacy: C1
CREATE TABLE approval_receipt_keys (
    kid TEXT PRIMARY KEY,
    public BYTEA NOT NULL,
    since BIGINT NOT NULL
);
