-- Matters are a feature of their own: what an officer or an emergency gives as a reason is sealed under the customer's
-- key; an emergency is looked at afterwards, and what that came to is kept. Privacy of the words: C2.
ALTER TABLE matters ADD COLUMN words BYTEA;
ALTER TABLE matters ADD COLUMN reviewed_by BIGINT;
ALTER TABLE matters ADD COLUMN reviewed_at BIGINT;
ALTER TABLE matters ADD COLUMN outcome TEXT;
CREATE INDEX matters_by_opening ON matters (opened_by, opened_at);
CREATE INDEX matters_to_review ON matters (kind, reviewed_at);

-- One row for each member of staff who opens records: whoever opens the next holds it, so that two at once are counted
-- one after the other.
-- owner: matters; retention: as long as the member of staff; privacy: C1
CREATE TABLE matter_turns (
    staff BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);
