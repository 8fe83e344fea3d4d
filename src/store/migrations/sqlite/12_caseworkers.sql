-- Who looks after a home. A home of nobody is looked after by everyone who may.
CREATE TABLE caseworker (
    site    TEXT NOT NULL,
    home    TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (site, home, account)
) STRICT, WITHOUT ROWID;
