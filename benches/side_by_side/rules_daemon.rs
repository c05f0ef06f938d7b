//! Debian's cgrulesengd, which too listens to the process connector and sorts processes into groups: fetched and unpacked
//! below `target/`, never installed, and run in a mount namespace of its own with a rule that no process matches.

use super::contestant::{Contestant, folder};
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGES: [&str; 2] = ["cgroup-tools", "libcgroup2"];

/// A name is asked for, so that it must look at each process's.
const RULE: &str = "root:no-such-program\tcpu\tnowhere\n";

/// Started, or why it cannot be.
pub(crate) fn start() -> Result<Contestant, String> {
    let unpacked = fetch()?;
    let folder = folder();
    let etc = folder.path().join("etc");
    for name in ["cgconfig.d", "cgrules.d"] {
        std::fs::create_dir_all(etc.join(name)).map_err(|e| e.to_string())?;
    }
    for name in ["passwd", "group", "nsswitch.conf", "ld.so.cache"] {
        let _ = std::fs::copy(Path::new("/etc").join(name), etc.join(name));
    }
    std::fs::write(etc.join("cgconfig.conf"), "").map_err(|e| e.to_string())?;
    std::fs::write(etc.join("cgrules.conf"), RULE).map_err(|e| e.to_string())?;
    let mut command = Command::new("unshare");
    command.args([
        "--mount",
        "sh",
        "-c",
        "mount --bind \"$0\" /etc && mount -t tmpfs none /run && exec \"$1\" -n",
    ]);
    command.arg(&etc).arg(unpacked.join("usr/sbin/cgrulesengd"));
    command.env("LD_LIBRARY_PATH", unpacked.join("lib/x86_64-linux-gnu"));
    let contestant = Contestant::start(&mut command, folder, None);
    std::thread::sleep(std::time::Duration::from_secs(1));
    let name = std::fs::read_to_string(format!("/proc/{}/comm", contestant.pid())).unwrap_or_default();
    if name.trim() == "cgrulesengd" { Ok(contestant) } else { Err(format!("it ended: {}", contestant.log())) }
}

fn fetch() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let target = program.ancestors().nth(3).ok_or("no target folder")?;
    let unpacked = target.join("cgroup-tools");
    if unpacked.join("usr/sbin/cgrulesengd").exists() {
        return Ok(unpacked);
    }
    std::fs::create_dir_all(&unpacked).map_err(|e| e.to_string())?;
    run(Command::new("apt-get").arg("download").args(PACKAGES).current_dir(&unpacked))?;
    for file in std::fs::read_dir(&unpacked).map_err(|e| e.to_string())?.flatten() {
        if file.path().extension().is_some_and(|e| e == "deb") {
            run(Command::new("dpkg").arg("-x").arg(file.path()).arg(&unpacked))?;
        }
    }
    Ok(unpacked)
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let errors = || format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    if done.status.success() { Ok(()) } else { Err(errors()) }
}
