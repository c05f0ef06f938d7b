//! Writing to stdout. A reader who has had enough and leaves is no failure.

use super::Failed;
use std::io::{self, ErrorKind, Write};

/// Tells whether anybody still reads.
pub(super) fn print(text: &str) -> Result<bool, Failed> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(Failed::because("the answer cannot be written", &e)),
    }
}
