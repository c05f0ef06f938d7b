//! What several targets ask of text that is shown to people.

/// One line, and nothing in it that a terminal obeys or that prints in another order than it is read.
pub fn assert_printable(shown: &str) {
    let harmful = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.contains(harmful), "{shown:?}");
}
