//! What processes had before they were changed, as far as it is kept on the note: what most had, which is what the main
//! one had, and who had something else, up to a bound. Whoever is born in the job is taken to be like most.

use crate::model::{LimitKey, Pid, StartTime};
use std::collections::BTreeMap;

/// Beyond it who had something else is given back what most had.
const MOST: usize = 128;

/// Whose it is: a thread's, or a process's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Owner {
    pub(super) id: Pid,
    pub(super) start: StartTime,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Originals {
    usual: BTreeMap<LimitKey, i64>,
    others: BTreeMap<(LimitKey, Owner), i64>,
}

impl Originals {
    pub(super) fn of(&self, key: LimitKey, owner: Owner) -> Option<i64> {
        self.others.get(&(key, owner)).or_else(|| self.usual.get(&key)).copied()
    }

    /// Whether that was news.
    pub(super) fn remember(&mut self, key: LimitKey, owner: Owner, value: i64) -> bool {
        match self.of(key, owner) {
            None => self.usual.insert(key, value).is_none(),
            Some(known) if known == value => false,
            Some(_) => {
                let has_room = self.others.len() < MOST || self.others.contains_key(&(key, owner));
                if has_room {
                    self.others.insert((key, owner), value);
                }
                has_room
            }
        }
    }

    /// Of a limit that nobody wants any more.
    pub(in crate::sys::governor) fn forget(&mut self, key: LimitKey) {
        self.usual.remove(&key);
        self.others.retain(|(other, _), _| *other != key);
    }

    /// As words of a note, `nice=0` and `nice_4242_812345=10`.
    pub(in crate::sys::governor) fn words(&self) -> impl Iterator<Item = (String, i64)> {
        let usual = self.usual.iter().map(|(key, value)| (key.to_string(), *value));
        let others = self
            .others
            .iter()
            .map(|((key, owner), value)| (format!("{key}_{}_{}", owner.id, owner.start.0), *value));
        usual.chain(others)
    }

    /// Takes one of them in; `false`: it was not written by us.
    pub(in crate::sys::governor) fn read(&mut self, word: &str, value: i64) -> bool {
        let behind = |key: LimitKey| Some((key, word.strip_prefix(key.name())?));
        let Some((key, behind)) = super::keys().find_map(behind) else { return false };
        match (behind, owner(behind)) {
            ("", _) => {
                self.usual.insert(key, value);
            }
            (_, Some(owner)) => {
                self.others.insert((key, owner), value);
            }
            (_, None) => return false,
        }
        true
    }
}

/// `_4242_812345`
fn owner(word: &str) -> Option<Owner> {
    let (id, start) = word.strip_prefix('_')?.split_once('_')?;
    Some(Owner { id: Pid(id.parse().ok()?), start: StartTime(start.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use LimitKey::{Nice, OomScoreAdj};

    fn owner(id: u32) -> Owner {
        Owner { id: Pid(id), start: StartTime(7) }
    }

    #[test]
    fn most_are_like_the_first_and_who_is_not_is_kept_by_itself() {
        let mut originals = Originals::default();
        assert!(originals.remember(Nice, owner(1), 0));
        assert!(!originals.remember(Nice, owner(2), 0) && originals.remember(Nice, owner(3), -3));
        assert_eq!([1, 3, 9].map(|id| originals.of(Nice, owner(id))), [Some(0), Some(-3), Some(0)]);
        assert_eq!(originals.of(Nice, Owner { start: StartTime(8), ..owner(3) }), Some(0), "another process");
        assert_eq!(originals.of(OomScoreAdj, owner(1)), None);
        originals.forget(Nice);
        assert_eq!(originals, Originals::default());
    }

    #[test]
    fn they_are_bounded_and_read_as_they_were_written() {
        let mut originals = Originals::default();
        for id in 0..2 * u32::try_from(MOST).expect("small") {
            originals.remember(OomScoreAdj, owner(id), id.into());
        }
        assert_eq!(originals.words().count(), 1 + MOST);
        let mut read = Originals::default();
        assert!(originals.words().all(|(word, value)| read.read(&word, value)));
        assert_eq!(read, originals);
        for foreign in ["cpu_weight", "nicer", "nice_4", "nice_4_", "nice_x_4", ""] {
            assert!(!read.read(foreign, 1), "{foreign}");
        }
    }
}
