//! What is wrong with a configuration, and where it was said. Everything found in one run is gathered in a
//! `Report`, so that an operator mends a file once and not error by error.

use crate::model::text::Escaped;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Where a value was said.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// On the command line: `--scan-interval`.
    Flag(&'static str),
    /// In the environment: `SCAN_INTERVAL`.
    Variable(&'static str),
    /// In the file. Lines and columns count from one.
    File { name: Arc<str>, line: usize, column: usize },
}

impl Place {
    pub fn is_file(&self) -> bool {
        matches!(self, Place::File { .. })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Flag(name) | Place::Variable(name) => f.write_str(name),
            Place::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
        }
    }
}

/// One error or one warning. `key` is the path of the key, `commands.ffmpeg.limits.cpu_quota`; it is empty
/// where the file as a whole is meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    pub place: Place,
    pub key: String,
    pub text: String,
}

impl Problem {
    /// The file cannot be read at all.
    pub fn unreadable(name: &str, why: &str) -> Problem {
        let place = Place::File { name: name.into(), line: 1, column: 1 };
        problem(&place, "", format!("it cannot be read: {why}"))
    }
}

/// One line: `watch-config.yaml:12:7: commands.ffmpeg.limits.cpu_qota: unknown key; did you mean cpu_quota?`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: ", self.place);
        if self.place.is_file() && !self.key.is_empty() {
            line.push_str(&self.key);
            line.push_str(": ");
        }
        line.push_str(&self.text);
        // Names and values come from a file anybody may have written.
        Escaped(line.as_bytes()).fmt(f)
    }
}

/// Everything found so far, in the order of the file, each said once.
#[derive(Debug, Default)]
pub struct Report {
    errors: BTreeSet<Problem>,
    warnings: BTreeSet<Problem>,
    untold: usize,
}

impl Report {
    /// A person reads the report; nobody reads ten thousand lines of it.
    const MOST: usize = 1000;

    /// Further errors are counted, no longer told: spare the work of wording them.
    pub fn is_full(&self) -> bool {
        self.errors.len() >= Self::MOST
    }

    pub fn error(&mut self, place: &Place, key: &str, text: impl Into<String>) {
        if self.is_full() {
            self.untold += 1;
        } else {
            self.errors.insert(problem(place, key, text));
        }
    }

    pub fn warning(&mut self, place: &Place, key: &str, text: impl Into<String>) {
        if self.warnings.len() < Self::MOST {
            self.warnings.insert(problem(place, key, text));
        }
    }

    /// The warnings, or the errors if there are any.
    pub fn finish(self) -> Result<Vec<Problem>, Vec<Problem>> {
        let mut errors: Vec<Problem> = self.errors.into_iter().collect();
        if let (Some(last), 1..) = (errors.last(), self.untold) {
            errors.push(problem(&last.place.clone(), "", format!("and {} more errors", self.untold)));
        }
        if errors.is_empty() { Ok(self.warnings.into_iter().collect()) } else { Err(errors) }
    }
}

fn problem(place: &Place, key: &str, text: impl Into<String>) -> Problem {
    Problem { place: place.clone(), key: cut(key, 200), text: text.into() }
}

/// A value as a message quotes it: of a long one, the beginning.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text, 60))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_printable_line_whatever_the_file_holds() {
        let place = Place::File { name: "a\x1b[2J.yaml".into(), line: 12, column: 7 };
        let shown = problem(&place, "x\ny", quoted(&"z".repeat(500))).to_string();
        assert!(shown.starts_with("a\\u{1b}[2J.yaml:12:7: x\\ny: \"zzz"), "{shown}");
        assert!(shown.len() < 120 && !shown.contains('\n'), "{shown}");
    }

    #[test]
    fn a_flood_of_errors_is_cut_and_counted() {
        let mut report = Report::default();
        for line in (1..=5000).rev() {
            report.error(&Place::File { name: "f".into(), line, column: 1 }, "k", "wrong");
        }
        let errors = report.finish().unwrap_err();
        assert_eq!(errors.len(), Report::MOST + 1);
        assert!(errors.is_sorted_by_key(|e| e.place.clone()));
        assert!(errors.last().unwrap().text.contains("4000 more"));
    }
}
