//! Dying on purpose at a named point, to prove that nothing is lost there.
//!
//! `JIKIMI_KILL_AT=committed:3` kills the process with SIGKILL when it passes that point for the
//! third time with a batch that carries an effect. It exists with debug assertions only; in a
//! release build every call is empty.

/// Where a batch may be when the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Taken from the queue, nothing decided. Whether it will carry an effect is known only by
    /// stepping it, so the process dies after that step and before anything else: the same
    /// moment, seen from outside.
    Received,
    Stepped,
    InTransaction,
    /// Stored, and the broker does not know it yet.
    Committed,
    Acknowledged,
    /// A notice has been taken, and the database does not know it yet.
    Sent,
}

impl Point {
    #[cfg(debug_assertions)]
    fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Stepped => "stepped",
            Self::InTransaction => "in-transaction",
            Self::Committed => "committed",
            Self::Acknowledged => "acknowledged",
            Self::Sent => "sent",
        }
    }
}

#[cfg(not(debug_assertions))]
pub fn at(_point: Point, _carries_effects: bool) {}

#[cfg(debug_assertions)]
pub fn at(point: Point, carries_effects: bool) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static PLAN: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| {
        let text = std::env::var("JIKIMI_KILL_AT").ok()?;
        let (point, n) = text.split_once(':')?;
        Some((point.to_owned(), AtomicU32::new(n.parse().ok()?)))
    });
    let Some((named, left)) = plan else { return };
    if carries_effects && named == point.name() && left.fetch_sub(1, Ordering::SeqCst) == 1 {
        die();
    }
}

/// SIGKILL to ourselves: no destructor, no flush, no goodbye.
#[cfg(debug_assertions)]
fn die() -> ! {
    // Nothing sensible is left to do if the kernel refuses.
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}
