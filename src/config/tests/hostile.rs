//! Files that mean harm, or were never a configuration: answered quickly, with a place, and without a panic.

use super::{Run, file};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// The only error of a file, which must come at once even in a build without optimisation.
fn error(bytes: &[u8]) -> String {
    let started = Instant::now();
    let errors = file(bytes).errors();
    assert!(started.elapsed() < Duration::from_secs(3), "took {:?}", started.elapsed());
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors.into_iter().next().unwrap()
}

#[test]
fn what_cannot_be_a_configuration_is_refused_with_a_place() {
    let bomb = {
        let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (this, last) in ('b'..='z').zip('a'..='y') {
            text += &format!("{this}: &{this} [{}]\n", vec![format!("*{last}"); 9].join(", "));
        }
        text.replace("a: &a", "target_commands: &a") // so that something asks for it
    };
    assert!(file(&bomb).errors().iter().any(|e| e.contains("unknown key")));

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

#[test]
fn merges_that_multiply_are_stopped() {
    let mut text = "a0: &a0 {k: 1}\n".to_owned();
    for n in 1..200 {
        let all = vec![format!("*a{}", n - 1); 200].join(", ");
        text += &format!("a{n}: &a{n} [{all}]\n");
    }
    text += "log: {<<: *a199}\n";
    assert!(error(text.as_bytes()).contains("<< brings more keys than"));
}

#[test]
fn a_megabyte_of_errors_is_answered_at_once() {
    let unknown: String = (0..90_000).map(|n| format!("kkkkkk{n:05}:\n")).take(80_000).collect();
    let repeated = "scan_interval: 10\n".repeat(50_000);
    for text in [unknown, repeated] {
        let started = Instant::now();
        assert_eq!(file(&text).errors().len(), 1001);
        assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
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
