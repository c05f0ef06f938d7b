//! Colours: on a terminal only, and only where nobody has said NO_COLOR. Without them every word still says the same.

use crate::sys::host;
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
    Strong,
}

impl Paint {
    pub(super) fn for_stdout() -> Paint {
        let dumb = host::variable("TERM").is_some_and(|term| term == "dumb");
        Paint(io::stdout().is_terminal() && host::variable("NO_COLOR").is_none() && !dumb)
    }

    pub(super) fn on(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Good => 32,
            Ink::Doubtful => 33,
            Ink::Bad => 31,
            Ink::Strong => 1,
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
