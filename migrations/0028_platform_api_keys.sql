-- Keys of programs end by themselves, are replaced with an overlap, and can ask for signed requests.
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE api_keys ADD COLUMN used_at BIGINT;
ALTER TABLE api_keys ADD COLUMN verifier BYTEA;

-- The nonces of signed requests, until a request with them would be too old anyway.
-- owner: platform; retention: 10 minutes; privacy: none
CREATE TABLE api_nonces (
    api_key BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (api_key, nonce)
);
CREATE INDEX api_nonces_by_expiry ON api_nonces (expires_at);
