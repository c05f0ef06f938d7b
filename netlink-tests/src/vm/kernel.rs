//! Debian's cloud kernels: the newest of a series, downloaded by apt (which checks its signature),
//! unpacked without being installed, and cut down to the image and the few modules a guest has a use for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache;
use super::host::{Result, apt, at, output, refresh_lists, run};

/// Modules a guest can `modprobe`: its disk; block devices and a scheduler for io limits; links for network limits.
const MODULES: [&str; 18] = [
    "autofs4",
    "virtio_pci",
    "virtio_blk",
    "ext4",
    "crc32c_generic",
    "bfq",
    "brd",
    "loop",
    "null_blk",
    "overlay",
    "dummy",
    "ifb",
    "veth",
    "cls_bpf",
    "sch_htb",
    "sch_ingress",
    "sch_netem",
    "sch_tbf",
];

/// A kernel in the cache: a folder with `vmlinuz` and `lib/modules/<release>/`.
#[derive(Debug)]
pub struct Kernel {
    pub folder: PathBuf,
}

impl Kernel {
    pub fn image(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }

    pub fn modules(&self) -> PathBuf {
        self.folder.join("lib/modules")
    }
}

/// The kernel of `series`, from the cache or from Debian.
pub fn prepare(series: &str) -> Result<Kernel> {
    let inputs = format!("linux {series}, modules {MODULES:?}");
    let folder = cache::kept(&format!("kernel-{series}"), &inputs, |folder| {
        refresh_lists()?;
        let package = newest(series)?;
        run(apt("apt-get").arg("download").arg(&package).current_dir(folder))?;
        unpack(folder, &package)
    })?;
    Ok(Kernel { folder })
}

/// The package of the highest version.
fn newest(series: &str) -> Result<String> {
    let pattern = format!("^linux-image-{}\\.[0-9].*-cloud-amd64$", series.replace('.', "\\."));
    let found = output(apt("apt-cache").args(["search", "--names-only", &pattern]))?;
    let packages = found.lines().filter_map(|line| line.split_whitespace().next());
    packages
        .max_by_key(|package| numbers(package))
        .map(str::to_owned)
        .ok_or_else(|| format!("apt knows no package {pattern}: is one of Debian 12's sources missing?"))
}

/// The numbers in a name, which order versions as a reader would: 6.12.100 after 6.12.99.
fn numbers(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// From the downloaded package in `folder` to what [`Kernel`] promises.
fn unpack(folder: &Path, package: &str) -> Result<()> {
    let release = package.trim_start_matches("linux-image-");
    let whole = folder.join("whole");
    for file in at(folder, fs::read_dir(folder))?.flatten() {
        run(Command::new("dpkg").arg("-x").arg(file.path()).arg(&whole))?;
        at(&file.path(), fs::remove_file(file.path()))?;
    }
    let image = whole.join(format!("boot/vmlinuz-{release}"));
    at(&image, fs::rename(&image, folder.join("vmlinuz")))?;
    run(Command::new("depmod").arg("-b").arg(&whole).arg(release))?;
    keep_modules(&whole, folder, release)?;
    at(&whole, fs::remove_dir_all(&whole))
}

/// Copies the wanted modules and all they depend on, uncompressed: busybox cannot load them otherwise.
fn keep_modules(whole: &Path, kept: &Path, release: &str) -> Result<()> {
    let tree = Path::new("lib/modules").join(release);
    for name in MODULES {
        let mut ask = Command::new("modprobe");
        // Without this machine's configuration, which adds options to the answer.
        ask.args(["-C", "/dev/null", "-S", release, "--show-depends", name, "-d"]).arg(whole);
        for line in output(&mut ask)?.lines() {
            let Some(module) = line.strip_prefix("insmod ").map(|rest| Path::new(rest.trim())) else {
                continue; // "builtin NAME"
            };
            let place = kept.join(at(module, module.strip_prefix(whole))?);
            at(&place, fs::create_dir_all(place.parent().unwrap_or(kept)))?;
            at(module, fs::copy(module, &place))?;
            if place.extension().is_some_and(|extension| extension == "xz") {
                run(Command::new("xz").args(["--decompress", "--force"]).arg(&place))?;
            }
        }
    }
    for list in ["modules.builtin", "modules.builtin.modinfo", "modules.order"] {
        at(
            &whole.join(&tree).join(list),
            fs::copy(whole.join(&tree).join(list), kept.join(&tree).join(list)),
        )?;
    }
    run(Command::new("depmod").arg("-b").arg(kept).arg(release))
}
