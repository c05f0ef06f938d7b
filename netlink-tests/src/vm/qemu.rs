//! Boots a world and follows it to its end, whichever that is: done, dead, or out of time.
//! The guest has two serial lines: the kernel's console goes to a file, so that nothing it says can
//! tear a line of the tests, which have the other line, our pipe, to themselves.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::host::{Result, at};
use super::lines;
use super::tally::{Line, Tally};
use super::worlds::Guest;

/// Emulated throughout: not every machine that has /dev/kvm can use it, and the tests must run on each. Both processors by one
/// thread: two have been seen to trip over code that the kernel patches while the other runs it.
const MACHINE: &str = "-accel tcg,thread=single -cpu max -smp 2 -nodefaults -no-user-config -no-reboot \
                       -display none -nic none";

/// A trusted TSC makes reading the clock five times cheaper. An oops or a panic ends the guest, and so the run.
const KERNEL_ARGUMENTS: &str = "console=ttyS0 loglevel=5 tsc=reliable oops=panic panic=-1 TERM=dumb";

/// Disks to try limits on, for guests that have none: nothing is behind `free`, so that only a limit slows it down, and
/// little goes through `slow`, which takes few requests at once, so that it has to be shared. They cost nothing until a guest loads their driver.
const SCRATCH: [&str; 2] = [
    "-drive driver=null-co,size=1T,read-zeroes=on,if=none,id=free -device virtio-blk-pci,drive=free,serial=free",
    "-drive driver=null-co,size=1T,read-zeroes=on,if=none,id=slow,throttling.bps-total=20000000 \
     -device virtio-blk-pci,drive=slow,serial=slow,num-queues=1,queue-size=4",
];

/// The files one boot is made of.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    pub kernel: &'a Path,
    pub initramfs: &'a Path,
    /// Written to by no run: QEMU keeps changes apart and forgets them.
    pub disk: Option<&'a Path>,
    pub console: &'a Path,
}

/// Runs `guest` until its tests ended; an error says why they did not.
pub fn run(
    guest: Guest,
    boot: Boot<'_>,
    patience: Duration,
    tally: &mut Tally,
    say: &dyn Fn(&str),
) -> Result<()> {
    let mut qemu = at(Path::new("qemu"), command(guest, boot).spawn())?;
    let lines = lines::of(qemu.stdout.take().ok_or("qemu has no output")?);
    let followed = follow(&lines, Instant::now() + patience, tally, say);
    // At the end of its tests a guest has nothing left to lose, and switching it off is quicker from here.
    drop(qemu.kill());
    at(Path::new("qemu"), qemu.wait())?;
    for unread in lines {
        tally.read(&unread);
    }
    if followed.is_err() {
        tally.cut_off();
    }
    followed
}

fn command(guest: Guest, boot: Boot<'_>) -> Command {
    // setpriv ends QEMU when we are killed; nothing else would.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]).args(MACHINE.split_whitespace());
    command.args(["-append", KERNEL_ARGUMENTS, "-m", &format!("{}M", guest.memory_mib)]);
    command.arg("-kernel").arg(boot.kernel).arg("-initrd").arg(boot.initramfs);
    command.args(["-chardev", &format!("file,id=console,path={}", boot.console.display())]);
    command.args(["-chardev", "stdio,id=tests,signal=off"]);
    command.args(["-serial", "chardev:console", "-serial", "chardev:tests"]);
    match boot.disk {
        Some(disk) => {
            command.args(["-drive", &format!("file={},format=raw,if=virtio,snapshot=on", disk.display())]);
        }
        None => {
            command.args(SCRATCH.iter().flat_map(|disk| disk.split(' ')));
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Relays the guest's lines until it says its tests ended.
fn follow(lines: &Receiver<String>, deadline: Instant, tally: &mut Tally, say: &dyn Fn(&str)) -> Result<()> {
    loop {
        let line = match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return Err("out of time".to_owned()),
            Err(RecvTimeoutError::Disconnected) => return Err("the guest died".to_owned()),
        };
        if let Some(name) = line.strip_prefix("@vm start ") {
            say("");
            say(name);
        }
        match tally.read(&line) {
            Line::End => return Ok(()),
            Line::Marker => {}
            Line::Text => say(&line),
        }
    }
}
