-- Which keys this database was written with: check values, by which a key is recognised and not told. A start with
-- keys that don't match them is refused before anything is decrypted.

-- owner: platform; retention: for good; privacy: none
CREATE TABLE key_checks (
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    check_value TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (name, number)
);

-- owner: platform; retention: for good; privacy: none
CREATE TABLE key_rotations (
    version BIGINT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    finished_at BIGINT
);
