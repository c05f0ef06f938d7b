//! Whatever was said, what is answered is right in itself: HTTP to its last byte, or lines of json.

use super::words::Language;
use serde_json::Value;

const STATUS: [&str; 6] = ["200", "400", "404", "405", "431", "503"];

/// How many answers these bytes are.
pub(super) fn count(language: Language, bytes: &[u8]) -> usize {
    match language {
        Language::Http => responses(bytes),
        Language::Json => lines(bytes),
    }
}

fn responses(bytes: &[u8]) -> usize {
    let mut text = std::str::from_utf8(bytes).expect("text");
    for number in 0.. {
        if text.is_empty() {
            return number;
        }
        let (head, rest) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3)).unwrap_or_default();
        assert!(STATUS.contains(&status), "{head}");
        let length = head.split("\r\n").find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or_else(|| panic!("{head}"));
        assert!(length <= rest.len(), "cut short: {text:?}");
        text = &rest[length..];
    }
    unreachable!("it ends when the text does")
}

fn lines(bytes: &[u8]) -> usize {
    let text = std::str::from_utf8(bytes).expect("text");
    assert!(text.is_empty() || text.ends_with('\n'), "cut short: {text:?}");
    let of_answers = text.lines().filter(|line| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let code = value["error"]["code"].as_str();
        assert!(code.is_none_or(|code| ["malformed", "busy"].contains(&code)), "{line}");
        value.get("ok").is_some()
    });
    of_answers.count()
}
