//! Where members of a job were taken from, of those for whom that is not the main process's group. Kept on the job's
//! note, up to a bound; who is not named here goes where his parent goes, or where the main process does.

use super::process::Held;
use crate::model::{Pid, StartTime};
use std::collections::BTreeMap;

/// Together they leave an attribute room for the rest.
const MOST: usize = 32;
const LONGEST: usize = 256;

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Homes(BTreeMap<(Pid, StartTime), Vec<u8>>);

impl Homes {
    pub(super) fn of(&self, held: &Held) -> Option<&[u8]> {
        self.0.get(&(held.pid, held.start)).map(Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where it was the first time. Whether that was news.
    pub(super) fn remember(&mut self, held: &Held, home: &[u8]) -> bool {
        let who = (held.pid, held.start);
        if self.0.contains_key(&who) || self.0.len() >= MOST || home.len() > LONGEST {
            return false;
        }
        self.0.insert(who, home.to_vec()).is_none()
    }

    /// As words of a note: `4242_812345`, and the group.
    pub(super) fn words(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.0.iter().map(|((pid, start), home)| (format!("{pid}_{}", start.0), home.as_slice()))
    }

    /// Takes one of them in; `false`: it was not written by us.
    pub(super) fn read(&mut self, word: &str, home: Vec<u8>) -> bool {
        let who = word
            .split_once('_')
            .and_then(|(pid, start)| Some((Pid(pid.parse().ok()?), StartTime(start.parse().ok()?))));
        who.map(|who| self.0.insert(who, home)).is_some()
    }
}
