-- The spine. Moments are whole microseconds since 1970 (UTC), flags are 0 or 1, lists are JSON
-- text: what SQLite and PostgreSQL both hold, so that one SQL text serves both. That is why no
-- column here is a timestamptz, a boolean or a jsonb. Whole numbers are BIGINT throughout, since
-- SQLite knows one width only, and texts are ordered by their bytes (COLLATE "C") as SQLite does,
-- whatever language the server was set up in.

-- How often the database was taken by a process. Who comes back after losing its session sees
-- here whether another wrote meanwhile.
CREATE TABLE writer (
    only_one BIGINT NOT NULL PRIMARY KEY CHECK (only_one = 1),
    turn     BIGINT NOT NULL
);

-- A scaled clock goes on from its anchor after a restart.
CREATE TABLE clock_anchor (
    only_one   BIGINT  NOT NULL PRIMARY KEY CHECK (only_one = 1),
    service_at BIGINT  NOT NULL,
    wall_at    BIGINT  NOT NULL,
    speed      DOUBLE PRECISION NOT NULL
);

-- Every configuration that ever held, by the hash that inputs and incidents name.
CREATE TABLE configuration (
    hash         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    activated_at BIGINT  NOT NULL,
    body         TEXT COLLATE "C" NOT NULL
);

-- Which configuration held from which position on.
CREATE TABLE activation (
    site     TEXT COLLATE "C" NOT NULL,
    position BIGINT  NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, position)
);

-- The input log: everything that moved a site's monitor, one row per message and not per value,
-- since rows are the budget. It is cut into days (partitions that the writer makes ahead), so that
-- old ones are dropped whole: deleting rows of a log this size would leave as much behind as it
-- takes away. The day has to stand in the key, because PostgreSQL keeps a key unique within a
-- partition only; site and position come first, since they are what is looked up, and they only
-- ever append. That a position is given once is up to the one writer. A device's history is a
-- chain: `previous` is the position of the same device's message before this one.
CREATE TABLE input (
    site        TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL,
    step_at     BIGINT NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    device      TEXT COLLATE "C",
    received_at BIGINT,
    at          BIGINT,
    quality     TEXT COLLATE "C",
    previous    BIGINT,
    body        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, position, step_at)
) PARTITION BY RANGE (step_at);

-- Where each device's chain begins, as of the last snapshot; what came after is a short scan.
CREATE TABLE device_head (
    site     TEXT COLLATE "C" NOT NULL,
    device   TEXT COLLATE "C" NOT NULL,
    position BIGINT  NOT NULL,
    PRIMARY KEY (site, device)
);

-- What the watching half had learnt by `position`. The end of a log that has been dropped stands
-- there too, in `step_at`. Valid once its row in snapshot_done stands.
CREATE TABLE snapshot (
    site     TEXT COLLATE "C" NOT NULL,
    position BIGINT  NOT NULL,
    part     TEXT COLLATE "C" NOT NULL,
    body     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, position, part)
);

CREATE TABLE snapshot_done (
    site          TEXT COLLATE "C" NOT NULL,
    position      BIGINT  NOT NULL,
    format        BIGINT  NOT NULL,
    configuration TEXT COLLATE "C" NOT NULL,
    step_at       BIGINT  NOT NULL,
    taken_at      BIGINT  NOT NULL,
    PRIMARY KEY (site, position)
);

CREATE TABLE incident (
    site               TEXT COLLATE "C" NOT NULL,
    kind               TEXT COLLATE "C" NOT NULL,
    place              TEXT COLLATE "C" NOT NULL,
    n                  BIGINT  NOT NULL,
    exercise           BIGINT  NOT NULL DEFAULT 0,
    class              TEXT COLLATE "C" NOT NULL,
    level              TEXT COLLATE "C" NOT NULL,
    state              TEXT COLLATE "C" NOT NULL,
    -- Whether the condition still holds; it outlives resolution, so that what was resolved while
    -- it stood stays silent until it has once cleared or has grown.
    stands             BIGINT  NOT NULL,
    opened_at          BIGINT  NOT NULL,
    opened_step_at     BIGINT  NOT NULL,
    opened_position    BIGINT  NOT NULL,
    updated_position   BIGINT  NOT NULL,
    acknowledged_by    TEXT COLLATE "C",
    acknowledged_at    BIGINT,
    acknowledged_until BIGINT,
    acknowledgements   BIGINT  NOT NULL DEFAULT 0,
    resolved_by        TEXT COLLATE "C",
    resolved_at        BIGINT,
    outcome            TEXT COLLATE "C",
    note               TEXT COLLATE "C",
    PRIMARY KEY (site, kind, place, n),
    CHECK ((state = 'resolved') = (outcome IS NOT NULL))
);

-- Promise 1 in the database itself: at most one unresolved incident per key.
CREATE UNIQUE INDEX incident_one_open
    ON incident (site, kind, place, exercise) WHERE state <> 'resolved';
CREATE INDEX incident_changed ON incident (site, updated_position);

-- Why: one row per finding that joined an incident. `ended_at` is null while it stands.
CREATE TABLE evidence (
    site          TEXT COLLATE "C" NOT NULL,
    position      BIGINT  NOT NULL,
    ordinal       BIGINT  NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    place         TEXT COLLATE "C" NOT NULL,
    n             BIGINT  NOT NULL,
    rule          TEXT COLLATE "C" NOT NULL,
    rule_version  TEXT COLLATE "C" NOT NULL,
    source        TEXT COLLATE "C" NOT NULL,
    class         TEXT COLLATE "C" NOT NULL,
    level         TEXT COLLATE "C" NOT NULL,
    zone          TEXT COLLATE "C",
    devices       TEXT COLLATE "C" NOT NULL,
    at            BIGINT  NOT NULL,
    step_at       BIGINT  NOT NULL,
    late          BIGINT  NOT NULL,
    because       TEXT COLLATE "C" NOT NULL,
    readings      TEXT COLLATE "C" NOT NULL,
    ended_at      BIGINT,
    ended_because TEXT COLLATE "C",
    PRIMARY KEY (site, position, ordinal)
);

CREATE INDEX evidence_of_incident ON evidence (site, kind, place, n);

-- What moved: states, levels and standing, with cause and person.
CREATE TABLE transition (
    site       TEXT COLLATE "C" NOT NULL,
    position   BIGINT  NOT NULL,
    ordinal    BIGINT  NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    place      TEXT COLLATE "C" NOT NULL,
    n          BIGINT  NOT NULL,
    from_state TEXT COLLATE "C" NOT NULL,
    to_state   TEXT COLLATE "C" NOT NULL,
    cause      TEXT COLLATE "C" NOT NULL,
    at         BIGINT  NOT NULL,
    step_at    BIGINT  NOT NULL,
    actor      TEXT COLLATE "C",
    PRIMARY KEY (site, position, ordinal)
);

CREATE INDEX transition_of_incident ON transition (site, kind, place, n);

-- Who is to be told. The key is incident, step and role, so a notice is queued once however
-- often its step is decided.
CREATE TABLE outbox (
    key       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site      TEXT COLLATE "C" NOT NULL,
    position  BIGINT  NOT NULL,
    ordinal   BIGINT  NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    place     TEXT COLLATE "C" NOT NULL,
    n         BIGINT  NOT NULL,
    step      TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    queued_at BIGINT  NOT NULL,
    status    TEXT COLLATE "C" NOT NULL CHECK (status IN ('queued', 'handed', 'stopped'))
);

CREATE INDEX outbox_of_incident ON outbox (site, kind, place, n);
CREATE INDEX outbox_queued ON outbox (role) WHERE status = 'queued';

-- Commands of people with their answers: the same key gets the same answer.
CREATE TABLE command (
    site     TEXT COLLATE "C" NOT NULL,
    key      TEXT COLLATE "C" NOT NULL,
    position BIGINT  NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL,
    action   TEXT COLLATE "C" NOT NULL,
    answer   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, key)
);

-- What could not be taken as a reading: its first KiB and the reason. Never dropped silently.
CREATE TABLE dead_letter (
    id          BIGINT  GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    received_at BIGINT  NOT NULL,
    topic       BYTEA   NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    sentence    TEXT COLLATE "C" NOT NULL,
    bytes       BIGINT  NOT NULL,
    payload     BYTEA   NOT NULL
);
