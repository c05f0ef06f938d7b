//! File modes, as chmod takes them in octal.

use crate::config::problem::quoted;
use crate::config::read::Word;

/// Who besides its owner may read a file, and whether its group may write to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMode(pub u32);

const OWNER: u32 = 0o600;
const EVERYBODY_WRITES: u32 = 0o002;
const PERMISSIONS: u32 = 0o666;

impl Word for FileMode {
    const KIND: &'static str = "a file mode, like \"0640\"";

    fn parse(text: &str) -> Result<Self, String> {
        let shown = quoted(text);
        let octal = matches!(text.len(), 3 | 4) && text.bytes().all(|b| matches!(b, b'0'..=b'7'));
        let Some(mode) = octal.then(|| u32::from_str_radix(text, 8).ok()).flatten() else {
            return Err(format!("{shown} is not {}", Self::KIND));
        };
        match mode {
            _ if mode & EVERYBODY_WRITES != 0 => {
                Err(format!("{shown} would let everybody write to it; 0644 lets everybody read"))
            }
            _ if mode & OWNER != OWNER => Err(format!("{shown} would keep its owner out; begin with 06")),
            _ if mode & !PERMISSIONS != 0 => {
                Err(format!("{shown} holds more than reading and writing; write {:04o}", mode & PERMISSIONS))
            }
            _ => Ok(FileMode(mode)),
        }
    }

    fn show(&self) -> String {
        format!("{:04o}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_keep_a_file_readable_to_its_owner_and_writable_to_few() {
        for (text, mode) in [("0600", 0o600), ("640", 0o640), ("0660", 0o660), ("0644", 0o644)] {
            assert_eq!(FileMode::parse(text), Ok(FileMode(mode)));
        }
        assert_eq!(FileMode(0o600).show(), "0600");
        for (text, why) in [
            ("0666", "everybody write"),
            ("0602", "everybody write"),
            ("0777", "everybody write"),
            ("0400", "keep its owner out"),
            ("0000", "keep its owner out"),
            ("0040", "keep its owner out"),
            ("0755", "write 0644"),
            ("4640", "write 0640"),
            ("0648", "is not a file mode"),
            ("0o640", "is not a file mode"),
            ("-640", "is not a file mode"),
            ("+640", "is not a file mode"),
            ("00640", "is not a file mode"),
            ("64", "is not a file mode"),
            ("416", "everybody write"),
            ("rw-r-----", "is not a file mode"),
        ] {
            let said = FileMode::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
