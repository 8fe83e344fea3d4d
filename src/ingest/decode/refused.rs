//! Why a payload was not taken, as a code that never changes and a sentence that may improve.

/// The closed list of reasons. Each is counted by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    TooLarge,
    Empty,
    NotUtf8,
    NotJson,
    WrongShape,
    UnknownTopic,
    BadId,
    UnknownQuantity,
    NoReadings,
    /// On an alarm topic, something that is no life-safety quantity. Only ever a remark: it is
    /// a reading all the same, and is kept as one.
    NotLifeSafety,
    NulCharacter,
    BadTime,
    IdTooLong,
    /// Of a dialect in which no site has a device of that address.
    UnknownDevice,
    /// Of a device whose model is named neither by its site nor by itself.
    UnknownModel,
    /// A radio frame that its network has not decoded.
    Undecoded,
    /// A message that someone made up to try the way.
    Simulated,
    DecoderPanicked,
    /// Whoever sent it may not speak on that topic.
    NotItsTopic,
    /// It was decoded, and broke the step that took it.
    StepPanicked,
    /// The database refused it for what is in it.
    CommitRefused,
}

impl Reason {
    pub const ALL: [Self; 21] = [
        Self::TooLarge,
        Self::Empty,
        Self::NotUtf8,
        Self::NotJson,
        Self::WrongShape,
        Self::UnknownTopic,
        Self::BadId,
        Self::UnknownQuantity,
        Self::NoReadings,
        Self::NotLifeSafety,
        Self::NulCharacter,
        Self::BadTime,
        Self::IdTooLong,
        Self::UnknownDevice,
        Self::UnknownModel,
        Self::Undecoded,
        Self::Simulated,
        Self::DecoderPanicked,
        Self::NotItsTopic,
        Self::StepPanicked,
        Self::CommitRefused,
    ];

    /// Stable: tables, metrics and tests hold on to it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Empty => "empty",
            Self::NotUtf8 => "not-utf8",
            Self::NotJson => "not-json",
            Self::WrongShape => "wrong-shape",
            Self::UnknownTopic => "unknown-topic",
            Self::BadId => "bad-id",
            Self::UnknownQuantity => "unknown-quantity",
            Self::NoReadings => "no-readings",
            Self::NotLifeSafety => "not-life-safety",
            Self::NulCharacter => "nul-character",
            Self::BadTime => "bad-time",
            Self::IdTooLong => "id-too-long",
            Self::UnknownDevice => "unknown-device",
            Self::UnknownModel => "unknown-model",
            Self::Undecoded => "undecoded",
            Self::Simulated => "simulated",
            Self::DecoderPanicked => "decoder-panicked",
            Self::NotItsTopic => "not-its-topic",
            Self::StepPanicked => "step-panicked",
            Self::CommitRefused => "commit-refused",
        }
    }
}

/// Why a payload, or a part of one, was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {sentence}", reason.code())]
pub struct Refused {
    pub reason: Reason,
    pub sentence: String,
}

/// A sentence quotes the sender, so it is cut: a hostile payload cannot fill a table or a log.
const SENTENCE_CHARS_MAX: usize = 500;

impl Refused {
    /// Takes the sentence with control characters replaced (PostgreSQL refuses `\u{0}`, and a
    /// log line must stay one line) and cut to 500 characters.
    #[must_use]
    pub fn new(reason: Reason, sentence: &str) -> Self {
        let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        Self { reason, sentence: sentence.chars().take(SENTENCE_CHARS_MAX).map(plain).collect() }
    }
}
