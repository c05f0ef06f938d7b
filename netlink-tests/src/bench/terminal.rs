//! A terminal with a program in it, as a person has it: keys are pressed, the window is made larger and smaller, and what
//! is seen is what was drawn last.

use super::{eventually, patience};
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Terminal {
    master: File,
    /// Kept open, so that nothing is lost when the program ends.
    slave: OwnedFd,
    child: Child,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts a program as the first of a session of its own, in a window of so many columns and lines.
    #[expect(unsafe_code, reason = "only the child itself can make a terminal its own")]
    pub fn run(command: &mut Command, columns: u16, lines: u16) -> Terminal {
        let pty = nix::pty::openpty(None, None).expect("a terminal");
        let end = || pty.slave.try_clone().expect("a descriptor");
        command.stdin(end()).stdout(end()).stderr(end()).env("TERM", "xterm");
        // SAFETY: two system calls, which are safe between fork and exec.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                Ok(ioctl_tiocsctty(std::io::stdin())?)
            });
        }
        let (master, written) = (File::from(pty.master), Arc::new(Mutex::new(Vec::new())));
        let (mut from, into) = (master.try_clone().expect("a descriptor"), Arc::clone(&written));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                into.lock().expect("what was written").extend_from_slice(&bytes[..count]);
            }
        });
        let mut terminal = Terminal {
            slave: pty.slave,
            child: command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")),
            master,
            written,
        };
        terminal.resize(columns, lines);
        terminal
    }

    pub fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("a terminal takes keys");
    }

    pub fn resize(&mut self, columns: u16, lines: u16) {
        let size = Winsize { ws_col: columns, ws_row: lines, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.master, size).expect("a size");
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was ever written to it.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().expect("what was written")).into_owned()
    }

    pub fn wait_for(&self, part: &str) {
        eventually(&format!("{part:?} is written"), || self.written().contains(part));
    }

    /// What was drawn last, and completely.
    pub fn screen(&self) -> Vec<String> {
        let written = self.written();
        let drawn = written.rsplit_once("\x1b[J").map_or("", |(drawn, _)| drawn);
        let frame = drawn.rsplit_once("\x1b[H").map_or("", |(_, frame)| frame);
        frame.split("\r\n").map(plain).collect()
    }

    /// Waits until the screen looks so, and returns it.
    pub fn shows(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Vec<String> {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(began.elapsed() < patience(), "{what}: the screen shows\n{}", screen.join("\n"));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether keys are shown and taken line by line, as a shell wants it.
    pub fn is_as_before(&self) -> bool {
        let modes = tcgetattr(&self.slave).expect("its modes").local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    pub fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program in the terminal ends", || {
            status = self.child.try_wait().expect("wait");
            status.is_some()
        });
        status.expect("just seen")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Without colours and the like.
fn plain(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| line + part.split_once(['m', 'K']).map_or("", |(_, text)| text))
}
