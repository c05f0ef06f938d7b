//! Configuration: flags over environment over file over defaults, checked as one, compiled to a `Policy`.
//!
//! `yaml` makes a tree of located nodes, `read` and `schema` turn it into sections, `given` adds flags and variables as
//! layers of the same sections, `compile` merges and resolves. No file is read here: bytes and facts are handed in.

pub mod asked;
pub mod compile;
pub mod foreign;
pub mod given;
pub mod host;
pub mod nearest;
pub mod older;
pub mod policy;
pub mod problem;
pub mod read;
pub mod schema;
pub mod settings;
pub mod values;
pub mod yaml;

pub use given::{Environment, Flag, Flags, file_named};
pub use host::{Accounts, Host, usual_socket};
pub use policy::Policy;
pub use problem::{Place, Problem};
pub use settings::{AuditSettings, Capacity, ControlSettings, LogSettings, MetricsSettings, Settings};
pub use values::{Address, LogFormat, LogLevel};

use problem::Report;
use read::Field;

/// Everything a configuration is made from.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "closures have nothing to show")]
pub struct Sources<'a> {
    pub file: Option<File<'a>>,
    pub flags: &'a Flags,
    pub environment: Environment<'a>,
    pub host: &'a Host<'a>,
}

/// A configuration file: the name it is called by in messages, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    pub policy: Policy,
    pub settings: Settings,
    pub warnings: Vec<Problem>,
}

/// Everything that is wrong in one answer, or a policy and what is doubtful about it.
pub fn load(sources: Sources<'_>) -> Result<Loaded, Vec<Problem>> {
    let mut report = Report::default();
    let file = sources.file.and_then(|file| yaml::parse(file.name, file.bytes, &mut report));
    let file = file.map(|node| older::read(&node, &mut report)).unwrap_or_default();
    let environment = given::from_environment(sources.environment, &mut report);
    let flags = given::from_flags(&sources.flags.keyed, &mut report);
    let all = flags.over(environment, &mut report).over(file, &mut report);
    let (policy, settings) = compile::compile(&all, sources, &mut report);
    report.finish().map(|warnings| Loaded { policy, settings, warnings })
}

#[cfg(test)]
pub(crate) mod tests;
