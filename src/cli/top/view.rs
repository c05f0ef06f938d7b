//! What of a reading is on the screen, and in which order; what each key changes of that. Pure.

use super::keys::Key;
use crate::cli::args::client::SortKey;
use crate::cli::jobs;
use crate::cli::told::Job;

pub(super) const HELP: [&str; 11] = [
    "Keys",
    "",
    "  c m t a   sort by CPU, memory, throttled time, age",
    "  j p n u s sort by job, pid, name of the command, user, state",
    "  r         the other way round",
    "  /         show only what contains some text; Enter keeps it, Escape drops it",
    "  space     stand still, and go on",
    "  ↑ ↓       scroll, also page up and page down",
    "  q         quit",
    "",
    "Any key goes back.",
];

/// What a page is where nobody has drawn one yet.
const A_PAGE: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct View {
    sort: SortKey,
    turned: bool,
    filter: String,
    mode: Mode,
    paused: bool,
    /// Jobs that are scrolled out of sight, and how many are to be seen.
    first: usize,
    page: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Table,
    /// Letters are text of the filter.
    Typing,
    Help,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wish {
    Stay,
    Quit,
}

impl View {
    pub(super) fn sorted_by(sort: SortKey) -> View {
        let filter = String::new();
        View { sort, turned: false, filter, mode: Mode::Table, paused: false, first: 0, page: A_PAGE }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    pub(super) fn shows_help(&self) -> bool {
        self.mode == Mode::Help
    }

    pub(super) fn press(&mut self, key: Key) -> Wish {
        match (self.mode, key) {
            (Mode::Help, _) => self.mode = Mode::Table,
            (Mode::Typing, _) => self.typed(key),
            (Mode::Table, Key::Letter('q')) => return Wish::Quit,
            (Mode::Table, Key::Letter(letter)) => self.letter(letter),
            (Mode::Table, Key::Escape) => self.filter.clear(),
            (Mode::Table, Key::Up) => self.first = self.first.saturating_sub(1),
            (Mode::Table, Key::Down) => self.first += 1,
            (Mode::Table, Key::PageUp) => self.first = self.first.saturating_sub(self.page),
            (Mode::Table, Key::PageDown) => self.first += self.page,
            (Mode::Table, Key::Enter | Key::Backspace) => {}
        }
        Wish::Stay
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '/' => (self.mode, self.filter) = (Mode::Typing, String::new()),
            '?' | 'h' => self.mode = Mode::Help,
            ' ' => self.paused = !self.paused,
            'r' => self.turned = !self.turned,
            'c' => self.sort = SortKey::Cpu,
            'm' => self.sort = SortKey::Memory,
            't' => self.sort = SortKey::Throttled,
            'a' => self.sort = SortKey::Age,
            'j' => self.sort = SortKey::Job,
            'p' => self.sort = SortKey::Pid,
            'n' => self.sort = SortKey::Command,
            'u' => self.sort = SortKey::User,
            's' => self.sort = SortKey::State,
            _ => {}
        }
    }

    fn typed(&mut self, key: Key) {
        match key {
            Key::Letter(letter) => self.filter.push(letter),
            Key::Backspace => drop(self.filter.pop()),
            Key::Escape => (self.mode, self.filter) = (Mode::Table, String::new()),
            _ => self.mode = Mode::Table,
        }
    }

    /// The jobs that are to be seen, where there is room for so many.
    pub(super) fn choose(&mut self, all: &[Job], room: usize) -> Vec<Job> {
        let text = self.filter.to_lowercase();
        let has = |job: &Job| {
            let about = [job.job.as_str(), &job.command, &job.state, &job.owner()].join(" ");
            about.to_lowercase().contains(&text)
        };
        let mut chosen: Vec<Job> = all.iter().filter(|job| has(job)).cloned().collect();
        jobs::sort(&mut chosen, self.sort, self.turned);
        self.page = room.max(1);
        self.first = self.first.min(chosen.len().saturating_sub(self.page));
        chosen.into_iter().skip(self.first).take(room).collect()
    }

    /// How the table has come to look as it does.
    pub(super) fn told(&self) -> String {
        let mut told = format!("sorted by {}", format!("{:?}", self.sort).to_lowercase());
        if self.turned {
            told += ", the other way round";
        }
        match (self.mode, self.filter.is_empty()) {
            (Mode::Typing, _) => told += &format!("; filter: {}_", self.filter),
            (_, false) => told += &format!("; filter: {}", self.filter),
            (_, true) => {}
        }
        if self.paused {
            told += "; standing still, space goes on";
        }
        told + "; ? for help"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::jobs::tests::jobs as sample;

    fn press(view: &mut View, text: &str) -> Vec<Wish> {
        super::super::keys::read(text.as_bytes()).into_iter().map(|key| view.press(key)).collect()
    }

    fn seen(view: &mut View, room: usize) -> Vec<u32> {
        view.choose(&sample(), room).iter().map(|job| job.pid).collect()
    }

    #[test]
    fn keys_sort_and_turn() {
        let mut view = View::sorted_by(SortKey::Cpu);
        assert_eq!(seen(&mut view, 9), [10, 11, 9]);
        press(&mut view, "p");
        assert_eq!(seen(&mut view, 9), [9, 10, 11]);
        press(&mut view, "r");
        assert_eq!(seen(&mut view, 9), [11, 10, 9]);
        assert_eq!(press(&mut view, "xq"), [Wish::Stay, Wish::Quit]);
    }

    #[test]
    fn a_filter_is_typed_kept_and_dropped() {
        let mut view = View::sorted_by(SortKey::Pid);
        // `q` is a letter of the text here.
        assert_eq!(press(&mut view, "/ffq\x7fm"), [Wish::Stay; 6]);
        assert_eq!((seen(&mut view, 9), view.told().contains("filter: ffm_")), (vec![10], true));
        press(&mut view, "\r");
        assert!(view.told().contains("filter: ffm;"), "{}", view.told());
        press(&mut view, "\x1b");
        assert_eq!(seen(&mut view, 9).len(), 3);
        press(&mut view, "/GOVERNED\r");
        assert_eq!(seen(&mut view, 9), [10, 11]);
    }

    #[test]
    fn scrolling_ends_with_the_last_and_help_goes_with_any_key() {
        let mut view = View::sorted_by(SortKey::Pid);
        assert_eq!(seen(&mut view, 2), [9, 10]);
        press(&mut view, "\x1b[B\x1b[B\x1b[B");
        assert_eq!(seen(&mut view, 2), [10, 11]);
        press(&mut view, "\x1b[5~");
        assert_eq!(seen(&mut view, 2), [9, 10]);
        press(&mut view, "?");
        assert!(view.shows_help());
        assert_eq!((press(&mut view, "q"), view.shows_help()), (vec![Wish::Stay], false));
        press(&mut view, " ");
        assert!(view.is_paused() && view.told().contains("standing still"));
    }
}
