//! Records for tests: one of every kind, with a text of the caller's in every place that can hold foreign bytes.

use crate::model::record::{
    Discovery, Failure, GovernanceRecord, MatchedBy, Record, ScanSummary, SourceRecord, StateRecord, Step,
};
use crate::model::{Identity, JobId, LimitKey, Limits, Pid, StartTime};
use std::time::Duration;

pub(super) fn job() -> JobId {
    JobId::found("auto-ffmpeg-4242")
}

pub(super) fn discovery() -> Discovery {
    Discovery {
        identity: Identity { pid: Pid(4242), start: StartTime(812_345) },
        command: "ffmpeg".into(),
        rule: MatchedBy::Exe,
        ppid: Pid(77),
        uid: 1000,
        user: Some("encoder".into()),
        age: Duration::from_millis(1200),
        cwd: Some(b"/srv/in".to_vec()),
        exe: Some(b"/usr/bin/ffmpeg".to_vec()),
        argv: b"ffmpeg\0-re\0-i\0a b.mp4\0".to_vec(),
        argv_cut: false,
        cgroup: Some("/user.slice".into()),
    }
}

pub(super) fn every_record(text: &str) -> Vec<Record> {
    use Record as R;
    let (pid, command, took, limits) = (Pid(4242), text.into(), Duration::from_millis(3), Limits::default());
    let (job, text) = (JobId::found(text), text.to_owned());
    let failure = Failure { step: Step::Move, errno: 16, path: text.clone(), detail: text.clone() };
    let mut found = discovery();
    (found.command, found.user, found.cgroup) =
        (text.as_str().into(), Some(text.as_str().into()), Some(text.clone()));
    (found.cwd, found.exe) = (Some(text.clone().into_bytes()), Some([text.as_bytes(), b"\xff"].concat()));
    found.argv = [b"ffmpeg\0", text.as_bytes(), b"\0\xfe\0"].concat();
    vec![
        R::Starting { version: "0.1.0", targets: [text.clone()].into() },
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
        R::Scanning,
        R::ScanComplete(ScanSummary { full: true, new: 1, tracked: 1, found: 300, took }),
        R::ScanFailed { why: text.clone() },
        R::Found { count: 1 },
        R::Discovered(Box::new(found)),
        R::WouldAttach { pid, command: text.as_str().into(), job: job.clone(), limits },
        R::Attaching { pid, command: text.as_str().into(), job: job.clone() },
        R::Attached { pid, job: job.clone(), took, limits },
        R::Adopted { pid, job: job.clone() },
        R::Vanished { pid, job: job.clone() },
        R::AttachFailed { pid, job: job.clone(), failure: failure.clone(), retry_in: Some(took) },
        R::Stranger { pid, job: job.clone(), put_back_to: text.clone() },
        R::ReadStuck { pid, replaced: true },
        R::AlreadyTracked { pid },
        R::Ignored { pid, command: text.as_str().into(), why: text.clone() },
        R::Waiting { pid, command: text.as_str().into(), for_another: took },
        R::Left { pid, command, why: text.clone() },
        R::Joined { pid, job: job.clone() },
        R::LimitsChanged { job: job.clone(), from: limits, to: limits },
        R::Exited { pid, job: job.clone(), after: took },
        R::JobEnded { job: job.clone() },
        R::Released { job: job.clone(), processes: 2, to: text.clone(), why: "asked for" },
        R::LimitsRefused { job: job.clone(), failure: failure.clone() },
        R::ReleaseFailed { job, failure },
        R::Reloaded { targets: [text.clone()].into() },
        R::ReloadFailed { errors: text.clone() },
        R::State(StateRecord::Loaded { path: text.clone(), processes: 1 }),
        R::State(StateRecord::Saved),
        R::State(StateRecord::Trouble { text }),
        R::Stopping { why: "SIGTERM" },
        R::Stopped { governed: 1 },
    ]
}
