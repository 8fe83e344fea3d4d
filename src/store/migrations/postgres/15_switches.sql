-- What devices were told to do. Rows win, as with signs: what a valve was told cannot be guessed
-- from what was measured. `until` is when an order is no longer carried out; `withdrawn_at` is set
-- when it holds no longer, and nothing is ever deleted, so that epochs go on.
CREATE TABLE switch_order (
    site                 TEXT COLLATE "C" NOT NULL,
    switch_id            TEXT COLLATE "C" NOT NULL,
    epoch                BIGINT NOT NULL,
    does                 TEXT COLLATE "C" NOT NULL,
    kind                 TEXT COLLATE "C" NOT NULL,
    place                TEXT COLLATE "C" NOT NULL,
    n                    BIGINT NOT NULL,
    until                BIGINT NOT NULL,
    say                  TEXT COLLATE "C",
    say_ko               TEXT COLLATE "C",
    because              TEXT COLLATE "C" NOT NULL,
    because_ko           TEXT COLLATE "C" NOT NULL,
    ordered_at           BIGINT NOT NULL,
    withdrawn_at         BIGINT,
    withdrawn_because    TEXT COLLATE "C",
    withdrawn_because_ko TEXT COLLATE "C",
    position             BIGINT NOT NULL,
    PRIMARY KEY (site, switch_id)
);
