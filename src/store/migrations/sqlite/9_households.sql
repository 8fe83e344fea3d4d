-- Who lives where, by id: consent, absence, visit and walk test of one stay of one tenant. No
-- name and no number stands here. A stay that is over keeps its dates and nothing else.
CREATE TABLE household (
    site                TEXT    NOT NULL,
    household           TEXT    NOT NULL,
    home                TEXT    NOT NULL,
    since               INTEGER NOT NULL,
    monitoring          INTEGER NOT NULL DEFAULT 0,
    night               INTEGER NOT NULL DEFAULT 0,
    needs_help_to_leave INTEGER NOT NULL DEFAULT 0,
    away_from           INTEGER,
    away_until          INTEGER,
    away_reason         TEXT,
    visit_from          INTEGER,
    visit_until         INTEGER,
    walk_started_at     INTEGER,
    walk_passed_at      INTEGER,
    moved_out_at        INTEGER,
    -- Where the log stood at the move-out; what came before is deleted once a snapshot covers it.
    moved_out_position  INTEGER,
    erased_at           INTEGER,
    PRIMARY KEY (site, household)
) STRICT;

CREATE UNIQUE INDEX household_one_a_home ON household (site, home) WHERE moved_out_at IS NULL;
CREATE INDEX household_to_erase ON household (site) WHERE erased_at IS NULL
    AND moved_out_at IS NOT NULL;

-- What each sensor has said during the walk test of a stay.
CREATE TABLE walk_test (
    site      TEXT    NOT NULL,
    household TEXT    NOT NULL,
    device    TEXT    NOT NULL,
    touched   INTEGER NOT NULL,
    opened    INTEGER NOT NULL,
    shut      INTEGER NOT NULL,
    open      INTEGER,
    PRIMARY KEY (site, household, device)
) STRICT, WITHOUT ROWID;

-- Every consent, absence, visit and move, as it was said and by whom.
CREATE TABLE household_change (
    site      TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    home      TEXT    NOT NULL,
    household TEXT    NOT NULL,
    change    TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    actor     TEXT,
    PRIMARY KEY (site, position, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX household_change_of ON household_change (site, household);

-- The key of each household, wrapped by the key file's key that `wrapped_by` names. It goes with
-- the move-out, and with it whatever was written with it, wherever a copy lies.
CREATE TABLE household_key (
    site       TEXT NOT NULL,
    household  TEXT NOT NULL,
    wrapped_by TEXT NOT NULL,
    wrapped    BLOB NOT NULL,
    PRIMARY KEY (site, household)
) STRICT;

-- Names, numbers, addresses and notes of a household, sealed with its key.
CREATE TABLE personal (
    site       TEXT    NOT NULL,
    household  TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (site, household)
) STRICT;
