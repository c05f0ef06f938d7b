//! From the first packet to release: limits are changed under way, outlive the service, are put back when somebody takes
//! them off, and leave nothing behind.

use super::{RATE, assert_rate, assert_right, both, can_run, config, in_job, on, setup};
use netlink_tests::bench::programs::{self, Hook};
use netlink_tests::bench::traffic::{Count, tcp_sink, udp_sink};
use netlink_tests::bench::{Actor, Setup, Stage, eventually, service, turn};
use serde_json::{Value, json};

const AT: &str = "127.0.0.1:0";

#[test]
fn set_changes_the_rate_of_connections_that_stand() {
    if !can_run("set_changes_the_rate_of_connections_that_stand") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup("network_tx: 2MB").start();
    let (to, out) = tcp_sink(AT);
    let (actor, _) = in_job(&service, &stage, &format!("send tcp {to} 1"));
    let job = actor.job().expect("a job");
    assert_eq!(on(&service, &job), [0, 1, 1]);
    let set = |limits: Value| {
        let answer = service.control().ask(json!({ "command": "set", "job": job, "limits": limits }));
        assert_eq!(answer["ok"], true, "{answer}");
    };
    out.has(1);
    set(json!({ "network_tx": RATE, "network_rx": RATE }));
    assert_right(&[("raised".into(), out.clone())]);
    assert_eq!(on(&service, &job), [1, 1, 1]);
    // Who has been paced is let go, too, and that takes the program which did it.
    set(json!({ "network_tx": 0, "network_rx": 0 }));
    assert_eq!(on(&service, &job), [0, 0, 1]);
    eventually("it sends as fast as it can", || {
        out.rate(std::time::Duration::from_millis(200)) > 3.0 * RATE as f64
    });
    set(json!({ "network_tx": RATE }));
    assert_right(&[("limited again".into(), out.clone())]);
    service.reload(&config(&format!("network_tx: {}", 2 * RATE)));
    service.wait_for("Configuration reloaded");
    assert_right(&[("as set, whatever the policy says".into(), out.clone())]);
}

/// The group above has a rate of its own: alone it is shared, beside a job's it leaves that one's pace.
#[test]
fn the_rate_of_all_is_shared_and_a_slower_one_of_a_job_holds_beneath_it() {
    if !can_run("the_rate_of_all_is_shared_and_a_slower_one_of_a_job_holds_beneath_it") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let of_all =
        |rate: u64, limits: &str| format!("{}\ntotal_limits: {{network_tx: {rate}}}", config(limits));
    let service = Setup::new().config(&of_all(RATE, "")).start();
    let flows = [AT; 2].map(|at| {
        let (to, out) = tcp_sink(at);
        (in_job(&service, &stage, &format!("send tcp {to} 1")).0, out)
    });
    flows.iter().for_each(|(_, out)| out.has(RATE / 4));
    let together = flows.iter().map(|(_, out)| out.clone()).collect();
    assert_rate(&[("both".into(), Count::Sum(together))], RATE);
    let each = || flows.iter().map(|(_, out)| ("of its own".to_owned(), out.clone())).collect::<Vec<_>>();
    let own = format!("network_tx: {RATE}");
    service.reload(&of_all(10 * RATE, &own));
    assert_right(&each());
    service.reload(&config(&own));
    assert_right(&each());
}

#[test]
fn limits_hold_while_the_service_is_down_and_are_not_attached_twice() {
    if !can_run("limits_hold_while_the_service_is_down_and_are_not_attached_twice") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let mut service = setup(&both()).start();
    let (to, out) = udp_sink(AT);
    let (actor, _) = in_job(&service, &stage, &format!("send udp {to} 1"));
    let job = actor.job().expect("a job");
    let programs = |group: &std::path::Path| {
        [Hook::Ingress, Hook::Egress, Hook::Sockets].map(|h| programs::on(group, h))
    };
    let before = programs(&service.group(&job));
    service.kill();
    assert_right(&[("without a service".into(), out.clone())]);
    let service = service.start_again();
    service.wait_for("Adopted");
    scanned(&service);
    assert_eq!(programs(&service.group(&job)), before, "the very same ones");
    assert_eq!(service.count("somebody else changed"), 0);
    // What the one before has attached, this one changes.
    let answer =
        service.control().ask(json!({ "command": "set", "job": job, "limits": { "network_tx": RATE / 2 } }));
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(programs(&service.group(&job)), before);
    assert_rate(&[("half of it".into(), out)], RATE / 2);
}

/// As after an upgrade: programs that bear our names, and are not ours.
#[test]
fn programs_of_another_version_are_replaced_and_nobody_is_blamed() {
    if !can_run("programs_of_another_version_are_replaced_and_nobody_is_blamed") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let mut service = setup(&both()).start();
    let (to, out) = udp_sink(AT);
    let (actor, _) = in_job(&service, &stage, &format!("send udp {to} 1"));
    let job = actor.job().expect("a job");
    let group = service.group(&job);
    service.kill();
    for (hook, name) in
        [(Hook::Ingress, "ffrtmp_rx"), (Hook::Egress, "ffrtmp_tx"), (Hook::Sockets, "ffrtmp_pace")]
    {
        programs::take_off(&group, hook, programs::on(&group, hook)[0]);
        programs::put_on(&group, hook, name);
    }
    let service = service.start_again();
    service.wait_for("Adopted");
    assert_right(&[("held by ours".into(), out)]);
    scanned(&service);
    assert_eq!(on(&service, &job), [1, 1, 1]);
    assert_eq!(service.count("somebody else changed"), 0);
}

/// Born in a group of its own, beside that job's: the programs on that one do not see it.
#[test]
fn a_command_that_a_job_runs_is_held_by_the_rate_of_that_job() {
    if !can_run("a_command_that_a_job_runs_is_held_by_the_rate_of_that_job") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&format!("network_tx: {RATE}")).start();
    let (to, out) = tcp_sink(AT);
    let run = [
        &format!("--control-socket {}", service.folder().join("nobody.sock").display()),
        &format!("--cgroup-root {}", service.root().display()),
        &format!("-- {} send tcp {to} 1", stage.copy("inner").display()),
    ]
    .map(String::as_str)
    .join(" ");
    let run = format!("exec {} run {run}", service::program().display());
    let (_outer, _) = in_job(&service, &stage, &run);
    out.has(1);
    assert_right(&[("beside the job".into(), out)]);
}

#[test]
fn who_takes_a_program_off_meets_it_again_and_release_leaves_none() {
    if !can_run("who_takes_a_program_off_meets_it_again_and_release_leaves_none") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&both()).start();
    let (to, out) = udp_sink(AT);
    let (actor, _) = in_job(&service, &stage, &format!("send udp {to} 1"));
    let job = actor.job().expect("a job");
    let group = service.group(&job);
    for hook in [Hook::Egress, Hook::Ingress, Hook::Sockets] {
        programs::take_off(&group, hook, programs::on(&group, hook)[0]);
        eventually("it is there again, once", || on(&service, &job) == [1, 1, 1]);
    }
    assert_right(&[("after all that".into(), out.clone())]);
    let open = std::fs::File::open(&group).expect("the group");
    let answer = service.control().ask(json!({ "command": "release", "job": job }));
    assert_eq!(answer["ok"], true, "{answer}");
    assert!(!group.exists());
    drop(open);
    eventually("what it had opened in the job is as fast as it can be", || {
        out.rate(std::time::Duration::from_millis(200)) > 1.3 * RATE as f64
    });
}

#[test]
fn sockets_that_were_open_before_are_told_of() {
    if !can_run("sockets_that_were_open_before_are_told_of") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffnet"), "receive udp 127.0.0.1:0 2");
    let sockets = || {
        let files = std::fs::read_dir(format!("/proc/{}/fd", actor.pid())).into_iter().flatten().flatten();
        files
            .filter(|file| {
                std::fs::read_link(file.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
            })
            .count()
    };
    eventually("it has opened two", || sockets() == 2);
    let service = setup(&both()).start();
    let told = service.wait_for("had opened sockets");
    assert!(told.contains(": 2; network limits do not reach them"), "{told}");
    let told = service.control().ask(json!({ "ask": "explain", "pid": actor.pid() }));
    assert!(told["explanation"]["outside_sockets"] == 2 || told["outside_sockets"] == 2, "{told}");
    drop(service);
    // Without such limits nobody need hear of it.
    let service = setup("").start();
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    scanned(&service);
    assert_eq!(service.count("had opened sockets"), 0);
}

/// So many scans that whatever a scan would find has been found.
fn scanned(service: &netlink_tests::bench::Service) {
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 3);
}
