-- The letter with a code, sealed under the customer's key, until it was taken over.
ALTER TABLE activation_codes ADD COLUMN letter BYTEA;
-- Codes whose time is over are looked for each minute.
CREATE INDEX activation_codes_open ON activation_codes (ends_at) WHERE used_at IS NULL AND stopped_at IS NULL;

-- One value over many people is looked for each half minute.
CREATE INDEX proof_misses_by_value ON proof_misses (kind, value, person, at);

-- One row, held while it is counted how often phones were said to be gone, so that those who come at one moment are counted
-- too. taken: how often it was held.
-- owner: identity; retention: one row; privacy: none
CREATE TABLE phone_loss_turns (
    one BIGINT PRIMARY KEY,
    taken BIGINT NOT NULL
);
