-- Each way is relayed by itself: what is due is looked for by way.
DROP INDEX message_deliveries_due;
CREATE INDEX message_deliveries_due ON message_deliveries (way, due_at) WHERE state = 'waiting';

-- Messages are forgotten after five years, oldest first.
CREATE INDEX messages_by_time ON messages (at);
