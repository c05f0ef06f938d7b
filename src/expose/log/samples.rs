//! Records for tests: one of every kind, with a text of the caller's in every place that can hold foreign bytes.

use crate::model::foreign::Ending;
use crate::model::health::{Health, Reason};
use crate::model::record::{
    Answer, AuditRecord, BreakerRecord, Class, ConsumerRecord, Discovery, DoorRecord, Drift, Failure,
    GovernanceRecord, Hardship, HostCause, Killer, LimitDrift, MatchedBy, NeighbourRecord, Next, Record,
    ScanSummary, ScannerRecord, ShedCause, SourceRecord, StateRecord, Step, Strain, Tried, Victim, Why,
};
use crate::model::{Comm, Identity, JobId, LimitKey, Limits, Maker, Pid, StartTime, Wall};
use std::time::Duration;

pub(in crate::expose) fn job() -> JobId {
    JobId::found("auto-ffmpeg-4242")
}

pub(in crate::expose) fn discovery() -> Discovery {
    Discovery {
        identity: Identity { pid: Pid(4242), start: StartTime(812_345) },
        command: "ffmpeg".into(),
        rule: MatchedBy::Exe,
        ppid: Pid(77),
        uid: 1000,
        user: Some("encoder".into()),
        age: Duration::from_millis(1200),
        latency: Some(Duration::from_micros(40)),
        cwd: Some(b"/srv/in".to_vec()),
        exe: Some(b"/usr/bin/ffmpeg".to_vec()),
        argv: b"ffmpeg\0-re\0-i\0a b.mp4\0".to_vec(),
        argv_cut: false,
        cgroup: Some("/user.slice".into()),
    }
}

pub(in crate::expose) fn every_record(text: &str) -> Vec<Record> {
    use Record as R;
    let (pid, command, took, limits) = (Pid(4242), text.into(), Duration::from_millis(3), Limits::default());
    let (job, text) = (JobId::found(text), text.to_owned());
    let identity = discovery().identity;
    let failure = Failure { step: Step::Move, errno: 16, path: text.clone(), detail: text.clone() };
    let (of, why) = (job.clone(), failure.clone());
    let failed = |next| R::AttachFailed {
        identity,
        job: of.clone(),
        failure: why.clone(),
        class: Class::Transient,
        tries: 1,
        next,
    };
    let interval = |why| ScannerRecord::Interval { from: took, to: took, why, cost: took };
    let met = |hardship| R::Hardship { job: of.clone(), hardship };
    let victims = vec![Victim { pid, name: Comm::new(text.as_bytes()) }; 2];
    let killed = |count, victims, by| Hardship::OomKilled { count, over: 1000 * took, victims, by };
    let mut found = discovery();
    (found.command, found.user, found.cgroup) =
        (text.as_str().into(), Some(text.as_str().into()), Some(text.clone()));
    (found.cwd, found.exe) = (Some(text.clone().into_bytes()), Some([text.as_bytes(), b"\xff"].concat()));
    found.argv = [b"ffmpeg\0", text.as_bytes(), b"\0\xfe\0"].concat();
    vec![
        R::Starting { version: "0.1.0", boot_id: text.clone(), targets: [text.clone()].into() },
        R::InitialScan,
        R::RetryStarted,
        R::Started,
        R::Slept { time: took },
        R::ConfigWarning { text: text.clone() },
        R::Source(SourceRecord::Live { buffer: 4 << 20 }),
        R::Source(SourceRecord::Polling { why: text.clone(), chosen: false, expected: false }),
        R::Source(SourceRecord::Polling { why: text.clone(), chosen: false, expected: true }),
        R::Source(SourceRecord::Overrun { total: 3 }),
        R::Source(SourceRecord::LostAgain { more: 7, over: took, total: 8 }),
        R::Source(SourceRecord::Interrupted { why: text.clone() }),
        R::Source(SourceRecord::Wide { why: text.clone() }),
        R::Source(SourceRecord::Recovered),
        R::Governance(GovernanceRecord::Ready { root: text.clone() }),
        R::Governance(GovernanceRecord::Unavailable { why: text.clone() }),
        R::Governance(GovernanceRecord::Remark { text: text.clone() }),
        R::Governance(GovernanceRecord::LimitCannotHold { limit: LimitKey::CpuQuota, cause: text.clone() }),
        R::Governance(GovernanceRecord::TotalLimits { from: limits.clone(), to: limits.clone() }),
        R::Governance(GovernanceRecord::TotalDrift {
            drift: LimitDrift { limit: LimitKey::CpuQuota, found: text.clone(), wanted: text.clone() },
            answer: Answer::Restored,
        }),
        R::Scanning,
        R::ScanComplete(ScanSummary { full: true, new: 1, tracked: 1, found: 300, took }),
        R::ScanFailed { why: text.clone() },
        R::Found { count: 1 },
        R::Discovered(Box::new(found)),
        R::WouldAttach { identity, command: text.as_str().into(), job: job.clone(), limits: limits.clone() },
        R::Attaching { identity, command: text.as_str().into(), job: job.clone() },
        R::Attached {
            identity,
            job: job.clone(),
            origin: Some(text.clone()),
            took,
            latency: Some(took),
            limits: limits.clone(),
            kept: limits.clone(),
        },
        R::Adopted { identity, job: job.clone(), by: None },
        R::Adopted { identity, job: job.clone(), by: Some(Maker::Run) },
        R::Adopted { identity, job: job.clone(), by: Some(Maker::Attach) },
        R::Vanished { identity, job: job.clone() },
        failed(Next::In(took)),
        failed(Next::Paused),
        failed(Next::Never),
        R::GivenUp {
            identity,
            job: job.clone(),
            tries: 4,
            errors: vec![Tried { at: Wall(0), failure: failure.clone(), class: Class::Transient }],
        },
        R::Revived { identity, job: job.clone(), tries: 4 },
        R::Breaker(BreakerRecord::Opened { cause: HostCause::Full, failure: failure.clone(), pause: took }),
        R::Health {
            was: Health::Healthy,
            is: Health::Degraded,
            lasted: took,
            reasons: vec![Reason::Resync, Reason::Paused(HostCause::Full)],
            scan_failures: 0,
            attach_failures: 3,
        },
        R::Breaker(BreakerRecord::Closed { cause: HostCause::Full, waiting: 2 }),
        R::Stranger { identity, job: job.clone(), put_back_to: text.clone() },
        R::ReadStuck { pid, replaced: true },
        R::AlreadyTracked { identity },
        R::Ignored { identity, command: text.as_str().into(), why: text.clone() },
        R::Waiting { identity, command: text.as_str().into(), for_another: took },
        R::Left { identity, command, why: text.clone() },
        R::SocketsOutOfReach { identity, job: job.clone(), sockets: 3 },
        R::PutOut { job: job.clone(), processes: 3, to: text.clone() },
        R::PutOutFailed { job: job.clone(), failure: failure.clone() },
        R::Joined { pid, job: job.clone() },
        R::JoinFailed { pid, job: job.clone(), failure: failure.clone(), class: Class::Transient },
        R::LimitsChanged { job: job.clone(), from: limits.clone(), to: limits.clone() },
        R::Drift {
            job: job.clone(),
            drift: Drift::Limit(LimitDrift {
                limit: LimitKey::CpuQuota,
                found: text.clone(),
                wanted: text.clone(),
            }),
            answer: Answer::Restored,
        },
        R::Drift { job: job.clone(), drift: Drift::Moved { pid, to: text.clone() }, answer: Answer::Left },
        R::Drift { job: job.clone(), drift: Drift::Note, answer: Answer::Tired },
        met(killed(2, victims.clone(), Killer::OwnLimit)),
        met(killed(200, victims, Killer::OwnLimitAll)),
        met(killed(1, Vec::new(), Killer::Above)),
        met(Hardship::OomKilledUnseen { count: 3 }),
        met(Hardship::ForksRefused { count: 3, over: took }),
        met(Hardship::Strained { strain: Strain::Throttled, percent: 83, over: took }),
        met(Hardship::Strained { strain: Strain::MemoryHigh, percent: 83, over: took }),
        met(Hardship::Strained { strain: Strain::NoIo, percent: 83, over: took }),
        met(Hardship::Eased { strain: Strain::Throttled, percent: 83, over: took }),
        met(Hardship::Eased { strain: Strain::MemoryHigh, percent: 83, over: took }),
        met(Hardship::Eased { strain: Strain::NoMemory, percent: 83, over: took }),
        R::Neighbour(NeighbourRecord::InPlace { job: job.clone(), group: text.clone() }),
        R::Neighbour(NeighbourRecord::FromUnit {
            job: job.clone(),
            ending: Ending { unit: text.as_str().into(), signal: 15, then: Some((9, took)) },
        }),
        R::Neighbour(NeighbourRecord::Company { job: job.clone(), pid }),
        R::Neighbour(NeighbourRecord::GivenBack {
            job: job.clone(),
            group: text.clone(),
            why: "it is not alone in its group any more",
        }),
        R::Neighbour(NeighbourRecord::UnitStopped { job: job.clone(), unit: text.clone(), signal: 15 }),
        R::Neighbour(NeighbourRecord::Outlived { job: job.clone(), unit: text.clone(), signal: 9 }),
        R::Neighbour(NeighbourRecord::SignalFailed { job: job.clone(), failure: failure.clone() }),
        R::Exited { identity, job: job.clone(), after: took },
        R::JobEnded { job: job.clone() },
        R::Released { job: job.clone(), processes: 2, to: text.clone(), why: "asked for" },
        R::LimitsRefused { job: job.clone(), failure: failure.clone() },
        R::ReleaseFailed { job, failure },
        R::Reloaded { before: [text.clone()].into(), targets: [text.clone()].into() },
        R::ReloadFailed { errors: text.clone() },
        R::State(StateRecord::Loaded { path: text.clone(), processes: 1 }),
        R::State(StateRecord::Saved),
        R::Audit(AuditRecord::Trouble { why: text.clone() }),
        R::Audit(AuditRecord::Gap { lost: 3 }),
        R::State(StateRecord::SavedAgain { failures: 3, after: took }),
        R::State(StateRecord::SaveFailed { why: text.clone(), again: false }),
        R::State(StateRecord::SaveFailed { why: text.clone(), again: true }),
        R::Scanner(interval(Why::Dear)),
        R::Scanner(interval(Why::Room)),
        R::Scanner(interval(Why::Policy)),
        R::Scanner(ScannerRecord::Shed { cause: ShedCause::Budget, pause: took }),
        R::Scanner(ScannerRecord::Shed { cause: ShedCause::Overload, pause: took }),
        R::Scanner(ScannerRecord::Shed { cause: ShedCause::EventsLost, pause: took }),
        R::Scanner(ScannerRecord::Resumed { after: took }),
        R::Scanner(ScannerRecord::LeftOut { most: 10_000, left_out: 3 }),
        R::Scanner(ScannerRecord::AllKept),
        R::Door(DoorRecord::Open { at: text.clone() }),
        R::Door(DoorRecord::Shut { at: text.clone(), why: text.clone() }),
        R::Consumer(ConsumerRecord::Behind { name: text.as_str().into() }),
        R::Consumer(ConsumerRecord::Panicked { name: text.as_str().into() }),
        R::Consumer(ConsumerRecord::CaughtUp { name: text.as_str().into(), lost: 12, after: took }),
        R::Ordered { order: text.clone(), uid: 1000, pid: Some(pid) },
        R::Ordered { order: text.clone(), uid: 1000, pid: None },
        R::State(StateRecord::Trouble { text }),
        R::Stopping { why: "SIGTERM" },
        R::Stopped { governed: 1 },
    ]
}
