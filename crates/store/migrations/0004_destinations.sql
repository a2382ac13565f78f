-- Deliveries in order of their making, for lists of all states.
CREATE INDEX deliveries_created ON deliveries (created_at, id);

-- Destinations made while the server runs; those of the configuration file are not here.
CREATE TABLE destinations (
    id               TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL UNIQUE,
    destination_type TEXT    NOT NULL,
    settings         TEXT    NOT NULL, -- JSON object with a version: filters and delivery settings
    key_id           TEXT    NOT NULL, -- master key that wraps the data key
    wrapped_key      BLOB    NOT NULL, -- nonce and data key, AES-256-GCM
    sealed_config    BLOB    NOT NULL, -- nonce and JSON object, AES-256-GCM under the data key
    revision         INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 4;
