-- Signing in with an outside identity provider: what a sign-in under way must bring back, and who is who there.

-- owner: staff; retention: 10 minutes, and taken away with its first use; privacy: none
CREATE TABLE provider_sign_ins (
    state_hash TEXT PRIMARY KEY,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- owner: staff; retention: for good; privacy: C1
CREATE TABLE provider_subjects (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    staff BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
