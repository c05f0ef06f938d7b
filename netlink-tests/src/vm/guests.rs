//! The virtual machines of a run: prepared one after the other, run side by side.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use super::binaries::Binaries;
use super::host::{Result, at};
use super::run::{Done, Request};
use super::tally::Tally;
use super::worlds::{Guest, Root, World};
use super::{cache, initramfs, kernel, qemu, rootfs};

/// Each is emulated by one thread, and this machine has two processors at least.
const AT_ONCE: usize = 2;

/// All there is to boot.
#[derive(Debug)]
struct Prepared {
    guest: Guest,
    image: PathBuf,
    archive: PathBuf,
    disk: Option<PathBuf>,
    console: PathBuf,
}

/// Whatever goes wrong in one, the others still have their turn.
pub fn run(worlds: &[World], request: &Request, binaries: &Binaries, scratch: &Path) -> Vec<Done> {
    let prepared = worlds.iter().map(|world| (*world, prepare(*world, request, binaries, scratch)));
    let queue: Mutex<VecDeque<_>> = Mutex::new(prepared.collect());
    let done = Mutex::new(Vec::new());
    let next = || queue.lock().expect("no panic").pop_front();
    let alone = worlds.len() < 2;
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(worlds.len()) {
            scope.spawn(|| {
                while let Some((world, prepared)) = next() {
                    let ended = one(world, prepared, request, alone);
                    done.lock().expect("no panic").push(ended);
                }
            });
        }
    });
    done.into_inner().expect("no panic")
}

fn prepare(world: World, request: &Request, binaries: &Binaries, scratch: &Path) -> Result<Prepared> {
    let guest = world.guest().ok_or("no virtual machine")?;
    let kernel = kernel::prepare(guest.kernel)?;
    let disk = if guest.root == Root::Debian { Some(rootfs::prepare()?) } else { None };
    let [archive, console] =
        ["initramfs", "console"].map(|kind| scratch.join(format!("{}.{kind}", world.name)));
    initramfs::pack(&archive, world, guest, &kernel, binaries, &request.filter)?;
    Ok(Prepared { guest, image: kernel.image(), archive, disk, console })
}

/// Of several each line says whose it is.
fn one(world: World, prepared: Result<Prepared>, request: &Request, alone: bool) -> Done {
    let begun = Instant::now();
    let say = |line: &str| match alone {
        true => println!("{line}"),
        false => println!("{:8}| {line}", world.name),
    };
    println!("\nworld {}", world.name);
    let mut tally = Tally::default();
    if let Err(why) = prepared.and_then(|prepared| boot(world, &prepared, request, &mut tally, &say)) {
        why.lines().for_each(say);
        tally = Tally::unprepared(&why);
    }
    Done { world, tally, took: begun.elapsed() }
}

fn boot(
    world: World,
    prepared: &Prepared,
    request: &Request,
    tally: &mut Tally,
    say: &dyn Fn(&str),
) -> Result<()> {
    let Prepared { guest, image, archive, disk, console } = prepared;
    let boot = qemu::Boot { kernel: image, initramfs: archive, disk: disk.as_deref(), console };
    let ended = qemu::run(*guest, boot, request.patience, tally, say);
    let kept = cache::folder()?.join(format!("{}.console", world.name));
    at(console, std::fs::rename(console, &kept))?;
    if let Err(why) = ended {
        let words = format!("{why}; the end of its console, {}:", kept.display());
        let words = [vec![words], last_words(&kept)].concat();
        words.iter().for_each(|line| say(line));
        tally.last_words.extend(words);
    }
    Ok(())
}

/// The end of the kernel's console, which is where a guest that died says why.
fn last_words(console: &Path) -> Vec<String> {
    let said = String::from_utf8_lossy(&std::fs::read(console).unwrap_or_default()).replace('\r', "");
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    let panic = lines.iter().position(|line| line.contains("Kernel panic"));
    lines[panic.unwrap_or(lines.len().saturating_sub(20))..].to_vec()
}
