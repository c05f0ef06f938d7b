//! One request from beginning to end: prepares what the worlds need, runs one after another, adds up.

use std::path::Path;
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::host::{self, Result, at};
use super::tally::Tally;
use super::worlds::{Guest, Place, Root, World};
use super::{cache, fuzz, here, initramfs, kernel, qemu, rootfs};
use crate::need;

/// What the command line asks for.
#[derive(Debug)]
pub struct Request {
    pub worlds: Vec<World>,
    /// Arguments of libtest, given to every test binary.
    pub filter: Vec<String>,
    /// How long one world may take, its boot included.
    pub patience: Duration,
}

/// One world after another: two at once would share this machine's processors and gain nothing.
pub fn all(request: &Request) -> Result<Tally> {
    let lack = host::lack();
    let can_run = |world: &World| world.guest().is_none() || lack.is_none();
    let worlds: Vec<World> = request.worlds.iter().copied().filter(can_run).collect();
    if worlds.iter().any(|world| world.guest().is_some()) {
        host::install_missing(&host::PACKAGES)?;
    }
    let scratch = cache::scratch()?;
    let binaries = Binaries::build(&worlds, scratch.path())?;
    let (mut total, mut lines) = (Tally::default(), Vec::new());
    for world in &request.worlds {
        let begun = Instant::now();
        let tally = match &lack {
            Some(lack) if !can_run(world) => Tally::absent(&format!("needs {lack}"), need::may_skip()),
            _ => one(*world, request, &binaries, scratch.path()),
        };
        lines.push(format!("{:8} {} in {:.0?}", world.name, tally.summary(), begun.elapsed()));
        total.add(world.name, &tally);
    }
    println!("\n{}", lines.join("\n"));
    Ok(total)
}

/// Whatever goes wrong in one world, the others still have their turn.
fn one(world: World, request: &Request, binaries: &Binaries, scratch: &Path) -> Tally {
    println!("\nworld {}", world.name);
    let deadline = Instant::now() + request.patience;
    let done = match world.place {
        Place::Unit => here::unit(world, binaries, &request.filter, deadline),
        Place::Host => here::host(world, binaries, &request.filter, deadline),
        Place::Fuzz => fuzz::run(&request.filter, deadline),
        Place::Guest(guest) => boot(world, guest, request, binaries, scratch),
    };
    done.unwrap_or_else(|why| {
        println!("{why}");
        Tally::absent("could not be prepared", false)
    })
}

fn boot(world: World, guest: Guest, request: &Request, binaries: &Binaries, scratch: &Path) -> Result<Tally> {
    let kernel = kernel::prepare(guest.kernel)?;
    let disk = if guest.root == Root::Debian { Some(rootfs::prepare()?) } else { None };
    let (image, archive, console) = (kernel.image(), scratch.join("initramfs"), scratch.join("console"));
    initramfs::pack(&archive, world, guest, &kernel, binaries, &request.filter)?;

    let mut tally = Tally::default();
    let boot = qemu::Boot { kernel: &image, initramfs: &archive, disk: disk.as_deref(), console: &console };
    let ended = qemu::run(guest, boot, request.patience, &mut tally);
    let kept = cache::folder()?.join(format!("{}.console", world.name));
    at(&console, std::fs::rename(&console, &kept))?;
    if let Err(why) = ended {
        println!("{why}; the end of its console, {}:\n{}", kept.display(), last_words(&kept));
    }
    Ok(tally)
}

/// The end of the kernel's console, which is where a guest that died says why.
fn last_words(console: &Path) -> String {
    let said = String::from_utf8_lossy(&std::fs::read(console).unwrap_or_default()).replace('\r', "");
    let lines: Vec<&str> = said.lines().collect();
    let panic = lines.iter().position(|line| line.contains("Kernel panic"));
    lines[panic.unwrap_or(lines.len().saturating_sub(20))..].join("\n")
}
