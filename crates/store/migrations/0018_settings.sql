-- What is set while the server runs, where the configuration file says nothing.

CREATE TABLE settings (
    name              TEXT    NOT NULL PRIMARY KEY, -- `general`, `sign_in`
    contents          TEXT    NOT NULL, -- JSON object with a version
    updated_at        INTEGER NOT NULL
) STRICT;

-- Identity providers made while the server runs; those of the configuration file are not here.
CREATE TABLE identity_providers (
    id                TEXT    NOT NULL PRIMARY KEY,
    settings          TEXT    NOT NULL, -- JSON object with a version: what is not secret
    key_id            TEXT,             -- master key that wraps the data key; NULL without a secret
    wrapped_key       BLOB,             -- nonce and data key, AES-256-GCM
    sealed_secret     BLOB,             -- nonce and client secret, AES-256-GCM under the data key
    revision          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    CHECK ((key_id IS NULL) = (wrapped_key IS NULL) AND (key_id IS NULL) = (sealed_secret IS NULL))
) STRICT;

PRAGMA user_version = 18;
