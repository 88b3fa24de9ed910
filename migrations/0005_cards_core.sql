-- Cards: the number is sealed under a key of the card's own and found by a keyed hash over all of it; what may
-- be shown is the issuer prefix and the last four digits. No verification value and no PIN is stored anywhere.

-- owner: cards; retention: 5 years after it expires; privacy: C3
CREATE TABLE cards (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    pan_hash BYTEA NOT NULL UNIQUE,
    data_key BYTEA,
    pan BYTEA NOT NULL,
    bin TEXT NOT NULL,
    last4 TEXT NOT NULL,
    expiry TEXT NOT NULL,
    service_code SMALLINT NOT NULL,
    psn SMALLINT NOT NULL,
    product TEXT NOT NULL,
    cvk_generation BIGINT NOT NULL,
    issued_at BIGINT NOT NULL
);
CREATE INDEX cards_of_account ON cards (account_id);
CREATE INDEX cards_of_customer ON cards (customer_id);

-- The engine finds an account by a card's number; the API also asks the other way, by the card's id.
CREATE INDEX card_keys_by_card ON card_keys (card_id);
