-- People who may use the service, and what they did. Secrets stand here only as what cannot be
-- turned back: a password as its Argon2id hash, a session or a token as the SHA-256 of a value
-- that is too long to be guessed.
CREATE TABLE account (
    name          TEXT    NOT NULL PRIMARY KEY,
    password      TEXT    NOT NULL,
    -- The secret of the second factor in base32; null while there is none.
    totp          TEXT,
    -- One that was shown and has not been proven yet.
    totp_offered  TEXT,
    -- The step of the last code that was taken, so that none is taken twice.
    totp_step     INTEGER NOT NULL DEFAULT 0,
    disabled      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an account is at which site; `*` is every site.
CREATE TABLE account_role (
    account TEXT NOT NULL REFERENCES account (name),
    site    TEXT NOT NULL,
    role    TEXT NOT NULL CHECK (role IN ('operator', 'caseworker', 'engineer', 'administrator')),
    PRIMARY KEY (account, site, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES account (name),
    began_at   INTEGER NOT NULL,
    -- Written once a minute at most.
    seen_at    INTEGER NOT NULL,
    source     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_of_account ON session (account);

CREATE TABLE api_token (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    account    TEXT    NOT NULL REFERENCES account (name),
    -- Words with blanks between them.
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who did or saw what. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    n       INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    account TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    site    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    hash    TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_at ON audit (at);

-- Where the chain ends, and where it begins since old rows have gone.
CREATE TABLE audit_head (
    only_one  INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    n         INTEGER NOT NULL,
    hash      TEXT    NOT NULL,
    base_n    INTEGER NOT NULL,
    base_hash TEXT    NOT NULL
) STRICT;

INSERT INTO audit_head VALUES (1, 0, '', 0, '');
