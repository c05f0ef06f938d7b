//! Boots a world and follows it to its end, whichever that is: done, dead, or out of time.
//! The guest has two serial lines: the kernel's console goes to a file, so that nothing it says can
//! tear a line of the tests, which have the other line, our pipe, to themselves.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::host::{Result, at};
use super::tally::{Line, Tally};
use super::worlds::World;

/// Emulated throughout: not every machine that has /dev/kvm can use it, and the tests must run on each.
const MACHINE: &str = "-accel tcg,thread=multi -cpu max -smp 2 -nodefaults -no-user-config -no-reboot \
                       -display none -nic none";

/// A trusted TSC makes reading the clock five times cheaper. An oops or a panic ends the guest, and so the run.
const KERNEL_ARGUMENTS: &str = "console=ttyS0 loglevel=5 tsc=reliable oops=panic panic=-1 TERM=dumb";

/// The files one boot is made of.
#[derive(Clone, Copy, Debug)]
pub struct Boot<'a> {
    pub kernel: &'a Path,
    pub initramfs: &'a Path,
    /// Written to by no run: QEMU keeps changes apart and forgets them.
    pub disk: Option<&'a Path>,
    pub console: &'a Path,
}

/// Runs `world` until its tests ended; an error says why they did not.
pub fn run(world: World, boot: Boot<'_>, patience: Duration, tally: &mut Tally) -> Result<()> {
    let mut guest = at(Path::new("qemu"), command(world, boot).spawn())?;
    let lines = lines_of(&mut guest);
    let followed = follow(&lines, Instant::now() + patience, tally);
    // At the end of its tests a guest has nothing left to lose, and switching it off is quicker from here.
    drop(guest.kill());
    at(Path::new("qemu"), guest.wait())?;
    for unread in lines {
        tally.read(&unread);
    }
    if followed.is_err() {
        tally.cut_off();
    }
    followed
}

fn command(world: World, boot: Boot<'_>) -> Command {
    // setpriv ends QEMU when we are killed; nothing else would.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]).args(MACHINE.split_whitespace());
    command.args(["-append", KERNEL_ARGUMENTS, "-m", &format!("{}M", world.memory_mib)]);
    command.arg("-kernel").arg(boot.kernel).arg("-initrd").arg(boot.initramfs);
    command.args(["-chardev", &format!("file,id=console,path={}", boot.console.display())]);
    command.args(["-chardev", "stdio,id=tests,signal=off"]);
    command.args(["-serial", "chardev:console", "-serial", "chardev:tests"]);
    if let Some(disk) = boot.disk {
        command.args(["-drive", &format!("file={},format=raw,if=virtio,snapshot=on", disk.display())]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Relays the guest's lines until it says its tests ended.
fn follow(lines: &Receiver<String>, deadline: Instant, tally: &mut Tally) -> Result<()> {
    loop {
        let line = match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => return Err("out of time".to_owned()),
            Err(RecvTimeoutError::Disconnected) => return Err("the guest died".to_owned()),
        };
        match tally.read(&line) {
            Line::End => return Ok(()),
            Line::Marker => {}
            Line::Text => println!("{line}"),
        }
    }
}

/// A pipe cannot be read with a time limit, but a channel can.
fn lines_of(guest: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(pipe) = guest.stdout.take() {
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}
