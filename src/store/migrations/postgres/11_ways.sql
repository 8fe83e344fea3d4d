-- A notice on one way to one person. An endpoint that is told whatever the hour (a webhook) is its
-- own person. Made anew, since a column of a key cannot be added.
CREATE TABLE delivery_on_a_way (
    notice     TEXT COLLATE "C"    NOT NULL REFERENCES outbox (key),
    person     TEXT COLLATE "C"    NOT NULL,
    endpoint   TEXT COLLATE "C"    NOT NULL,
    -- `sent`: taken by whoever carries it. `failed`: given up on this way; the person's next one
    -- has been tried since.
    status     TEXT COLLATE "C"    NOT NULL
               CHECK (status IN ('due', 'sent', 'failed', 'stopped')),
    attempts   BIGINT  NOT NULL,
    -- Machine time, as back-off runs in real time whatever the service's clock says.
    next_at    BIGINT  NOT NULL,
    -- When this way's turn came.
    since      BIGINT  NOT NULL,
    sent_at    BIGINT ,
    error      TEXT COLLATE "C",
    -- The key under which it was first tried. What shares one goes as one text.
    batch      TEXT COLLATE "C",
    -- What the carrier calls it.
    handle     TEXT COLLATE "C",
    PRIMARY KEY (notice, person, endpoint)
);

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
    notice  TEXT COLLATE "C"    NOT NULL PRIMARY KEY REFERENCES outbox (key),
    at      BIGINT  NOT NULL,
    because TEXT COLLATE "C"    NOT NULL,
    told    BIGINT  NOT NULL CHECK (told IN (0, 1)),
    -- 1: arrived and to be told; 2: told.
    arrived BIGINT  NOT NULL DEFAULT 0 CHECK (arrived IN (0, 1, 2))
);
