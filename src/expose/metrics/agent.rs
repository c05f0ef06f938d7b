//! The service itself: what it uses, who is connected or told of processes, and what of its log nobody took.

use super::sheet::{Sheet, about, bytes, seconds};
use crate::feed::Standing;
use crate::sys::own::OwnUse;
use std::fmt::Result;

#[derive(Clone, Debug)]
pub struct Agent {
    pub own: OwnUse,
    pub http_clients: usize,
    pub control_clients: usize,
    pub clients_dropped: u64,
    pub log_lines_dropped: u64,
    pub consumers: Vec<Standing>,
}

pub(super) fn write(agent: &Agent, sheet: &mut Sheet<'_>) -> Result {
    let OwnUse { started, cpu, resident, threads, open_files } = agent.own;
    consumers(&agent.consumers, sheet)?;
    let clients = [("http", agent.http_clients), ("control", agent.control_clients)];
    sheet.gauges(
        &about("clients_connected", "Clients that are connected."),
        clients.map(|(kind, count)| ([("kind", kind)], count as u64)),
    )?;
    let dropped =
        about("clients_dropped", "Connections that were ended because they were too slow or too many.");
    sheet.counter(&dropped, Some(agent.clients_dropped))?;
    let lines = about("log_lines_dropped", "Lines of the log that its reader did not take in time.");
    sheet.counter(&lines, Some(agent.log_lines_dropped))?;
    sheet.counter(&seconds("agent_cpu", "Processor time of the service."), Some(cpu.as_secs_f64()))?;
    sheet.gauge(&bytes("agent_resident_memory", "Memory of the service."), resident)?;
    sheet.gauge(&about("agent_open_fds", "File descriptors that the service has open."), open_files)?;
    sheet.gauge(&about("agent_threads", "Threads of the service."), threads)?;
    let since = seconds("agent_start_time", "When the service was started, since 1970.");
    sheet.gauge(&since, Some(started.0 as f64 / 1e9))
}

/// Those who are told of processes: as many series as are registered, of which there is a most.
fn consumers(all: &[Standing], sheet: &mut Sheet<'_>) -> Result {
    let each =
        |value: fn(&Standing) -> u64| all.iter().map(move |one| ([("consumer", &*one.name)], value(one)));
    let waiting = about("consumer_waiting", "Notices that a consumer has not taken yet.");
    sheet.gauges(&waiting, each(|one| one.waiting as u64))?;
    let lost = about("consumer_lost", "Notices lost to a consumer that was too slow, or panicked.");
    sheet.counters(&lost, each(|one| one.lost))?;
    let panics = about("consumer_panics", "Times that a consumer panicked at a notice.");
    sheet.counters(&panics, each(|one| one.panics))
}
