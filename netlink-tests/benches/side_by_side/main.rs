//! The service beside its peers, measured in one run: a bare loop that does what the kernel asks for and no more, a bare
//! pass over /proc, Debian's cgrulesengd. Prints tables in markdown; `docs/performance.md` keeps a run of them.
//!
//! `cargo bench -p netlink-tests --bench side_by_side [-- latency sampling sweep consumers inspection cpu upkeep memory recovery exposition]`, as root, with `target/release/ffrtmp` built
//! (`make bench` does both). Times swing with whatever else the machine does; the ratios are of rounds taken in turns.
#![expect(clippy::disallowed_methods, reason = "a bench looks at real files, clocks and processes")]

mod bare;
mod consumers;
mod contestant;
mod cpu;
mod exposition;
mod figures;
mod floor;
mod inspection;
mod latency;
mod memory;
mod passes;
mod plot;
mod recovery;
mod rules_daemon;
mod sampling;
mod sweep;
mod tracer;
mod upkeep;

use netlink_tests::bench::turn;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    if words.first().is_some_and(|word| word == bare::WORD) {
        return bare::run(&words[1], &words[2]);
    }
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED side_by_side: needs root");
        return;
    }
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    // Every service on this machine sees every process: no other test runs one meanwhile.
    for (name, section) in [
        ("latency", latency::run as fn()),
        ("sampling", sampling::run),
        ("sweep", sweep::run),
        ("consumers", consumers::run),
        ("inspection", inspection::run),
        ("cpu", cpu::run),
        ("upkeep", upkeep::run),
        ("memory", memory::run),
        ("recovery", recovery::run),
        ("exposition", exposition::run),
    ] {
        if wanted(name) {
            let turn = turn();
            section();
            drop(turn);
        }
    }
}
