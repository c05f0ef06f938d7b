//! How what was heard is told.

use super::super::finding::Kind;
use super::*;

#[test]
fn a_buffer_that_was_cut_down_names_what_cut_it() {
    let short = room(4 << 20, 212_992, Some("212992"));
    assert_eq!(short.kind, Kind::Warning);
    assert_eq!(
        short.text,
        "room for 512 events in a receive buffer of 212992 bytes; events.buffer asks for 4194304 (net.core.rmem_max is 212992)"
    );
    assert_eq!(room(4096, 4096, None).kind, Kind::Ok);
}

#[test]
fn a_refusal_is_told_with_its_own_remedy() {
    let why = Refusal { step: Step::Listen, errno: libc::ECONNREFUSED }.to_string();
    let heard =
        Heard { asked: 1, reached: None, outcome: Err(why), filter: None, in_first_network: Some(false) };
    let told = heard.findings(false, Path::new("/nowhere"));
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("not the initial network namespace"), "{told:?}");
    assert!(told[0].remedy.starts_with("run in the host's network namespace"), "{told:?}");
    assert_eq!(heard.findings(true, Path::new("/nowhere"))[0].kind, Kind::Note);
}
