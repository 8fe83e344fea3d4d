-- People who may use the service, and what they did. Secrets stand here only as what cannot be
-- turned back: a password as its Argon2id hash, a session or a token as the SHA-256 of a value
-- that is too long to be guessed.
CREATE TABLE account (
    name          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    password      TEXT COLLATE "C" NOT NULL,
    -- The secret of the second factor in base32; null while there is none.
    totp          TEXT COLLATE "C",
    -- One that was shown and has not been proven yet.
    totp_offered  TEXT COLLATE "C",
    -- The step of the last code that was taken, so that none is taken twice.
    totp_step     BIGINT NOT NULL DEFAULT 0,
    disabled      BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL
);

-- What an account is at which site; `*` is every site.
CREATE TABLE account_role (
    account TEXT COLLATE "C" NOT NULL REFERENCES account (name),
    site    TEXT COLLATE "C" NOT NULL,
    role    TEXT COLLATE "C" NOT NULL 
            CHECK (role IN ('operator', 'caseworker', 'engineer', 'administrator')),
    PRIMARY KEY (account, site, role)
);

CREATE TABLE session (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES account (name),
    began_at   BIGINT NOT NULL,
    -- Written once a minute at most.
    seen_at    BIGINT NOT NULL,
    source     TEXT COLLATE "C" NOT NULL
);

CREATE INDEX session_of_account ON session (account);

CREATE TABLE api_token (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL UNIQUE,
    account    TEXT COLLATE "C" NOT NULL REFERENCES account (name),
    -- Words with blanks between them.
    scopes     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who did or saw what. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    n       BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    source  TEXT COLLATE "C" NOT NULL,
    action  TEXT COLLATE "C" NOT NULL,
    site    TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail  TEXT COLLATE "C" NOT NULL,
    hash    TEXT COLLATE "C" NOT NULL
);

CREATE INDEX audit_at ON audit (at);

-- Where the chain ends, and where it begins since old rows have gone.
CREATE TABLE audit_head (
    only_one  BIGINT NOT NULL PRIMARY KEY CHECK (only_one = 1),
    n         BIGINT NOT NULL,
    hash      TEXT COLLATE "C" NOT NULL,
    base_n    BIGINT NOT NULL,
    base_hash TEXT COLLATE "C" NOT NULL
);

INSERT INTO audit_head VALUES (1, 0, '', 0, '');
