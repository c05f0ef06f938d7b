//! Prints processes as they come and go, and who keeps processors busiest at each round of samples.
//!
//! `cargo run --example processes` as root, until Ctrl-C; `-- 3` ends after three rounds.

use ffrtmp::feed::{Filter, Notice};
use ffrtmp::model::lifecycle::{Process, What};
use ffrtmp::model::sample::{Round, Sample};
use ffrtmp::model::text::Escaped;
use ffrtmp::scanner::{Scanner, Settings};
use std::sync::mpsc::channel;
use std::time::Duration;

fn main() -> std::io::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(usize::MAX);
    let scanner = Scanner::start(&Settings { interval: Duration::from_secs(2), ..Settings::default() })?;
    scanner.register("comings", Filter::changes(), 1024, |notice: &Notice| come_and_go(notice))?;
    let (show, shown) = channel();
    scanner.register("busiest", Filter::rounds(), 8, move |notice: &Notice| {
        if let Notice::Round(round) = notice {
            busiest(round);
            let _ = show.send(());
        }
    })?;
    // The consumers have threads of their own; this one only waits.
    let _ = shown.iter().take(rounds).count();
    Ok(())
}

fn come_and_go(notice: &Notice) {
    match notice {
        Notice::Change(change) => match change.what {
            What::Created => println!("+ {}", named(&change.process)),
            What::Updated(_) => println!("~ {}", named(&change.process)),
            What::Terminated { status, .. } => {
                println!("- {} (status {status:?})", named(&change.process));
            }
        },
        Notice::Gap { lost } => println!("… {lost} missed"),
        Notice::Resync(all) => println!("= {} processes", all.len()),
        Notice::Round(_) => {}
    }
}

fn busiest(round: &Round) {
    let busy = |sample: &Sample| sample.recent.map_or(0.0, |recent| recent.cores);
    let mut samples: Vec<&Sample> = round.samples.iter().collect();
    samples.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
    for sample in samples.iter().take(3).filter(|sample| busy(sample) > 0.0) {
        let (pid, name) = (sample.identity.pid, Escaped(sample.comm.as_bytes()));
        println!("  {:5.1} % {:6} MiB  {pid} {name}", busy(sample) * 100.0, sample.used.resident >> 20);
    }
}

fn named(process: &Process) -> String {
    format!("{} {} of {}", process.pid, Escaped(process.comm.as_bytes()), process.ppid)
}
