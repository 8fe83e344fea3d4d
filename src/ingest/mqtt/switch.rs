//! How a connection's task is told to stop, and how others reach its connection of the moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use tokio::sync::watch;

/// Shared by a connection's task and its handle.
#[derive(Debug)]
pub struct Switch {
    closing: watch::Sender<bool>,
    connection: Mutex<Option<Arc<AsyncClient>>>,
}

impl Default for Switch {
    fn default() -> Self {
        Self { closing: watch::Sender::new(false), connection: Mutex::new(None) }
    }
}

impl Switch {
    /// Tells the task to stop, wherever it is: the connection says goodbye after what was asked
    /// of it before, a wait ends.
    pub fn close(&self) {
        self.closing.send_replace(true);
        if let Some(connection) = self.lock().take() {
            // Without a connection there is nobody to say goodbye to.
            let _ = connection.try_disconnect();
        }
    }

    /// The task's connection of the moment. False if the task is to stop instead.
    pub fn open(&self, connection: &Arc<AsyncClient>) -> bool {
        *self.lock() = Some(Arc::clone(connection));
        !*self.closing.borrow()
    }

    /// Waits until the task is to stop.
    pub async fn closing(&self) {
        // It fails only without a sender, and `self` is one.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// Waits for so long. False if the task is to stop instead.
    pub async fn sleep(&self, span: Duration) -> bool {
        tokio::time::timeout(span, self.closing()).await.is_err()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<AsyncClient>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait before trying again: doubling, from 100 ms to 5 s.
#[derive(Debug)]
pub struct BackOff {
    next: Duration,
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

impl Default for BackOff {
    fn default() -> Self {
        Self { next: SHORTEST }
    }
}

impl BackOff {
    pub fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(LONGEST);
        now
    }

    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_to_five_seconds_and_begins_anew() {
        let mut back_off = BackOff::default();
        let spans: Vec<_> = (0..8).map(|_| back_off.next().as_millis()).collect();
        assert_eq!(spans, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        back_off.reset();
        assert_eq!(back_off.next(), SHORTEST);
    }
}
