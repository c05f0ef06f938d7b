//! The processes of a job, each below the one that started it. Pure.

use super::shown::Shown;
use super::told::{Job, Member};
use std::collections::{BTreeMap, BTreeSet};

/// A line for each; nothing where nobody asked for them. The one that is asked about is marked.
pub(super) fn lines(job: &Job, asked: Option<u32>) -> Vec<String> {
    let Some(members) = &job.members else { return Vec::new() };
    let known: BTreeSet<u32> = members.iter().map(|member| member.pid).collect();
    let mut below: BTreeMap<Option<u32>, Vec<&Member>> = BTreeMap::new();
    for member in members {
        below.entry(member.parent.filter(|parent| known.contains(parent))).or_default().push(member);
    }
    let mut lines = Vec::new();
    let roots = below.remove(&None).unwrap_or_default();
    let mut open: Vec<(&Member, String, String)> =
        roots.into_iter().rev().map(|root| (root, String::new(), String::new())).collect();
    // Each is taken out as it is shown, so that an answer which makes a ring of them is not walked for ever.
    while let Some((member, branch, indent)) = open.pop() {
        lines.push(branch + &line(member, asked));
        let children = below.remove(&Some(member.pid)).unwrap_or_default();
        let last = children.len().saturating_sub(1);
        open.extend(children.into_iter().enumerate().rev().map(|(nth, child)| {
            let (branch, trunk) = if nth == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            (child, format!("{indent}{branch}"), format!("{indent}{trunk}"))
        }));
    }
    if let Some(more @ 1..) = job.members_left_out {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn line(member: &Member, asked: Option<u32>) -> String {
    let outside = if member.inside { "" } else { " (outside)" };
    let mark = if asked == Some(member.pid) { "  <- this one" } else { "" };
    format!("{} {}{outside}{mark}", member.pid, Shown(&member.command))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(members: &serde_json::Value, left_out: u64, asked: Option<u32>) -> Vec<String> {
        let job = json!({ "members": members, "members_left_out": left_out });
        lines(&serde_json::from_value(job).unwrap(), asked)
    }

    #[test]
    fn each_stands_below_the_one_that_started_it() {
        let member = |pid: u32, parent: Option<u32>, command: &str| json!({ "pid": pid, "parent": parent, "command": command, "inside": pid != 13 });
        let members = json!([
            member(10, None, "ffmpeg"),
            member(11, Some(10), "sh"),
            member(12, Some(11), "x\u{1b}[2J"),
            member(13, Some(10), "late"),
            member(14, Some(9), "stray"),
        ]);
        assert_eq!(
            shown(&members, 3, Some(12)),
            [
                "10 ffmpeg",
                "├─ 11 sh",
                "│  └─ 12 x\\u{1b}[2J  <- this one",
                "└─ 13 late (outside)",
                "14 stray",
                "and 3 more",
            ]
        );
    }

    #[test]
    fn nothing_is_shown_of_what_was_not_asked_for_and_a_ring_ends() {
        assert!(lines(&Job::default(), None).is_empty());
        let ring = json!([{ "pid": 1, "parent": 2 }, { "pid": 2, "parent": 1 }]);
        assert!(shown(&ring, 0, None).is_empty());
    }
}
