//! Dead letters: attachments that were given up. The oldest make room for new ones; whoever is tried again, or has
//! ended, is none any more.

use super::retry::Tries;
use crate::model::{Identity, JobId};
use std::collections::{BTreeMap, VecDeque};

/// As many as anybody will read, and more than one cause brings.
const MOST: usize = 1000;

#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    pub job: JobId,
    pub tries: Tries,
}

#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    letters: BTreeMap<Identity, DeadLetter>,
    order: VecDeque<Identity>,
}

impl DeadLetters {
    pub(super) fn add(&mut self, who: Identity, letter: DeadLetter) {
        self.take(who);
        if self.order.len() == MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.letters.remove(&oldest);
        }
        self.order.push_back(who);
        self.letters.insert(who, letter);
    }

    pub(super) fn take(&mut self, who: Identity) -> Option<DeadLetter> {
        let letter = self.letters.remove(&who)?;
        self.order.retain(|&other| other != who);
        Some(letter)
    }

    pub(super) fn get(&self, who: Identity) -> Option<&DeadLetter> {
        self.letters.get(&who)
    }

    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Identity, &DeadLetter)> {
        self.order.iter().filter_map(|&who| Some((who, self.letters.get(&who)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pid, StartTime};

    #[test]
    fn the_oldest_make_room_and_one_taken_out_is_gone() {
        let mut letters = DeadLetters::default();
        let who = |pid| Identity { pid: Pid(pid), start: StartTime(1) };
        for pid in 1..=MOST as u32 + 2 {
            let job = JobId::of("ffmpeg", who(pid));
            letters.add(who(pid), DeadLetter { job, tries: Tries::default() });
        }
        let pids = |letters: &DeadLetters| letters.iter().map(|(who, _)| who.pid.0).collect::<Vec<_>>();
        assert_eq!(pids(&letters), (3..=MOST as u32 + 2).collect::<Vec<_>>());
        assert!(letters.take(who(3)).is_some() && letters.take(who(3)).is_none());
        assert_eq!(pids(&letters)[0], 4);
    }
}
