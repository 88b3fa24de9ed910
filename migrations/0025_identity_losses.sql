-- Words that a phone is gone; without a customer where they came to nothing. proved: 0 where only a card's number and
-- expiry were given.
-- owner: identity; retention: 31 days; privacy: C1
CREATE TABLE phone_losses (
    id BIGINT PRIMARY KEY,
    customer BIGINT,
    at BIGINT NOT NULL,
    proved BIGINT NOT NULL
);
CREATE INDEX phone_losses_by_time ON phone_losses (at);

-- Which values were tried in vain in the last day, as keyed hashes: one value over many people is an attack.
-- owner: identity; retention: 1 day; privacy: C3
CREATE TABLE proof_misses (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    value BYTEA NOT NULL,
    person_kind TEXT NOT NULL,
    person BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX proof_misses_by_time ON proof_misses (at);

-- Alarms that were raised, once a day for each kind.
-- owner: identity; retention: 31 days; privacy: none
CREATE TABLE proof_alarms (
    kind TEXT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (kind, day)
);
