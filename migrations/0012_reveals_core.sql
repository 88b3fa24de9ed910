-- Why staff may see a customer's data, and which full values were shown to whom. What they typed as a reason is in the
-- log, sealed under the customer's key.

-- owner: reveals; retention: 10 years; privacy: C1
CREATE TABLE matters (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    customer BIGINT NOT NULL,
    reference TEXT,
    opened_by BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX matters_of_staff ON matters (opened_by, customer, ends_at);

-- owner: reveals; retention: 10 years; privacy: C1
CREATE TABLE reveals (
    id BIGINT PRIMARY KEY,
    actor TEXT NOT NULL,
    customer BIGINT NOT NULL,
    matter BIGINT,
    thing TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX reveals_by_actor ON reveals (actor, at);

-- One row for each who was shown something: whoever is shown the next value holds it, so that two at once are counted
-- one after the other.
-- owner: reveals; retention: as long as the actor; privacy: C1
CREATE TABLE reveal_turns (
    actor TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
