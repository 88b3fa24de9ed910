-- What a session is worth changes while it lives: a level above the one it was opened with, until a moment. The device
-- is a key that was enrolled; the agent is the browser in two words (such as Chrome · Android), never its own header.
ALTER TABLE sessions ADD COLUMN device BIGINT;
ALTER TABLE sessions ADD COLUMN raised BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN raised_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN agent TEXT;
