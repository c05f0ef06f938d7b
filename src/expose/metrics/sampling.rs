//! How sampling keeps within its means. Where nothing is sampled there is nothing to tell.

use super::sheet::{Sheet, about, seconds};
use crate::model::record::ShedCause;
use crate::model::snapshot::ScannerView;
use std::fmt::Result;

pub(super) fn write(scanner: Option<&ScannerView>, sheet: &mut Sheet<'_>) -> Result {
    let rounds = about("scanner_rounds", "Samples of all processes that were completed.");
    sheet.counter(&rounds, scanner.map(|view| view.rounds))?;
    let spent = seconds("scanner_pass_cpu", "Processor time of the passes that sample.");
    sheet.counter(&spent, scanner.map(|view| view.spent.as_secs_f64()))?;
    let interval = seconds("scanner_interval", "From one sample of all processes to the next.");
    sheet.gauge(&interval, scanner.map(|view| view.interval.as_secs_f64()))?;
    let kept = about("scanner_processes", "Processes in the last sample.");
    sheet.gauge(&kept, scanner.map(|view| view.processes as u64))?;
    let left_out = about("scanner_left_out_processes", "Processes beyond scanner.max_processes in it.");
    sheet.gauge(&left_out, scanner.map(|view| view.left_out as u64))?;
    let causes = scanner.into_iter().flat_map(|view| {
        ShedCause::ALL.map(|cause| ([("cause", cause.name())], u64::from(view.shed == Some(cause))))
    });
    sheet.gauges(&about("scanner_shed", "Causes for which no samples are taken at the moment."), causes)
}
