//! Command lines as they may be shown. Stream keys live in argv: unless the operator asks for everything, what looks
//! like one is replaced by `***`. In doubt more is hidden than need be: a log is copied to places nobody thought of.

use crate::config::policy::ArgvInLog;
use crate::model::text::Quoted;
use std::fmt::Write;

/// NUL-terminated arguments as one line: separated by spaces, quoted where their end would be unclear, escaped, with
/// `…` where the kernel's text was longer than what was read (`cut`). Empty when nothing is known or may be shown.
pub fn argv(raw: &[u8], cut: bool, how: ArgvInLog) -> String {
    let mut shown = String::new();
    // Programs that rewrite their own command line leave the rest of it as NULs.
    let end = raw.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    if how == ArgvInLog::None || end == 0 {
        return shown;
    }
    for (i, arg) in raw[..end].split(|&b| b == 0).enumerate() {
        let gap = if i == 0 { "" } else { " " };
        let _ = write!(shown, "{gap}{}", Quoted(arg));
    }
    if cut {
        shown.push_str(if end < raw.len() { " …" } else { "…" });
    }
    shown
}
