//! How much a job may read from and write to each disk, as one text: `/dev/vda:rbps=50000000,wiops=100;/dev/vdb:wbps=7`.
//! Equal limits are equal texts: disks and rates stand in order, and what is not limited is not named.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// By their names in the kernel: bytes and operations per second, read and written.
pub const RATES: [&str; 4] = ["rbps", "wbps", "riops", "wiops"];

/// In the order of their names; `None` is not limited.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Rates(pub [Option<u64>; 4]);

/// The rates of each disk, by its path.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct IoMax(BTreeMap<Arc<str>, Rates>);

impl Rates {
    pub fn is_none(&self) -> bool {
        *self == Rates::default()
    }

    pub fn tighter(self, other: Rates) -> Rates {
        let least = |(one, other): (Option<u64>, Option<u64>)| one.into_iter().chain(other).min();
        Rates(std::array::from_fn(|at| least((self.0[at], other.0[at]))))
    }
}

impl IoMax {
    /// `None` for what `Display` does not write.
    pub fn parse(text: &str) -> Option<IoMax> {
        let rate = |said: &str| {
            let (name, number) = said.split_once('=')?;
            Some((RATES.iter().position(|known| *known == name)?, number.parse().ok()?))
        };
        let disk = |said: &str| {
            // Paths by which disks are known have colons, too.
            let (path, said) = said.rsplit_once(':')?;
            let mut rates = Rates::default();
            for said in said.split(',') {
                let (at, number) = rate(said)?;
                rates.0[at] = Some(number);
            }
            Some((path.into(), rates))
        };
        text.split(';').map(disk).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Rates)> {
        self.0.iter().map(|(disk, rates)| (disk, *rates))
    }

    /// What binds who is under both.
    pub fn tighter(&self, other: &IoMax) -> IoMax {
        self.iter().chain(other.iter()).map(|(disk, rates)| (Arc::clone(disk), rates)).collect()
    }
}

/// Of what is said of one disk twice the tighter counts.
impl FromIterator<(Arc<str>, Rates)> for IoMax {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Rates)>>(said: T) -> IoMax {
        let mut disks: BTreeMap<Arc<str>, Rates> = BTreeMap::new();
        for (disk, rates) in said.into_iter().filter(|(_, rates)| !rates.is_none()) {
            let known = disks.entry(disk).or_default();
            *known = known.tighter(rates);
        }
        IoMax(disks)
    }
}

impl fmt::Display for IoMax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (disk, rates) in &self.0 {
            write!(f, "{gap}{disk}")?;
            gap = ":";
            for (name, rate) in RATES.iter().zip(rates.0).filter_map(|(name, rate)| Some((name, rate?))) {
                write!(f, "{gap}{name}={rate}")?;
                gap = ",";
            }
            gap = ";";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn io_max(text: &str) -> IoMax {
        IoMax::parse(text).expect(text)
    }

    #[test]
    fn equal_limits_are_equal_texts() {
        let text = "/dev/disk/by-path/pci-0000:00:1f.2:riops=9;/dev/vda:rbps=5,wiops=100";
        assert_eq!(io_max(text).to_string(), text);
        let other = "/dev/vda:wiops=100,rbps=5;/dev/disk/by-path/pci-0000:00:1f.2:riops=9";
        assert_eq!(io_max(other).to_string(), text);
        for wrong in ["", "/dev/vda", "/dev/vda:", "/dev/vda:rbps=max", "/dev/vda:bps=1", "/dev/vda:rbps=5;"]
        {
            assert_eq!(IoMax::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_tighter_counts_disk_by_disk_and_rate_by_rate() {
        let one = io_max("/dev/vda:rbps=5,wbps=7;/dev/vdb:riops=1");
        let other = io_max("/dev/vda:rbps=9,wbps=3,riops=2;/dev/vdc:wiops=4");
        let both = "/dev/vda:rbps=5,wbps=3,riops=2;/dev/vdb:riops=1;/dev/vdc:wiops=4";
        assert_eq!(one.tighter(&other).to_string(), both);
        assert_eq!(io_max("/dev/vda:rbps=5;/dev/vda:rbps=3").to_string(), "/dev/vda:rbps=3");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(said in prop::collection::vec(("[a-z:/ ]{1,9}", any::<[Option<u64>; 4]>()), 1..5)) {
            let io_max: IoMax = said.into_iter().map(|(disk, rates)| (disk.into(), Rates(rates))).collect();
            if !io_max.is_empty() {
                prop_assert_eq!(IoMax::parse(&io_max.to_string()), Some(io_max));
            }
        }

        #[test]
        fn any_text_is_survived(text in "[a-z:;=,0-9]{0,40}|.*") {
            let _ = IoMax::parse(&text);
        }
    }
}
