//! Words on the standard streams, as commands that answer and end say them.
//!
//! Whoever reads may leave before the end, as `head` does. That is their right and no failure of
//! ours, so it ends the telling and nothing else.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

/// Lets `tell` write the answer to standard output.
///
/// # Errors
/// If it cannot be written, for any other reason than that nobody reads on.
pub(super) fn answer(
    tell: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    unless_left(tell(&mut out).and_then(|()| out.flush()))
}

fn unless_left(told: io::Result<()>) -> io::Result<()> {
    match told {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        told => told,
    }
}

/// A line beside the answer, for a person, if one is there.
pub(super) fn aside(words: impl Display) {
    let _nobody_listens = writeln!(io::stderr(), "{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_who_has_left_is_no_failure() {
        assert!(unless_left(Err(ErrorKind::BrokenPipe.into())).is_ok());
        assert!(unless_left(Err(ErrorKind::StorageFull.into())).is_err());
        let json = serde_json::to_writer(Left, "words").map_err(io::Error::from);
        assert!(unless_left(json).is_ok());
    }

    struct Left;

    impl Write for Left {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
