-- Somebody has what it is about, so no further way is tried.
ALTER TABLE outbox ADD COLUMN settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1));
UPDATE outbox SET settled = 1 WHERE status = 'stopped';

-- When its carrier said that it has arrived, where carriers say so.
ALTER TABLE delivery ADD COLUMN delivered_at INTEGER;

CREATE INDEX delivery_handle ON delivery (endpoint, handle) WHERE handle IS NOT NULL;

-- A way to answer a notice without an account: good once, until then. Only a hash is kept.
CREATE TABLE answer (
    id       TEXT    NOT NULL PRIMARY KEY,
    notice   TEXT    NOT NULL REFERENCES outbox (key),
    person   TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,
    until    INTEGER NOT NULL,
    used_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX answer_until ON answer (until);

-- Calls of carriers that were taken, by a hash of their signature, so that none is taken twice.
CREATE TABLE inbound (
    id TEXT    NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What other systems are told of an incident, as it was or will be sent: a message never changes.
CREATE TABLE cap_message (
    endpoint   TEXT    NOT NULL,
    site       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    place      TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    -- Which one about its incident, counted from 1.
    message    INTEGER NOT NULL,
    sender     TEXT    NOT NULL,
    identifier TEXT    NOT NULL,
    sent       INTEGER NOT NULL,
    -- What it says in one line, by which the next is known to say something else.
    said       TEXT    NOT NULL,
    xml        TEXT    NOT NULL,
    status     TEXT    NOT NULL CHECK (status IN ('due', 'sent')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    -- Machine time.
    next_at    INTEGER NOT NULL,
    PRIMARY KEY (endpoint, site, kind, place, n, message)
) STRICT, WITHOUT ROWID;

CREATE INDEX cap_message_due ON cap_message (endpoint, next_at) WHERE status = 'due';
