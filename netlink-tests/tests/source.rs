//! The engine in front of the real connector, by way of the emitter: live where there are events, polling with the right
//! reason where there are none, and back after an overrun. Each line it prints ends with a full scan being wanted.

use netlink_tests::need;
use std::process::{Command, Stdio};

fn said(arguments: &[&str]) -> String {
    let mut emitter = Command::new(env!("CARGO_BIN_EXE_emitter"));
    let output = emitter.args(arguments).stderr(Stdio::inherit()).output().expect("emitter");
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn on_the_host_it_is_live() {
    if !need::events("on_the_host_it_is_live") {
        return;
    }
    assert_eq!(said(&["source"]), "[Live { buffer: 4194304 }]\n");
}

#[test]
fn an_overrun_is_recovered_from() {
    if !need::events("an_overrun_is_recovered_from") {
        return;
    }
    assert_eq!(said(&["source-overrun"]), "[Live { buffer: 65536 }]\n[Overrun { total: 1 }, Recovered]\n");
}

#[test]
fn in_a_network_namespace_it_polls_and_says_why() {
    if !need::events("in_a_network_namespace_it_polls_and_says_why") {
        return;
    }
    let said = said(&["source-in-a-network-namespace"]);
    assert!(said.starts_with("[Polling { why: \"asking for process events"), "{said}");
    assert!(said.contains("not the initial network namespace"), "{said}");
}

/// There the request is taken and never answered, while events may still come because others listen.
#[test]
fn in_a_pid_namespace_it_polls_and_says_why() {
    if !need::events("in_a_pid_namespace_it_polls_and_says_why") {
        return;
    }
    let said = said(&["source-in-a-pid-namespace"]);
    assert!(said.starts_with("[Polling { why: \"the kernel did not answer"), "{said}");
    assert!(said.contains("not the initial pid and user namespace"), "{said}");
}
