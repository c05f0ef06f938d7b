//! Hostile bytes made harmless. Names of processes, users and paths hold any byte; what is shown to a person
//! or written as a file name goes through here.

use std::fmt::{self, Write};

/// Shows bytes as one line of printable text: control characters, quotes' backslash and what is not UTF-8
/// become `\n`, `\x1b` and the like, so that neither a terminal nor a log reader can be fooled.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' => f.write_str("\\n")?,
                    '\t' => f.write_str("\\t")?,
                    '\r' => f.write_str("\\r")?,
                    '\\' => f.write_str("\\\\")?,
                    c if c.is_control() || is_invisible(c) => write!(f, "{}", c.escape_unicode())?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Characters that print nothing or turn the reading direction: they make one name look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A command's name as part of a cgroup's name: `/`, control and non-ASCII bytes replaced, and never so long that the
/// pid and start time behind it would not fit NAME_MAX.
pub fn file_name(command: &str) -> String {
    command.chars().take(128).map(|c| if c.is_ascii_graphic() && c != '/' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_codes_and_broken_utf8_are_shown_as_text() {
        let shown = Escaped(b"a\x1b[31m\n\xff\\\xe2\x80\xae").to_string();
        assert_eq!(shown, "a\\u{1b}[31m\\n\\xff\\\\\\u{202e}");
        assert!(shown.chars().all(|c| !c.is_control()));
    }

    #[test]
    fn a_file_name_holds_no_slash_and_no_space() {
        assert_eq!(file_name("ff/mp eg\n"), "ff_mp_eg_");
        assert!(file_name(&"x".repeat(4096)).len() <= 128);
    }
}
