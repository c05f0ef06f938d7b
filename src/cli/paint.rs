//! Colours, for people at a terminal alone: not in a pipe, and not for who has set NO_COLOR.

use std::ffi::OsString;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Paint {
    on: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Grey = 90,
}

impl Paint {
    pub(super) fn new(at_a_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Paint {
        let able = variable("TERM").is_some_and(|terminal| terminal != "dumb");
        Paint { on: at_a_terminal && able && variable("NO_COLOR").is_none() }
    }

    pub(super) fn word(self, colour: Colour, word: &str) -> String {
        if self.on { format!("\x1b[{}m{word}\x1b[0m", colour as u8) } else { word.to_owned() }
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
            Paint::new(terminal, variable).word(Colour::Red, "x") == "\x1b[31mx\x1b[0m"
        };
        assert!(is_on(true, &[("TERM", "xterm")]));
        assert!(!is_on(false, &[("TERM", "xterm")]));
        assert!(!is_on(true, &[("TERM", "xterm"), ("NO_COLOR", "1")]));
        assert!(!is_on(true, &[("TERM", "dumb")]) && !is_on(true, &[]));
    }
}
