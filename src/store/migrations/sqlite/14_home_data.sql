-- What came from a home over the air, by calendar month of its site (`2026-11`), in bytes.
CREATE TABLE home_data (
    site  TEXT    NOT NULL,
    home  TEXT    NOT NULL,
    month TEXT    NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (site, home, month)
) STRICT, WITHOUT ROWID;
