-- Times are nanoseconds since 1970 in UTC. JSON texts are written and read by the store alone.
-- Never edit a released migration: add the next number, and end it with its own `user_version`.

-- Where the pipeline stands; one row.
CREATE TABLE ledger (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL, -- last journal sequence whose results are stored
    at       INTEGER NOT NULL  -- acceptance time of that batch
) STRICT;
INSERT INTO ledger (id, position, at) VALUES (1, 0, 0);

CREATE TABLE counters (
    name  TEXT    NOT NULL,
    label TEXT    NOT NULL, -- Prometheus labels: source="okta"
    value INTEGER NOT NULL,
    PRIMARY KEY (name, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE dedup_groups (
    key              TEXT    NOT NULL PRIMARY KEY,
    rule_id          TEXT    NOT NULL,
    dedup            TEXT    NOT NULL,
    is_error         INTEGER NOT NULL,
    alert_count      INTEGER NOT NULL,
    window_start     INTEGER NOT NULL,
    window_end       INTEGER NOT NULL,
    event_count      INTEGER NOT NULL,
    kept_event_count INTEGER NOT NULL,
    last_event_at    INTEGER NOT NULL,
    alert_id         TEXT,
    log_types        TEXT    NOT NULL, -- JSON array
    source_ids       TEXT    NOT NULL, -- JSON array
    opening          TEXT,             -- JSON object
    unique_hashes    TEXT    NOT NULL  -- JSON array of 64-bit numbers
) STRICT;
CREATE INDEX dedup_groups_unfinished ON dedup_groups (window_end) WHERE alert_id IS NULL;

CREATE TABLE detection_states (
    rule_id             TEXT    NOT NULL PRIMARY KEY,
    enabled_override    INTEGER,
    limited_at          INTEGER,
    limit_window_start  INTEGER,
    limit_window_alerts INTEGER NOT NULL
) STRICT;

CREATE TABLE alerts (
    id              TEXT    NOT NULL PRIMARY KEY,
    class           TEXT    NOT NULL,
    alert_type      TEXT    NOT NULL,
    severity        TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    detection_id    TEXT    NOT NULL,
    dedup           TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    first_event_at  INTEGER NOT NULL,
    last_event_at   INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    event_count     INTEGER NOT NULL,
    log_types       TEXT    NOT NULL, -- JSON array
    source_ids      TEXT    NOT NULL, -- JSON array
    assignee        TEXT,
    updated_by      TEXT,             -- JSON object
    search_text     TEXT    NOT NULL, -- lower case: title, detection id, detection name
    details         TEXT    NOT NULL  -- JSON object with a version: what never changes
) STRICT;
CREATE INDEX alerts_created ON alerts (created_at, id);
CREATE INDEX alerts_class ON alerts (class, created_at, id);
CREATE INDEX alerts_status ON alerts (status, created_at, id);
CREATE INDEX alerts_detection ON alerts (detection_id, created_at, id);
CREATE INDEX alerts_assignee ON alerts (assignee, created_at, id) WHERE assignee IS NOT NULL;

-- Kept events, in chunks; also of alerts that a group may still make, so without a foreign key.
CREATE TABLE alert_events (
    alert_id    TEXT    NOT NULL,
    first_index INTEGER NOT NULL, -- index of the chunk's first event within the alert
    event_count INTEGER NOT NULL,
    raw_bytes   INTEGER NOT NULL, -- size when decompressed
    stored_at   INTEGER NOT NULL,
    data        BLOB    NOT NULL, -- zstd of JSON texts joined by line feeds
    PRIMARY KEY (alert_id, first_index)
) STRICT;
CREATE INDEX alert_events_stored ON alert_events (stored_at);

CREATE TABLE deliveries (
    id               TEXT    NOT NULL PRIMARY KEY,
    alert_id         TEXT    NOT NULL REFERENCES alerts (id),
    destination_id   TEXT    NOT NULL,
    destination_name TEXT    NOT NULL,
    destination_type TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    trigger_word     TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    next_attempt_at  INTEGER,             -- while pending
    due_at           INTEGER,             -- while pending: next_attempt_at, or the end of the lease
    is_leased        INTEGER NOT NULL,
    finished_at      INTEGER,
    remote_id        TEXT,
    remote_url       TEXT,
    attempt_count    INTEGER NOT NULL,
    last_message     TEXT
) STRICT;
CREATE INDEX deliveries_alert ON deliveries (alert_id, created_at, id);
CREATE INDEX deliveries_due ON deliveries (destination_id, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_due_any ON deliveries (due_at) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (finished_at, id) WHERE state = 'failed';
CREATE INDEX deliveries_failed_of ON deliveries (destination_id, finished_at, id) WHERE state = 'failed';

CREATE TABLE delivery_attempts (
    delivery_id TEXT    NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL, -- from 1
    at          INTEGER NOT NULL,
    duration    INTEGER NOT NULL, -- nanoseconds
    status_code INTEGER,
    success     INTEGER NOT NULL,
    message     TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE record_failures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id   TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    log_type    TEXT,
    reason      TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    truncated   INTEGER NOT NULL
) STRICT;
CREATE INDEX record_failures_source ON record_failures (source_id, id);
CREATE INDEX record_failures_received ON record_failures (received_at);

CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    prefix       TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE, -- SHA-256 of the value
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

-- What operators changed, so that a running server notices; the newest are kept.
CREATE TABLE changes (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    topic   TEXT NOT NULL,
    id      TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;
