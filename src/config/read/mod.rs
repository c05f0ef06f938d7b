//! Tree → sections. A section lists its keys and their types (`section!`); everything else about reading follows from
//! that list: which keys are unknown, what was meant, where each value was said, and what stands over what.

mod list;
mod section;
mod word;

pub use list::{List, MOST_ENTRIES};
pub(super) use section::section;
pub use section::{entries, join};
pub use word::{Word, parse};

use super::problem::{Place, Report};
use super::yaml::Node;

/// A value, the key it was said for, and where.
#[derive(Clone, Debug)]
pub struct Said<T> {
    pub value: T,
    pub key: String,
    pub place: Place,
}

/// A value that may be absent.
pub type Setting<T> = Option<Said<T>>;

/// Whatever may stand behind a key: a single value, a list, a section.
pub trait Field: Default {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self;

    /// What `self` says, and what `below` says where `self` is silent.
    fn over(self, below: Self, report: &mut Report) -> Self;

    /// Every key from `path` on.
    fn list_keys(path: &str, keys: &mut Vec<String>);
}

impl<T: PartialEq> Said<T> {
    fn same(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// A flag or variable that overrides another value of the file is worth a word: one of the two is forgotten.
pub fn over<T>(
    above: Setting<T>,
    below: Setting<T>,
    report: &mut Report,
    same: impl Fn(&Said<T>, &Said<T>) -> bool,
    show: impl Fn(&Said<T>) -> String,
) -> Setting<T> {
    if let (Some(above), Some(below)) = (&above, &below)
        && !above.place.is_file()
        && below.place.is_file()
        && !same(above, below)
    {
        let (mine, theirs) = (show(above), show(below));
        let text = format!("{mine} overrides {} {theirs} of {}", below.key, below.place);
        report.warning(&above.place, &above.key, text);
    }
    above.or(below)
}
