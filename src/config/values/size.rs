//! Sizes: "4GiB", "512MB". A bare number is MiB where the older service had it so, and refused elsewhere.

use super::number::{scaled, whole};
use crate::config::problem::quoted;
use crate::config::read::Word;

const MIB: u64 = 1 << 20;

/// From the largest to the smallest power of 1024, then those of 1000.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", MIB),
    ("KiB", 1 << 10),
    ("B", 1),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

/// Bytes of memory; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory(pub u64);

impl Word for Memory {
    const KIND: &'static str = "MiB as a number, or a size like \"4GiB\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return match whole(text, 0, u32::MAX) {
                Ok(mib) => Ok(Memory(u64::from(mib) * MIB)),
                Err(why) => Err(format!("{why}; a bare number is MiB, 0 is no limit")),
            };
        }
        parse(text).map(Memory)
    }

    fn show(&self) -> String {
        let exact = UNITS.iter().find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size));
        let (unit, size) = exact.unwrap_or(&("B", 1));
        format!("{}{unit}", self.0 / size)
    }
}

/// Bytes the kernel keeps for events we have not read yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Buffer(pub usize);

impl Buffer {
    const SMALLEST: u64 = 64 << 10;
    /// Twice this is the largest number the kernel takes.
    const LARGEST: u64 = 1023 << 20;
}

impl Word for Buffer {
    const KIND: &'static str = "a size, like \"4MiB\"";

    fn parse(text: &str) -> Result<Self, String> {
        let bytes = parse(text)?;
        match usize::try_from(bytes) {
            Ok(size) if (Self::SMALLEST..=Self::LARGEST).contains(&bytes) => Ok(Buffer(size)),
            _ => Err(format!("{} is out of range; \"64KiB\" to \"1023MiB\"", quoted(text))),
        }
    }

    fn show(&self) -> String {
        Memory(self.0 as u64).show()
    }
}

/// Bytes of a file; zero is no bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileSize(pub u64);

impl Word for FileSize {
    const KIND: &'static str = "a size, like \"64MiB\", or 0";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "0" { Ok(FileSize(0)) } else { parse(text).map(FileSize) }
    }

    fn show(&self) -> String {
        Memory(self.0).show()
    }
}

pub(super) fn parse(text: &str) -> Result<u64, String> {
    let shown = quoted(text);
    let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let number = number.trim_end();
    if number.starts_with('-') {
        return Err(format!("{shown} is negative"));
    }
    let Some((_, size)) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
        return Err(match unit {
            "" => format!("{shown} has no unit; sizes are written \"4GiB\" or \"512MB\""),
            _ if ["k", "m", "g", "t"].iter().any(|letter| letter.eq_ignore_ascii_case(unit)) => {
                let letter = unit.to_uppercase();
                format!(
                    "{shown} may mean either; write \"{number}{letter}iB\" (1024) or \"{number}{letter}B\" (1000)"
                )
            }
            _ => format!("{shown} is not a size; sizes are written \"4GiB\" or \"512MB\""),
        });
    };
    let bytes = scaled(number, *size).map_err(|why| format!("{shown} {why}; sizes are written \"4GiB\""))?;
    if bytes > i64::MAX as u64 { Err(format!("{shown} is more than any kernel takes")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_as_people_write_them() {
        for (text, bytes) in [
            ("4096", 4 << 30),
            ("0", 0),
            ("4GiB", 4 << 30),
            ("4 GiB", 4 << 30),
            ("512MB", 512_000_000),
            ("512mib", 512 << 20),
            ("1.5GiB", 3 << 29),
            ("100B", 100),
        ] {
            assert_eq!(Memory::parse(text), Ok(Memory(bytes)), "{text}");
        }
    }

    #[test]
    fn each_wrong_size_says_why() {
        for (text, why) in [
            ("-1", "negative"),
            ("-1GiB", "negative"),
            ("1.5", "no unit"),
            ("4G", "\"4GiB\" (1024) or \"4GB\" (1000)"),
            ("4Gi", "not a size"),
            ("lots", "not a size"),
            ("GiB", "not a number"),
            ("9999999999", "out of range"),
            ("99999999TiB", "more than any kernel"),
            ("8388608TiB", "more than any kernel"),
        ] {
            let said = Memory::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn a_buffer_names_its_unit_and_fits_the_kernel() {
        assert_eq!(Buffer::parse("4MiB"), Ok(Buffer(4 << 20)));
        assert!(Buffer::parse("4194304").unwrap_err().contains("no unit"));
        assert!(Buffer::parse("1KiB").unwrap_err().contains("out of range"));
        assert!(Buffer::parse("1GiB").unwrap_err().contains("out of range"));
    }

    #[test]
    fn a_file_is_bounded_by_a_size_with_a_unit_or_not_at_all() {
        assert_eq!(FileSize::parse("64MiB"), Ok(FileSize(64 << 20)));
        assert_eq!(FileSize::parse("0"), Ok(FileSize(0)));
        assert!(FileSize::parse("64").unwrap_err().contains("no unit"));
        assert_eq!(FileSize::parse(&FileSize(0).show()), Ok(FileSize(0)));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same(bytes in 0..=i64::MAX as u64) {
            let memory = Memory(bytes);
            prop_assert_eq!(Memory::parse(&memory.show()), Ok(memory));
        }

        #[test]
        fn no_text_panics(text in "[0-9.]{0,24}[kKmMgGtTiIbB ]{0,4}|.*") {
            Memory::parse(&text).ok();
        }
    }
}
