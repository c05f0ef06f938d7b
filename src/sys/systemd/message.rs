//! The few messages of D-Bus that are needed to ask for a property: the call's bytes, and the value in an answer. Pure;
//! what is said by strangers is only ever taken as a number or a text. Not a D-Bus library.

/// The fixed part of every message.
pub(super) const HEAD: usize = 16;

/// No answer of ours comes near it.
const LONGEST: usize = 64 << 10;

const CALL: u8 = 1;
const ANSWER: u8 = 2;
const ERROR: u8 = 3;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Number(u64),
    Text(String),
}

/// `org.freedesktop.DBus.Properties.Get` of one property.
pub(super) fn get(path: &str, interface: &str, property: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, interface);
    align(&mut body, 4);
    text(&mut body, property);
    let mut fields = Vec::new();
    let named = [
        (1, b'o', path),
        (2, b's', "org.freedesktop.DBus.Properties"),
        (3, b's', "Get"),
        (6, b's', "org.freedesktop.systemd1"),
    ];
    for (code, kind, value) in named {
        align(&mut fields, 8);
        fields.extend([code, 1, kind, 0]);
        text(&mut fields, value);
    }
    align(&mut fields, 8);
    // The body's signature: two texts.
    fields.extend([8, 1, b'g', 0, 2, b's', b's', 0]);
    let serial = 1u32;
    let mut message = vec![b'l', CALL, 0, 1];
    for number in [body.len() as u32, serial, fields.len() as u32] {
        message.extend(number.to_le_bytes());
    }
    message.extend(fields);
    align(&mut message, 8);
    message.extend(body);
    message
}

/// How much of a message follows its head: its fields, and its body. `None`: that is no message, or a monstrous one.
pub(super) fn rest(head: &[u8; HEAD]) -> Option<(usize, usize)> {
    let fields = number(head, 12)?.next_multiple_of(8);
    let body = number(head, 4)?;
    (head[0] == b'l' && head[3] == 1 && fields <= LONGEST && body <= LONGEST).then_some((fields, body))
}

/// Whether it answers a call. Signals, which nobody asked for, do not.
pub(super) fn is_answer(head: &[u8; HEAD]) -> bool {
    matches!(head[1], ANSWER | ERROR)
}

/// The one value in the answer to `get`; `None` for an error, or a value of another kind.
pub(super) fn value(head: &[u8; HEAD], body: &[u8]) -> Option<Value> {
    match body {
        _ if head[1] != ANSWER => None,
        [1, b'u' | b'i' | b'b', 0, ..] => Some(Value::Number(number(body, 4)? as u64)),
        [1, b't', 0, ..] => Some(Value::Number(u64::from_le_bytes(body.get(8..16)?.try_into().ok()?))),
        [1, b's', 0, ..] => {
            let text = body.get(8..)?.get(..number(body, 4)?)?;
            Some(Value::Text(std::str::from_utf8(text).ok()?.into()))
        }
        _ => None,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend((text.len() as u32).to_le_bytes());
    to.extend(text.as_bytes());
    to.push(0);
}

fn align(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn head(kind: u8) -> [u8; HEAD] {
        [b'l', kind, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    #[test]
    fn a_call_tells_its_own_length() {
        let call =
            get("/org/freedesktop/systemd1/unit/x_2eservice", "org.freedesktop.systemd1.Service", "MainPID");
        let head: [u8; HEAD] = call[..HEAD].try_into().expect("a head");
        let (fields, body) = rest(&head).expect("a message");
        assert_eq!(call.len(), HEAD + fields + body);
        assert!(!is_answer(&head));
    }

    #[test]
    fn numbers_and_texts_are_understood_and_errors_are_none() {
        let answer = |body: &[u8]| value(&head(ANSWER), body);
        assert_eq!(answer(b"\x01u\0\0\x2a\0\0\0"), Some(Value::Number(42)));
        assert_eq!(answer(b"\x01t\0\0\0\0\0\0\x80\x4a\x5d\x05\0\0\0\0"), Some(Value::Number(90_000_000)));
        assert_eq!(answer(b"\x01s\0\0\x05\0\0\0mixed\0"), Some(Value::Text("mixed".into())));
        assert_eq!(answer(b"\x02as\0\0\0\0\0"), None);
        assert_eq!(value(&head(ERROR), b"\x01u\0\0\x2a\0\0\0"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(first in any::<[u8; HEAD]>(), body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = rest(&first);
            let _ = value(&head(ANSWER), &body);
        }
    }
}
