-- owner: platform; retention: for good; privacy: none
CREATE TABLE epochs (
    number BIGINT PRIMARY KEY,
    mark TEXT NOT NULL UNIQUE,
    began_at BIGINT NOT NULL,
    why TEXT NOT NULL
);
