-- Destinations that a person keeps quiet for a while, those of the configuration file too. A row whose time is over
-- counts no more, and is removed when another is written.
CREATE TABLE destination_mutes (
    destination_id TEXT    NOT NULL PRIMARY KEY,
    until          INTEGER NOT NULL,
    reason         TEXT,
    muted_by       TEXT    NOT NULL, -- JSON object: the actor
    since          INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 19;
