//! Colours: on a terminal only, and only where nobody has said NO_COLOR. Without them every word still says the same.

use crate::sys::host;
use std::ffi::OsString;
use std::io::{self, IsTerminal};

#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Ink {
    #[default]
    Plain,
    Good,
    Doubtful,
    Bad,
    Faint,
    Strong,
}

impl Paint {
    pub(super) fn for_stdout() -> Paint {
        Paint::new(io::stdout().is_terminal(), host::variable)
    }

    fn new(at_a_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Paint {
        let able = variable("TERM").is_some_and(|terminal| terminal != "dumb");
        Paint(at_a_terminal && able && variable("NO_COLOR").is_none())
    }

    pub(super) fn on(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Good => 32,
            Ink::Doubtful => 33,
            Ink::Bad => 31,
            Ink::Faint => 90,
            Ink::Strong => 1,
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_of_those_who_want_them() {
        let is_on = |terminal, set: &[(&str, &str)]| {
            let variable =
                |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into());
            Paint::new(terminal, variable).on(Ink::Bad, "x") == "\x1b[31mx\x1b[0m"
        };
        assert!(is_on(true, &[("TERM", "xterm")]));
        assert!(!is_on(false, &[("TERM", "xterm")]));
        assert!(!is_on(true, &[("TERM", "xterm"), ("NO_COLOR", "1")]));
        assert!(!is_on(true, &[("TERM", "dumb")]) && !is_on(true, &[]));
    }
}
