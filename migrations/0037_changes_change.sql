-- Changes of what is known of a person, from the request to the end of the time in which they can be undone. `value` holds
-- the value before and after, sealed under the person's key.

-- owner: changes; retention: 10 years after it was due what was signed, 1 day the rest; privacy: C2
CREATE TABLE changes (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    field TEXT NOT NULL,
    value BYTEA NOT NULL,
    signs TEXT NOT NULL,
    state TEXT NOT NULL,
    exposing BIGINT NOT NULL,
    requested_at BIGINT NOT NULL,
    delay_us BIGINT NOT NULL,
    undo_us BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    undo_until BIGINT NOT NULL,
    approval BIGINT,
    device BIGINT,
    signed_at BIGINT,
    made_at BIGINT,
    ended_at BIGINT,
    disowned_at BIGINT
);
CREATE INDEX changes_of_customer ON changes (customer, id);
CREATE INDEX changes_due ON changes (state, due_at);
-- One change of a field at a time waits for somebody.
CREATE UNIQUE INDEX changes_waiting ON changes (customer, field) WHERE state = 'waiting';

-- Codes of the notices, by which whoever got one stops the change without signing in. Hashes only.
-- owner: changes; retention: until the change can't be stopped or undone any more; privacy: C1
CREATE TABLE change_stops (
    hash TEXT PRIMARY KEY,
    change BIGINT NOT NULL,
    contact TEXT NOT NULL,
    used_at BIGINT
);
CREATE INDEX change_stops_of_change ON change_stops (change);

-- That an owner looked at what a new telephone number or mail address would do: the answer depends on whether somebody else
-- has it, so a day allows so many.
-- owner: changes; retention: 1 day; privacy: C1
CREATE TABLE change_looks (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX change_looks_of_customer ON change_looks (customer, at);
