//! One request from beginning to end: prepares what the worlds need, boots one after another, adds up.

use std::path::Path;
use std::time::{Duration, Instant};

use super::binaries::Binaries;
use super::host::{self, Result, at};
use super::tally::Tally;
use super::worlds::{Root, World};
use super::{cache, initramfs, kernel, qemu, rootfs};

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
    host::install_missing()?;
    let scratch = cache::scratch()?;
    let binaries = Binaries::build(&request.worlds, scratch.path())?;
    let (mut total, mut lines) = (Tally::default(), Vec::new());
    for world in &request.worlds {
        let begun = Instant::now();
        let tally = one(*world, request, &binaries, scratch.path())?;
        lines.push(format!("{:8} {} in {:.0?}", world.name, tally.summary(), begun.elapsed()));
        total.add(world.name, &tally);
    }
    println!("\n{}", lines.join("\n"));
    Ok(total)
}

/// Failing to prepare a world is our error; a world that breaks is a result like any other.
fn one(world: World, request: &Request, binaries: &Binaries, scratch: &Path) -> Result<Tally> {
    let kernel = kernel::prepare(world.kernel)?;
    let disk = if world.root == Root::Debian { Some(rootfs::prepare()?) } else { None };
    let (image, archive, console) = (kernel.image(), scratch.join("initramfs"), scratch.join("console"));
    initramfs::pack(&archive, world, &kernel, binaries, &request.filter)?;

    println!("\nworld {}", world.name);
    let mut tally = Tally::default();
    let boot = qemu::Boot { kernel: &image, initramfs: &archive, disk: disk.as_deref(), console: &console };
    let ended = qemu::run(world, boot, request.patience, &mut tally);
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
