//! A closed connector says so to the kernel. Alone in its file: every IGNORE of ours carries the same number, so no
//! other test may send one meanwhile.

use ffrtmp::sys::connector::IGNORE_NUMBER;
use ffrtmp::wire::event::What;
use netlink_tests::listening::{listening, until};
use netlink_tests::need;

#[test]
fn a_dropped_connector_ends_its_listening() {
    if !need::events("a_dropped_connector_ends_its_listening") {
        return;
    }
    let mut witness = listening(4 << 20, 91);
    drop(listening(65_536, 92));
    // Acks go to every listener.
    until(&mut witness, |e| e.what == What::Ack { to: IGNORE_NUMBER, errno: 0 });
}
