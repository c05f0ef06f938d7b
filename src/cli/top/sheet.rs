//! One of the tables that can be drawn: its order, what a filter lets through, how far it is scrolled. Pure.

use crate::cli::args::columns::{self, JobKey, ProcessKey};

/// What a page is where nobody has drawn one yet.
const A_PAGE: usize = 20;

/// What the lines are of, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    Jobs(JobKey),
    Processes(ProcessKey),
}

#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) sort: Sort,
    pub(super) turned: bool,
    pub(super) filter: String,
    /// Lines that are scrolled out of sight, and how many are to be seen.
    first: usize,
    page: usize,
}

impl Sort {
    /// What a key chooses, if it is one of this table's columns.
    pub(super) fn by_letter(self, letter: char) -> Option<Sort> {
        match self {
            Sort::Jobs(_) => job_key(letter).map(Sort::Jobs),
            Sort::Processes(_) => process_key(letter).map(Sort::Processes),
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Sort::Jobs(key) => columns::name(&key),
            Sort::Processes(key) => columns::name(&key),
        }
    }
}

fn job_key(letter: char) -> Option<JobKey> {
    Some(match letter {
        'c' => JobKey::Cpu,
        'm' => JobKey::Memory,
        't' => JobKey::Throttled,
        'a' => JobKey::Age,
        'j' => JobKey::Job,
        'p' => JobKey::Pid,
        'n' => JobKey::Command,
        'u' => JobKey::User,
        's' => JobKey::State,
        _ => return None,
    })
}

fn process_key(letter: char) -> Option<ProcessKey> {
    Some(match letter {
        'o' => ProcessKey::Score,
        'c' => ProcessKey::Cpu,
        'k' => ProcessKey::Children,
        'm' => ProcessKey::Memory,
        'i' => ProcessKey::Io,
        't' => ProcessKey::Threads,
        'g' => ProcessKey::Governed,
        'p' => ProcessKey::Pid,
        'n' => ProcessKey::Command,
        'u' => ProcessKey::User,
        's' => ProcessKey::State,
        _ => return None,
    })
}

impl Sheet {
    pub(super) fn sorted_by(sort: Sort) -> Sheet {
        Sheet { sort, turned: false, filter: String::new(), first: 0, page: A_PAGE }
    }

    pub(super) fn up(&mut self, lines: usize) {
        self.first = self.first.saturating_sub(lines);
    }

    pub(super) fn down(&mut self, lines: usize) {
        self.first += lines;
    }

    pub(super) fn page(&self) -> usize {
        self.page
    }

    /// Those that are to be seen, where there is room for so many. `about` is what the filter looks through.
    pub(super) fn choose<T: Clone>(
        &mut self,
        all: &[T],
        room: usize,
        about: fn(&T) -> String,
        sort: impl FnOnce(&mut [T], bool),
    ) -> Vec<T> {
        let text = self.filter.to_lowercase();
        let has = |one: &&T| about(one).to_lowercase().contains(&text);
        let mut chosen: Vec<T> = all.iter().filter(has).cloned().collect();
        sort(&mut chosen, self.turned);
        self.page = room.max(1);
        self.first = self.first.min(chosen.len().saturating_sub(self.page));
        chosen.into_iter().skip(self.first).take(room).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn each_column_of_a_table_has_a_key() {
        let letters = || ('a'..='z').filter(|letter| *letter != 'q' && *letter != 'r');
        let jobs: Vec<_> = letters().filter_map(job_key).collect();
        assert!(JobKey::value_variants().iter().all(|key| jobs.contains(key)), "{jobs:?}");
        let processes: Vec<_> = letters().filter_map(process_key).collect();
        assert!(ProcessKey::value_variants().iter().all(|key| processes.contains(key)), "{processes:?}");
    }
}
