//! The database: the input log with what it caused, in one transaction.
//!
//! One writer task owns every write; everyone else reads. A commit is all or nothing, and it has
//! reached the disk when it is answered, since a message is acknowledged after that and never
//! before. Nothing here decides what an incident is.

mod commit;
mod db;
mod error;
mod notices;
mod recall;
mod signs;
pub mod views;
mod writer;

pub use commit::{Commit, DeadLetter, Stepped};
pub use db::{Arg, Connection, Db, Row};
pub use error::StoreError;
pub use notices::DueNotice;
pub use recall::{Recalled, unresolved};
pub use signs::{SignRow, signs, standing_since};
pub use writer::{SnapshotTaken, Store};

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_text_is_one_that_the_engine_understands() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("texts.db").display());
        let db = Db::open(&url).await.unwrap();
        let mut connection = db.connection().await.unwrap();
        let texts = [
            commit::texts(),
            notices::texts(),
            recall::texts(),
            signs::texts(),
            writer::texts(),
            views::texts(),
        ]
        .concat();
        assert!(texts.len() > 30, "{} statements", texts.len());
        for text in texts {
            // Preparing resolves every table and column; nothing is run.
            let prepared = connection.prepare(&text).await;
            assert!(prepared.is_ok(), "{text}: {:?}", prepared.err());
        }
        drop(connection);
        db.close().await;
    }
}
