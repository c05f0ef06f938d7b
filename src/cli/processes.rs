//! The processes that use the most of the host as a table, and in a line what all of it stands for. What `top --processes`
//! prints and `top` draws. Pure.

use super::args::columns::ProcessKey;
use super::paint::{Ink, Paint};
use super::shown::{Shown, duration, or_nothing, percent};
use super::table::{self, Cell, Column, left, right};
use super::told::{Process, Top};
use crate::model::Bytes;
use crate::model::text::OneLine;
use std::cmp::Ordering;

/// Instead of a table.
pub(super) const NO_LIST: &str = "The service has no list of processes: it makes one with each sampling pass, unless \
     scanner.enabled or scanner.top_n in its configuration says otherwise.";

const COLUMNS: [Column; 12] = [
    right("PID", 0),
    left("USER", 1),
    left("S", 4),
    right("THREADS", 8),
    right("CPU%", 0),
    right("CHILDREN%", 3),
    right("MEM", 0),
    right("READ", 7),
    right("WRITTEN", 6),
    left("GOVERNED", 2),
    right("SCORE", 5),
    left("COMMAND", 0),
];

/// Of the host, and of how much of it the list tells.
pub(super) fn heading(top: &Top) -> String {
    let Top { age, over, cores, memory, busy_cores, captured, processes, left_out, list } = top;
    let busy = or_nothing(busy_cores.map(|cores| percent(cores) + "%"));
    let captured = or_nothing(captured.map(|share| format!("{:.0}%", share * 100.0)));
    let left_out = if *left_out == 0 { String::new() } else { format!("  left out {left_out}") };
    let over = over.map_or_else(|| "no rates yet".into(), |over| format!("over {}", duration(over)));
    format!(
        "host CPU {busy} of {}%  memory {}  listed {} of {processes}{left_out}  captured {captured}  {} ago, {over}",
        cores * 100,
        Bytes(*memory),
        list.len(),
        duration(*age)
    )
}

pub(super) fn table(list: &[Process], width: Option<usize>, paint: Paint) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = list.iter().map(row).collect();
    table::lines(&COLUMNS, &rows, width, paint)
}

fn row(process: &Process) -> Vec<Cell> {
    let (governed, ink) = if process.governed { ("yes", Ink::Good) } else { ("no", Ink::Plain) };
    vec![
        process.pid.to_string().into(),
        process.owner().into(),
        Cell { text: Shown(&process.state).to_string(), ink: state(&process.state) },
        process.threads.to_string().into(),
        or_nothing(process.cpu.map(percent)).into(),
        or_nothing(process.children_cpu.map(percent)).into(),
        Bytes(process.memory).to_string().into(),
        or_nothing(process.io_read_bytes.map(Bytes)).into(),
        or_nothing(process.io_written_bytes.map(Bytes)).into(),
        Cell { text: governed.into(), ink },
        format!("{:.3}", process.score).into(),
        // Escaped by the service: any byte may stand in it.
        OneLine(&process.command).to_string().into(),
    ]
}

/// Waiting for a disk, stopped, or dead and not waited for.
fn state(state: &str) -> Ink {
    if ["D", "T", "t", "Z"].contains(&state) { Ink::Doubtful } else { Ink::Plain }
}

/// What a filter looks through.
pub(super) fn about(process: &Process) -> String {
    let governed = if process.governed { "governed" } else { "" };
    format!("{} {} {} {governed}", process.pid, process.owner(), process.command)
}

/// Numbers begin with the greatest, names with the first; `turned` is the other way round.
pub(super) fn sort(list: &mut [Process], key: ProcessKey, turned: bool) {
    list.sort_by(|a, b| {
        let order = order(a, b, key).then(a.pid.cmp(&b.pid));
        if turned { order.reverse() } else { order }
    });
}

fn order(a: &Process, b: &Process, key: ProcessKey) -> Ordering {
    let rate = |of: fn(&Process) -> Option<f64>| of(b).unwrap_or(-1.0).total_cmp(&of(a).unwrap_or(-1.0));
    match key {
        ProcessKey::Score => rate(|process| Some(process.score)),
        ProcessKey::Cpu => rate(|process| process.cpu),
        ProcessKey::Children => rate(|process| process.children_cpu),
        ProcessKey::Memory => b.memory.cmp(&a.memory),
        ProcessKey::Io => b.io().cmp(&a.io()),
        ProcessKey::Threads => b.threads.cmp(&a.threads),
        ProcessKey::Governed => b.governed.cmp(&a.governed),
        ProcessKey::Pid => a.pid.cmp(&b.pid),
        ProcessKey::Command => a.command.cmp(&b.command),
        ProcessKey::User => a.owner().cmp(&b.owner()),
        ProcessKey::State => a.state.cmp(&b.state),
    }
}

#[cfg(test)]
pub(super) mod tests;
