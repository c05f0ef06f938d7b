//! Command lines as they may be shown. Stream keys live in argv: unless the operator asks for everything, what looks
//! like one is replaced by `***`. In doubt more is hidden than need be: a log is copied to places nobody thought of.

mod mask;
mod name;
mod option;
mod url;

use crate::config::policy::ArgvInLog;
use crate::model::text::Quoted;
use mask::Mask;
use std::fmt::Write;

/// NUL-terminated arguments as one line: separated by spaces, quoted where their end would be unclear, escaped, with
/// `…` where the process has more than was read (`cut`). Empty when nothing is known or nothing may be shown.
pub fn argv(raw: &[u8], cut: bool, how: ArgvInLog) -> String {
    let mut shown = String::new();
    // Programs that rewrite their own command line leave the rest of it as NULs.
    let end = raw.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if how == ArgvInLog::None || end == 0 {
        return shown;
    }
    let mut expected = Expected::Anything;
    let last = raw[..end].iter().filter(|&&byte| byte == 0).count();
    for (i, arg) in raw[..end].split(|&byte| byte == 0).enumerate() {
        let gap = if i == 0 { "" } else { " " };
        let hidden;
        let arg = match how {
            ArgvInLog::Full => arg,
            _ => {
                (hidden, expected) = argument(arg, expected, cut && i == last && end == raw.len());
                &hidden
            }
        };
        let _ = write!(shown, "{gap}{}", Quoted(arg));
    }
    if cut {
        shown.push_str(if end < raw.len() { " …" } else { "…" });
    }
    shown
}

/// What the argument before tells of the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
    Anything,
    /// It is a secret: `-passphrase` came before it.
    Secret,
    /// It is a secret unless it is what ffmpeg's and x264's `pass` take: the number or kind of an encoding pass.
    Pass,
    /// It is a secret if it begins with `=`: gst-launch takes `passphrase = secret` in three arguments.
    Assignment,
}

/// One argument with its secrets hidden, and what it tells of the next. `cut`: its end was not read.
fn argument(arg: &[u8], expected: Expected, cut: bool) -> (Vec<u8>, Expected) {
    let mut mask = Mask::new(arg);
    let next = match expected {
        Expected::Secret => {
            mask.hide(0..arg.len());
            // `-key -passphrase secret`: was the first one a flag without a value? The secret is hidden either way.
            option::hide(&mut mask)
        }
        Expected::Assignment if arg.first() == Some(&b'=') => {
            mask.hide(1..arg.len());
            if arg.len() == 1 { Expected::Secret } else { Expected::Anything }
        }
        Expected::Pass if !name::is_encoding_pass(arg) => return argument(arg, Expected::Secret, cut),
        _ => {
            url::hide(&mut mask, cut);
            option::hide(&mut mask)
        }
    };
    (mask.apply(), next)
}

#[cfg(test)]
mod templates;
#[cfg(test)]
mod tests;
