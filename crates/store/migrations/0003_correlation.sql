-- Signals: matches of rules that correlation rules look at, and what correlation rules made of them.

CREATE TABLE signals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- grows in the order of commits, never used twice
    rule_id      TEXT    NOT NULL,
    row_id       TEXT    NOT NULL, -- p_row_id of the event
    event_at     INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL,
    log_type     TEXT    NOT NULL,
    source_id    TEXT    NOT NULL,
    field_values TEXT    NOT NULL, -- JSON array of [path, [values]]
    raw_bytes    INTEGER NOT NULL, -- size of the event when decompressed
    event        BLOB    NOT NULL, -- zstd of its JSON text
    UNIQUE (rule_id, row_id)
) STRICT;
CREATE INDEX signals_rule ON signals (rule_id);
CREATE INDEX signals_time ON signals (rule_id, event_at);

-- How many signals of each rule are kept, so that nobody has to count them.
CREATE TABLE signal_counts (
    rule_id TEXT    NOT NULL PRIMARY KEY,
    kept    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each active correlation rule has got.
CREATE TABLE correlation_runs (
    rule_id        TEXT    NOT NULL PRIMARY KEY,
    version        TEXT    NOT NULL, -- of the detection that ran
    last_signal_id INTEGER NOT NULL, -- signals up to this one were looked at
    last_run_at    INTEGER           -- of the last run on schedule
) STRICT, WITHOUT ROWID;

-- Signals that are part of a match that was reported; they go with the signal.
CREATE TABLE correlation_reported (
    rule_id   TEXT    NOT NULL,
    match_key TEXT    NOT NULL, -- digest of the shared values
    signal_id INTEGER NOT NULL REFERENCES signals (id) ON DELETE CASCADE,
    PRIMARY KEY (rule_id, match_key, signal_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX correlation_reported_signal ON correlation_reported (signal_id);

PRAGMA user_version = 3;
