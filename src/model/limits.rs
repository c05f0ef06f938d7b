//! What a job may use: for each limit that is set, its value. What has no value is not limited by us. And what an operator
//! sets for one job alone, which stands over it key by key.

mod key;
mod together;

pub use key::{Holder, LimitKey};
use std::fmt;
use std::sync::Arc;
pub use together::{Discord, beyond_total, discords};

/// The value of one limit, in the unit that its key says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Amount {
    Number(i64),
    /// In the one way it is written, so that equal values are equal texts.
    Words(Arc<str>),
}

/// The limits of one job, in the order of their keys. Jobs of one rule share them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Limits(Arc<[(LimitKey, Amount)]>);

impl Limits {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn has(&self, key: LimitKey) -> bool {
        self.get(key).is_some()
    }

    pub fn get(&self, key: LimitKey) -> Option<&Amount> {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.0[at].1)
    }

    /// Of a limit that is a number.
    pub fn number(&self, key: LimitKey) -> Option<i64> {
        self.get(key).and_then(Amount::number)
    }

    /// The same with another value of one limit, or without it.
    pub fn with(&self, key: LimitKey, amount: Option<Amount>) -> Limits {
        let others =
            self.iter().filter(|(other, _)| *other != key).map(|(key, amount)| (key, amount.clone()));
        others.chain(amount.map(|amount| (key, amount))).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (LimitKey, &Amount)> {
        self.0.iter().map(|(key, amount)| (*key, amount))
    }

    pub fn keys(&self) -> impl Iterator<Item = LimitKey> {
        self.0.iter().map(|(key, _)| *key)
    }
}

impl FromIterator<(LimitKey, Amount)> for Limits {
    fn from_iter<T: IntoIterator<Item = (LimitKey, Amount)>>(limits: T) -> Limits {
        Limits(in_order(limits))
    }
}

/// Of numbers, which most are.
impl<const N: usize> From<[(LimitKey, i64); N]> for Limits {
    fn from(limits: [(LimitKey, i64); N]) -> Limits {
        limits.into_iter().map(|(key, number)| (key, Amount::Number(number))).collect()
    }
}

/// Limits that an operator has set for one job: `None` takes one away that the policy sets. Of what is not named the
/// policy's stands.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Overrides(Arc<[(LimitKey, Option<Amount>)]>);

impl Overrides {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What holds for a job for which the policy says `policy`.
    pub fn over(&self, policy: &Limits) -> Limits {
        let set = |key: LimitKey| self.keys().any(|other| other == key);
        let theirs = policy.iter().filter(|(key, _)| !set(*key)).map(|(key, amount)| (key, amount.clone()));
        let ours = self.0.iter().filter_map(|(key, amount)| Some((*key, amount.clone()?)));
        theirs.chain(ours).collect()
    }

    /// These, and what was set before where they are silent.
    pub fn after(&self, before: &Overrides) -> Overrides {
        let silent = |(key, _): &&(LimitKey, Option<Amount>)| self.keys().all(|other| other != *key);
        before.0.iter().filter(silent).chain(self.0.iter()).cloned().collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (LimitKey, Option<&Amount>)> {
        self.0.iter().map(|(key, amount)| (*key, amount.as_ref()))
    }

    /// The limits that are set.
    pub fn keys(&self) -> impl Iterator<Item = LimitKey> {
        self.0.iter().map(|(key, _)| *key)
    }
}

impl FromIterator<(LimitKey, Option<Amount>)> for Overrides {
    fn from_iter<T: IntoIterator<Item = (LimitKey, Option<Amount>)>>(set: T) -> Overrides {
        Overrides(in_order(set))
    }
}

impl<const N: usize> From<[(LimitKey, i64); N]> for Overrides {
    fn from(set: [(LimitKey, i64); N]) -> Overrides {
        set.into_iter().map(|(key, number)| (key, Some(Amount::Number(number)))).collect()
    }
}

/// Each key once; of several the first.
fn in_order<T: Clone>(entries: impl IntoIterator<Item = (LimitKey, T)>) -> Arc<[(LimitKey, T)]> {
    let mut entries: Vec<(LimitKey, T)> = entries.into_iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by_key(|(key, _)| *key);
    entries.into()
}

impl Amount {
    pub fn number(&self) -> Option<i64> {
        match self {
            Amount::Number(number) => Some(*number),
            Amount::Words(_) => None,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Number(number) => number.fmt(f),
            Amount::Words(words) => words.fmt(f),
        }
    }
}

/// `cpu_quota=200 memory_limit=4294967296`, or `none`: for logs.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(self.iter(), f)
    }
}

/// What is taken away is `none`.
impl fmt::Display for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = Amount::Words("none".into());
        list(self.iter().map(|(key, amount)| (key, amount.unwrap_or(&none))), f)
    }
}

fn list<'a>(limits: impl Iterator<Item = (LimitKey, &'a Amount)>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut gap = "";
    for (key, amount) in limits {
        write!(f, "{gap}{key}={amount}")?;
        gap = " ";
    }
    if gap.is_empty() { f.write_str("none") } else { Ok(()) }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({self})")
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overrides({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LimitKey::{CpuQuota, CpuWeight, MemoryLimit};

    #[test]
    fn what_is_set_stands_over_the_policy_key_by_key_and_may_take_away() {
        let policy = Limits::from([(CpuQuota, 200), (CpuWeight, 50)]);
        let first: Overrides =
            [(MemoryLimit, Some(Amount::Number(7))), (CpuQuota, None)].into_iter().collect();
        assert_eq!(first.over(&policy), Limits::from([(CpuWeight, 50), (MemoryLimit, 7)]));
        let then: Overrides =
            [(CpuWeight, Some(Amount::Number(100))), (MemoryLimit, None)].into_iter().collect();
        let both = then.after(&first);
        assert_eq!(both.over(&policy), Limits::from([(CpuWeight, 100)]));
        assert_eq!(both.keys().collect::<Vec<_>>(), [CpuQuota, CpuWeight, MemoryLimit]);
        assert_eq!(first.to_string(), "cpu_quota=none memory_limit=7");
        assert_eq!(Overrides::default().over(&policy), policy);
    }

    #[test]
    fn one_value_is_changed_or_taken_away() {
        let limits = Limits::from([(MemoryLimit, 7), (CpuQuota, 200)]);
        assert_eq!(limits.to_string(), "cpu_quota=200 memory_limit=7");
        assert_eq!(limits.with(CpuQuota, None), Limits::from([(MemoryLimit, 7)]));
        assert_eq!(limits.with(CpuQuota, Some(Amount::Number(5))).number(CpuQuota), Some(5));
        assert_eq!((Limits::default().to_string(), Limits::default().is_empty()), ("none".into(), true));
    }
}
