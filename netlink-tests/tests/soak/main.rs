//! A soak: hundreds of thousands of processes live and die around a service that is stopped, made deaf, killed, restarted
//! and told other policies, all by chance with a seed. In quiet moments the kernel is asked whether anybody was missed,
//! wronged or forgotten. First come many short lives of the service, then a long one, which must not grow.
//!
//! `make soak`; `DURATION=24h SEED=7 make soak`. In `make test` it lasts a minute.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod blows;
mod census;
mod judge;
mod ledger;
mod patient;
mod report;
mod targets;
mod wish;
mod world;

use netlink_tests::bench::turn;
use netlink_tests::need;
use report::Report;
use std::time::Instant;
use wish::Wish;
use world::World;

#[test]
fn nobody_is_missed_wronged_or_forgotten() {
    if !need::service("nobody_is_missed_wronged_or_forgotten") {
        return;
    }
    let _turn = turn();
    let wish = Wish::read();
    println!("soak: {wish:?}");
    let (mut world, began) = (World::new(&wish), Instant::now());
    while began.elapsed() < wish.duration / 2 {
        world.round(true);
    }
    world.empty();
    world.restart();
    let young = world.empty();
    let (mut memory, young_at) = (Vec::new(), Instant::now());
    while young_at.elapsed() < wish.duration / 2
        || memory.len() < 3
        || world.crowd.lived().processes < wish.lifetimes
    {
        world.round(false);
        memory.push(world.body().rss_kib);
    }
    let old = world.empty();
    world.patient.stop();
    let report = Report { wish, took: began.elapsed(), world, young, old, memory };
    println!("{report}");
    report.assert_nothing_wrong();
}
