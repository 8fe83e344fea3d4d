-- What devices were told to do. Rows win, as with signs: what a valve was told cannot be guessed
-- from what was measured. `until` is when an order is no longer carried out; `withdrawn_at` is set
-- when it holds no longer, and nothing is ever deleted, so that epochs go on.
CREATE TABLE switch_order (
    site                 TEXT    NOT NULL,
    switch_id            TEXT    NOT NULL,
    epoch                INTEGER NOT NULL,
    does                 TEXT    NOT NULL,
    kind                 TEXT    NOT NULL,
    place                TEXT    NOT NULL,
    n                    INTEGER NOT NULL,
    until                INTEGER NOT NULL,
    say                  TEXT,
    say_ko               TEXT,
    because              TEXT    NOT NULL,
    because_ko           TEXT    NOT NULL,
    ordered_at           INTEGER NOT NULL,
    withdrawn_at         INTEGER,
    withdrawn_because    TEXT,
    withdrawn_because_ko TEXT,
    position             INTEGER NOT NULL,
    PRIMARY KEY (site, switch_id)
) STRICT, WITHOUT ROWID;
