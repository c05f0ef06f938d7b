//! Running this machine's own programs, with errors that name what was run, and installing those it lacks.
//! Every other file of the bench comes here to start a process, except `qemu` and `here`, which watch their own.

use std::fmt::Display;
use std::path::Path;
use std::process::{Command, Stdio};

/// The bench reports to a person, who needs a sentence; nothing here handles one error unlike another.
pub type Result<T> = std::result::Result<T, String>;

/// Debian packages that virtual machines are run with or made from.
pub const PACKAGES: [&str; 8] = [
    "binutils",
    "busybox-static",
    "e2fsprogs",
    "kmod",
    "mmdebstrap",
    "qemu-system-x86",
    "strace",
    "xz-utils",
];

/// Adds the path to an I/O error, which never carries it.
pub fn at<T, E: Display>(path: &Path, result: std::result::Result<T, E>) -> Result<T> {
    result.map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs a command to its end. What it prints is shown only if it fails: the bench's own output stays readable.
pub fn run(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// Runs a command and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(printed);
    }
    Err(format!("{command:?}: {}\n{printed}{}", done.status, String::from_utf8_lossy(&done.stderr)))
}

/// A command of apt's, which asks nothing and waits for another apt to finish.
pub fn apt(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C")
        .args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}

/// What this machine lacks to be host to virtual machines: nothing, if they can be prepared here.
pub fn lack() -> Option<&'static str> {
    let lacks = [
        (!cfg!(target_arch = "x86_64"), "an x86_64 machine: the kernels and programs are of that kind"),
        (!nix::unistd::geteuid().is_root(), "root, to install packages and to prepare Debian's files"),
        (output(Command::new("apt-get").arg("--version")).is_err(), "Debian's apt and dpkg"),
    ];
    lacks.into_iter().find_map(|(lacks, what)| lacks.then_some(what))
}

/// Installs those of the packages that are missing. Needs root only when there are some.
pub fn install_missing(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    refresh_lists()?;
    run(apt("apt-get").args(["install", "--yes", "--no-install-recommends"]).args(&missing))
}

/// Package lists may be absent, or so old that no mirror still has what they name: called before each download.
pub fn refresh_lists() -> Result<()> {
    run(apt("apt-get").arg("update"))
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status}", package]);
    output(&mut query).is_ok_and(|status| status == "installed")
}
