-- Who lives where, by id: consent, absence, visit and walk test of one stay of one tenant. No
-- name and no number stands here. A stay that is over keeps its dates and nothing else.
CREATE TABLE household (
    site                TEXT COLLATE "C"    NOT NULL,
    household           TEXT COLLATE "C"    NOT NULL,
    home                TEXT COLLATE "C"    NOT NULL,
    since               BIGINT NOT NULL,
    monitoring          BIGINT NOT NULL DEFAULT 0,
    night               BIGINT NOT NULL DEFAULT 0,
    needs_help_to_leave BIGINT NOT NULL DEFAULT 0,
    away_from           BIGINT,
    away_until          BIGINT,
    away_reason         TEXT COLLATE "C",
    visit_from          BIGINT,
    visit_until         BIGINT,
    walk_started_at     BIGINT,
    walk_passed_at      BIGINT,
    moved_out_at        BIGINT,
    -- Where the log stood at the move-out; what came before is deleted once a snapshot covers it.
    moved_out_position  BIGINT,
    erased_at           BIGINT,
    PRIMARY KEY (site, household)
);

CREATE UNIQUE INDEX household_one_a_home ON household (site, home) WHERE moved_out_at IS NULL;
CREATE INDEX household_to_erase ON household (site) WHERE erased_at IS NULL
    AND moved_out_at IS NOT NULL;

-- What each sensor has said during the walk test of a stay.
CREATE TABLE walk_test (
    site      TEXT COLLATE "C"    NOT NULL,
    household TEXT COLLATE "C"    NOT NULL,
    device    TEXT COLLATE "C"    NOT NULL,
    touched   BIGINT NOT NULL,
    opened    BIGINT NOT NULL,
    shut      BIGINT NOT NULL,
    open      BIGINT,
    PRIMARY KEY (site, household, device)
);

-- Every consent, absence, visit and move, as it was said and by whom.
CREATE TABLE household_change (
    site      TEXT COLLATE "C"    NOT NULL,
    position  BIGINT NOT NULL,
    ordinal   BIGINT NOT NULL,
    home      TEXT COLLATE "C"    NOT NULL,
    household TEXT COLLATE "C"    NOT NULL,
    change    TEXT COLLATE "C"    NOT NULL,
    detail    TEXT COLLATE "C"    NOT NULL,
    at        BIGINT NOT NULL,
    actor     TEXT COLLATE "C",
    PRIMARY KEY (site, position, ordinal)
);

CREATE INDEX household_change_of ON household_change (site, household);

-- The key of each household, wrapped by the key file's key that `wrapped_by` names. It goes with
-- the move-out, and with it whatever was written with it, wherever a copy lies.
CREATE TABLE household_key (
    site       TEXT COLLATE "C" NOT NULL,
    household  TEXT COLLATE "C" NOT NULL,
    wrapped_by TEXT COLLATE "C" NOT NULL,
    wrapped    BYTEA NOT NULL,
    PRIMARY KEY (site, household)
);

-- Names, numbers, addresses and notes of a household, sealed with its key.
CREATE TABLE personal (
    site       TEXT COLLATE "C"    NOT NULL,
    household  TEXT COLLATE "C"    NOT NULL,
    sealed     BYTEA    NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (site, household)
);
