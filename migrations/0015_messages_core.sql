-- What customers are told: the inbox, and the deliveries over other ways with the letter sealed until it was sent.

-- owner: messages; retention: 5 years; privacy: C2
CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    kind TEXT NOT NULL,
    params BYTEA NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX messages_of_customer ON messages (customer, id);
CREATE INDEX messages_unread ON messages (customer) WHERE read_at IS NULL;

-- owner: messages; retention: 5 years, the letter until it was sent; privacy: C3
CREATE TABLE message_deliveries (
    id BIGINT PRIMARY KEY,
    message BIGINT NOT NULL,
    customer BIGINT NOT NULL,
    kind TEXT NOT NULL,
    way TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    ends_at BIGINT,
    due_at BIGINT NOT NULL,
    leased_until BIGINT,
    attempts BIGINT NOT NULL,
    failure TEXT,
    ended_at BIGINT,
    letter BYTEA
);
CREATE INDEX message_deliveries_due ON message_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX message_deliveries_in_order ON message_deliveries (customer, way, id) WHERE state = 'waiting';
CREATE INDEX message_deliveries_undelivered ON message_deliveries (id) WHERE state = 'undelivered';
CREATE INDEX message_deliveries_of_message ON message_deliveries (message);
