-- How far the entries of the audit log became events; no row while they do not.

CREATE TABLE audit_events (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence          INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 14;
