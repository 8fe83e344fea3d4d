-- A notice for one endpoint. Its key is the outbox row's and the endpoint's name, so whatever is
-- sent twice after a crash is sent under one key.
CREATE TABLE delivery (
    notice   TEXT    NOT NULL REFERENCES outbox (key),
    endpoint TEXT    NOT NULL,
    status   TEXT    NOT NULL CHECK (status IN ('due', 'sent', 'stopped')),
    attempts INTEGER NOT NULL,
    -- Machine time, as back-off runs in real time whatever the service's clock says.
    next_at  INTEGER NOT NULL,
    sent_at  INTEGER,
    error    TEXT,
    PRIMARY KEY (notice, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_due ON delivery (endpoint, next_at) WHERE status = 'due';
