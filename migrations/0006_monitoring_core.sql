-- Figures for charts are sums that are only ever added to: two nodes may add to the same row, in any order.

-- owner: monitoring; retention: 400 days; privacy: none
CREATE TABLE monitoring_minutes (
    minute BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    count BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (minute, reason)
);

-- owner: monitoring; retention: 400 days; privacy: none
CREATE TABLE monitoring_hours (
    hour BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    family BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (hour, kind, name, family)
);

-- owner: monitoring; retention: 5 years after it is closed; privacy: C2
CREATE TABLE monitoring_alerts (
    id BIGINT PRIMARY KEY,
    group_key TEXT NOT NULL,
    kind BIGINT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    merchant TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    worst BIGINT NOT NULL,
    bound BIGINT NOT NULL,
    state BIGINT NOT NULL,
    assigned BIGINT,
    closed_at BIGINT,
    outcome BIGINT
);
-- One open alert a group, also when two nodes open it at once.
CREATE UNIQUE INDEX monitoring_alerts_open ON monitoring_alerts (group_key) WHERE state < 3;

-- owner: monitoring; retention: with its alert; privacy: C2
CREATE TABLE monitoring_hits (
    authorization_id BIGINT PRIMARY KEY,
    alert_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    labelled BIGINT NOT NULL
);
CREATE INDEX monitoring_hits_by_alert ON monitoring_hits (alert_id, authorization_id);
