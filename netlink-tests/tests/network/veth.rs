//! Over a pair of virtual links between namespaces: packets of a link's length, and nothing of the host's.

use super::{assert_right, both, can_run, in_job_from, setup};
use netlink_tests::bench::link::{self, Side};
use netlink_tests::bench::traffic::{Count, UdpSource, tcp_sink, tcp_source, udp_sink};
use netlink_tests::bench::{Actor, Service, Stage, turn};
use std::process::Command;

fn start_at(side: &Side, service: &Service, stage: &Stage, words: &str) -> (Actor, Count) {
    in_job_from(service, stage, words, |command| {
        let (program, args) = (command.get_program().to_owned(), command.get_args().map(Into::into));
        let args: Vec<std::ffi::OsString> = args.collect();
        side.inside(move || Actor::of(Command::new(program).args(args)))
    })
}

#[test]
fn between_two_namespaces_each_way_has_its_rate() {
    if !can_run("between_two_namespaces_each_way_has_its_rate") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&both()).start();
    let [near, far] = link::pair();
    let addresses = [(near.v4.to_string(), far.v4.to_string()), (v6(&near), v6(&far))];

    let (mut flows, mut actors) = (Vec::new(), Vec::new());
    for (_, there) in &addresses {
        let at = format!("{there}:0");
        let [out_at, in_at] = [(); 2].map(|()| at.clone());
        let (to, out) = far.inside(move || tcp_sink(&out_at));
        let from = far.inside(move || tcp_source(&in_at));
        actors.push(start_at(&near, &service, &stage, &format!("send tcp {to} 1")).0);
        let (receiver, into) = start_at(&near, &service, &stage, &format!("receive tcp {from} 1"));
        actors.push(receiver);
        flows.extend([(format!("tcp out, {there}"), out), (format!("tcp in, {there}"), into)]);
    }
    assert_right(&flows);
    drop(actors);

    for (here, there) in &addresses {
        let (out_at, in_at) = (format!("{there}:0"), format!("{here}:5004"));
        let (to, out) = far.inside(move || udp_sink(&out_at));
        let _sender = start_at(&near, &service, &stage, &format!("send udp {to} 1"));
        let (_receiver, into) = start_at(&near, &service, &stage, &format!("receive udp {in_at} 1"));
        let _source = far.inside(move || UdpSource::to(&in_at));
        assert_right(&[(format!("udp out, {there}"), out), (format!("udp in, {there}"), into)]);
    }
}

fn v6(side: &Side) -> String {
    format!("[{}]", side.v6)
}
