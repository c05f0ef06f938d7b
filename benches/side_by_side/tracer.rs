//! What happened and when, by the kernel's own tracepoints: an exec, a task's move into a group, the system calls of
//! one thread. The observer costs the contestants a few hundred nanoseconds a call and both the same; it takes no
//! processor away from them while they work, as one that polled or was woken would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PLACE: &str = "/sys/kernel/tracing";

/// An instance of its own in tracefs: it shares nothing with other users of tracing.
#[derive(Debug)]
pub(crate) struct Tracer {
    instance: PathBuf,
}

/// Times in microseconds since boot.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) execs: Vec<(u32, f64)>,
    /// With the group that the task was moved to.
    pub(crate) moves: Vec<(u32, f64, String)>,
    pub(crate) calls: Vec<f64>,
}

impl Tracer {
    /// For execs of programs in `folder`. Must be called before any thread is started: where tracefs is not mounted, it
    /// is mounted for this process and its children alone.
    pub(crate) fn new(folder: &Path) -> Result<Tracer, String> {
        if !Path::new(PLACE).join("events").exists() {
            use nix::mount::{MsFlags, mount};
            let none = None::<&str>;
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)
                .map_err(|e| format!("a mount namespace: {e}"))?;
            mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
                .map_err(|e| format!("private: {e}"))?;
            mount(Some("tracefs"), PLACE, Some("tracefs"), MsFlags::empty(), none)
                .map_err(|e| format!("tracefs: {e}"))?;
        }
        let instance = Path::new(PLACE).join(format!("instances/ffrtmp-side-by-side-{}", std::process::id()));
        fs::create_dir(&instance).map_err(|e| format!("{}: {e}", instance.display()))?;
        let tracer = Tracer { instance };
        tracer.set("trace_clock", "mono");
        tracer.set("buffer_size_kb", "4096");
        tracer
            .set("events/sched/sched_process_exec/filter", &format!("filename ~ \"{}/*\"", folder.display()));
        tracer.set("events/sched/sched_process_exec/enable", "1");
        tracer.set("events/cgroup/cgroup_attach_task/enable", "1");
        Ok(tracer)
    }

    /// Follows the calls by which this thread looks at a process. A filter can be changed while it is in use.
    pub(crate) fn follow(&self, thread: u32) {
        for call in ["newfstatat", "readlinkat", "readlink"] {
            let event = format!("events/syscalls/sys_enter_{call}");
            self.set(&format!("{event}/filter"), &format!("common_pid == {thread}"));
            self.set(&format!("{event}/enable"), "1");
        }
    }

    pub(crate) fn clear(&self) {
        self.set("trace", "");
    }

    pub(crate) fn read(&self) -> Trace {
        let text = fs::read(self.instance.join("trace")).expect("the trace");
        let mut trace = Trace::default();
        for line in String::from_utf8_lossy(&text).lines().filter(|line| !line.starts_with('#')) {
            let Some((at, event, rest)) = parts(line) else { continue };
            match event {
                "sched_process_exec" => trace.execs.push((number(rest, " pid="), at)),
                "cgroup_attach_task" => {
                    let to = rest.split("dst_path=").nth(1).and_then(|rest| rest.split(' ').next());
                    trace.moves.push((number(rest, " pid="), at, to.unwrap_or_default().to_owned()));
                }
                _ => trace.calls.push(at),
            }
        }
        trace
    }

    fn set(&self, file: &str, value: &str) {
        let path = self.instance.join(file);
        fs::write(&path, value).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // Made by mkdir, removed by rmdir, although it has files.
        let _ = Command::new("rmdir").arg(&self.instance).status();
    }
}

/// `   name-123   [001] d..3.   100.000123: event: details`; a call's event looks like `sys_readlink(…)`.
fn parts(line: &str) -> Option<(f64, &str, &str)> {
    let (before, after) = line.split_once(": ")?;
    let seconds: f64 = before.rsplit(' ').next()?.parse().ok()?;
    let (event, rest) = after.split_once([':', '('])?;
    Some((seconds * 1e6, event, rest))
}

fn number(text: &str, behind: &str) -> u32 {
    let digits = text.split(behind).nth(1).and_then(|rest| rest.split(' ').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
