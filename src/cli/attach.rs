//! `ffrtmp attach` and `release`: an order to the service where one runs. Where none does, done here and now, and noted on
//! the job's group for the next one to find.

use super::args::client::{AttachArgs, PlaceArgs, ReleaseArgs};
use super::ask::Service;
use super::orders::about;
use super::out::print;
use super::shown::Shown;
use super::visitor::{self, say};
use super::{Failed, Status};
use crate::engine::input::Outcome;
use crate::expose::control;
use crate::model::text::OneLine;
use crate::model::{JobId, Made, Maker, Pid};
use crate::sys::governor::{Governor, Visit};
use serde_json::{Map, Value, json};

pub(super) fn attach(args: &AttachArgs) -> Result<(), Failed> {
    let limits = visitor::limits(&args.limits)?;
    if let Some(service) = Service::if_any(&args.place, args.json) {
        let said: Map<String, Value> =
            args.limits.given().map(|(key, text)| (key.into(), text.into())).collect();
        let order = json!({ "command": "attach", "pid": args.pid, "limits": said, "name": args.command });
        return service.show(order, "done", |told: String| done(&told));
    }
    let told = alone(&args.place, |governor, visit| {
        visitor::unheld(&limits, visit).iter().for_each(|clause| say(clause));
        attach_alone(governor, args, Made { by: Maker::Attach, limits })
    });
    tell(&told?, args.json)
}

fn attach_alone(governor: &mut Governor, args: &AttachArgs, made: Made) -> Result<String, Failed> {
    let pid = Pid(args.pid);
    match governor.attach_now(pid, args.command.as_deref(), made) {
        Ok(Outcome::Held { job, members, refused, .. }) => {
            visitor::refused(&refused).iter().for_each(|clause| say(clause));
            Ok(format!("process {pid} is job {job}, with {} process(es) besides", members.len()))
        }
        Ok(Outcome::AlreadyIn { job }) => Err(failed(&format!("process {pid} belongs to job {job} already"))),
        Ok(Outcome::Foreign { why }) => Err(failed(&format!("process {pid} is left alone: {why}"))),
        Ok(Outcome::Gone | Outcome::Stranger { .. }) => Err(failed(&format!("there is no process {pid}"))),
        Ok(Outcome::Failed(why)) | Err(why) => {
            Err(visitor::failed(&format!("process {pid} could not be attached"), &why))
        }
    }
}

pub(super) fn release(args: &ReleaseArgs) -> Result<(), Failed> {
    if let Some(service) = Service::if_any(&args.place, args.json) {
        return service
            .show(about(&args.whom, json!({ "command": "release" })), "done", |told: String| done(&told));
    }
    let told = alone(&args.place, |governor, _| release_alone(governor, &args.whom));
    tell(&told?, args.json)
}

fn release_alone(governor: &mut Governor, whom: &str) -> Result<String, Failed> {
    let job = match whom.parse::<u32>() {
        Ok(pid) => {
            governor.job_of(Pid(pid)).ok_or_else(|| failed(&format!("process {pid} belongs to no job")))?
        }
        Err(_) => Some(JobId::found(whom))
            .filter(|job| governor.has_job(job))
            .ok_or_else(|| failed(&format!("there is no job {whom}")))?,
    };
    let release = governor.release_now(&job).map_err(|why| visitor::failed("it is not released", &why))?;
    Ok(format!("job {job} is released: {} process(es) moved to {}", release.processes, release.to))
}

/// Without a service. One that owns the root and cannot be asked would not learn of it.
fn alone(
    place: &PlaceArgs,
    act: impl FnOnce(&mut Governor, &Visit) -> Result<String, Failed>,
) -> Result<String, Failed> {
    let (mut governor, visit) = visitor::governor(place.cgroup_root.as_deref())?;
    match &visit.owner {
        None => {
            let told = act(&mut governor, &visit);
            governor.take_leave(&visit);
            told
        }
        Some((root, holder)) => {
            let text = format!(
                "{} belongs to a service that cannot be asked, {holder}; name its socket with --control-socket",
                root.display()
            );
            Err(Failed { status: Status::Host, text })
        }
    }
}

fn done(sentence: &str) -> String {
    format!("{}\n", Shown(sentence))
}

/// As the service would.
fn tell(sentence: &str, json: bool) -> Result<(), Failed> {
    match json {
        true => {
            print(&String::from_utf8_lossy(&control::ok(&Value::Null, "done", sentence.into()))).map(drop)
        }
        false => print(&done(sentence)).map(drop),
    }
}

fn failed(text: &str) -> Failed {
    Failed { status: Status::Failed, text: OneLine(text).to_string() }
}
