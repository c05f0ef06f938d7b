//! Runs the tests, virtual machines last and side by side: `worlds [--timeout MINUTES] WORLD... [FILTER...]`, where FILTER are
//! arguments of libtest. What failed is run again by itself, if it is little. The last lines say again what failed tests said,
//! name what was skipped, what passed only by itself and what failed, and count all there is.
//! Exits with 0 only if at least one test ran and none failed, in any world.
//! What the kernel of a virtual machine said (and systemd, if a test failed) stays in `target/worlds/WORLD.console`.

use std::process::ExitCode;
use std::time::Duration;

use netlink_tests::vm::host::Result;
use netlink_tests::vm::run::{self, Request};
use netlink_tests::vm::worlds::{WORLDS, World, named};

fn main() -> ExitCode {
    match parse(std::env::args().skip(1).collect()).and_then(|request| run::all(&request)) {
        Ok(total) => {
            total.last_words.iter().for_each(|line| println!("{line}"));
            total.skipped.iter().for_each(|skip| println!("SKIPPED {skip}"));
            total.unsteady.iter().for_each(|test| println!("UNSTEADY {test}: failed, and passed by itself"));
            total.failed.iter().for_each(|failure| println!("FAILED {failure}"));
            if total.ran() == 0 {
                println!("no test ran");
            }
            println!("{}", total.summary());
            if total.failed.is_empty() && total.ran() > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            eprintln!("worlds: {why}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut words: Vec<String>) -> Result<Request> {
    let mut patience = Duration::from_mins(45);
    if words.first().is_some_and(|word| word == "--timeout") {
        let minutes = words.get(1).and_then(|word| word.parse().ok());
        patience = Duration::from_mins(minutes.ok_or("--timeout needs a number of minutes")?);
        words.drain(..2);
    }
    let worlds: Vec<World> = words.iter().map_while(|word| named(word)).collect();
    if worlds.is_empty() {
        let names = WORLDS.map(|world| world.name).join(", ");
        return Err(format!(
            "usage: worlds [--timeout MINUTES] WORLD... [FILTER...]; the worlds are {names}"
        ));
    }
    let filter = words.split_off(worlds.len());
    Ok(Request { worlds, filter, patience })
}
