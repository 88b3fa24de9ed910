-- A further passkey waits until its owner has signed, with one that they have, that it is theirs. Until then it opens
-- nothing.
ALTER TABLE passkeys ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0;
