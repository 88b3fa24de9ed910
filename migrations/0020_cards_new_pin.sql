-- A PIN that its holder changed and that the chip does not have yet: the block as it came, encrypted under its zone key,
-- sealed once more under the card's own key, and which change it was. Both are NULL once the chip has taken the PIN or
-- the command was sent often enough.
ALTER TABLE cards ADD COLUMN new_pin BYTEA;
ALTER TABLE cards ADD COLUMN new_pin_change BIGINT;
