-- A notice on one way to one person. An endpoint that is told whatever the hour (a webhook) is its
-- own person. Made anew, since a column of a key cannot be added.
CREATE TABLE delivery_on_a_way (
    notice     TEXT    NOT NULL REFERENCES outbox (key),
    person     TEXT    NOT NULL,
    endpoint   TEXT    NOT NULL,
    -- `sent`: taken by whoever carries it. `failed`: given up on this way; the person's next one
    -- has been tried since.
    status     TEXT    NOT NULL
               CHECK (status IN ('due', 'sent', 'failed', 'stopped')),
    attempts   INTEGER NOT NULL,
    -- Machine time, as back-off runs in real time whatever the service's clock says.
    next_at    INTEGER NOT NULL,
    -- When this way's turn came.
    since      INTEGER NOT NULL,
    sent_at    INTEGER,
    error      TEXT,
    -- The key under which it was first tried. What shares one goes as one text.
    batch      TEXT,
    -- What the carrier calls it.
    handle     TEXT,
    PRIMARY KEY (notice, person, endpoint)
) STRICT, WITHOUT ROWID;

INSERT INTO delivery_on_a_way
    (notice, person, endpoint, status, attempts, next_at, since, sent_at, error)
SELECT notice, endpoint, endpoint, status, attempts, next_at, next_at, sent_at, error
FROM delivery;

DROP TABLE delivery;
ALTER TABLE delivery_on_a_way RENAME TO delivery;

CREATE INDEX delivery_due ON delivery (endpoint, next_at) WHERE status = 'due';

-- A notice that reached nobody, and one that arrived after all. Whether the monitor has been told
-- is written with what it made of it.
CREATE TABLE undelivered (
    notice  TEXT    NOT NULL PRIMARY KEY REFERENCES outbox (key),
    at      INTEGER NOT NULL,
    because TEXT    NOT NULL,
    told    INTEGER NOT NULL CHECK (told IN (0, 1)),
    -- 1: arrived and to be told; 2: told.
    arrived INTEGER NOT NULL DEFAULT 0 CHECK (arrived IN (0, 1, 2))
) STRICT, WITHOUT ROWID;
