//! One request from beginning to end: prepares what the worlds need, runs them, adds up.

use std::path::Path;
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::host::{self, Result};
use super::tally::Tally;
use super::worlds::{Place, World};
use super::{again, cache, fuzz, guests, here};
use crate::need;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Request {
    pub worlds: Vec<World>,
    /// Arguments of libtest, given to every test binary.
    pub filter: Vec<String>,
    /// How long one world may take, its boot included.
    pub patience: Duration,
}

/// What came of a world.
#[derive(Debug)]
pub struct Done {
    pub world: World,
    pub tally: Tally,
    pub took: Duration,
}

/// What came of all worlds together; a little that failed has had its second look.
pub fn all(request: &Request) -> Result<Tally> {
    let lack = host::lack();
    let can_run = |world: &&World| world.guest().is_none() || lack.is_none();
    let worlds: Vec<World> = request.worlds.iter().filter(can_run).copied().collect();
    if worlds.iter().any(|world| world.guest().is_some()) {
        host::install_missing(&host::PACKAGES)?;
    }
    let scratch = cache::scratch()?;
    let binaries = Binaries::build(&worlds, scratch.path())?;
    let mut done = run(&worlds, request, &binaries, scratch.path());
    again::look(&mut done, |world, filter| {
        let request = Request { filter, ..request.clone() };
        run(&[world], &request, &binaries, scratch.path()).pop().map(|done| done.tally)
    });

    let (mut total, mut lines) = (Tally::default(), Vec::new());
    for world in &request.worlds {
        let ran = done.iter().find(|done| done.world.name == world.name);
        let absent = || Tally::absent(&format!("needs {}", lack.unwrap_or_default()), need::may_skip());
        let (tally, took) =
            ran.map_or_else(|| (absent(), Duration::ZERO), |done| (done.tally.clone(), done.took));
        lines.push(format!("{:8} {} in {took:.0?}", world.name, tally.summary()));
        total.add(world.name, &tally);
    }
    println!("\n{}", lines.join("\n"));
    Ok(total)
}

/// The worlds of this machine one after another, which would be in each other's way; then the others.
fn run(worlds: &[World], request: &Request, binaries: &Binaries, scratch: &Path) -> Vec<Done> {
    let (guests, ours): (Vec<World>, Vec<World>) =
        worlds.iter().copied().partition(|world| world.guest().is_some());
    let mut done: Vec<Done> = ours.into_iter().map(|world| one(world, request, binaries)).collect();
    done.extend(guests::run(&guests, request, binaries, scratch));
    done
}

/// Whatever goes wrong in one world, the others still have their turn.
fn one(world: World, request: &Request, binaries: &Binaries) -> Done {
    println!("\nworld {}", world.name);
    let begun = Instant::now();
    let deadline = begun + request.patience;
    let ended = match world.place {
        Place::Unit => here::unit(world, binaries, &request.filter, deadline),
        Place::Host => here::host(world, binaries, &request.filter, deadline),
        Place::Fuzz => fuzz::run(&request.filter, deadline),
        Place::Guest(_) => Err("not of this machine".to_owned()),
    };
    let tally = ended.unwrap_or_else(|why| {
        println!("{why}");
        Tally::unprepared(&why)
    });
    Done { world, tally, took: begun.elapsed() }
}
