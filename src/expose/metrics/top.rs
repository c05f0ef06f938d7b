//! The greatest processes: how much their list covers, and series of their own for the first of them.

use super::sheet::{Sheet, about, bytes};
use crate::model::text::Escaped;
use crate::model::top::{List, Row};
use std::fmt::Result;

type Of<'s, N> = ([(&'static str, &'s str); 2], N);

/// The first `most` have series.
pub(super) fn write(list: Option<&List>, most: usize, sheet: &mut Sheet<'_>) -> Result {
    let rows = list.map_or(&[][..], |list| &list.rows);
    let listed = list.map(|_| rows.len() as u64);
    sheet.gauge(&about("top_processes", "Processes on the list of the greatest."), listed)?;
    let covers = "The part of all processor time that the processes on the list had, from 0 to 1.";
    sheet.gauge(&about("top_capture_ratio", covers), list.and_then(|list| list.captured))?;
    let named: Vec<Named<'_>> = rows.iter().take(most).map(Named::of).collect();
    let cpu = "Cores that the process, and children of it that lived too short to be met, kept busy.";
    sheet.gauges(&about("top_process_cpu_cores", cpu), each(&named, cores))?;
    let memory = bytes("top_process_memory", "Memory of the process.");
    sheet.gauges(&memory, each(&named, |row| Some(row.sample.used.resident)))?;
    let score = about("top_process_score", "By which the process is on the list.");
    sheet.gauges(&score, each(&named, |row| Some(row.score)))
}

struct Named<'s> {
    pid: String,
    command: String,
    row: &'s Row,
}

impl Named<'_> {
    fn of(row: &Row) -> Named<'_> {
        let pid = row.sample.identity.pid.to_string();
        Named { pid, command: Escaped(row.sample.comm.as_bytes()).to_string(), row }
    }
}

fn cores(row: &Row) -> Option<f64> {
    Some(row.cores()? + row.children()?)
}

/// One figure of those that have it.
fn each<'s, N: 's>(
    named: &'s [Named<'_>],
    figure: impl Fn(&Row) -> Option<N> + 's,
) -> impl Iterator<Item = Of<'s, N>> {
    let labels = |of: &'s Named<'_>| [("pid", of.pid.as_str()), ("command", of.command.as_str())];
    named.iter().filter_map(move |of| Some((labels(of), figure(of.row)?)))
}
