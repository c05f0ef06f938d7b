//! At a terminal: keys reach the command once, its window is its own, and a shell's job control works.

use super::{Ground, state, typed};
use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{Terminal, eventually};
use netlink_tests::need;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

#[test]
fn keys_and_windows_are_the_commands_and_come_once() {
    if !need::groups("keys_and_windows_are_the_commands_and_come_once") {
        return;
    }
    let ground = Ground::new();
    let script = "n=0; trap 'n=$((n+1)); echo int $n' INT; trap 'echo size $(stty size)' WINCH; echo ready; \
                  while read line; do echo \"line $line\"; [ \"$line\" = end ] && exit 4; done; \
                  while read line; do echo \"line $line\"; [ \"$line\" = end ] && exit 4; done; \
                  while read line; do echo \"line $line\"; [ \"$line\" = end ] && exit 4; done";
    let mut terminal = Terminal::run(&mut ground.script("", script), 80, 24);
    terminal.wait_for("ready");
    terminal.press("hello\n");
    terminal.wait_for("line hello");
    terminal.press("\u{3}");
    terminal.wait_for("int 1");
    terminal.resize(100, 30);
    terminal.press("\nend\n");
    assert_eq!(terminal.ended().code(), Some(4), "{}", terminal.written());
    let written = terminal.written();
    assert!(!written.contains("int 2"), "{written}");
}

/// Before there is a child, nobody but us can be told.
#[test]
fn a_key_that_comes_before_the_command_does_ends_it_all_the_same() {
    let test = "a_key_that_comes_before_the_command_does_ends_it_all_the_same";
    let strace = Path::new("/usr/bin/strace");
    if !need::groups(test) || !need::have(test, "strace", strace.exists()) {
        return;
    }
    let ground = Ground::new();
    let run = ground.script("", "echo begun; exec sleep 1000");
    let mut traced = Command::new(strace);
    traced.args(["-f", "-e", "inject=clone3:delay_enter=2000000", "-o"]).arg(ground.file("trace"));
    let mut terminal = Terminal::run(traced.arg(run.get_program()).args(run.get_args()), 80, 24);
    eventually("its group is there", || !ground.jobs().is_empty());
    terminal.press("\u{3}");
    assert_eq!(terminal.ended().signal(), Some(2), "{}", terminal.written());
    assert!(!terminal.written().contains("begun"), "{}", terminal.written());
    assert_eq!(ground.jobs(), [""; 0]);
}

/// It is born and waits for a service that has stopped answering: both are told to stop, and the shell must learn of it.
#[test]
fn a_shell_stops_it_also_before_its_program_begins() {
    if !need::groups("a_shell_stops_it_also_before_its_program_begins") {
        return;
    }
    let ground = Ground::new();
    let listener = UnixListener::bind(ground.file("nobody.sock")).expect("a socket");
    let _service = std::thread::spawn(move || {
        let _guest = listener.accept().expect("a guest");
        std::thread::sleep(Duration::from_secs(60));
    });
    let mut terminal = Terminal::run(Command::new("sh").arg("-i").env("PS1", "$ "), 200, 24);
    terminal.press(&format!("{}\n", typed(&ground.script("", "exec sleep 1000"))));
    let shell = terminal.pid();
    let ours = || children_of(shell).first().copied();
    let its = || ours().and_then(|ours| children_of(ours).first().copied());
    eventually("it is born", || its().is_some());
    terminal.press("\u{1a}");
    let both = |wanted: char| [ours(), its()].iter().all(|pid| pid.and_then(state) == Some(wanted));
    eventually("both stand still", || both('T'));
    terminal.press("fg\n");
    eventually("both go on", || both('S'));
    terminal.press("\u{3}");
    eventually("both end", || ours().is_none());
    terminal.press("exit\n");
    terminal.ended();
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn a_shell_stops_it_lets_it_go_on_and_ends_it() {
    if !need::groups("a_shell_stops_it_lets_it_go_on_and_ends_it") {
        return;
    }
    let ground = Ground::new();
    let mut terminal = Terminal::run(Command::new("sh").arg("-i").env("PS1", "$ "), 200, 24);
    let run = typed(&ground.script("", "echo begun; exec sleep 1000"));
    terminal.press(&format!("{run}\n"));
    // The echo of what was typed has it, too.
    eventually("it has begun", || terminal.written().matches("begun").count() >= 2);
    let shell = terminal.pid();
    let ours = || children_of(shell).first().copied();
    let its = || ours().and_then(|ours| children_of(ours).first().copied());
    let both = |wanted: char| [ours(), its()].iter().all(|pid| pid.and_then(state) == Some(wanted));
    eventually("both sleep", || both('S'));
    terminal.press("\u{1a}");
    eventually("both stand still", || both('T'));
    terminal.press("fg\n");
    eventually("both go on", || both('S'));
    terminal.press("\u{3}");
    eventually("both end", || ours().is_none());
    terminal.press("echo status $?\n");
    terminal.wait_for("status 130");
    terminal.press("exit\n");
    terminal.ended();
    assert_eq!(ground.jobs(), [""; 0]);
}
