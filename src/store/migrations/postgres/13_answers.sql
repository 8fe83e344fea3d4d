-- Somebody has what it is about, so no further way is tried.
ALTER TABLE outbox ADD COLUMN settled BIGINT NOT NULL DEFAULT 0 CHECK (settled IN (0, 1));
UPDATE outbox SET settled = 1 WHERE status = 'stopped';

-- When its carrier said that it has arrived, where carriers say so.
ALTER TABLE delivery ADD COLUMN delivered_at BIGINT;

CREATE INDEX delivery_handle ON delivery (endpoint, handle) WHERE handle IS NOT NULL;

-- A way to answer a notice without an account: good once, until then. Only a hash is kept.
CREATE TABLE answer (
    id       TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    notice   TEXT COLLATE "C"    NOT NULL REFERENCES outbox (key),
    person   TEXT COLLATE "C"    NOT NULL,
    endpoint TEXT COLLATE "C"    NOT NULL,
    until    BIGINT NOT NULL,
    used_at  BIGINT
);

CREATE INDEX answer_until ON answer (until);

-- Calls of carriers that were taken, by a hash of their signature, so that none is taken twice.
CREATE TABLE inbound (
    id TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);

-- What other systems are told of an incident, as it was or will be sent: a message never changes.
CREATE TABLE cap_message (
    endpoint   TEXT COLLATE "C"    NOT NULL,
    site       TEXT COLLATE "C"    NOT NULL,
    kind       TEXT COLLATE "C"    NOT NULL,
    place      TEXT COLLATE "C"    NOT NULL,
    n          BIGINT NOT NULL,
    -- Which one about its incident, counted from 1.
    message    BIGINT NOT NULL,
    sender     TEXT COLLATE "C"    NOT NULL,
    identifier TEXT COLLATE "C"    NOT NULL,
    sent       BIGINT NOT NULL,
    -- What it says in one line, by which the next is known to say something else.
    said       TEXT COLLATE "C"    NOT NULL,
    xml        TEXT COLLATE "C"    NOT NULL,
    status     TEXT COLLATE "C"    NOT NULL CHECK (status IN ('due', 'sent')),
    attempts   BIGINT NOT NULL DEFAULT 0,
    -- Machine time.
    next_at    BIGINT NOT NULL,
    PRIMARY KEY (endpoint, site, kind, place, n, message)
);

CREATE INDEX cap_message_due ON cap_message (endpoint, next_at) WHERE status = 'due';
