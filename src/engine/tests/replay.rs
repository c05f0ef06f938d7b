//! The same inputs always give the same outputs, byte for byte.

use super::host::SHELL;
use super::policies::{targets, usual};
use super::sim::Sim;

#[test]
fn what_concerns_many_is_said_in_the_same_order_every_time() {
    let history = || {
        let mut sim = Sim::running(usual());
        sim.transcript = Some(String::new());
        let parents: Vec<u32> = (0..10).map(|_| sim.spawn(SHELL, "bash")).collect();
        parents.iter().for_each(|&parent| _ = sim.host.fork(parent));
        sim.settle();
        let children: Vec<u32> = (0..10).map(|_| sim.spawn(parents[0], "ls")).collect();
        sim.host.exec(parents[0], "ffmpeg");
        sim.settle();
        (0..10).for_each(|_| _ = sim.start_program("ffmpeg"));
        sim.reload(targets(&["ls"]));
        sim.hold.events = true; // their ends are found by the scan
        children.into_iter().for_each(|child| sim.host.exit(child));
        sim.run(std::time::Duration::from_secs(30));
        sim.transcript
    };
    let first = history();
    for _ in 0..5 {
        assert!(history() == first);
    }
}
