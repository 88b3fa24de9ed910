-- The newest entries are found without passing over the batches of payments that lie between them, and refusals
-- without passing over all that was done. Batches (those with refs) are in neither index, so the engine's commits cost
-- what they did.
CREATE INDEX audit_entries_told ON audit_entries (id) WHERE refs IS NULL;
CREATE INDEX audit_entries_by_outcome ON audit_entries (outcome, id) WHERE refs IS NULL;
