-- Detection content made by the API. A change is one transaction: its row, a version of every item that it
-- touches, and which version counts.
CREATE TABLE content_changes (
    id       INTEGER NOT NULL PRIMARY KEY, -- grows
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL, -- JSON object
    kind     TEXT    NOT NULL, -- upload, api, delete, rollback, pypanther
    added    INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    deleted  INTEGER NOT NULL
) STRICT;

-- What an item was; never changed, the oldest go.
CREATE TABLE content_versions (
    item_id       TEXT    NOT NULL,
    version       INTEGER NOT NULL, -- from 1
    change_id     INTEGER NOT NULL,
    deleted       INTEGER NOT NULL, -- from this version on there is no item of the API; its texts are empty
    analysis_type TEXT    NOT NULL,
    path          TEXT    NOT NULL, -- of the YAML, as it was given
    yaml          TEXT    NOT NULL,
    file_name     TEXT,             -- of the file beside the YAML
    file_data     BLOB,
    form          TEXT    NOT NULL, -- JSON object: texts of the form that made it, by key
    digest        TEXT    NOT NULL, -- of all texts
    PRIMARY KEY (item_id, version)
) STRICT;

-- The version of every item that counts.
CREATE TABLE content_items (
    item_id    TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL, -- JSON object
    updated_at INTEGER NOT NULL,
    updated_by TEXT    NOT NULL  -- JSON object
) STRICT;
