-- Lists of alerts are found in memory; this one index holds what that needs, in order.
DROP INDEX alerts_created;
DROP INDEX alerts_class;
DROP INDEX alerts_status;
DROP INDEX alerts_detection;
DROP INDEX alerts_assignee;
CREATE INDEX alerts_list ON alerts (
    created_at, id, alert_type, severity, status, detection_id, assignee, event_count, log_types, source_ids,
    search_text
);

ALTER TABLE alerts ADD COLUMN quality TEXT;
ALTER TABLE alerts ADD COLUMN context_tags TEXT NOT NULL DEFAULT '[]'; -- JSON array

-- Changes by people and programs, in order.
CREATE TABLE alert_history (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id     TEXT    NOT NULL REFERENCES alerts (id),
    at           INTEGER NOT NULL,
    actor        TEXT    NOT NULL, -- JSON object
    field        TEXT    NOT NULL,
    before_value TEXT,
    after_value  TEXT
) STRICT;
CREATE INDEX alert_history_alert ON alert_history (alert_id, id);

CREATE TABLE alert_comments (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT    NOT NULL UNIQUE,
    alert_id   TEXT    NOT NULL REFERENCES alerts (id),
    body       TEXT    NOT NULL,
    format     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL, -- JSON object
    updated_at INTEGER,
    updated_by TEXT              -- JSON object
) STRICT;
CREATE INDEX alert_comments_alert ON alert_comments (alert_id, number);

-- The id of a delivery begins with its time, so that the index need not hold that too.
DROP INDEX deliveries_alert;
CREATE INDEX deliveries_alert ON deliveries (alert_id);

PRAGMA user_version = 8;
