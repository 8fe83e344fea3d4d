-- Signs that lead people out. Rows win: at a start the signs are taken from here, never from a
-- snapshot, since what a sign was told cannot be guessed from what was measured.

-- What each sign is to show by the last plan, what it was told last, and what it answered last.
-- `until` is when the sign goes back to its direction at rest by itself, so a row whose `until`
-- has passed says nothing about now. `toward` is the zone it leads into, for whoever checks that
-- signs together never lead round.
CREATE TABLE sign_state (
    site            TEXT    NOT NULL,
    sign            TEXT    NOT NULL,
    planned_epoch   INTEGER NOT NULL,
    planned_show    TEXT    NOT NULL,
    planned_toward  TEXT,
    planned_because TEXT    NOT NULL,
    epoch           INTEGER,
    show            TEXT,
    toward          TEXT,
    until           INTEGER,
    because         TEXT,
    shown_epoch     INTEGER,
    shown           TEXT,
    shown_at        INTEGER,
    position        INTEGER NOT NULL,
    PRIMARY KEY (site, sign)
) STRICT, WITHOUT ROWID;

-- Everything a sign was told. Until it answers it may show any of it, so one row per sign would
-- not be enough: these are the directions that count when the next sign is told. A `run` begins
-- when signs at rest are told something; rows of an earlier run are history.
CREATE TABLE sign_told (
    site     TEXT    NOT NULL,
    position INTEGER NOT NULL,
    ordinal  INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    sign     TEXT    NOT NULL,
    epoch    INTEGER NOT NULL,
    show     TEXT    NOT NULL,
    toward   TEXT,
    because  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    shown_at INTEGER,
    PRIMARY KEY (site, position, ordinal)
) STRICT, WITHOUT ROWID;

-- A start asks for the newest run only.
CREATE INDEX sign_told_by_run ON sign_told (site, run);
