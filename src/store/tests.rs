//! What both engines have to do alike, on both.

use super::*;
use crate::store::postgres::Postgres;

/// Both engines, empty.
async fn both() -> [(Db, Option<tempfile::TempDir>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("texts.db").display());
    let sqlite = Db::open(&url).await.unwrap();
    let postgres = Db::open(&Postgres::shared().database()).await.unwrap();
    [(sqlite, Some(folder)), (postgres, None)]
}

#[tokio::test]
async fn every_text_is_one_that_both_engines_understand() {
    for (db, _folder) in both().await {
        let is_postgres = matches!(db, Db::Postgres(_));
        let mut connection = db.connection().await.unwrap();
        let texts = [
            commit::texts(),
            log::texts(is_postgres),
            partitions::texts(is_postgres),
            recall::texts(),
            retention::texts(),
            seat::texts(is_postgres),
            signs::texts(),
            writer::texts(),
            views::texts(),
        ]
        .concat();
        assert!(texts.len() > 50, "{} statements", texts.len());
        for text in texts {
            // Preparing resolves every table and column; nothing is run.
            let prepared = connection.prepare(&text).await;
            assert!(prepared.is_ok(), "{text}: {:?}", prepared.err());
        }
        drop(connection);
        db.close().await;
    }
}
