-- What is asked for under four eyes, as it was asked; relations of staff to customers; marks of customers; alarms.

-- owner: staff; retention: for good; privacy: C2 (names of colleagues)
CREATE TABLE staff_requests (
    id BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    made_by BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    lapses_at BIGINT NOT NULL,
    decided_by BIGINT,
    decided_at BIGINT,
    outcome TEXT
);
CREATE INDEX staff_requests_waiting ON staff_requests (lapses_at) WHERE decided_at IS NULL;

-- Which accounts of staff are of the same person.
-- owner: staff; retention: for good; privacy: C1
CREATE TABLE staff_people (
    staff BIGINT PRIMARY KEY,
    employee TEXT NOT NULL
);

-- owner: staff; retention: for good, ended instead of removed; privacy: C2
CREATE TABLE staff_relations (
    staff BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    relation TEXT NOT NULL,
    told_by BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (staff, customer)
);

-- owner: staff; retention: for good, ended instead of removed; privacy: C2
CREATE TABLE customer_marks (
    customer BIGINT NOT NULL,
    mark TEXT NOT NULL,
    set_by BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (customer, mark)
);

-- Who may open the record of an important person, and until when.
-- owner: staff; retention: for good; privacy: C1
CREATE TABLE record_allowances (
    staff BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    allowed_by BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (staff, customer)
);

-- owner: staff; retention: for good; privacy: C1
CREATE TABLE staff_alarms (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    staff BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    seen_by BIGINT,
    seen_at BIGINT
);
-- The same alarm again is counted while nobody has seen it, also when two raise it at once.
CREATE UNIQUE INDEX staff_alarms_unseen ON staff_alarms (kind, staff, customer) WHERE seen_at IS NULL;

-- owner: staff; retention: 1 day; privacy: C1
CREATE TABLE staff_searches (
    id BIGINT PRIMARY KEY,
    staff BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX staff_searches_of ON staff_searches (staff, at);
