//! The chain itself: what a row's hash covers, and what is wrong with a chain that was touched.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::head::Written;
use super::{KEPT, Row};
use crate::domain::time::Timestamp;

/// SHA-256 over the hash before and the row, as one JSON array whose texts are escaped: no two
/// different rows are the same text.
#[must_use]
pub fn hash(before: &str, n: i64, at_us: i64, texts: &[&str]) -> String {
    let canonical = serde_json::json!([before, n, at_us, texts]).to_string();
    Sha256::digest(canonical.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

/// Where a chain begins and ends, as the database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    pub n: i64,
    pub hash: String,
    /// The last row that has gone because of its age, and its hash; 0 and empty if none has.
    pub base_n: i64,
    pub base_hash: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("row {0} is missing")]
    Missing(i64),
    #[error("row {0} is not as it was written, or another stood before it")]
    Changed(i64),
    #[error("rows after {0} are cut off: the head says that there were {1}")]
    CutOff(i64, i64),
    #[error("the head says that row {0} is the last, and there are more")]
    BehindHead(i64),
    #[error("on {1} row {0} was the head with another hash")]
    AnotherHead(i64, String),
    #[error("on {1} row {0} was the head, and it has gone before its time")]
    Forgotten(i64, String),
}

/// Follows a chain row by row, in the order of their numbers. Give it every row, then ask for
/// the end.
pub struct Verifier<'a> {
    ends: &'a Ends,
    /// What was written outside, by row.
    outside: BTreeMap<i64, &'a Written>,
    last: (i64, String),
    pub broken: Vec<Broken>,
}

impl<'a> Verifier<'a> {
    #[must_use]
    pub fn new(ends: &'a Ends, outside: &'a [Written]) -> Self {
        // Of several heads with one row the first was written soon after it.
        let outside = outside.iter().rev().map(|written| (written.n, written)).collect();
        Self { ends, outside, last: (ends.base_n, ends.base_hash.clone()), broken: Vec::new() }
    }

    pub fn take(&mut self, row: &Row) {
        let (n, before) = &self.last;
        for missing in (n + 1..row.n).take(10) {
            self.broken.push(Broken::Missing(missing));
        }
        if row.n == n + 1 && row.hashed(before) != row.hash {
            self.broken.push(Broken::Changed(row.n));
        }
        if let Some(written) = self.outside.remove(&row.n).filter(|of| of.hash != row.hash) {
            self.broken.push(Broken::AnotherHead(row.n, written.at.to_string()));
        }
        self.last = (row.n, row.hash.clone());
    }

    /// What is wrong, all of it, at this moment.
    #[must_use]
    pub fn end(mut self, now: Timestamp) -> Vec<Broken> {
        let (n, hash) = self.last;
        if n < self.ends.n {
            self.broken.push(Broken::CutOff(n, self.ends.n));
        } else if n > self.ends.n {
            self.broken.push(Broken::BehindHead(self.ends.n));
        } else if hash != self.ends.hash {
            self.broken.push(Broken::Changed(n));
        }
        // What is left of the heads outside are rows that are not there any more.
        for (row, written) in self.outside {
            let of_age = now.duration_since(written.at) > KEPT;
            if row > n {
                self.broken.push(Broken::CutOff(n, row));
            } else if row > 0 && !of_age {
                self.broken.push(Broken::Forgotten(row, written.at.to_string()));
            }
        }
        self.broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Action, Entry};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_446_000 + second).expect("a moment")
    }

    fn chain(rows: i64) -> (Vec<Row>, Ends) {
        let mut all = Vec::new();
        let (mut n, mut hash) = (0, String::new());
        for second in 0..rows {
            let entry = Entry::new("kim", None, Action::TraceViewed).of(format!("h{second}"));
            let row = Row::behind(n, &hash, at(second), &entry);
            (n, hash) = (row.n, row.hash.clone());
            all.push(row);
        }
        (all, Ends { n, hash, base_n: 0, base_hash: String::new() })
    }

    fn verify(rows: &[Row], ends: &Ends, outside: &[Written]) -> Vec<Broken> {
        let mut verifier = Verifier::new(ends, outside);
        for row in rows {
            verifier.take(row);
        }
        verifier.end(at(100))
    }

    /// SHA-256 by coreutils: `printf '["",1,2,["a","b"]]' | sha256sum`.
    #[test]
    fn a_hash_is_what_anyone_can_compute() {
        assert_eq!(hash("", 1, 2, &["a", "b"]), OF_COREUTILS);
    }

    const OF_COREUTILS: &str = "ab80f4189a2aff447f3ff35d06f59b183b70ae503a4c1d3cad2ad8f75509df4e";

    #[test]
    fn what_was_touched_tells() {
        let (rows, ends) = chain(6);
        assert_eq!(verify(&rows, &ends, &[]), []);
        let mut edited = rows.clone();
        edited[2].subject = "h9".to_owned();
        assert_eq!(verify(&edited, &ends, &[]), [Broken::Changed(3)]);
        let mut removed = rows.clone();
        removed.remove(3);
        assert_eq!(verify(&removed, &ends, &[]), [Broken::Missing(4)]);
        let mut swapped = rows.clone();
        swapped.swap(1, 2);
        (swapped[1].n, swapped[2].n) = (2, 3);
        assert!(verify(&swapped, &ends, &[]).contains(&Broken::Changed(2)));
        assert_eq!(verify(&rows[..4], &ends, &[]), [Broken::CutOff(4, 6)]);
        assert_eq!(verify(&rows[2..], &ends, &[]), [Broken::Missing(1), Broken::Missing(2)]);
    }

    #[test]
    fn who_rewrites_the_database_does_not_reach_the_heads_outside() {
        let (rows, ends) = chain(6);
        let outside = [Written { at: at(50), n: 5, hash: rows[4].hash.clone() }];
        assert_eq!(verify(&rows, &ends, &outside), []);
        // The end is cut off, and the head in the database with it.
        let cut = Ends { n: 3, hash: rows[2].hash.clone(), ..ends.clone() };
        assert_eq!(verify(&rows[..3], &cut, &outside), [Broken::CutOff(3, 5)]);
        // Everything is computed anew with one row changed.
        let (mut n, mut hash, mut anew) = (0, String::new(), Vec::new());
        for row in &rows {
            let subject = if row.n == 2 { "h9" } else { &row.subject };
            let entry = Entry::new("kim", None, Action::TraceViewed).of(subject);
            let row = Row::behind(n, &hash, row.at, &entry);
            (n, hash) = (row.n, row.hash.clone());
            anew.push(row);
        }
        let ends = Ends { n, hash, ..ends };
        assert_eq!(verify(&anew, &ends, &[]), [], "the database alone says nothing");
        let told = verify(&anew, &ends, &outside);
        assert!(matches!(told[..], [Broken::AnotherHead(5, _)]), "{told:?}");
        // The beginning is said to have been too old.
        let young = Ends { base_n: 5, base_hash: anew[4].hash.clone(), ..ends };
        let told = verify(&anew[5..], &young, &outside);
        assert!(matches!(told[..], [Broken::Forgotten(5, _)]), "{told:?}");
    }
}
