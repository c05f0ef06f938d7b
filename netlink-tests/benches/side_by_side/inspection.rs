//! What it costs to look whether jobs stand as they were set up: processor time of asker and governor, wake-ups included.

use super::figures::{cpu_of, median, micros, own_cpu};
use ffrtmp::config::Flags;
use ffrtmp::config::policy::Policy;
use ffrtmp::engine::effect::{Attach, Born, Task};
use ffrtmp::engine::input::{Inspection, Outcome, Reply};
use ffrtmp::model::{FileName, Identity, JobId, Limits, Pid};
use ffrtmp::sys::governor::worker::Worker;
use ffrtmp::sys::governor::{Governor, Roots};
use ffrtmp::sys::host;
use netlink_tests::bench::{Actor, Stage, cgroup};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

const JOBS: usize = 200;
const ROUNDS: usize = 21;

pub(crate) fn run() {
    let stage = Stage::new();
    let target = stage.copy("inspected");
    let actors: Vec<Actor> = (0..JOBS).map(|_| Actor::start(&target, "sleep")).collect();
    let root = cgroup::mount().join(format!("ffrtmp-bench-{}", std::process::id()));
    let (woken, answered) = channel();
    let governor = Governor::new(Roots::default()).expect("a governor");
    let worker = Worker::start(governor, 1, move || _ = woken.send(())).expect("a thread");
    let usual = host::configure(None, &Flags::default()).expect("the defaults").policy;
    let policy = Policy { cgroup_root: Some(root.clone()), ..usual };
    let prepared = ask(&worker, &answered, Task::Prepare { policy: Arc::new(policy) });
    assert!(matches!(prepared, Reply::Prepared(Ok(_))), "{prepared:?}");
    let jobs: Vec<Task> = actors.iter().map(|actor| inspect(&worker, &answered, actor.pid())).collect();

    let own = std::process::id();
    let (mut asked, mut read) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = cpu_of(own);
        for job in &jobs {
            let Task::Inspect { job, members } = job else { continue };
            let task = Task::Inspect { job: job.clone(), members: members.clone() };
            let reply = ask(&worker, &answered, task);
            let Reply::Inspected { result: Ok(found), .. } = reply else { panic!("{reply:?}") };
            assert_eq!(found, Inspection::default());
        }
        asked.push(micros(cpu_of(own) - before) / JOBS as f64);
        let before = own_cpu();
        jobs.iter().for_each(|job| three_files(&root, job));
        read.push(micros(own_cpu() - before) / JOBS as f64);
    }
    println!("\n| one job inspected, µs of CPU | jobs | median |\n| --- | --- | --- |");
    println!("| asked, looked at and answered | {JOBS} | {:.1} |", median(&asked));
    println!("| three short files of a group, as limits are | {JOBS} | {:.1} |", median(&read));
    drop((worker.finish(), actors));
    cgroup::remove(&root);
}

fn ask(worker: &Worker, answered: &Receiver<()>, task: Task) -> Reply {
    worker.try_send(task).expect("room");
    answered.recv().expect("an answer");
    worker.try_recv().expect("its answer").0
}

/// A process is put into a job; the question that will be asked of it.
fn inspect(worker: &Worker, answered: &Receiver<()>, pid: u32) -> Task {
    let pid = Pid(pid);
    let line = std::fs::read(format!("/proc/{pid}/stat")).expect("it lives");
    let start = ffrtmp::sys::stat::parse(&line).expect("a line of stat").starttime;
    let attach = Attach {
        foreign: Default::default(),
        identity: Identity { pid, start },
        command: "inspected".into(),
        limits: Limits::default(),
        set: Default::default(),
        names_users: false,
        made: None,
        parent: Pid(std::process::id()),
        parent_name: FileName::new(b"bench"),
        out_of: None,
        alone: false,
    };
    let reply = ask(worker, answered, Task::Attach(Box::new(attach)));
    let Reply::Attached(answer) = reply else { panic!("{reply:?}") };
    let Outcome::Held { job, .. } = answer.outcome else { panic!("{answer:?}") };
    Task::Inspect { job, members: vec![(pid, Born::Started(start))] }
}

fn three_files(root: &Path, task: &Task) {
    let Task::Inspect { job, .. } = task else { return };
    let group = root.join("jobs").join(JobId::as_str(job));
    for file in ["cgroup.max.depth", "cgroup.max.descendants", "cgroup.type"] {
        black_box(std::fs::read(group.join(file)).expect("it stands"));
    }
}
