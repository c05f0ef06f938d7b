//! A pid is not a process: what happens when it is handed on between check and move, and when the first thread of a
//! process has ended before the others.

use super::world::{Started, World, cgroup, later, put, shown, wait_for};
use ffrtmp::engine::effect::{Born, Task};
use ffrtmp::engine::input::{Join, Outcome, Reply};
use ffrtmp::model::Pid;
use ffrtmp::sys::governor::Roots;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

/// A child of ours made by the bare system call; it is ended and awaited with the test.
struct Bare(Pid);

impl Bare {
    /// A process that waits for its end. `pid` chooses its number, which must be free.
    #[expect(unsafe_code, reason = "no safe call chooses the pid of a new process")]
    fn waiting(pid: Option<Pid>, then: fn() -> !) -> Bare {
        let wanted = pid.map_or(0, |pid| pid.0.cast_signed());
        // SAFETY: all of clone_args may be zero.
        let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
        arguments.exit_signal = u64::from(libc::SIGCHLD.cast_unsigned());
        if pid.is_some() {
            arguments.set_tid = &raw const wanted as u64;
            arguments.set_tid_size = 1;
        }
        // SAFETY: the arguments live until the call returns; without a stack and CLONE_VM it is a fork, and the child
        // calls nothing that could wait for a lock of a thread that it does not have.
        let made = unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of_val(&arguments)) };
        match made {
            0 => then(),
            made => Bare(Pid(u32::try_from(made).expect("made"))),
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.0.0.cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        }
    }
}

#[expect(unsafe_code, reason = "what a bare child may call")]
fn pause() -> ! {
    loop {
        // SAFETY: it touches no memory.
        unsafe { libc::pause() };
    }
}

/// Starts a second thread and ends the first.
#[expect(unsafe_code, reason = "no safe call ends the first thread alone")]
fn leave_a_thread() -> ! {
    extern "C" fn second(_: *mut libc::c_void) -> libc::c_int {
        pause()
    }
    let flags =
        libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD;
    let mut stack = [0u128; 1024];
    let top = stack.as_mut_ptr_range().end;
    // SAFETY: the stack stays where it is, as the first thread ends without returning; the second one only pauses.
    unsafe {
        libc::clone(second, top.cast(), flags, std::ptr::null_mut());
        libc::syscall(libc::SYS_exit, 0);
    }
    unreachable!("the thread has ended");
}

#[test]
fn a_stranger_that_was_moved_is_put_back_beside_its_parent() {
    // The start time is counted in hundredths.
    put_back("a_stranger_that_was_moved_is_put_back_beside_its_parent", Duration::from_millis(20));
}

#[test]
fn so_is_one_that_was_born_in_the_same_tick() {
    for _ in 0..5 {
        put_back("so_is_one_that_was_born_in_the_same_tick", Duration::ZERO);
    }
}

/// The governor reads where the process sits, and is kept waiting by a pipe in the place of that file until the process
/// has ended and another has its pid.
fn put_back(test: &str, after: Duration) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proc = folder.path();
    for name in ["self", "cgroups", "sys", &std::process::id().to_string()] {
        symlink(Path::new("/proc").join(name), proc.join(name)).expect("linked");
    }
    let roots = Roots { proc: proc.to_path_buf(), ..Roots::default() };
    let Some(mut world) = World::with(test, roots) else { return };

    let origin = world.other_group();
    let mut child = Started::sleep();
    put(child.pid(), &origin);
    let identity = child.identity();
    let (real, ours) =
        (Path::new("/proc").join(identity.pid.to_string()), proc.join(identity.pid.to_string()));
    fs::create_dir(&ours).expect("made");
    for name in ["stat", "ns"] {
        symlink(real.join(name), ours.join(name)).expect("linked");
    }
    let pipe = ours.join("cgroup");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("made");
    let at_origin = format!("0::{}\n", shown(&world, &origin));
    let (stranger, outcome) = std::thread::scope(|scope| {
        let attached = scope.spawn(|| world.attach(identity));
        // Opened when the governor has opened its end: it has checked who the process is.
        let mut pipe_end = fs::OpenOptions::new().write(true).open(&pipe).expect("opened");
        child.end();
        std::thread::sleep(after);
        let stranger = Bare::waiting(Some(identity.pid), pause);
        fs::remove_file(&pipe).expect("removed");
        symlink(real.join("cgroup"), &pipe).expect("linked");
        pipe_end.write_all(at_origin.as_bytes()).expect("read");
        drop(pipe_end);
        (stranger, attached.join().expect("answered"))
    });
    let beside = cgroup(Pid(std::process::id()));
    let Outcome::Stranger { put_back_to: Some(home) } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(home, &beside);
    assert_eq!(cgroup(stranger.0), beside);
    assert!(world.jobs().is_empty());
}

#[test]
fn a_process_whose_first_thread_ended_is_held_and_released() {
    let test = "a_process_whose_first_thread_ended_is_held_and_released";
    let Some(mut world) = World::new(test) else { return };
    let process = Bare::waiting(None, leave_a_thread);
    let stat = format!("/proc/{}/stat", process.0);
    wait_for("the end of the first thread", || {
        fs::read_to_string(&stat).is_ok_and(|line| line.contains(") Z "))
    });
    let threads =
        || fs::read_dir(format!("/proc/{}/task", process.0)).expect("it lives").filter_map(Result::ok);
    let second =
        threads().find(|entry| entry.file_name() != *process.0.to_string()).expect("a second thread");
    let place = || fs::read_to_string(second.path().join("cgroup")).expect("it lives");

    let identity = super::world::identity(process.0).expect("it lives");
    let job = world.hold(identity);
    assert!(place().ends_with(&format!("0::{}\n", shown(&world, &world.group(&job)))), "{}", place());
    assert_eq!(super::lives::release(&mut world, &job).processes, 1);
    assert!(!place().contains("jobs"), "{}", place());

    let main = Started::sleep();
    let job = world.hold(main.identity());
    let join = |born| Task::Join { job: job.clone(), pid: process.0, born: Born::Started(born) };
    let reply = world.reply(&join(later(identity).start));
    assert!(matches!(reply, Reply::Joined { outcome: Join::Gone, .. }), "{reply:?}");
    let reply = world.reply(&join(identity.start));
    assert!(matches!(reply, Reply::Joined { outcome: Join::Moved, .. }), "{reply:?}");
}
