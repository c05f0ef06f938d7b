//! Who may ask the service, and who may command it, tried by real users: threads of this test that have become others.
#![expect(clippy::disallowed_methods, reason = "tests look at real files")]

use netlink_tests::bench::asking::Control;
use netlink_tests::bench::ordinary::{Programs, USER};
use netlink_tests::bench::{Service, Setup, eventually, turn};
use netlink_tests::need;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_res_uid};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

const NOBODY: u32 = 65534;
const READER: u32 = 4001;
const OPERATOR: u32 = 4002;
const STRANGER: u32 = 4003;
const GROUP: u32 = 4100;

/// Does something as another user. The kernel has credentials for each thread, and notes them with each connection.
fn as_user<T: Send>(uid: u32, groups: &[u32], act: impl FnOnce() -> T + Send) -> T {
    let become_them = || {
        let further: Vec<Gid> = groups[1..].iter().map(|&gid| Gid::from_raw(gid)).collect();
        set_thread_groups(&further).expect("setgroups");
        set_thread_gid(Gid::from_raw(groups[0])).expect("setgid");
        let uid = Uid::from_raw(uid);
        set_thread_res_uid(uid, uid, uid).expect("setresuid");
        act()
    };
    thread::scope(|scope| scope.spawn(become_them).join().expect("the other user"))
}

fn connect_as(uid: u32, groups: &[u32], socket: &Path) -> io::Result<Control> {
    as_user(uid, groups, || UnixStream::connect(socket)).map(Control::of)
}

/// What a user is told who asks, and who commands.
fn asks_and_commands(uid: u32, groups: &[u32], socket: &Path) -> [Value; 2] {
    [json!({ "ask": "status" }), json!({ "command": "reload" })].map(|request| {
        let answer = connect_as(uid, groups, socket).expect("a connection").ask(request);
        if answer["ok"] == true { json!("ok") } else { answer["error"]["code"].clone() }
    })
}

/// Others could come to its socket, as they can below /run.
fn open_folder(service: &Service) {
    fs::set_permissions(service.folder(), Permissions::from_mode(0o755)).expect("permissions");
}

fn mode(socket: &Path) -> u32 {
    fs::metadata(socket).expect("the socket").mode() & 0o777
}

#[test]
fn by_default_the_kernel_keeps_out_everybody_but_root() {
    if !need::service("by_default_the_kernel_keeps_out_everybody_but_root") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    open_folder(&service);
    let socket = service.control_socket();
    assert_eq!(mode(&socket), 0o600);
    for (uid, groups) in [(NOBODY, [NOBODY]), (USER, [0])] {
        let refused = connect_as(uid, &groups, &socket).expect_err("the kernel refuses");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
    assert_eq!(asks_and_commands(0, &[0], &socket), ["ok", "ok"]);
}

#[test]
fn who_is_named_may_what_it_is_named_for_and_others_nothing() {
    if !need::service("who_is_named_may_what_it_is_named_for_and_others_nothing") {
        return;
    }
    let _turn = turn();
    let config = format!("control: {{ readers: [{READER}], operators: [{OPERATOR}], groups: [{GROUP}] }}");
    let service = Setup::new().config(&config).start();
    open_folder(&service);
    let socket = service.control_socket();
    let many: Vec<u32> = (5000..5100).chain([GROUP]).collect();
    for (uid, groups, told) in [
        (0, &[0][..], ["ok", "ok"]),
        (OPERATOR, &[OPERATOR], ["ok", "ok"]),
        (READER, &[READER], ["ok", "refused"]),
        (STRANGER, &[GROUP], ["ok", "refused"]),
        (STRANGER, &[STRANGER, 7, GROUP], ["ok", "refused"]),
        (STRANGER, &many, ["ok", "refused"]),
        (STRANGER, &[STRANGER], ["refused", "refused"]),
        (STRANGER, &[READER, OPERATOR], ["refused", "refused"]),
        (STRANGER, &[0], ["refused", "refused"]),
        (NOBODY, &[NOBODY], ["refused", "refused"]),
    ] {
        assert_eq!(asks_and_commands(uid, groups, &socket), told, "{uid}, {groups:?}");
    }
    assert_eq!(service.count("Configuration reloaded"), 2, "by root and by the operator");
}

#[test]
fn a_reload_changes_rights_at_once_also_of_those_who_are_connected() {
    if !need::service("a_reload_changes_rights_at_once_also_of_those_who_are_connected") {
        return;
    }
    let _turn = turn();
    let named = format!("control: {{ readers: [{READER}, {STRANGER}] }}");
    let service = Setup::new().config(&named).start();
    open_folder(&service);
    let socket = service.control_socket();
    let follow = || json!({ "ask": "events", "after": u64::MAX, "follow": true });
    let mut reader = connect_as(READER, &[READER], &socket).expect("a connection");
    let mut follower = connect_as(STRANGER, &[STRANGER], &socket).expect("a connection");
    let mut root = service.control();
    assert_eq!(reader.ask(json!({ "ask": "ps" }))["ok"], true);
    assert_eq!(
        (follower.ask(follow())["ok"].clone(), root.ask(follow())["ok"].clone()),
        (json!(true), json!(true))
    );

    // But for what comes in its own time.
    let mut root_hears = || {
        let mut events = std::iter::repeat_with(|| root.line()["event"].take());
        events.find(|event| event != "state_saved").expect("an event")
    };

    service.reload(&format!("control: {{ operators: [{READER}] }}"));
    assert_eq!(follower.line()["error"]["code"], "refused");
    assert!(follower.is_over());
    assert_eq!(root_hears(), "reloaded", "others follow on");
    assert_eq!(reader.ask(json!({ "command": "reload" }))["ok"], true);
    assert_eq!([root_hears(), root_hears()], ["ordered", "reloaded"]);

    service.reload("control: {}");
    assert_eq!(root_hears(), "reloaded");
    eventually("nobody else is let in", || mode(&socket) == 0o600);
    assert_eq!(reader.ask(json!({ "ask": "ps" }))["error"]["code"], "refused");
    assert!(reader.is_over());
    assert!(connect_as(READER, &[READER], &socket).is_err());
    assert_eq!(service.count("Listening at"), 1, "the socket is still the same");
}

#[test]
fn who_made_a_connection_counts_and_not_who_uses_it() {
    if !need::service("who_made_a_connection_counts_and_not_who_uses_it") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config(&format!("control: {{ readers: [{READER}] }}")).start();
    open_folder(&service);
    let socket = service.control_socket();
    let mut given_to_root = connect_as(READER, &[READER], &socket).expect("a connection");
    assert_eq!(given_to_root.ask(json!({ "command": "reload" }))["error"]["code"], "refused");
    let mut given_to_nobody = service.control();
    let told = as_user(NOBODY, &[NOBODY], || given_to_nobody.ask(json!({ "ask": "status" })));
    assert_eq!(told["ok"], true);
}

#[test]
fn of_a_service_without_privileges_its_user_is_the_master() {
    if !need::service("of_a_service_without_privileges_its_user_is_the_master") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    let home = programs.home("run");
    let setup = programs.setup().without("--control-socket");
    let service = setup.env("XDG_RUNTIME_DIR", home.to_str().expect("a path")).start();
    let socket = home.join("ffrtmp/control.sock");
    assert_eq!((mode(&socket), fs::metadata(&socket).expect("the socket").uid()), (0o600, USER));
    assert_eq!(asks_and_commands(USER, &[USER], &socket), ["ok", "ok"]);
    assert_eq!(asks_and_commands(0, &[0], &socket), ["ok", "ok"]);
    assert!(connect_as(NOBODY, &[NOBODY], &socket).is_err());
    drop(service);
}
