-- What people do about incidents: drills that end by themselves, silences, who is told next,
-- remarks and checklists.

-- `ends_at` is a drill's. `silences` counts how often it came under one, so that each end of a
-- silence tells under a key of its own.
ALTER TABLE incident ADD COLUMN ends_at BIGINT;
ALTER TABLE incident ADD COLUMN silenced BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN silences BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN assigned_to TEXT COLLATE "C";
ALTER TABLE incident ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0;

-- Who is told one after the other, as it was planned when the ladder began: what is configured
-- later changes no ladder that has begun. A step waits while it has neither been taken nor
-- stopped; only the next has a moment at which it is due. `rung` is the step as JSON.
CREATE TABLE ladder_step (
    site       TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    place      TEXT COLLATE "C" NOT NULL,
    n          BIGINT NOT NULL,
    run        BIGINT NOT NULL,
    step       BIGINT NOT NULL,
    rung       TEXT COLLATE "C" NOT NULL,
    due_at     BIGINT,
    taken_at   BIGINT,
    stopped_at BIGINT,
    roles      TEXT COLLATE "C",
    PRIMARY KEY (site, kind, place, n, run, step)
);

CREATE TABLE incident_comment (
    site     TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    ordinal  BIGINT NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    place    TEXT COLLATE "C" NOT NULL,
    n        BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL,
    words    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, position, ordinal)
);

CREATE INDEX incident_comment_of ON incident_comment (site, kind, place, n);

-- What of a checklist is done.
CREATE TABLE incident_tick (
    site  TEXT COLLATE "C" NOT NULL,
    kind  TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    n     BIGINT NOT NULL,
    item  TEXT COLLATE "C" NOT NULL,
    done  BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, kind, place, n, item)
);

-- Places of which nobody is told for a while. One that is over has `ended_at`; `ended_by` is who
-- ended it before its time.
CREATE TABLE silence (
    site             TEXT COLLATE "C" NOT NULL,
    n                BIGINT NOT NULL,
    place            TEXT COLLATE "C" NOT NULL,
    from_at          BIGINT NOT NULL,
    until_at         BIGINT NOT NULL,
    because          TEXT COLLATE "C" NOT NULL,
    set_by           TEXT COLLATE "C" NOT NULL,
    set_at           BIGINT NOT NULL,
    begun            BIGINT NOT NULL,
    ended_at         BIGINT,
    ended_by         TEXT COLLATE "C",
    updated_position BIGINT NOT NULL,
    PRIMARY KEY (site, n)
);

-- How much people are told is counted over days.
CREATE INDEX outbox_by_time ON outbox (site, queued_at);
