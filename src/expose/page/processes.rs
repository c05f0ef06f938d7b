//! Who uses the host, governed or not: the first of the list of the greatest processes, and how much of all it tells of.

use super::amounts::{or_unknown, percent};
use super::frame::rough;
use super::html::Html;
use super::overview::figure;
use super::table::{self, Column, number};
use crate::expose::log::shed_because;
use crate::model::snapshot::{ScannerView, Snapshot};
use crate::model::text::Escaped;
use crate::model::top::{List, Row};
use crate::model::{Bytes, Human};

/// So many are shown.
pub(super) const MOST_PROCESSES: usize = 15;

const COLUMNS: [Column; 11] = [
    ("Process", ""),
    ("PID", "number"),
    ("User", ""),
    ("State", ""),
    ("Threads", "number"),
    ("CPU", "number"),
    ("Memory", "number"),
    ("Read", "number"),
    ("Written", "number"),
    ("Governed", ""),
    ("Score", "number"),
];

pub(super) fn section(html: &mut Html, snapshot: &Snapshot) {
    html.element("section", &[("aria-labelledby", &"processes")], |html| {
        html.with_text("h2", &[("id", &"processes")], "Who uses this host");
        match &snapshot.top {
            Some(list) => shown(html, snapshot, list),
            None => html.with_text("p", &[("class", &"none")], nothing(snapshot)),
        }
    });
}

fn nothing(snapshot: &Snapshot) -> String {
    match &snapshot.scanner {
        None => "Nothing is sampled: scanner.enabled is false.".to_owned(),
        Some(sampling) => format!("No list yet, or scanner.top_n is 0. Sampling: {}.", pace(sampling)),
    }
}

fn pace(sampling: &ScannerView) -> String {
    let ScannerView { interval, asked, shed, .. } = sampling;
    match shed {
        Some(cause) => format!("given up for a while: {}", shed_because(*cause)),
        None if interval > asked => {
            format!("every {} instead of {}, to keep scanner.cpu_budget", Human(*interval), Human(*asked))
        }
        None => format!("every {}", Human(*interval)),
    }
}

fn shown(html: &mut Html, snapshot: &Snapshot, list: &List) {
    html.element("dl", &[("class", &"facts")], |html| facts(html, snapshot, list));
    let about = "The processes that use the most of this host, whether they are governed or not";
    table::wide(html, "Table of processes", about, &COLUMNS, |html| {
        for process in list.rows.iter().take(MOST_PROCESSES) {
            html.element("tr", &[], |html| row(html, process));
        }
    });
    table::more(html, list.rows.len().saturating_sub(MOST_PROCESSES), "ffrtmp top --processes");
}

fn facts(html: &mut Html, snapshot: &Snapshot, list: &List) {
    let List { at, over, host, busy, captured, processes, left_out, rows } = list;
    let all = percent(host.cores.into());
    figure(html, "CPU of the host", format_args!("{} of {all}", or_unknown(busy.map(percent))));
    figure(html, "Memory of the host", Bytes(host.memory));
    let share = or_unknown(captured.map(percent));
    figure(html, "Listed", format_args!("{} of {processes} processes, with {share} of all CPU", rows.len()));
    if *left_out > 0 {
        figure(html, "Left out", format_args!("{left_out} processes, beyond scanner.max_processes"));
    }
    if let Some(sampling) = &snapshot.scanner {
        figure(html, "Sampling", pace(sampling));
    }
    let ago = rough(snapshot.now.mono - *at);
    match over {
        Some(over) => figure(html, "Sampled", format_args!("{ago} ago, over {}", rough(*over))),
        None => figure(html, "Sampled", format_args!("{ago} ago; CPU is known with the next pass")),
    }
}

fn row(html: &mut Html, process: &Row) {
    let used = &process.sample.used;
    html.with_text("th", &[("scope", &"row")], Escaped(process.sample.comm.as_bytes()));
    number(html, process.sample.identity.pid);
    table::user(html, process.user.as_deref(), process.sample.uid);
    html.with_text("td", &[], state(used.state));
    number(html, used.threads);
    html.element("td", &[("class", &"number")], |html| {
        html.text(or_unknown(process.cores().map(percent)));
        if let Some(cores) = process.children().filter(|cores| *cores >= 0.005) {
            html.with_text("small", &[], format_args!("ended children {}", percent(cores)));
        }
    });
    number(html, Bytes(used.resident));
    number(html, or_unknown(used.io.map(|io| Bytes(io.read))));
    number(html, or_unknown(used.io.map(|io| Bytes(io.written))));
    match process.sample.governed {
        true => html.element("td", &[], |html| html.with_text("span", &[("class", &"good")], "yes")),
        false => html.with_text("td", &[], "no"),
    }
    number(html, format_args!("{:.3}", process.score));
}

/// What proc_pid_stat(5) has as a letter.
fn state(letter: u8) -> &'static str {
    match letter {
        b'R' => "runs",
        b'S' => "sleeps",
        b'D' => "waits for I/O",
        b'I' => "idle",
        b'T' | b't' => "stopped",
        b'Z' => "zombie",
        b'X' | b'x' => "dead",
        _ => "",
    }
}
