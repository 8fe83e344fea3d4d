-- What people do about incidents: drills that end by themselves, silences, who is told next,
-- remarks and checklists.

-- `ends_at` is a drill's. `silences` counts how often it came under one, so that each end of a
-- silence tells under a key of its own.
ALTER TABLE incident ADD COLUMN ends_at INTEGER;
ALTER TABLE incident ADD COLUMN silenced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN silences INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN assigned_to TEXT;
ALTER TABLE incident ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;

-- Who is told one after the other, as it was planned when the ladder began: what is configured
-- later changes no ladder that has begun. A step waits while it has neither been taken nor
-- stopped; only the next has a moment at which it is due. `rung` is the step as JSON.
CREATE TABLE ladder_step (
    site       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    run        INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    rung       TEXT    NOT NULL,
    due_at     INTEGER,
    taken_at   INTEGER,
    stopped_at INTEGER,
    roles      TEXT,
    PRIMARY KEY (site, kind, place, n, run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident_comment (
    site     TEXT    NOT NULL,
    position INTEGER NOT NULL,
    ordinal  INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    place    TEXT    NOT NULL,
    n        INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    words    TEXT    NOT NULL,
    PRIMARY KEY (site, position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX incident_comment_of ON incident_comment (site, kind, place, n);

-- What of a checklist is done.
CREATE TABLE incident_tick (
    site  TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    place TEXT    NOT NULL,
    n     INTEGER NOT NULL,
    item  TEXT    NOT NULL,
    done  INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    actor TEXT    NOT NULL,
    PRIMARY KEY (site, kind, place, n, item)
) STRICT, WITHOUT ROWID;

-- Places of which nobody is told for a while. One that is over has `ended_at`; `ended_by` is who
-- ended it before its time.
CREATE TABLE silence (
    site             TEXT    NOT NULL,
    n                INTEGER NOT NULL,
    place            TEXT    NOT NULL,
    from_at          INTEGER NOT NULL,
    until_at         INTEGER NOT NULL,
    because          TEXT    NOT NULL,
    set_by           TEXT    NOT NULL,
    set_at           INTEGER NOT NULL,
    begun            INTEGER NOT NULL,
    ended_at         INTEGER,
    ended_by         TEXT,
    updated_position INTEGER NOT NULL,
    PRIMARY KEY (site, n)
) STRICT, WITHOUT ROWID;

-- How much people are told is counted over days.
CREATE INDEX outbox_by_time ON outbox (site, queued_at);
