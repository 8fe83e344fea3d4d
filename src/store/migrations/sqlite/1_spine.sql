-- The spine. Moments are whole microseconds since 1970 (UTC), flags are 0 or 1, lists are JSON
-- text: what SQLite and PostgreSQL both hold, so that one SQL text serves both.

-- A scaled clock goes on from its anchor after a restart.
CREATE TABLE clock_anchor (
    only_one   INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    service_at INTEGER NOT NULL,
    wall_at    INTEGER NOT NULL,
    speed      REAL    NOT NULL
) STRICT;

-- Every configuration that ever held, by the hash that inputs and incidents name.
CREATE TABLE configuration (
    hash         TEXT    NOT NULL PRIMARY KEY,
    activated_at INTEGER NOT NULL,
    body         TEXT    NOT NULL
) STRICT;

-- Which configuration held from which position on.
CREATE TABLE activation (
    site     TEXT    NOT NULL,
    position INTEGER NOT NULL,
    hash     TEXT    NOT NULL,
    PRIMARY KEY (site, position)
) STRICT, WITHOUT ROWID;

-- The input log: everything that moved a site's monitor, one row per message and not per value,
-- since rows are the budget. The key is site and position, which only ever appends: a key that
-- starts with the device would dirty one page per message and halve the rate. A device's history
-- is a chain instead: `previous` is the position of the same device's message before this one.
-- `body` says what the columns do not; its form is `store::body`'s.
CREATE TABLE input (
    site        TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    step_at     INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    device      TEXT,
    received_at INTEGER,
    at          INTEGER,
    quality     TEXT,
    previous    INTEGER,
    body        TEXT    NOT NULL,
    PRIMARY KEY (site, position)
) STRICT, WITHOUT ROWID;

-- Where each device's chain begins, as of the last snapshot; what came after is a short scan.
CREATE TABLE device_head (
    site     TEXT    NOT NULL,
    device   TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (site, device)
) STRICT, WITHOUT ROWID;

-- What the watching half had learnt by `position`. The end of a log that has been dropped stands
-- there too, in `step_at`. Valid once its row in snapshot_done stands.
CREATE TABLE snapshot (
    site     TEXT    NOT NULL,
    position INTEGER NOT NULL,
    part     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (site, position, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_done (
    site          TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    format        INTEGER NOT NULL,
    configuration TEXT    NOT NULL,
    step_at       INTEGER NOT NULL,
    taken_at      INTEGER NOT NULL,
    PRIMARY KEY (site, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident (
    site               TEXT    NOT NULL,
    kind               TEXT    NOT NULL,
    place              TEXT    NOT NULL,
    n                  INTEGER NOT NULL,
    exercise           INTEGER NOT NULL DEFAULT 0,
    class              TEXT    NOT NULL,
    level              TEXT    NOT NULL,
    state              TEXT    NOT NULL,
    -- Whether the condition still holds; it outlives resolution, so that what was resolved while
    -- it stood stays silent until it has once cleared or has grown.
    stands             INTEGER NOT NULL,
    opened_at          INTEGER NOT NULL,
    opened_step_at     INTEGER NOT NULL,
    opened_position    INTEGER NOT NULL,
    updated_position   INTEGER NOT NULL,
    acknowledged_by    TEXT,
    acknowledged_at    INTEGER,
    acknowledged_until INTEGER,
    acknowledgements   INTEGER NOT NULL DEFAULT 0,
    resolved_by        TEXT,
    resolved_at        INTEGER,
    outcome            TEXT,
    note               TEXT,
    PRIMARY KEY (site, kind, place, n),
    CHECK ((state = 'resolved') = (outcome IS NOT NULL))
) STRICT;

-- Promise 1 in the database itself: at most one unresolved incident per key.
CREATE UNIQUE INDEX incident_one_open
    ON incident (site, kind, place, exercise) WHERE state <> 'resolved';
CREATE INDEX incident_changed ON incident (site, updated_position);

-- Why: one row per finding that joined an incident. `ended_at` is null while it stands.
CREATE TABLE evidence (
    site          TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    ordinal       INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    place         TEXT    NOT NULL,
    n             INTEGER NOT NULL,
    rule          TEXT    NOT NULL,
    rule_version  TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    class         TEXT    NOT NULL,
    level         TEXT    NOT NULL,
    zone          TEXT,
    devices       TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    step_at       INTEGER NOT NULL,
    late          INTEGER NOT NULL,
    because       TEXT    NOT NULL,
    readings      TEXT    NOT NULL,
    ended_at      INTEGER,
    ended_because TEXT,
    PRIMARY KEY (site, position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX evidence_of_incident ON evidence (site, kind, place, n);

-- What moved: states, levels and standing, with cause and person.
CREATE TABLE transition (
    site       TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    ordinal    INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    from_state TEXT    NOT NULL,
    to_state   TEXT    NOT NULL,
    cause      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    step_at    INTEGER NOT NULL,
    actor      TEXT,
    PRIMARY KEY (site, position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX transition_of_incident ON transition (site, kind, place, n);

-- Who is to be told. The key is incident, step and role, so a notice is queued once however
-- often its step is decided.
CREATE TABLE outbox (
    key       TEXT    NOT NULL PRIMARY KEY,
    site      TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    place     TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    step      TEXT    NOT NULL,
    role      TEXT    NOT NULL,
    queued_at INTEGER NOT NULL,
    status    TEXT    NOT NULL CHECK (status IN ('queued', 'handed', 'stopped'))
) STRICT;

CREATE INDEX outbox_of_incident ON outbox (site, kind, place, n);
CREATE INDEX outbox_queued ON outbox (role) WHERE status = 'queued';

-- Commands of people with their answers: the same key gets the same answer.
CREATE TABLE command (
    site     TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    answer   TEXT    NOT NULL,
    PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;

-- What could not be taken as a reading: its first KiB and the reason. Never dropped silently.
CREATE TABLE dead_letter (
    id          INTEGER NOT NULL PRIMARY KEY,
    received_at INTEGER NOT NULL,
    topic       BLOB    NOT NULL,
    reason      TEXT    NOT NULL,
    sentence    TEXT    NOT NULL,
    bytes       INTEGER NOT NULL,
    payload     BLOB    NOT NULL
) STRICT;
