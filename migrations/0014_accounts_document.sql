-- The number of the identity document that a customer showed: sealed with the profile, found by a keyed hash of its
-- letters and digits. NULL where none was shown; empty once the person's key was destroyed. A document that was
-- registered twice leads to both customers, so it is not unique.
ALTER TABLE customers ADD COLUMN document_hash BYTEA;
CREATE INDEX customers_by_document ON customers (document_hash) WHERE document_hash IS NOT NULL;
