//! Steps of the machine's clock: the wall against a clock that only runs forward.

use tokio::time::Instant;

use super::Shell;
use super::batch::{Batch, Item};
use crate::clock::wall_now;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{Input, LostBecause};

/// A forward step of the wall clock by more than this is time in which nobody watched.
const STEP_MAX: SignedDuration = SignedDuration::from_secs(5);

/// Where both clocks stood when last compared, in real time.
pub(super) struct ClockSteps {
    wall: Timestamp,
    steady: Instant,
    service: Option<Timestamp>,
}

impl ClockSteps {
    pub fn new() -> Self {
        Self { wall: wall_now(), steady: Instant::now(), service: None }
    }

    /// How far the wall clock ran ahead of the steady one since the last look.
    fn stepped(&mut self) -> SignedDuration {
        let (wall, steady) = (wall_now(), Instant::now());
        let by_wall = wall.duration_since(self.wall);
        let by_steady = steady.duration_since(self.steady);
        (self.wall, self.steady) = (wall, steady);
        let by_steady = SignedDuration::try_from(by_steady).unwrap_or(SignedDuration::MAX);
        by_wall - by_steady
    }
}

impl Shell {
    /// If the clock has jumped, says so to every site before anything else is stepped.
    pub(super) fn notice_clock_step(&mut self, now: Timestamp, batch: &mut Batch) {
        let before = self.steps.service.replace(now);
        let stepped = self.steps.stepped();
        let Some(from) = before.filter(|_| stepped > STEP_MAX) else { return };
        tracing::warn!(seconds = stepped.as_secs(), "the machine's clock jumped forward");
        let lost = Input::WatchLost { because: LostBecause::ClockStepped, from };
        let own = |input| Item::Own(None, now, input);
        batch.items.push(own(lost));
        // If the broker is away, it is still the broker that we wait for.
        if self.links.looking() {
            self.links.behind(now);
            batch.items.push(own(Input::WatchRegained));
        }
    }
}
