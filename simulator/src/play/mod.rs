//! Plays a recording to a broker, at the pace of the service's clock.
//!
//! Nothing is lost, whatever happens to the broker: a message counts as delivered when its PUBACK
//! has come, and until then it is kept here and sent again on the next connection, before
//! anything new and in the recording's order. Twice is allowed, and marked as such.
//!
//! The player decides nothing about a message. It moves times if asked to, skips what is no
//! device's message (the service's other inputs, its recorded clock), and counts what it skips.

mod outbox;
mod publisher;
mod source;
mod times;

use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use source::{SourceError, moved};

use crate::clock;
use crate::link::{Broker, LinkError};
use crate::recording::{Lines, RecordingError};

/// How fast to play where no service publishes a clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many times faster than it happened, from the first message on.
    Times(f64),
    /// As fast as the broker takes it, whatever any clock says.
    Max,
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("expected a number above 0, or `max`".to_owned()),
        }
    }
}

/// How to play.
#[derive(Debug, Clone)]
pub struct Options {
    pub broker: Broker,
    pub client_id: String,
    /// Leave all times as they were recorded.
    pub keep_times: bool,
    /// None: the service's clock, or the real one where there is none.
    pub speed: Option<Speed>,
    /// So many messages are on their way at most.
    pub in_flight_max: usize,
    /// How long to wait for the service's clock.
    pub clock_within: Duration,
    /// How long the first connection may take.
    pub connect_within: Duration,
    /// How long the player goes on without any message being acknowledged while some wait.
    pub progress_within: Duration,
    /// The first pause before a new connection, and the longest; each is twice the one before.
    pub pause_min: Duration,
    pub pause_max: Duration,
    /// Of the small differences between those pauses.
    pub seed: u64,
    pub progress: ProgressBar,
}

impl Options {
    #[must_use]
    pub fn new(broker: Broker) -> Self {
        Self {
            broker,
            client_id: format!("jikimi-sim-play-{}", std::process::id()),
            keep_times: false,
            speed: None,
            in_flight_max: 1_000,
            clock_within: Duration::from_secs(2),
            connect_within: Duration::from_secs(10),
            progress_within: Duration::from_mins(5),
            pause_min: Duration::from_millis(50),
            pause_max: Duration::from_secs(2),
            seed: 7,
            progress: ProgressBar::hidden(),
        }
    }

    /// Neither the pace nor the times depend on any clock.
    fn starts_at_once(&self) -> bool {
        self.keep_times && self.speed == Some(Speed::Max)
    }
}

/// What was done. After success `published` and `acknowledged` are equal.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Different messages that were sent.
    pub published: u64,
    pub acknowledged: u64,
    /// Times a message was sent once more.
    pub resent: u64,
    pub reconnects: u64,
    /// Lines that are not a message but an input of the service.
    pub inputs_skipped: u64,
    /// The service's own clock, recorded with the rest.
    pub clock_skipped: u64,
    /// Whether a service's clock set the pace.
    pub service_clock: bool,
    /// The recorded first moment, and when it was played by the clock that set the pace.
    pub first_received_at: Option<Timestamp>,
    pub first_played_at: Option<Timestamp>,
    pub elapsed_s: f64,
}

/// Why a recording was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("gave up after {after_s} s without a connection")]
    NotConnected {
        after_s: u64,
        #[source]
        source: LinkError,
    },
    #[error(
        "gave up after {after_s} s in which none of {waiting} waiting messages was acknowledged \
         ({acknowledged} had been before)"
    )]
    Stuck {
        after_s: u64,
        waiting: usize,
        acknowledged: u64,
        #[source]
        source: LinkError,
    },
    #[error(
        "the broker refuses the message on `{topic}` (reason 0x{reason:02x}); \
         {acknowledged} were taken before it"
    )]
    MessageRefused { topic: String, reason: u8, acknowledged: u64 },
    #[error("broker: refuses us")]
    Refused(#[source] LinkError),
    #[error("{file}: is the recording itself; expected another file to write to")]
    OntoItself { file: String },
}

/// Plays the lines to the broker and returns when every message is acknowledged.
pub async fn play<L>(options: Options, lines: L) -> Result<Summary, PlayError>
where
    L: IntoIterator,
    L::IntoIter: Lines + Send,
{
    let started = tokio::time::Instant::now();
    let source = source::Source::new(lines.into_iter());
    let mut summary = publisher::Publisher::new(options, source).run().await?;
    summary.elapsed_s = started.elapsed().as_secs_f64();
    Ok(summary)
}

/// What has been written instead of played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub lines: u64,
    /// How far all times were moved.
    pub moved: SignedDuration,
}

/// Writes the recording as it would be played now, instead of playing it. Other inputs of the
/// service are copied with only their `received_at` moved.
pub fn write(lines: impl Lines, keep_times: bool, to: &Path) -> Result<Written, PlayError> {
    let mut writer = crate::recording::Writer::create(to)?;
    let mut shift = None;
    let now = clock::wall();
    for line in lines {
        let line = line?;
        let shift = *shift.get_or_insert_with(|| {
            if keep_times { SignedDuration::ZERO } else { times::shift(line.received_at, now) }
        });
        writer.write(&moved(line, shift))?;
    }
    Ok(Written { lines: writer.finish()?, moved: shift.unwrap_or_default() })
}
