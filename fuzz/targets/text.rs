//! Names and command lines of strangers as they are shown: printable, and still telling the very bytes. An argument
//! cannot look like two, nor two like one.
#![no_main]

use ffrtmp::config::policy::ArgvInLog;
use ffrtmp::expose::redact;
use ffrtmp::model::text::{Escaped, OneLine, file_name};
use ffrtmp_fuzz::assert_printable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let escaped = Escaped(bytes).to_string();
    assert_printable(&escaped);
    assert_eq!(unescaped(&escaped), bytes);
    assert_eq!(arguments(&redact::argv(bytes, false, ArgvInLog::Full)), told(bytes));
    let text = String::from_utf8_lossy(bytes);
    assert_printable(&OneLine(&text).to_string());
    let name = file_name(&text);
    assert!(name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'));
});

/// The arguments of a process; the NULs behind the last are none.
fn told(argv: &[u8]) -> Vec<&[u8]> {
    match argv.iter().rposition(|&byte| byte != 0) {
        Some(last) => argv[..=last].split(|&byte| byte == 0).collect(),
        None => Vec::new(),
    }
}

/// What a careful reader takes a shown command line for.
fn arguments(mut line: &str) -> Vec<Vec<u8>> {
    assert_printable(line);
    let mut all = Vec::new();
    while !line.is_empty() {
        let (argument, rest) = match line.strip_prefix('"') {
            Some(quoted) => quoted.split_at(closing_quote(quoted)),
            None => line.split_at(line.find(' ').unwrap_or(line.len())),
        };
        all.push(unescaped(argument));
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        line = rest.strip_prefix(' ').unwrap_or(rest);
        assert!(rest.is_empty() || line.len() < rest.len(), "no space before {rest:?}");
    }
    all
}

fn closing_quote(text: &str) -> usize {
    let mut at = 0;
    loop {
        match text.as_bytes()[at] {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The bytes that an escaped text stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(rest[..at].as_bytes());
        let escape = &rest[at + 1..];
        let length = match escape.as_bytes()[0] {
            b'x' => 3,
            b'u' => escape.find('}').expect("a brace is closed") + 1,
            _ => 1,
        };
        bytes.extend(one(&escape[..length]));
        rest = &escape[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// What stands behind a backslash.
fn one(escape: &str) -> Vec<u8> {
    match escape {
        "n" => vec![b'\n'],
        "t" => vec![b'\t'],
        "r" => vec![b'\r'],
        "\\" | "\"" => escape.into(),
        _ => match escape.strip_prefix("u{") {
            Some(digits) => {
                let code = u32::from_str_radix(digits.trim_end_matches('}'), 16).ok();
                code.and_then(char::from_u32).expect("a character").to_string().into_bytes()
            }
            None => vec![u8::from_str_radix(&escape[1..], 16).expect("two digits")],
        },
    }
}
