//! `ffrtmp check`: everything that would stop or limit governing here, all of it in one run. Host and configuration are
//! looked into by `sys::checkup`; here it is said, for people or for programs.

mod render;

use super::args::CheckArgs;
use super::out::print;
use super::paint::Paint;
use super::{Failed, Status};
use crate::config::{Flag, Flags, file_named};
use crate::sys::checkup::{self, Area, Finding, Kind};
use crate::sys::host;
use std::path::Path;

/// Exit status 0: ready; 1: usable, with warnings; 2: configuration wrong; 3: this host cannot.
pub(super) fn run(args: &CheckArgs) -> Result<(), Failed> {
    let root = args.cgroup_root.clone();
    let keyed = root.map(|text| Flag { name: "--cgroup-root", text }).into_iter().collect();
    let flags = Flags { keyed, ..Flags::default() };
    let loaded = file_named(args.watch_config.as_deref(), &host::variable)
        .map_err(|problem| vec![problem])
        .and_then(|file| host::configure(file.as_deref(), &flags));
    let findings = checkup::findings(&loaded, args.cgroup_root.as_deref().map(Path::new));

    let verdict = verdict(&findings);
    let told = match args.json {
        true => render::json(&findings, status(verdict)).to_string(),
        false => render::text(&findings, status(verdict), Paint::for_stdout()),
    };
    print(&format!("{told}\n"))?;
    verdict.map_or(Ok(()), |status| Err(Failed { status, text: String::new() }))
}

fn verdict(findings: &[Finding]) -> Option<Status> {
    let any = |is: fn(&Finding) -> bool| findings.iter().any(is);
    // A wrong configuration comes first: mended, it may ask for something else of the host.
    if any(|finding| finding.kind == Kind::Error && finding.topic.area == Area::Configuration) {
        Some(Status::Usage)
    } else if any(|finding| finding.kind == Kind::Error) {
        Some(Status::Host)
    } else {
        any(|finding| finding.kind == Kind::Warning).then_some(Status::Failed)
    }
}

fn status(verdict: Option<Status>) -> u8 {
    verdict.map_or(0, Status::code)
}

#[cfg(test)]
mod tests;
