-- Who people are to identity providers. Issuer and subject together are one person for ever; an address may be given
-- to somebody else one day.

CREATE TABLE user_identities (
    issuer            TEXT    NOT NULL,
    subject           TEXT    NOT NULL,
    user_id           TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at        INTEGER NOT NULL,
    last_used_at      INTEGER, -- none: connected by hand, and not used since
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX user_identities_user ON user_identities (user_id);
