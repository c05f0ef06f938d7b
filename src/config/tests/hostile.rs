//! Files that mean harm, or were never a configuration: answered quickly, with a place, and without a panic.

use super::{Run, file};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// What must come at once, even in a build without optimisation on a busy machine: what grows with the square of its input
/// takes many minutes.
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn at_once<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    assert!(started.elapsed() < Duration::from_secs(60), "took {:?}", started.elapsed());
    done
}

/// The only error of a file.
fn error(bytes: &[u8]) -> String {
    let errors = at_once(|| file(bytes).errors());
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.into_iter().next().unwrap()
}

#[test]
fn what_cannot_be_a_configuration_is_refused_with_a_place() {
    for (bytes, expected) in [
        ("[".repeat(20_000).into_bytes(), "w.yaml:1:33: not valid YAML: recursion limit"),
        ("{a: ".repeat(20_000).into_bytes(), "w.yaml:1:129: not valid YAML: recursion limit"),
        ("- ".repeat(20_000).into_bytes(), "not valid YAML: recursion limit"),
        (
            (0..1_000).map(|n| " ".repeat(n) + "a:\n").collect::<String>().into_bytes(),
            "not valid YAML: recursion",
        ),
        (
            b"scan_interval: 10s\nlog:\n  level: in\0fo".to_vec(),
            "w.yaml:3:12: control character U+0000; remove it",
        ),
        (b"\xef\xbb\xbfscan_interval: 10".to_vec(), "w.yaml:1:16: scan_interval: \"10\" has no unit"),
        (b"log: {}\nretry:\n  # \xc3\xa4\xff".to_vec(), "w.yaml:3:6: not UTF-8 text"),
        (b"log: {}\rretry: {}\r\nscan\x07".to_vec(), "w.yaml:3:5: control character U+0007"),
        (b"log: {}\rretry: {a: 1}\r\n".to_vec(), "w.yaml:2:9: retry.a: unknown key"),
        (b"\xff\xfes\0c\0".to_vec(), "w.yaml:1:1: not UTF-8 text"),
        (vec![b'#'; 10 << 20], "w.yaml:1:1: the file has 10485760 bytes; at most 1048576 (1 MiB) are read"),
        (b"log: {}\n---\nlog: {}\n".to_vec(), "w.yaml:2:1: a second document begins here"),
        (b"log: {}\n---\n".to_vec(), "w.yaml:2:1: a second document begins here"),
        (b"log: &a\n  level: *a\n".to_vec(), "w.yaml:2:10: this alias stands inside its own anchor"),
        (b"log: *nowhere".to_vec(), "w.yaml:1:6: not valid YAML: while parsing node, found unknown anchor"),
        (b"log: !!map {}".to_vec(), "values are written without tags"),
        (b"scan_interval: !x 10s".to_vec(), "values are written without tags"),
        (b"[log]: {}".to_vec(), "a key is a plain name"),
        (b"log: {<<: 5}".to_vec(), "w.yaml:1:7: << takes a section"),
        (b"log:\n\tlevel: info".to_vec(), "w.yaml:2:2: not valid YAML: tab"),
        (b"log: {level: info".to_vec(), "not valid YAML"),
        (b"log: 'x".to_vec(), "not valid YAML: unclosed quote"),
    ] {
        let said = error(&bytes);
        assert!(said.contains(expected), "said {said}\nexpected {expected}");
    }
}

/// Each line is nine of the line before it, and something of the schema asks for the last.
#[test]
fn aliases_that_multiply_are_stopped() {
    for (ask, leaf) in [("target_commands: *z", "x"), ("commands: {<<: *z}", "{k: 1}"), ("z9: 1", "x")] {
        let mut text = format!("a: &a [{leaf}]\n");
        for (this, last) in ('b'..='z').zip('a'..='y') {
            let nine = vec![format!("*{last}"); 9].join(", ");
            text += &format!("{this}: &{this} [{nine}]\n");
        }
        let said = error(format!("{text}{ask}\n").as_bytes());
        assert!(said.ends_with("the file holds more than 100000 values, aliases counted"), "{said}");
    }
}

/// Dropping such a tree must not need a stack as deep as it is.
#[test]
fn aliases_that_nest_are_stopped() {
    let mut text = "a0: &a0 []\n".to_owned();
    for n in 1..50_000 {
        text += &format!("a{n}: &a{n} [*a{}]\n", n - 1);
    }
    assert!(error(&text.as_bytes()[..1 << 20]).contains("the file holds more than"));
}

/// A list may be long or be said often: what is compiled from it grows with both.
#[test]
fn lists_that_multiply_are_stopped() {
    let many = |n: usize, word: &str| vec![word.to_owned(); n].join(", ");
    let commands: String = (0..600).map(|n| format!("  c{n}: *c\n")).collect();
    let text = format!(
        "target_commands: [{}]\nfilters: {{allowed_uids: [{}]}}\ncommands:\n  c: &c {{}}\n{commands}",
        many(501, "x"),
        many(20_000, "7")
    );
    let errors = file(&text).errors();
    let expected = [
        "w.yaml:1:18: target_commands: 501 entries; at most 500",
        "w.yaml:2:25: filters.allowed_uids: 20000 entries; at most 500",
        "w.yaml:4:3: commands: 601 commands; at most 500",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn a_long_policy_compiles_at_once() {
    let numbered = |n: usize, word: &str| (0..n).map(|n| format!("{word}{n}")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "target_commands: [{}]\nfilters: {{allowed_users: [{}], allowed_dirs: [{}], blocked_dirs: [{}]}}",
        numbered(500, "c"),
        numbered(500, "nobody"),
        numbered(500, "/d"),
        numbered(500, "/e")
    );
    assert_eq!(at_once(|| file(&text).warnings()).len(), 1000);
}

#[test]
fn a_megabyte_of_errors_is_answered_at_once() {
    let unknown: String = (0..90_000).map(|n| format!("kkkkkk{n:05}:\n")).take(80_000).collect();
    let repeated = "scan_interval: 10\n".repeat(50_000);
    for text in [unknown, repeated] {
        assert_eq!(at_once(|| file(&text).errors()).len(), 1001);
    }
}

#[test]
fn an_empty_file_is_all_defaults() {
    let defaults = Run::default().policy();
    for text in
        ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "null", "{}", "\u{feff}", "log:\nretry: ~\n"]
    {
        assert_eq!(file(text).policy(), defaults, "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        file(&bytes).load().ok();
    }

    #[test]
    fn nothing_that_looks_like_a_configuration_panics(
        lines in prop::collection::vec("[ ]{0,6}(scan_interval|filters|commands|ffmpeg|limits|cpu_quota|<<|- |\\? )[:]? ?(&a|\\*a|\\{|\\}|\\[|\\]|10s|-1|'|\"|~|!!x|)", 0..12)
    ) {
        file(&lines.join("\n")).load().ok();
    }
}
