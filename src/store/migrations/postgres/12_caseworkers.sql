-- Who looks after a home. A home of nobody is looked after by everyone who may.
CREATE TABLE caseworker (
    site    TEXT COLLATE "C" NOT NULL,
    home    TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, home, account)
);
