//! Requests over HTTP, byte by byte as they come: more is waited for until one is whole or refused, and what comes after
//! changes nothing of that.
#![no_main]

use ffrtmp::expose::http::{Method, Parsed, Response, parse};
use libfuzzer_sys::fuzz_target;

/// Request line and headers have at most this length.
const LONGEST: usize = 8 << 10;
/// Longer ones are looked at in steps.
const STEPS: usize = 300;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Parsed::Complete(request, length) = step_by_step(rest) {
        assert!(length > 0 && length <= rest.len().min(LONGEST));
        assert!(!request.path.contains(['?', '#']), "{}", request.path);
        rest = &rest[length..];
    }
    if let Parsed::Refused(status) = parse(rest) {
        let answer = Response::refusal(status).into_bytes(Method::Get, false);
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 4") && head.ends_with("Connection: close"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    }
});

fn step_by_step(bytes: &[u8]) -> Parsed {
    let whole = parse(bytes);
    for cut in (0..bytes.len()).step_by(bytes.len().div_ceil(STEPS).max(1)) {
        let part = parse(&bytes[..cut]);
        assert!(part == Parsed::Partial || part == whole, "{cut}: {part:?}, then {whole:?}");
    }
    assert!(whole != Parsed::Partial || bytes.len() < LONGEST);
    whole
}
