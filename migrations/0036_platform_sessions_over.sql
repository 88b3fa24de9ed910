-- Sessions whose time is over are looked for each minute.
CREATE INDEX sessions_open ON sessions (ends_at) WHERE ended_at IS NULL;
