-- A notice on one way to one person. An endpoint that is told whatever the hour (a webhook) is its
-- own person. Made anew, since a column of a key cannot be added.
CREATE TABLE delivery_on_a_way (
    notice     TEXT    NOT NULL REFERENCES outbox (key),
    person     TEXT    NOT NULL,
    endpoint   TEXT    NOT NULL,
    -- `sent`: taken by whoever carries it. `delivered`: reported to have arrived. `failed`: given
    -- up on this way; the person's next one has been tried since.
    status     TEXT    NOT NULL
               CHECK (status IN ('due', 'sent', 'delivered', 'failed', 'stopped')),
    attempts   INTEGER NOT NULL,
    -- Machine time, as back-off runs in real time whatever the service's clock says.
    next_at    INTEGER NOT NULL,
    -- When this way's turn came.
    since      INTEGER NOT NULL,
    sent_at    INTEGER,
    error      TEXT,
    -- The key under which it was first tried. What shares one goes as one text.
    batch      TEXT,
    -- What the carrier calls it, and until when it has to say that it has arrived.
    handle     TEXT,
    receipt_by INTEGER,
    PRIMARY KEY (notice, person, endpoint)
) STRICT, WITHOUT ROWID;

INSERT INTO delivery_on_a_way
    (notice, person, endpoint, status, attempts, next_at, since, sent_at, error)
SELECT notice, endpoint, endpoint, status, attempts, next_at, next_at, sent_at, error
FROM delivery;

DROP TABLE delivery;
ALTER TABLE delivery_on_a_way RENAME TO delivery;

CREATE INDEX delivery_due ON delivery (endpoint, next_at) WHERE status = 'due';
CREATE INDEX delivery_handle ON delivery (endpoint, handle) WHERE handle IS NOT NULL;
CREATE INDEX delivery_unreported ON delivery (receipt_by) WHERE status = 'sent';

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

-- By what a person may answer a notice, once. Only the hash of a token is kept.
CREATE TABLE answer_token (
    hash       TEXT    NOT NULL PRIMARY KEY,
    notice     TEXT    NOT NULL REFERENCES outbox (key),
    person     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- CAP messages that an endpoint has taken; what is to be sent follows from the incidents' moves.
CREATE TABLE cap_sent (
    endpoint   TEXT    NOT NULL,
    identifier TEXT    NOT NULL,
    sent_at    INTEGER NOT NULL,
    PRIMARY KEY (endpoint, identifier)
) STRICT, WITHOUT ROWID;
