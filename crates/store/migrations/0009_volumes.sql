-- How much came in, by the quarter of an hour; after some days by the hour.
CREATE TABLE volumes (
    started_at   INTEGER NOT NULL, -- start of the quarter or hour
    source_id    TEXT    NOT NULL,
    log_type     TEXT    NOT NULL, -- empty: the accepted bodies themselves, whatever became of them
    bytes        INTEGER NOT NULL, -- of the bodies; with a log type, of the records that fit it
    events       INTEGER NOT NULL, -- without a log type: records
    failures     INTEGER NOT NULL, -- records kept as failures
    latency_ms   INTEGER NOT NULL, -- sum over `timed_events` of acceptance time less event time
    timed_events INTEGER NOT NULL,
    PRIMARY KEY (started_at, source_id, log_type)
) STRICT, WITHOUT ROWID;
CREATE INDEX volumes_quarters ON volumes (started_at) WHERE started_at % 3600000000000 <> 0;

-- When each source was heard of last; times of acceptance.
CREATE TABLE source_states (
    source_id          TEXT    NOT NULL PRIMARY KEY,
    known_at           INTEGER, -- when the source was first seen in the configuration
    received_at        INTEGER, -- last body
    processed_at       INTEGER, -- last body with an event
    unclassified_at    INTEGER, -- last body with a record that fits no schema
    unreadable_at      INTEGER  -- last body that is not made up as its stream type says
) STRICT, WITHOUT ROWID;

-- What is wrong with sources now; a row goes when it is right again.
CREATE TABLE source_troubles (
    source_id TEXT    NOT NULL,
    kind      TEXT    NOT NULL, -- word of a system error
    since     INTEGER NOT NULL,
    alert_id  TEXT    NOT NULL,
    PRIMARY KEY (source_id, kind)
) STRICT, WITHOUT ROWID;

-- Alarms of sources that are set by the API.
CREATE TABLE source_alarms (
    source_id         TEXT    NOT NULL PRIMARY KEY,
    minutes_threshold INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    updated_by        TEXT    NOT NULL -- JSON object
) STRICT, WITHOUT ROWID;
