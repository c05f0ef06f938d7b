//! Single values as people write them, and times as files hold them: what is accepted is shown in a form that is
//! accepted again and means the same.
#![no_main]

use ffrtmp::config::policy::{ArgvInLog, Parent};
use ffrtmp::config::read::{Word, parse};
use ffrtmp::config::values::{
    Attempts, Buffer, CommandName, CpuQuota, CpuWeight, EventSource, Failures, FilePath, Folder, Group,
    HealthMode, Interval, JobSeries, Listen, LogFormat, LogLevel, Memory, OnStop, Runtime, Socket,
    SpokenBool, Uid, User,
};
use ffrtmp::model::Wall;
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;

fuzz_target!(|text: &str| {
    check::<ArgvInLog>(text);
    check::<Attempts>(text);
    check::<Buffer>(text);
    check::<CommandName>(text);
    check::<CpuQuota>(text);
    check::<CpuWeight>(text);
    check::<EventSource>(text);
    check::<Failures>(text);
    check::<FilePath>(text);
    check::<Folder>(text);
    check::<Group>(text);
    check::<HealthMode>(text);
    check::<Interval>(text);
    check::<JobSeries>(text);
    check::<Listen>(text);
    check::<LogFormat>(text);
    check::<LogLevel>(text);
    check::<Memory>(text);
    check::<OnStop>(text);
    check::<Parent>(text);
    check::<Runtime>(text);
    check::<Socket>(text);
    check::<SpokenBool>(text);
    check::<Uid>(text);
    check::<User>(text);
    check::<bool>(text);
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
