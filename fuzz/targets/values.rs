//! Single values as people write them, and times as files hold them: what is accepted is shown in a form that is
//! accepted again and means the same.
#![no_main]

use ffrtmp::config::policy::{ArgvInLog, Parent, Tree};
use ffrtmp::config::read::{Word, parse};
use ffrtmp::config::values::{
    Attempts, Buffer, Clamp, CommandName, CorePercent, CpuList, CpuQuota, CpuWeight, EventSource, Failures,
    FavorDynmods, FileMode, FilePath, FileSize, Folder, Fraction, Group, HealthMode, Interval, JobSeries,
    Kept, Listen, LogFormat, LogLevel, Memory, Nice, OnDrift, OnMade, OnStop, OomScoreAdj, Pids, Processes,
    Rate, Runtime, Socket, SpokenBool, Swap, TopSize, Uid, User,
};
use ffrtmp::model::Wall;
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;

fuzz_target!(|text: &str| {
    check::<ArgvInLog>(text);
    check::<Attempts>(text);
    check::<bool>(text);
    check::<Buffer>(text);
    check::<Clamp>(text);
    check::<CommandName>(text);
    check::<CorePercent>(text);
    check::<CpuList>(text);
    check::<CpuQuota>(text);
    check::<CpuWeight>(text);
    check::<EventSource>(text);
    check::<Failures>(text);
    check::<FavorDynmods>(text);
    check::<FileMode>(text);
    check::<FilePath>(text);
    check::<FileSize>(text);
    check::<Folder>(text);
    check::<Fraction>(text);
    check::<Group>(text);
    check::<HealthMode>(text);
    check::<Interval>(text);
    check::<JobSeries>(text);
    check::<Kept>(text);
    check::<Listen>(text);
    check::<LogFormat>(text);
    check::<LogLevel>(text);
    check::<Memory>(text);
    check::<Nice>(text);
    check::<OnDrift>(text);
    check::<OnMade>(text);
    check::<OnStop>(text);
    check::<OomScoreAdj>(text);
    check::<Parent>(text);
    check::<Pids>(text);
    check::<Processes>(text);
    check::<Rate>(text);
    check::<Runtime>(text);
    check::<Socket>(text);
    check::<SpokenBool>(text);
    check::<Swap>(text);
    check::<TopSize>(text);
    check::<Tree>(text);
    check::<Uid>(text);
    check::<User>(text);
    if let Some(at) = Wall::parse(text) {
        assert_eq!(Wall::parse(&at.exact().to_string()), Some(at));
    }
});

fn check<T: Word + Debug>(text: &str) {
    match parse::<T>(text) {
        Ok(value) => assert_eq!(parse::<T>(&value.show()), Ok(value)),
        Err(why) => assert!(!why.is_empty()),
    }
}
