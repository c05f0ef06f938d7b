//! What stdout is connected to.

use rustix::termios::{isatty, tcgetwinsize};
use std::io;

/// Columns and lines, if it is a terminal that knows its size.
pub fn size() -> Option<(usize, usize)> {
    let stdout = io::stdout();
    let size =
        tcgetwinsize(&stdout).ok().filter(|size| isatty(&stdout) && size.ws_col > 0 && size.ws_row > 0)?;
    Some((size.ws_col.into(), size.ws_row.into()))
}

pub fn width() -> Option<usize> {
    size().map(|(columns, _)| columns)
}
