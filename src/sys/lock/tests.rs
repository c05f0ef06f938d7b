//! Against another process that holds it: a lock is never in the way of its own.

use super::*;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A process that holds a lock on the whole file until its input ends.
struct Other(Child);

impl Other {
    fn holding(path: &Path) -> Option<Other> {
        let program = "import fcntl,sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); \
                       print('held', flush=True); sys.stdin.read()";
        let mut command = Command::new("python3");
        command.args(["-c", program]).arg(path).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        assert_eq!(line, "held\n");
        Some(Other(child))
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn who_holds_it_is_named_and_a_dead_holder_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let open = || OwnedFd::from(File::create(&path).unwrap());
    let Some(mut other) = Other::holding(&path) else {
        return println!("SKIPPED who_holds_it_is_named_and_a_dead_holder_is_none: needs python3");
    };
    let Err(Refusal::Held(holder)) = Lock::take(open()) else { panic!("it is held") };
    assert_eq!(holder.pid, Some(Pid(other.0.id())));
    assert!(holder.age.unwrap() < Duration::from_secs(600));
    let said = holder.to_string();
    assert!(said.starts_with(&format!("process {}, which has run for ", other.0.id())), "{said}");
    other.end();
    let ours = Lock::take(open()).expect("its holder is gone");
    drop(ours);
}

#[test]
fn a_file_that_cannot_be_locked_is_not_held_by_anybody() {
    let read_only = File::open("/dev/null").unwrap();
    assert_eq!(Lock::take(read_only.into()).unwrap_err(), Refusal::Impossible(Errno::EBADF));
}

#[test]
fn a_holder_that_cannot_be_seen_is_still_told() {
    let unseen = Holder { pid: None, age: None };
    assert_eq!(unseen.to_string(), "a process of another pid namespace");
    assert_eq!(Holder { pid: Some(Pid(7)), age: None }.to_string(), "process 7");
}
