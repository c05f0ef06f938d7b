//! Lines on the control socket: each has an answer of one line that bears its mark, and part of a line is never taken for
//! an order.
#![no_main]

use ffrtmp::expose::control::{Asked, Code, error, ok, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    for line in bytes.split(|&byte| byte == b'\n') {
        let Asked { id, call } = read(line);
        let (understood, answer) = match call {
            Ok(_) => (true, ok(&id, "done", "so".into())),
            Err(why) => (false, error(&id, Code::Malformed, &why)),
        };
        let (end, answer) = answer.split_last().expect("a line");
        assert!(*end == b'\n' && !answer.contains(end));
        let answer: Value = serde_json::from_slice(answer).expect("an answer is json");
        assert_eq!((&answer["v"], &answer["ok"]), (&1.into(), &understood.into()));
        assert!(answer["id"] == id || !is_exact(&id), "{id} became {}", answer["id"]);
        assert!(understood || answer["error"]["text"].as_str().is_some_and(|why| !why.is_empty()));
        if understood {
            let line = line.trim_ascii_end();
            (0..line.len()).for_each(|cut| assert!(read(&line[..cut]).call.is_err(), "{cut}"));
        }
    }
});

/// Fractions may lose their last digit on the way.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_f64(),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(fields) => fields.values().all(is_exact),
        _ => true,
    }
}
