//! The known word nearest to a mistyped one.

/// `None` when nothing known is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Nobody mistypes a key into something this long, and a hostile file must not cost us.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let (edits, meant) = known.iter().map(|k| (distance(&word, k), *k)).min()?;
    (edits <= word.len().max(3) / 3).then_some(meant)
}

/// Levenshtein: letters inserted, left out or changed to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["cpu_quota", "cpu_weight", "memory_limit"];
        for (typed, meant) in [
            ("cpu_qota", Some("cpu_quota")),
            ("cpu-quota", Some("cpu_quota")),
            ("CPU_Weight", Some("cpu_weight")),
            ("memry_limits", Some("memory_limit")),
            ("breaker", None),
            ("", None),
            (&"cpu_quota".repeat(1000), None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, edits) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), edits);
            assert_eq!(distance(b, a), edits);
        }
    }
}
