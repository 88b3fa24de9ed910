-- The log can be searched: by person, actor, act, outcome and time. Batches of authorizations (those with refs) are in
-- none of the new indexes, so the engine's commits cost what they did.
ALTER TABLE audit_entries ADD COLUMN channel TEXT;
ALTER TABLE audit_entries ADD COLUMN origin TEXT;
ALTER TABLE audit_entries ADD COLUMN outcome TEXT;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id) WHERE refs IS NULL;
CREATE INDEX audit_entries_by_act ON audit_entries (act, id) WHERE refs IS NULL;

-- Whose data an entry concerns: ids of customers and accounts, as they stand in the entry's text.
-- owner: platform; retention: 10 years; privacy: C1
CREATE TABLE audit_concerns (
    whose TEXT NOT NULL,
    entry BIGINT NOT NULL,
    PRIMARY KEY (whose, entry)
);
