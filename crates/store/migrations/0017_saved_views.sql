-- What lists of alerts are filtered by, now with what groups events.
DROP INDEX alerts_list;
CREATE INDEX alerts_list ON alerts (
    created_at, id, alert_type, severity, status, detection_id, assignee, event_count, log_types, source_ids,
    dedup, search_text
);

-- Filters of a page of the console that people keep. A shared one outlives its maker.
CREATE TABLE saved_views (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    page       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    search     TEXT    NOT NULL, -- the query of the page's address
    is_shared  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (user_id, page, name)
) STRICT;
CREATE INDEX saved_views_shared ON saved_views (page) WHERE is_shared = 1;

-- With which view a page opens for somebody.
CREATE TABLE saved_view_defaults (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    page    TEXT NOT NULL,
    view_id TEXT NOT NULL REFERENCES saved_views (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, page)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_view_defaults_view ON saved_view_defaults (view_id);

PRAGMA user_version = 17;
