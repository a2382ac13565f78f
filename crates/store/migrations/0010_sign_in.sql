-- How people prove who they are, and that they have.

CREATE TABLE credentials (
    user_id           TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash     TEXT    NOT NULL, -- PHC string
    password_at       INTEGER NOT NULL
) STRICT;

-- A second factor. It counts once it is confirmed.
CREATE TABLE totp (
    user_id           TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    key_id            TEXT    NOT NULL,
    wrapped_key       BLOB    NOT NULL,
    secret            BLOB    NOT NULL, -- sealed
    confirmed_at      INTEGER,
    last_step         INTEGER NOT NULL, -- newest time step whose code was used; no code of it or before is taken
    recovery_digests  TEXT    NOT NULL  -- JSON array of hex SHA-256
) STRICT;

CREATE TABLE sessions (
    digest            BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the cookie's value
    id                TEXT    NOT NULL UNIQUE,
    user_id           TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method            TEXT    NOT NULL,
    address           TEXT    NOT NULL,
    user_agent        TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    last_seen_at      INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Links that work once: the first administrator, invitations, forgotten passwords.
CREATE TABLE links (
    digest            BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the link's secret
    purpose           TEXT    NOT NULL,
    user_id           TEXT    REFERENCES users (id) ON DELETE CASCADE, -- none: the first administrator
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX links_user ON links (user_id);

-- Failed sign-ins of an account or from an address, within one stretch of time.
CREATE TABLE sign_in_failures (
    subject           TEXT    NOT NULL PRIMARY KEY, -- account:ADDRESS or network:BLOCK
    failures          INTEGER NOT NULL,
    first_at          INTEGER NOT NULL,
    locked_until      INTEGER
) STRICT;
CREATE INDEX sign_in_failures_first ON sign_in_failures (first_at);

PRAGMA user_version = 10;
