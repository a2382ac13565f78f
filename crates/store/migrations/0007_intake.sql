-- Log sources and schemas made while the server runs; those of files are not here.

CREATE TABLE sources (
    id             TEXT    NOT NULL PRIMARY KEY,
    label          TEXT    NOT NULL UNIQUE,
    settings       TEXT    NOT NULL, -- JSON object with a version: what is not secret
    key_id         TEXT    NOT NULL, -- master key that wraps the data key
    wrapped_key    BLOB    NOT NULL, -- nonce and data key, AES-256-GCM
    sealed_secrets BLOB    NOT NULL, -- nonce and JSON object, AES-256-GCM under the data key
    revision       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    created_by     TEXT,             -- JSON object
    updated_at     INTEGER NOT NULL,
    updated_by     TEXT              -- JSON object
) STRICT;

CREATE TABLE schemas (
    name        TEXT    NOT NULL PRIMARY KEY,
    name_key    TEXT    NOT NULL UNIQUE, -- the name in lower case
    revision    INTEGER NOT NULL,        -- the version that counts
    is_archived INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE schema_versions (
    name               TEXT    NOT NULL REFERENCES schemas (name),
    revision           INTEGER NOT NULL, -- from 1
    spec               TEXT    NOT NULL, -- YAML, as it was written
    description        TEXT    NOT NULL,
    reference_url      TEXT    NOT NULL,
    is_field_discovery INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    created_by         TEXT,             -- JSON object
    PRIMARY KEY (name, revision)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 7;
