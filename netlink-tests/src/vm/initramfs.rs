//! What a guest finds when its kernel starts: busybox, strace, modules, the product and its files, the tests.
//! Packed anew for every run, which takes less time than deciding what has changed since the last.

use std::path::Path;
use std::process::Command;

use super::archive::Archive;
use super::binaries::{Binaries, Role};
use super::cache;
use super::host::{Result, output};
use super::kernel::Kernel;
use super::package;
use super::worlds::{Guest, Root, World};

/// Folders that would be there on any system, and the one the systemd world mounts its disk on.
const FOLDERS: &str = "/dev /etc /home /proc /root /run /sys /sysroot /tmp /usr/bin /var/lib /var/log";

/// The product's own files that tests install from, as a user with a checkout would.
const SOURCES: [&str; 3] = ["Makefile", "config", "systemd"];

/// This machine's own programs. All but strace are here to be copied under a transcoder's name,
/// which would break those of busybox: it goes by the name it is called.
const PROGRAMS: [&str; 7] = ["cat", "dash", "dd", "sleep", "strace", "true", "yes"];

/// Packs `world` into `archive`; the tests will be given `filter` as arguments of libtest.
pub fn pack(
    archive: &Path,
    world: World,
    guest: Guest,
    kernel: &Kernel,
    binaries: &Binaries,
    filter: &[String],
) -> Result<()> {
    let mut archive = Archive::create(archive)?;
    for folder in FOLDERS.split_whitespace() {
        archive.folder(Path::new(folder))?;
    }
    // One folder of programs under all its usual names. The kernel itself runs /sbin/modprobe.
    for folder in ["/bin", "/sbin", "/usr/sbin"] {
        archive.link(Path::new(folder), "/usr/bin")?;
    }
    archive.copy(Path::new("/usr/bin/busybox"), Path::new("/bin/busybox"))?;
    archive.copy(Path::new("/lib/modules"), &kernel.modules())?;
    for name in PROGRAMS {
        let place = Path::new("/usr/bin").join(name);
        program(&mut archive, &place, &place)?;
    }
    program(&mut archive, Path::new("/usr/local/bin/ffrtmp"), &binaries.path("ffrtmp"))?;
    // Not ourselves: no guest boots worlds.
    for helper in binaries.of(Role::Helper).filter(|helper| helper.name != "worlds") {
        program(&mut archive, &Path::new("/guest").join(&helper.name), &binaries.path(&helper.name))?;
    }
    if guest.root == Root::Debian {
        let prometheus = package::prometheus()?.join("prometheus");
        program(&mut archive, Path::new("/guest/prometheus"), &prometheus)?;
    }
    for test in world.tests() {
        program(&mut archive, &Path::new("/guest/tests").join(test), &binaries.path(test))?;
    }

    let workspace = cache::workspace();
    let ours = workspace.join("netlink-tests/vm");
    let init = if guest.root == Root::Debian { "init-systemd" } else { "init" };
    archive.copy(Path::new("/init"), &ours.join(init))?;
    archive.copy(Path::new("/guest"), &ours)?;
    archive.text(Path::new("/guest/world"), world.name)?;
    let filter: String = filter.iter().map(|word| format!("{word}\n")).collect();
    archive.text(Path::new("/guest/filter"), &filter)?;
    for source in SOURCES.into_iter().filter(|source| workspace.join(source).exists()) {
        archive.copy(&Path::new("/usr/share/ffrtmp-src").join(source), &workspace.join(source))?;
    }
    archive.finish()
}

/// Packs a program together with the libraries it is linked to, which keep their places.
fn program(archive: &mut Archive, place: &Path, program: &Path) -> Result<()> {
    archive.copy(place, program)?;
    // "libc.so.6 => /lib/…/libc.so.6 (0x…)", or the loader alone: "/lib64/ld-linux-x86-64.so.2 (0x…)"
    let linked = output(Command::new("ldd").arg(program)).unwrap_or_default(); // fails on static programs
    for library in linked.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new) {
        archive.copy(library, library)?;
    }
    Ok(())
}
