-- Questions about payments, asked once in a call: the options are numbers (records, minor units, moments), so that no name
-- of a merchant is copied. What the caller chose is not kept, only whether it fits.

-- owner: calls; retention: 10 years; privacy: C2
CREATE TABLE call_facts (
    call BIGINT NOT NULL,
    question TEXT NOT NULL,
    options TEXT NOT NULL,
    truth BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fits BIGINT,
    at BIGINT NOT NULL,
    answered_at BIGINT,
    PRIMARY KEY (call, question)
);
