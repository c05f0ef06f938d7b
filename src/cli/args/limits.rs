//! The limits as options, by the names that the configuration has. Their values are text here: whoever sets them reads them.

use crate::config::values::io_max;
use crate::model::{IoMax, LimitKey};
use crate::sys::disks::Disks;
use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgGroup, ArgMatches, Args, Command, FromArgMatches};
use std::path::Path;

/// Those that were given, in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitArgs(Vec<(LimitKey, String)>);

/// What at least one of them is called together.
pub(super) const GROUP: &str = "limits";

impl LimitArgs {
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(key, text)| (key.name(), text.as_str()))
    }
}

fn about(key: LimitKey) -> (&'static str, &'static str) {
    match key {
        LimitKey::CpuQuota => ("PERCENT", "CPU time in percent of one core; 200 is two cores, 0 none"),
        LimitKey::CpuBurst => {
            ("PERCENT", "Unused quota that may be made up for, in percent of one core; 0 is none")
        }
        LimitKey::CpuWeight => ("WEIGHT", "Share of the CPU when it is short, 1 to 10000"),
        LimitKey::Cpus => ("LIST", "Processors it may run on, like 0-3,7"),
        LimitKey::MemoryLimit => {
            ("MIB", "Memory in MiB, or a size like 4GiB: beyond it the kernel kills; 0 is none")
        }
        LimitKey::MemoryHigh => ("MIB", "Memory beyond which it is slowed down; 0 is none"),
        LimitKey::MemoryLow => ("MIB", "Memory that is left to it while others have some; 0 is none"),
        LimitKey::MemorySwapMax => ("MIB", "Swap; 0 is no swap at all, max no limit"),
        LimitKey::OomGroup => ("BOOL", "Whether all of it is killed when one is for want of memory"),
        LimitKey::PidsMax => ("N", "Processes and threads; max is no limit"),
        LimitKey::UclampMin => {
            ("PERCENT", "Capacity of a processor that it is taken to need at least; 0 is none")
        }
        LimitKey::UclampMax => ("PERCENT", "Capacity that it is taken to need at most; max is no limit"),
        LimitKey::IoWeight => ("WEIGHT", "Share of a device that is in demand, 1 to 10000"),
        LimitKey::IoMax => (
            "LIST",
            "Bytes and operations per second of disks, like /dev/vda:rbps=50MB,wiops=100;/dev/vdb:wbps=5MB",
        ),
        LimitKey::NetworkRx => ("RATE", "Bytes per second that come in, 50MBit too; 0 is no limit"),
        LimitKey::NetworkTx => ("RATE", "Bytes per second that go out, 50MBit too; 0 is no limit"),
        LimitKey::Nice => ("N", "Of every thread: -20 is served first, 19 last"),
        LimitKey::OomScoreAdj => {
            ("N", "How much rather than others it is killed for want of memory, -1000 to 1000")
        }
    }
}

impl Args for LimitArgs {
    fn group_id() -> Option<clap::Id> {
        Some(GROUP.into())
    }

    fn augment_args(command: Command) -> Command {
        let group = ArgGroup::new(GROUP).multiple(true).args(LimitKey::ALL.map(LimitKey::name));
        let args = LimitKey::ALL.map(|key| {
            let (value, help) = about(key);
            let option = Arg::new(key.name()).long(key.name().replace('_', "-"));
            option.value_name(value).help(help).allow_hyphen_values(true)
        });
        command.group(group).args(args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        LimitArgs::augment_args(command)
    }
}

impl FromArgMatches for LimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let said = |key: LimitKey| Some((key, matches.get_one::<String>(key.name())?));
        let resolved = |(key, text): (LimitKey, &String)| match key {
            LimitKey::IoMax => Ok((key, of_disks(text)?)),
            _ => Ok((key, String::from(text))),
        };
        LimitKey::ALL.into_iter().filter_map(said).map(resolved).collect::<Result<_, Error>>().map(LimitArgs)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = LimitArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The disks below folders are found here: the service looks at no file system for who asks. What is no limit is left to
/// it to refuse.
fn of_disks(text: &str) -> Result<String, Error> {
    let said = io_max::one_word(text).unwrap_or_default();
    let disk = |path: &str| Disks::default().holding(Path::new(path)).map(|disk| disk.name);
    let found: IoMax = said
        .iter()
        .map(|(path, rates)| match disk(path) {
            Ok(disk) => Ok((disk, rates)),
            Err(why) => {
                let text = format!("--io-max: {path} {why}\n");
                Err(Error::raw(ErrorKind::ValueValidation, text))
            }
        })
        .collect::<Result<_, Error>>()?;
    Ok(if found.is_empty() { text.to_owned() } else { found.to_string() })
}
