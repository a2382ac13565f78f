-- What provisioning knows of people beside what is there: names and ids that an identity provider gives.

ALTER TABLE users ADD COLUMN user_name TEXT;        -- what a provider calls the person; none: nobody named it, and it goes by the address
ALTER TABLE users ADD COLUMN user_name_key TEXT;    -- the same in lower case
ALTER TABLE users ADD COLUMN external_id TEXT;      -- the provider's own id
ALTER TABLE users ADD COLUMN updated_at INTEGER;    -- none: not since the person was made
ALTER TABLE users ADD COLUMN revision INTEGER NOT NULL DEFAULT 1; -- grows with each change
ALTER TABLE users ADD COLUMN deprovisioned_at INTEGER; -- since when a disabled person is gone for the provider

CREATE UNIQUE INDEX users_user_name ON users (user_name_key);
CREATE INDEX users_external ON users (external_id);

PRAGMA user_version = 13;
