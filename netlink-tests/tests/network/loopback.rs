//! Over loopback, of which only one end is in a job.

use super::{RATE, SPAN, assert_right, both, can_run, in_job, setup};
use netlink_tests::bench::traffic::{UdpSource, free_port, tcp_sink, tcp_source, udp_sink};
use netlink_tests::bench::{Actor, Stage, turn};

const PLACES: [&str; 2] = ["127.0.0.1:0", "[::1]:0"];

#[test]
fn tcp_gets_its_rate_both_ways() {
    if !can_run("tcp_gets_its_rate_both_ways") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&both()).start();
    let (mut flows, mut actors) = (Vec::new(), Vec::new());
    for at in PLACES {
        let (to, out) = tcp_sink(at);
        actors.push(in_job(&service, &stage, &format!("send tcp {to} 1")).0);
        let from = tcp_source(at);
        let (actor, into) = in_job(&service, &stage, &format!("receive tcp {from} 1"));
        actors.push(actor);
        flows.extend([(format!("out, {at}"), out), (format!("in, {at}"), into)]);
    }
    assert_right(&flows);
}

#[test]
fn udp_gets_its_rate_both_ways() {
    if !can_run("udp_gets_its_rate_both_ways") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&both()).start();
    // One after the other: an emulated machine has not the time for all.
    for at in PLACES {
        let (to, out) = udp_sink(at);
        let _sender = in_job(&service, &stage, &format!("send udp {to} 1"));
        let to = at.replace(":0", &format!(":{}", free_port(at)));
        let (_receiver, into) = in_job(&service, &stage, &format!("receive udp {to} 1"));
        let _source = UdpSource::to(&to);
        assert_right(&[(format!("out, {at}"), out), (format!("in, {at}"), into)]);
    }
}

#[test]
fn connections_of_a_job_share_its_rate_and_nobody_else_is_slower() {
    if !can_run("connections_of_a_job_share_its_rate_and_nobody_else_is_slower") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let service = setup(&both()).start();
    let (to, out) = tcp_sink(PLACES[0]);
    let _sender = in_job(&service, &stage, &format!("send tcp {to} 4"));
    let (to, other) = tcp_sink(PLACES[0]);
    let _other = in_job(&service, &stage, &format!("send tcp {to} 1"));
    assert_right(&[("four connections of one job".into(), out), ("another job".into(), other)]);
    let (to, free) = tcp_sink(PLACES[0]);
    let _free = Actor::start(&stage.copy("bystander"), &format!("send tcp {to} 1"));
    free.has(1);
    let is_free = (0..3).any(|_| {
        let free = free.rate(SPAN / 5);
        println!("who is in no job: {free:.0} bytes per second");
        free > 3.0 * RATE as f64
    });
    assert!(is_free);
}
