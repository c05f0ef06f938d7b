//! The types of single values, each with its own reading of text: the same for the file, a flag and a variable.
//! An error says what is wrong and what to write instead.

mod choice;
mod duration;
pub mod io_max;
mod limit;
mod listen;
mod mode;
mod name;
mod number;
mod path;
mod rate;
mod share;
mod size;

pub use choice::{
    EventSource, FavorDynmods, HealthMode, LogFormat, LogLevel, OnDrift, OnMade, OnStop, SpokenBool,
};
pub use duration::{Interval, Runtime};
pub use limit::{Clamp, CpuList, Nice, OomScoreAdj, Pids, Swap};
pub use listen::{Address, Listen, Socket};
pub use mode::FileMode;
pub use name::{CommandName, Group, Uid, User};
pub use number::{Attempts, CpuQuota, CpuWeight, Failures, JobSeries, Kept, Processes, TopSize};
pub use path::{FilePath, Folder};
pub use rate::Rate;
pub use share::{CorePercent, Fraction};
pub use size::{Buffer, FileSize, Memory};
