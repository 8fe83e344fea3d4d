-- Signs that lead people out. Rows win: at a start the signs are taken from here, never from a
-- snapshot, since what a sign was told cannot be guessed from what was measured.

-- What each sign is to show by the last plan, what it was told last, and what it answered last.
-- `until` is when the sign goes back to its direction at rest by itself, so a row whose `until`
-- has passed says nothing about now. `toward` is the zone it leads into, for whoever checks that
-- signs together never lead round.
CREATE TABLE sign_state (
    site            TEXT COLLATE "C" NOT NULL,
    sign            TEXT COLLATE "C" NOT NULL,
    planned_epoch   BIGINT  NOT NULL,
    planned_show    TEXT COLLATE "C" NOT NULL,
    planned_toward  TEXT COLLATE "C",
    planned_because TEXT COLLATE "C" NOT NULL,
    epoch           BIGINT,
    show            TEXT COLLATE "C",
    toward          TEXT COLLATE "C",
    until           BIGINT,
    because         TEXT COLLATE "C",
    shown_epoch     BIGINT,
    shown           TEXT COLLATE "C",
    shown_at        BIGINT,
    position        BIGINT  NOT NULL,
    PRIMARY KEY (site, sign)
);

-- Everything a sign was told. Until it answers it may show any of it, so one row per sign would
-- not be enough: these are the directions that count when the next sign is told. A `run` begins
-- when signs at rest are told something; rows of an earlier run are history.
CREATE TABLE sign_told (
    site     TEXT COLLATE "C" NOT NULL,
    position BIGINT  NOT NULL,
    ordinal  BIGINT  NOT NULL,
    run      BIGINT  NOT NULL,
    sign     TEXT COLLATE "C" NOT NULL,
    epoch    BIGINT  NOT NULL,
    show     TEXT COLLATE "C" NOT NULL,
    toward   TEXT COLLATE "C",
    because  TEXT COLLATE "C" NOT NULL,
    at       BIGINT  NOT NULL,
    until    BIGINT  NOT NULL,
    shown_at BIGINT,
    PRIMARY KEY (site, position, ordinal)
);

-- A start asks for the newest run only.
CREATE INDEX sign_told_by_run ON sign_told (site, run);
