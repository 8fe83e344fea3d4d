-- A notice for one endpoint. Its key is the outbox row's and the endpoint's name, so whatever is
-- sent twice after a crash is sent under one key.
CREATE TABLE delivery (
    notice   TEXT COLLATE "C" NOT NULL REFERENCES outbox (key),
    endpoint TEXT COLLATE "C" NOT NULL,
    status   TEXT COLLATE "C" NOT NULL CHECK (status IN ('due', 'sent', 'stopped')),
    attempts BIGINT NOT NULL,
    -- Machine time, as back-off runs in real time whatever the service's clock says.
    next_at  BIGINT NOT NULL,
    sent_at  BIGINT,
    error    TEXT COLLATE "C",
    PRIMARY KEY (notice, endpoint)
);

CREATE INDEX delivery_due ON delivery (endpoint, next_at) WHERE status = 'due';
