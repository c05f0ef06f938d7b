//! A stream key that stands where keys stand, in a command line whose other arguments are arbitrary: it is never shown.
#![no_main]

use ffrtmp::config::policy::ArgvInLog;
use ffrtmp::expose::redact::argv;
use ffrtmp_fuzz::assert_printable;
use libfuzzer_sys::fuzz_target;
use templates::TEMPLATES;

#[path = "../../src/expose/redact/templates.rs"]
mod templates;

const KEY_BYTES: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fuzz_target!(|input: (u8, [u8; 12], &[u8], &[u8])| {
    let (template, key, before, after) = input;
    let secret =
        String::from_utf8(key.map(|byte| KEY_BYTES[usize::from(byte % 64)]).to_vec()).expect("ASCII");
    let template = TEMPLATES[usize::from(template) % TEMPLATES.len()];
    let with = |key: &str| [before, b"\0", template.replace("@@", key).as_bytes(), b"\0", after].concat();
    // What the other arguments say of themselves gives nothing away.
    if argv(&with(""), false, ArgvInLog::Full).contains(&secret) {
        return;
    }
    for cut in [false, true] {
        let shown = argv(&with(&secret), cut, ArgvInLog::Redacted);
        assert_printable(&shown);
        assert!(!shown.contains(&secret), "{shown}");
    }
});
