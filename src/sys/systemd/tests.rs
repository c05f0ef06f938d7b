//! Units by their groups, and a manager that does not answer.

use super::*;
use std::os::unix::net::UnixListener;

#[test]
fn a_unit_is_the_first_on_the_way_that_is_named_like_one() {
    for (group, unit) in [
        ("/system.slice/nginx.service", Some("nginx.service")),
        ("/system.slice/system-x.slice/x@1.service/inner/more.scope", Some("x@1.service")),
        ("/user.slice/user-1000.slice/session-3.scope", Some("session-3.scope")),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/a.service", Some("user@1000.service")),
        ("/system.slice", None),
        ("/docker/0123", None),
        ("/", None),
    ] {
        assert_eq!(Manager::unit_of(group.as_bytes()), unit, "{group}");
    }
}

#[test]
fn names_are_written_as_systemd_writes_them() {
    assert_eq!(path_of("my-app@1.service"), "/org/freedesktop/systemd1/unit/my_2dapp_401_2eservice");
    assert_eq!(path_of("0x.service"), "/org/freedesktop/systemd1/unit/_30x_2eservice");
}

#[test]
fn who_does_not_answer_as_it_should_is_not_asked_again_at_once() {
    let run = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(run.path().join("systemd/system")).expect("made");
    let listener = UnixListener::bind(run.path().join("systemd/private")).expect("bound");
    let rude = std::thread::spawn(move || {
        let (mut guest, _) = listener.accept().expect("a guest");
        guest.write_all(b"REJECTED\r\n").expect("told");
        listener
    });
    let mut manager = Manager::new(run.path());
    assert_eq!(manager.service("x.service", true), None);
    let listener = rude.join().expect("no panic");
    listener.set_nonblocking(true).expect("set");
    assert_eq!(manager.service("x.service", true), None);
    assert!(listener.accept().is_err(), "it was asked again");
}
