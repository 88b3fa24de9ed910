-- A question to whoever comes is kept nowhere; its first answer leaves this row, and a second one finds it. It stays for a
-- day after the question's end, so that a clock that is set back by less revives no question.
-- owner: passkeys; retention: 1 day after its end; privacy: C1
CREATE TABLE passkey_answers (
    token_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_answers_by_expiry ON passkey_answers (expires_at);
