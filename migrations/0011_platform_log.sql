-- The tree over the entries: its one row of state, its checkpoints, and entries by their place in it.

CREATE UNIQUE INDEX audit_entries_position ON audit_entries (position) WHERE position IS NOT NULL;

-- owner: platform; retention: while the log exists; privacy: none
CREATE TABLE log_state (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL,
    origin TEXT
);

-- owner: platform; retention: all of the last day, one an hour before it; privacy: none
CREATE TABLE log_checkpoints (
    size BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    root BYTEA NOT NULL,
    note TEXT NOT NULL
);
