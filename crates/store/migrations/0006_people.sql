-- Who may do what: roles, users, and what API tokens carry beside the name of a role.

CREATE TABLE roles (
    id                   TEXT    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL UNIQUE,
    permissions          TEXT    NOT NULL, -- JSON array
    log_type_access_kind TEXT    NOT NULL,
    log_type_access      TEXT    NOT NULL, -- JSON array
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    updated_by           TEXT              -- JSON object
) STRICT;

-- The roles that every installation begins with; a test compares them with `model::DefaultRole`.
INSERT INTO roles (id, name, permissions, log_type_access_kind, log_type_access, created_at, updated_at)
SELECT column1, column2, column3, 'ALLOW_ALL', '[]', unixepoch() * 1000000000, unixepoch() * 1000000000
FROM (VALUES
    ('b3f6a0c4-3d0b-4f0e-9b56-2a1f5d8c7e01', 'Admin',
     '["AlertRead","AlertModify","RuleRead","RuleModify","PolicyRead","PolicyModify","ResourceRead","ResourceModify","SummaryRead","BulkUpload","BulkUploadValidate","UserRead","UserModify","OrganizationAPITokenRead","OrganizationAPITokenModify","GeneralSettingsRead","GeneralSettingsModify","CloudsecSourceRead","CloudsecSourceModify","LogSourceRead","LogSourceModify","LogSourceRawDataRead","DestinationRead","DestinationModify","DataAnalyticsRead","DataAnalyticsModify","LookupRead","LookupModify","RunPantherAI"]'),
    ('b3f6a0c4-3d0b-4f0e-9b56-2a1f5d8c7e02', 'Analyst',
     '["AlertRead","AlertModify","RuleRead","RuleModify","PolicyRead","PolicyModify","ResourceRead","ResourceModify","SummaryRead","BulkUpload","BulkUploadValidate","UserRead","GeneralSettingsRead","CloudsecSourceRead","CloudsecSourceModify","LogSourceRead","LogSourceModify","DestinationRead","DestinationModify","DataAnalyticsRead","DataAnalyticsModify","LookupRead","LookupModify","RunPantherAI"]'),
    ('b3f6a0c4-3d0b-4f0e-9b56-2a1f5d8c7e03', 'AnalystReadOnly',
     '["AlertRead","RuleRead","PolicyRead","ResourceRead","SummaryRead","GeneralSettingsRead","CloudsecSourceRead","LogSourceRead","DestinationRead","DataAnalyticsRead","LookupRead"]')
);

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE, -- the address in lower case
    given_name    TEXT    NOT NULL,
    family_name   TEXT    NOT NULL,
    lower_text    TEXT    NOT NULL,        -- names and address in lower case, to search in
    role_id       TEXT    NOT NULL REFERENCES roles (id),
    enabled       INTEGER NOT NULL,
    status        TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT;
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_role ON users (role_id);

-- A token acts in a role, whose name is in `role`, or has permissions of its own and an empty `role`.
ALTER TABLE tokens ADD COLUMN permissions TEXT;                             -- JSON array
ALTER TABLE tokens ADD COLUMN log_types TEXT;                               -- JSON object, beside `permissions`
ALTER TABLE tokens ADD COLUMN allowed_networks TEXT NOT NULL DEFAULT '[]';  -- JSON array; empty = any address
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
ALTER TABLE tokens ADD COLUMN created_by TEXT;                              -- JSON object
ALTER TABLE tokens ADD COLUMN updated_at INTEGER;
ALTER TABLE tokens ADD COLUMN updated_by TEXT;                              -- JSON object
ALTER TABLE tokens ADD COLUMN rotated_at INTEGER;
ALTER TABLE tokens ADD COLUMN rotated_by TEXT;                              -- JSON object

PRAGMA user_version = 6;
