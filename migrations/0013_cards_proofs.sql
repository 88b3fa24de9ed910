-- What the PIN and the chip of a card are checked against. A PIN reference (PVV, or the offset of IBM 3624) is not
-- the PIN and does not tell it without the key of the payment module; it is sealed under the card's own key all
-- the same, so that it can't be moved to another card, and goes with that key. chip: 0 none, 1 Visa, 2 M/Chip.
ALTER TABLE cards ADD COLUMN pin_reference BYTEA;
ALTER TABLE cards ADD COLUMN imk_generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cards ADD COLUMN chip SMALLINT NOT NULL DEFAULT 0;
