//! Bytes of a terminal → keys. What is none of ours is passed over. Pure.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Key {
    Letter(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Up,
    Down,
    PageUp,
    PageDown,
}

/// The terminal hands over a key's bytes together.
pub(super) fn read(bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut rest = bytes;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            0x1b if behind.starts_with(b"[") || behind.starts_with(b"O") => {
                // Parameters, then one byte that ends it.
                let end = behind[1..].iter().position(|byte| (0x40..=0x7e).contains(byte));
                let (sequence, behind) = behind[1..].split_at(end.map_or(behind.len() - 1, |end| end + 1));
                keys.extend(named(sequence));
                rest = behind;
            }
            0x1b => keys.push(Key::Escape),
            b'\r' | b'\n' => keys.push(Key::Enter),
            b'\t' => keys.push(Key::Tab),
            0x7f | 0x08 => keys.push(Key::Backspace),
            0x20..=0x7e => keys.push(Key::Letter(first.into())),
            _ => {
                let longer = rest.iter().take_while(|byte| (0x80..0xc0).contains(*byte)).count();
                let letter = [&[first], &rest[..longer]].concat();
                rest = &rest[longer..];
                let text = String::from_utf8(letter).unwrap_or_default();
                keys.extend(text.chars().filter(|c| !c.is_control()).map(Key::Letter));
            }
        }
    }
    keys
}

fn named(sequence: &[u8]) -> Option<Key> {
    match sequence {
        b"A" => Some(Key::Up),
        b"B" => Some(Key::Down),
        b"5~" => Some(Key::PageUp),
        b"6~" => Some(Key::PageDown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_arrows_and_a_lone_escape_are_told_apart() {
        let letters = |text: &str| text.chars().map(Key::Letter).collect::<Vec<_>>();
        assert_eq!(read(b"q/"), letters("q/"));
        assert_eq!(read("é日".as_bytes()), letters("é日"));
        assert_eq!(read(b"\x1b[A\x1bOB\x1b[5~\x1b[6~"), [Key::Up, Key::Down, Key::PageUp, Key::PageDown]);
        assert_eq!(read(b"\x1b"), [Key::Escape]);
        assert_eq!(read(b"\r\x7f\t"), [Key::Enter, Key::Backspace, Key::Tab]);
    }

    #[test]
    fn what_is_no_key_is_passed_over() {
        for bytes in [&b"\x1b[1;5H"[..], b"\x1b[", b"\x1b[12", b"\x00\x01", b"\xff\xfe", b"\xc3"] {
            assert_eq!(read(bytes), [], "{bytes:?}");
        }
        assert_eq!(read(b"\x1b[200~x"), [Key::Letter('x')]);
    }
}
