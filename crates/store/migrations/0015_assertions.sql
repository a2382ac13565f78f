-- What identity providers that speak SAML said: each assertion signs somebody in once.

CREATE TABLE assertions (
    digest            BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of issuer and id of the assertion
    usable_until      INTEGER NOT NULL
) STRICT;
CREATE INDEX assertions_until ON assertions (usable_until);

-- The last metadata of providers that it is fetched from: it counts on when they do not answer.
CREATE TABLE provider_metadata (
    provider_id       TEXT    NOT NULL PRIMARY KEY,
    url               TEXT    NOT NULL,
    entity_id         TEXT    NOT NULL,
    document          TEXT    NOT NULL,
    fetched_at        INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 15;
