//! What of a reading is on the screen, and in which order; what each key changes of that. Pure.

use super::keys::Key;
use super::sheet::{Sheet, Sort};

/// Of jobs, then of processes.
const SORTING: [[&str; 2]; 2] = [
    [
        "  c m t a   sort by CPU, memory, throttled time, age",
        "  j p n u s sort by job, pid, name of the command, user, state",
    ],
    [
        "  o c k m i sort by score, CPU, CPU of ended children, memory, bytes read and written",
        "  p n u s t g sort by pid, name of the command, user, state, threads, whether it is governed",
    ],
];

const OTHER_KEYS: [&str; 8] = [
    "  r         the other way round",
    "  tab       jobs, or the processes that use the most of the host",
    "  /         show only what contains some text; Enter keeps it, Escape drops it",
    "  space     stand still, and go on",
    "  ↑ ↓       scroll, also page up and page down",
    "  q         quit",
    "",
    "Any key goes back.",
];

#[derive(Clone, Debug)]
pub(super) struct View {
    shown: Sheet,
    /// The one that tab brings.
    hidden: Sheet,
    mode: Mode,
    paused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Table,
    /// Letters are text of the filter.
    Typing,
    Help,
}

/// Of several the greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Wish {
    Stay,
    /// What is shown now has not been read.
    Read,
    Quit,
}

impl View {
    pub(super) fn of(shown: Sort, hidden: Sort) -> View {
        let (shown, hidden) = (Sheet::sorted_by(shown), Sheet::sorted_by(hidden));
        View { shown, hidden, mode: Mode::Table, paused: false }
    }

    pub(super) fn sheet(&mut self) -> &mut Sheet {
        &mut self.shown
    }

    pub(super) fn sort(&self) -> Sort {
        self.shown.sort
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// The keys, if somebody has asked for them.
    pub(super) fn help(&self) -> Option<impl Iterator<Item = &'static str> + use<>> {
        let sorting = SORTING[usize::from(matches!(self.sort(), Sort::Processes(_)))];
        (self.mode == Mode::Help).then(|| ["Keys", ""].into_iter().chain(sorting).chain(OTHER_KEYS))
    }

    pub(super) fn press(&mut self, key: Key) -> Wish {
        match (self.mode, key) {
            (Mode::Help, _) => self.mode = Mode::Table,
            (Mode::Typing, _) => self.typed(key),
            (Mode::Table, Key::Letter('q')) => return Wish::Quit,
            (Mode::Table, Key::Letter(letter)) => self.letter(letter),
            (Mode::Table, Key::Tab) => {
                std::mem::swap(&mut self.shown, &mut self.hidden);
                return Wish::Read;
            }
            (Mode::Table, Key::Escape) => self.shown.filter.clear(),
            (Mode::Table, Key::Up) => self.shown.up(1),
            (Mode::Table, Key::Down) => self.shown.down(1),
            (Mode::Table, Key::PageUp) => self.shown.up(self.shown.page()),
            (Mode::Table, Key::PageDown) => self.shown.down(self.shown.page()),
            (Mode::Table, Key::Enter | Key::Backspace) => {}
        }
        Wish::Stay
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '/' => (self.mode, self.shown.filter) = (Mode::Typing, String::new()),
            '?' | 'h' => self.mode = Mode::Help,
            ' ' => self.paused = !self.paused,
            'r' => self.shown.turned = !self.shown.turned,
            letter => self.shown.sort = self.sort().by_letter(letter).unwrap_or(self.sort()),
        }
    }

    fn typed(&mut self, key: Key) {
        match key {
            Key::Letter(letter) => self.shown.filter.push(letter),
            Key::Backspace => drop(self.shown.filter.pop()),
            Key::Escape => (self.mode, self.shown.filter) = (Mode::Table, String::new()),
            _ => self.mode = Mode::Table,
        }
    }

    /// How the table has come to look as it does.
    pub(super) fn told(&self) -> String {
        let Sheet { turned, filter, .. } = &self.shown;
        let mut told = format!("sorted by {}", self.sort().name());
        if *turned {
            told += ", the other way round";
        }
        match (self.mode, filter.is_empty()) {
            (Mode::Typing, _) => told += &format!("; filter: {filter}_"),
            (_, false) => told += &format!("; filter: {filter}"),
            (_, true) => {}
        }
        if self.paused {
            told += "; standing still, space goes on";
        }
        let other = if matches!(self.sort(), Sort::Jobs(_)) { "processes" } else { "jobs" };
        told + "; tab for " + other + ", ? for help"
    }
}

#[cfg(test)]
mod tests;
