//! The note on a job's group, which whoever may write to the group may have written: what is believed of it is
//! written and believed again, letter by letter.
#![no_main]

use ffrtmp::sys::governor::note::Note;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(note) = Note::decode(text) else { return };
    let written = note.encode();
    assert!(written.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{written:?}");
    assert_eq!(Note::decode(written.as_bytes()), Some(note));
});
