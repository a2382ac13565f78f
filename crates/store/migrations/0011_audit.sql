-- What was done by whom. Each row is bound to the one before it, so that a change of any is found.

CREATE TABLE audit (
    sequence          INTEGER NOT NULL PRIMARY KEY,
    at                INTEGER NOT NULL,
    action            TEXT    NOT NULL,
    actor_id          TEXT    NOT NULL,
    result            TEXT    NOT NULL,
    entry             TEXT    NOT NULL, -- JSON; the columns before are copies of what it says, to filter by
    hash              BLOB    NOT NULL  -- SHA-256 of the hash of the row before, then the entry
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_action ON audit (action, sequence);
CREATE INDEX audit_actor ON audit (actor_id, sequence);

-- Where the log begins and ends, sealed, so that cutting it at either end is found too.
CREATE TABLE audit_head (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id            TEXT    NOT NULL,
    wrapped_key       BLOB    NOT NULL,
    head              BLOB    NOT NULL -- sealed
) STRICT;

PRAGMA user_version = 11;
