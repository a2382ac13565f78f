-- The items of a change are listed with it.
CREATE INDEX content_versions_of_change ON content_versions (change_id, item_id);

PRAGMA user_version = 20;
