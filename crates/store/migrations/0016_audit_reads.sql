-- What was only read by whom: a chain of its own, so that it may be let go long before what was changed.

CREATE TABLE audit_reads (
    sequence          INTEGER NOT NULL PRIMARY KEY,
    at                INTEGER NOT NULL,
    action            TEXT    NOT NULL,
    actor_id          TEXT    NOT NULL,
    result            TEXT    NOT NULL,
    entry             TEXT    NOT NULL, -- JSON; the columns before are copies of what it says, to filter by
    hash              BLOB    NOT NULL  -- SHA-256 of the hash of the row before, then the entry
) STRICT;
CREATE INDEX audit_reads_at ON audit_reads (at);

-- Where it begins and ends, sealed.
CREATE TABLE audit_reads_head (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id            TEXT    NOT NULL,
    wrapped_key       BLOB    NOT NULL,
    head              BLOB    NOT NULL -- sealed
) STRICT;

-- How far it became events; no row while it does not.
CREATE TABLE audit_reads_events (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence          INTEGER NOT NULL
) STRICT;

-- A row while reads are not recorded.
CREATE TABLE audit_reads_off (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1)
) STRICT;

PRAGMA user_version = 16;
