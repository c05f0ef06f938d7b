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
                    c if is_harmless(c) => f.write_char(c)?,
                    c => write!(f, "{}", c.escape_unicode())?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Whether it shows what it is, and orders nothing.
pub fn is_harmless(c: char) -> bool {
    !c.is_control() && !is_invisible(c)
}

/// Characters that print nothing or turn the reading direction: they make one name look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// As [`Escaped`], in double quotes where a space, a quote or a character that means something to a shell would
/// blur where the word ends. Plain words stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let special = |c: char| c.is_whitespace() || "\"'\\`$|&;<>()[]{}?!#~".contains(c);
        if !self.0.is_empty() && !self.0.utf8_chunks().any(|chunk| chunk.valid().contains(special)) {
            return Escaped(self.0).fmt(f);
        }
        for (i, part) in self.0.split(|&b| b == b'"').enumerate() {
            f.write_str(if i == 0 { "\"" } else { "\\\"" })?;
            Escaped(part).fmt(f)?;
        }
        f.write_char('"')
    }
}

/// Text of our own making as one line: `\n` between findings becomes `; `, and what a foreign name in it might
/// smuggle to a terminal is escaped. Backslashes stay, for the names in it are escaped already.
#[derive(Clone, Copy, Debug)]
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lines().map(str::trim).filter(|line| !line.is_empty());
        for (i, line) in lines.enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            for (i, part) in line.split('\\').enumerate() {
                if i > 0 {
                    f.write_char('\\')?;
                }
                Escaped(part.as_bytes()).fmt(f)?;
            }
        }
        Ok(())
    }
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

    #[test]
    fn words_are_quoted_when_their_end_would_be_unclear() {
        for (word, shown) in [
            ("-i", "-i"),
            ("a b", "\"a b\""),
            ("", "\"\""),
            ("say \"hi\"", "\"say \\\"hi\\\"\""),
            ("***", "***"),
            ("c\\d", "\"c\\\\d\""),
            ("x\n", "\"x\\n\""),
            ("é", "é"),
        ] {
            assert_eq!(Quoted(word.as_bytes()).to_string(), shown);
        }
        assert_eq!(Quoted(b"\xff").to_string(), "\\xff");
    }

    #[test]
    fn our_own_text_becomes_one_line() {
        assert_eq!(
            OneLine("two errors:\n  a\\x1b: b\n\n  c\u{1b}\n").to_string(),
            "two errors:; a\\x1b: b; c\\u{1b}"
        );
    }
}
