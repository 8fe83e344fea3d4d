//! The way to PostgreSQL over TLS: to whom we asked for, or not at all.

use std::error::Error as _;
use std::path::Path;

use jikimi::store::{Store, StoreError};

use crate::certificates::Authority;
use crate::lab::{files, rows};
use crate::postgres::Postgres;
use crate::service::{Engine, Home, Service, Via, free_port};

/// The URL of a database as it stands in a configuration, by this host name and TLS mode.
fn url(plain: &str, host: &str, mode: &str, ca: &Path) -> String {
    let at_host = plain.replacen("127.0.0.1", host, 1);
    format!("{at_host}?sslmode={mode}&sslrootcert={}", ca.display())
}

async fn refused(url: &str) -> String {
    match Store::open(url).await {
        Ok(store) => {
            store.close().await;
            panic!("{url} was taken");
        }
        Err(error) => said(&error),
    }
}

fn said(error: &StoreError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(because) = cause {
        words = format!("{words}: {because}");
        cause = because.source();
    }
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_spoken_to_over_tls_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = Authority::new(&folder.path().join("ours"));
    let others = Authority::new(&folder.path().join("others"));
    let postgres = Postgres::start();
    let plain = postgres.database();
    let verified = url(&plain, "localhost", "verify-full", &ours.ca());

    let none = refused(&verified).await;
    assert!(none.contains("TLS"), "a server without TLS: {none}");

    let elsewhere = ours.server("elsewhere", &["db.elsewhere"]);
    postgres.speaks_tls(&elsewhere.certificate, &elsewhere.key);
    let named = refused(&verified).await;
    assert!(named.contains("not valid for name"), "another host's certificate: {named}");

    let server = ours.server("server", &["localhost"]);
    postgres.speaks_tls(&server.certificate, &server.key);
    for mode in ["verify-ca", "verify-full"] {
        let unknown = refused(&url(&plain, "localhost", mode, &others.ca())).await;
        assert!(
            unknown.contains("invalid peer certificate"),
            "signed by whom nobody knows: {unknown}"
        );
    }

    let home = Home::on(&Engine::Postgres(verified), &files(), Via::Embedded(free_port()));
    let service = Service::up(&home, None).await;
    // All that it has open: who writes, and who reads.
    let sessions = "SELECT CAST(COUNT(*) AS BIGINT) AS n, \
         CAST(SUM(CAST(ssl AS INTEGER)) AS BIGINT) AS over_tls FROM pg_stat_ssl \
         JOIN pg_stat_activity USING (pid) WHERE application_name = 'jikimi'";
    let row = &rows(&home.database(), sessions).await[0];
    let (all, over_tls) = (row.int("n").unwrap(), row.int("over_tls").unwrap());
    assert!(all >= 2 && over_tls == all, "{over_tls} of {all} over TLS");
    service.stop().await;
}
