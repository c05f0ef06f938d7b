//! What ends, is released or was done while nobody could look.

use super::*;

#[test]
fn who_ends_or_is_let_go_while_it_is_looked_for_is_not_brought_back() {
    // It ends while its place is asked for, and before it is moved back.
    for held_back in [true, false] {
        let mut sim = Sim::running(usual());
        let pid = sim.start_program("ffmpeg");
        sim.steal(pid);
        sim.hold.governor = held_back;
        sim.run(Duration::from_secs(2));
        if !held_back {
            sim.steal(pid);
        }
        sim.host.exit(pid);
        sim.hold.governor = false;
        sim.run(SCAN_INTERVAL);
        assert_eq!(sim.engine.jobs.iter().count(), 0);
        sim.assert_consistent();
    }
    // It is not a target any more when it is found.
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.settle();
    sim.reload(targets(&["x"]));
    sim.run(SCAN_INTERVAL);
    sim.assert_free(pid);
    sim.assert_consistent();
    // The service stops.
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.settle();
    sim.handle(Input::Terminate("SIGTERM"));
    sim.run(Duration::from_secs(30));
    sim.assert_free(pid);
    assert_eq!(sim.stopped, 1);
}

#[test]
fn a_job_that_was_released_meanwhile_is_not_judged() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.steal(child);
    sim.hold.replies = true;
    sim.run(SCAN_INTERVAL);
    sim.next_policy = Some(Ok((std::sync::Arc::new(targets(&["x"])), Vec::new())));
    sim.handle(Input::Reload);
    sim.settle();
    sim.hold.replies = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_free(main);
    assert!(sim.is_left(child));
    sim.assert_consistent();
}

#[test]
fn what_happened_while_the_service_was_down_is_found_at_its_start() {
    for (policy, answer) in [(usual(), Answer::Restored), (leaving(), Answer::Left)] {
        let mut sim = Sim::running(usual());
        let (limited, gone) = (sim.start_program("ffmpeg"), sim.start_program("ffmpeg"));
        let parent = sim.start_program("ffmpeg");
        let child = sim.spawn(parent, "sleep");
        sim.settle();
        sim.overwrite(limited, 900);
        sim.steal(gone);
        sim.steal(parent);
        sim.restart(policy);
        sim.run(Duration::from_secs(5));
        assert_eq!(answers(&sim), [answer; 3]);
        let restored = answer == Answer::Restored;
        assert_eq!(sim.stands(limited) == Some(200), restored);
        assert_eq!((sim.is_governed(gone), sim.is_governed(parent)), (restored, restored));
        assert!(sim.is_governed(child));
        sim.assert_consistent();
    }
}
