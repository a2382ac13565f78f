-- What detections keep between events: counters, string sets and dictionaries by key.
CREATE TABLE kv_rows (
    key        TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL, -- seconds since 1970; the largest number = never
    count      INTEGER,
    strings    TEXT    NOT NULL, -- JSON array
    dictionary TEXT              -- JSON object
) STRICT;
CREATE INDEX kv_rows_expires ON kv_rows (expires_at, key);

-- How many rows there are, so that a commit need not count them; one row.
CREATE TABLE kv_size (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    row_count INTEGER NOT NULL
) STRICT;
INSERT INTO kv_size (id, row_count) VALUES (1, 0);

PRAGMA user_version = 2;
