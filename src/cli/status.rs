//! `ffrtmp status`: how the service fares, on one screen.

use super::Failed;
use super::args::client::ClientArgs;
use super::ask::Service;
use super::paint::{Ink, Paint};
use super::shown::{NOTHING, Shown, duration, limits};
use super::told::{Part, Sampling, Status};
use crate::model::Wall;
use serde_json::json;

pub(super) fn run(args: &ClientArgs) -> Result<(), Failed> {
    let service = Service::of(args)?;
    let paint = Paint::for_stdout();
    service.show(json!({ "ask": "status" }), "status", |status: Status| text(&status, paint))
}

fn text(status: &Status, paint: Paint) -> String {
    let Status { health, .. } = status;
    let ink = level(&health.level);
    let mut text = format!(
        "ffrtmp {}: {}, {} for {}\n",
        Shown(&status.program),
        Shown(&status.phase),
        paint.on(ink, &Shown(&health.level).to_string()),
        duration(health.lasted)
    );
    let mut line = |ink: Ink, what: &str, is: String| {
        text.push_str(&format!("  {what:<12}{}\n", paint.on(ink, &is)));
    };
    health.reasons.iter().for_each(|reason| line(ink, "because", Shown(&reason.text).to_string()));
    let (ink, events) = source(&status.source);
    line(ink, "events", events);
    let (ink, governing) = governance(&status.governance);
    line(ink, "governing", governing);
    line(Ink::Plain, "targets", Shown(&status.targets.join(", ")).to_string());
    line(
        Ink::Plain,
        "processes",
        format!("{} on this host, {} jobs governed", status.processes, status.governed),
    );
    if status.total_limits.values().any(|value| !value.is_null()) {
        line(Ink::Plain, "together", limits(&status.total_limits));
    }
    line(Ink::Plain, "last scan", since(status.last_scan.as_deref(), &status.time));
    let bad = |count: u64| if count == 0 { Ink::Plain } else { Ink::Doubtful };
    line(bad(status.waiting), "waiting", format!("{} to be tried again", status.waiting));
    line(bad(status.dead_letters), "given up", format!("{}", status.dead_letters));
    line(Ink::Plain, "drift", format!("{} time(s) somebody else changed a job", status.drifts));
    line(Ink::Plain, "lost events", format!("{} overrun(s)", status.overruns));
    if let Some(scanner) = &status.scanner {
        let (ink, sampled) = sampling(scanner);
        line(ink, "sampling", sampled);
    }
    let why = status.ungoverned.iter().filter(|(_, count)| **count > 0);
    let why: Vec<String> = why.map(|(reason, count)| format!("{} {count}", Shown(reason))).collect();
    line(Ink::Plain, "ungoverned", if why.is_empty() { "none".into() } else { why.join(", ") });
    for cause in &status.paused {
        line(Ink::Bad, "paused", format!("attaching, for: {}", Shown(cause)));
    }
    for held in &status.limits_not_holding {
        line(Ink::Bad, "not holding", format!("{}: {}", Shown(&held.limit), Shown(&held.cause)));
    }
    text
}

pub(super) fn level(health: &str) -> Ink {
    match health {
        "healthy" => Ink::Good,
        "degraded" => Ink::Doubtful,
        _ => Ink::Bad,
    }
}

/// Where word of processes comes from.
pub(super) fn source(source: &Part) -> (Ink, String) {
    match (source.state.as_str(), &source.why) {
        ("live", _) if source.resync => {
            (Ink::Doubtful, "live, and a scan makes good for what was lost".into())
        }
        ("live", _) => (Ink::Good, "live from the kernel".into()),
        (state, Some(why)) => (Ink::Doubtful, format!("{}: {}", Shown(state), Shown(why))),
        (state, None) => (Ink::Doubtful, Shown(state).to_string()),
    }
}

fn governance(governance: &Part) -> (Ink, String) {
    match (governance.state.as_str(), &governance.root, &governance.why) {
        (_, Some(root), _) => (Ink::Good, format!("below {}", Shown(root))),
        (state, _, Some(why)) => (Ink::Bad, format!("{}: {}", Shown(state), Shown(why))),
        (state, ..) => (Ink::Doubtful, Shown(state).to_string()),
    }
}

pub(super) fn sampling(sampling: &Sampling) -> (Ink, String) {
    if let Some(cause) = &sampling.shed {
        return (Ink::Doubtful, format!("given up for a while ({})", Shown(cause)));
    }
    let mut text = format!("{} processes every {}", sampling.processes, duration(sampling.interval));
    if sampling.interval > sampling.asked_interval {
        text += &format!(", to keep its budget; asked for: {}", duration(sampling.asked_interval));
    }
    if sampling.left_out > 0 {
        text += &format!(", {} left out", sampling.left_out);
    }
    (Ink::Plain, text)
}

/// How long ago, both as the service tells.
fn since(then: Option<&str>, now: &str) -> String {
    let ago = || Some(Wall::parse(now)?.0.saturating_sub(Wall::parse(then?)?.0).max(0) as f64 / 1e9);
    ago().map_or_else(|| NOTHING.into(), |seconds| format!("{} ago", duration(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_stands_there_with_its_cause() {
        let status = serde_json::from_value(json!({
            "program": "1.0", "time": "2026-08-01T12:00:10Z", "phase": "running",
            "health": { "level": "degraded", "lasted": 61.0, "reasons": [{ "reason": "x", "text": "because\u{1b}" }] },
            "source": { "state": "polling", "why": "no kernel" },
            "governance": { "state": "ready", "root": "/sys/fs/cgroup/ffrtmp" },
            "targets": ["ffmpeg", "x"], "processes": 95, "governed": 2, "waiting": 1, "dead_letters": 3,
            "ungoverned": { "filter": 2, "foreign": 0 },
            "limits_not_holding": [{ "limit": "cpu_quota", "cause": "v1" }],
            "paused": ["out of memory"], "last_scan": "2026-08-01T12:00:00Z", "drifts": 0, "overruns": 1,
            "scanner": { "interval": 40.0, "asked_interval": 10.0, "shed": null, "processes": 90, "left_out": 5 },
        }));
        let shown = text(&status.unwrap(), Paint(false));
        for line in [
            "ffrtmp 1.0: running, degraded for 1m1s",
            "  because     because\\u{1b}",
            "  events      polling: no kernel",
            "  governing   below /sys/fs/cgroup/ffrtmp",
            "  processes   95 on this host, 2 jobs governed",
            "  last scan   10s ago",
            "  given up    3",
            "  ungoverned  filter 2",
            "  sampling    90 processes every 40s, to keep its budget; asked for: 10s, 5 left out",
            "  paused      attaching, for: out of memory",
            "  not holding cpu_quota: v1",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line} in\n{shown}");
        }
    }

    #[test]
    fn a_service_that_says_little_is_shown_too() {
        let shown = text(&serde_json::from_value(json!({ "phase": "starting" })).unwrap(), Paint(false));
        assert!(shown.contains("starting") && shown.contains("ungoverned"), "{shown}");
    }
}
