-- Changes of what is known of a person, from the request to the end of the time in which they can be undone. `value` holds
-- the value before and after, sealed under the person's key.

-- owner: changes; retention: 10 years what was signed, 1 day the rest; privacy: C2
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
    due_at BIGINT NOT NULL,
    undo_until BIGINT NOT NULL,
    approval BIGINT,
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
    ends_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX change_stops_of_change ON change_stops (change);
