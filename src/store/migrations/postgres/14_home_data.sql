-- What came from a home over the air, by calendar month of its site (`2026-11`), in bytes.
CREATE TABLE home_data (
    site  TEXT COLLATE "C" NOT NULL,
    home  TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (site, home, month)
);
