-- Cases: what happened to each, in order, and rows that are worked out of it and can be thrown away.

-- Gap-free numbers are the lock: two who write at once can't both have the next one. What people typed is in `sealed`,
-- under the key of the customer; everything a case is rebuilt from is in `body`. `request_hash` is keyed: it tells whether
-- what comes under a number again is the same.
-- owner: cases; retention: 10 years after the end of the case; privacy: C2
CREATE TABLE case_events (
    case_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    sealed BYTEA,
    request BIGINT,
    request_hash BYTEA,
    PRIMARY KEY (case_id, seq)
);
CREATE UNIQUE INDEX case_events_request ON case_events (case_id, request);
CREATE UNIQUE INDEX case_events_opening ON case_events (request) WHERE seq = 1;

-- `words` has the fields that nobody typed as text; `late` says which clocks were ever late.
-- owner: cases; retention: as the events it is worked out of; privacy: C1
CREATE TABLE cases (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    def_version BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    state TEXT NOT NULL,
    open BIGINT NOT NULL,
    assignee TEXT,
    holder TEXT,
    held_until BIGINT,
    version BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    closed_at BIGINT,
    due_at BIGINT NOT NULL,
    timer_at BIGINT,
    late BIGINT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX cases_queue ON cases (kind, open, due_at, id);
CREATE INDEX cases_of_kind ON cases (kind, id);
CREATE INDEX cases_ended ON cases (kind, closed_at);
CREATE INDEX cases_timers ON cases (timer_at) WHERE timer_at IS NOT NULL;
CREATE INDEX cases_of_customer ON cases (customer, id);

-- owner: cases; retention: as the events it is worked out of; privacy: C1
CREATE TABLE case_links (
    case_id BIGINT NOT NULL,
    link TEXT NOT NULL,
    other BIGINT NOT NULL,
    PRIMARY KEY (case_id, link, other)
);
CREATE INDEX case_links_back ON case_links (other);
