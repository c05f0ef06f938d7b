//! What stdin and stdout are connected to.

use rustix::termios::{isatty, tcgetwinsize};
use std::io;
use std::os::fd::AsFd;

/// Columns of stdout, if it is a terminal that knows its size.
pub fn width() -> Option<usize> {
    size_of(io::stdout()).map(|(columns, _)| columns)
}

/// Columns and lines.
pub(super) fn size_of(terminal: impl AsFd) -> Option<(usize, usize)> {
    let size = tcgetwinsize(terminal).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0)?;
    Some((size.ws_col.into(), size.ws_row.into()))
}

/// Whether somebody sits there: keys come from it, and what is written is seen.
pub fn is_live() -> bool {
    isatty(io::stdin()) && isatty(io::stdout())
}
