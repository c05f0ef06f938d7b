//! Patterns of names: `*` is any text, `?` any one character, everything else itself. Not paths: a slash is a character
//! like any other.

use std::fmt;
use std::sync::Arc;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob(Arc<str>);

impl Glob {
    pub fn new(pattern: &str) -> Glob {
        Glob(pattern.into())
    }

    /// Takes no longer than the product of both lengths: of several stars only the last one's length is ever changed.
    pub fn fits(&self, name: &str) -> bool {
        let (mut pattern, mut name) = (self.0.chars(), name.chars());
        let mut star = None;
        loop {
            let before = (pattern.clone(), name.clone());
            match (pattern.next(), name.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    name = before.1;
                    star = Some((pattern.clone(), name.clone()));
                }
                (Some('?'), Some(_)) => {}
                (Some(one), Some(other)) if one == other => {}
                (_, None) => return false,
                // The star before takes one character more.
                _ => match &mut star {
                    None => return false,
                    Some((behind, rest)) => {
                        rest.next();
                        (pattern, name) = (behind.clone(), rest.clone());
                    }
                },
            }
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn stars_and_question_marks_stand_for_text_and_the_rest_for_itself() {
        for (pattern, name, fits) in [
            ("nginx.service", "nginx.service", true),
            ("nginx.service", "nginx.services", false),
            ("render-*.service", "render-.service", true),
            ("render-*.service", "render-a.service.service", true),
            ("render-*.service", "render-a.scope", false),
            ("*", "", true),
            ("?", "", false),
            ("session-?.scope", "session-7.scope", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("[a]", "a", false),
        ] {
            assert_eq!(Glob::new(pattern).fits(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let name = "a".repeat(10_000);
        assert!(!Glob::new(&format!("{}b", "a*".repeat(1_000))).fits(&name));
    }
}
