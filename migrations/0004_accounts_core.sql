-- Customers and their accounts. What a person told us is one sealed value under a key of the person's own:
-- with data_key set to NULL it is unreadable for good, while the row and everything that points at it stay.
-- The hot state of an account (status, limit, holds, balance) is in account_state; here is what it began with.

-- owner: accounts; retention: 5 years after the last account is closed; privacy: C2
CREATE TABLE customers (
    id BIGINT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    language TEXT NOT NULL,
    country SMALLINT NOT NULL,
    data_key BYTEA,
    profile BYTEA NOT NULL,
    phone_hash BYTEA NOT NULL,
    email_hash BYTEA NOT NULL
);
-- A family may share a telephone, so neither is unique.
CREATE INDEX customers_by_phone ON customers (phone_hash);
CREATE INDEX customers_by_email ON customers (email_hash);

-- owner: accounts; retention: 5 years after it is closed; privacy: C1
CREATE TABLE accounts (
    id BIGINT PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    currency SMALLINT NOT NULL,
    product TEXT NOT NULL,
    opening_limit_minor BIGINT NOT NULL,
    statement_day SMALLINT NOT NULL,
    opened_at BIGINT NOT NULL
);
CREATE INDEX accounts_of_customer ON accounts (customer_id);
