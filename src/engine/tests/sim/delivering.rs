//! Hands over what has come in, unless it is held back.

use super::*;
use crate::engine::tests::governor::job_at;

impl Sim {
    pub(in crate::engine::tests) fn deliver(&mut self) {
        if !self.hold.events {
            while let Some(event) = self.host.queue.next() {
                self.handle(Input::Event(event));
            }
            if self.host.queue.take_overrun() {
                self.handle(Input::Overrun);
            }
        }
        if !self.hold.governor {
            self.governor.step(&mut self.host);
        }
        if !self.hold.replies {
            while let Some(reply) = self.governor.replies.pop_front() {
                self.watch(&reply);
                self.handle(Input::Governed(reply));
            }
        }
        if !self.hold.names {
            while let Some(of) = self.names.pop_front() {
                self.name(of);
            }
        }
        if !self.hold.described {
            while let Some(identity) = self.argvs.pop_front() {
                let description = Description { argv: b"ffmpeg\0-i\0a\0".to_vec(), ..Description::default() };
                self.handle(Input::Described { identity, description });
            }
        }
        if !self.hold.exits {
            while let Some((of, start)) = self.host.exited.pop_front() {
                self.handle(Input::Exited(identity(of, start)));
            }
            while let Some(group) = self.host.touched.pop_first() {
                self.tell_counts(&group);
            }
            while let Some(group) = self.host.emptied.pop_front() {
                let job = job_at(&group).expect("a job's group");
                self.handle(Input::Emptied(JobId::found(job)));
            }
        }
        self.clerk();
    }

    fn tell_counts(&mut self, group: &str) {
        let Some(job) = job_at(group).filter(|_| self.host.watched_groups.contains(group)) else {
            return;
        };
        let counts = self.host.counts.get(group).copied().unwrap_or_default();
        self.handle(Input::Counted { job: JobId::found(job), counts });
    }

    fn clerk(&mut self) {
        if self.hold.clerk {
            return;
        }
        for _ in 0..std::mem::take(&mut self.saves) {
            let result = self.refuse_saves.map_or(Ok(()), |why| Err(why.to_owned()));
            self.handle(Input::StateSaved(result));
        }
        for _ in 0..std::mem::take(&mut self.loads) {
            let loaded = self.next_policy.clone().expect("a policy to load");
            self.handle(Input::PolicyLoaded(Box::new(loaded)));
        }
    }

    /// From the moment the engine knows of a job its end is watched for, also when that has come already.
    fn watch(&mut self, reply: &Reply) {
        let mut watched = Vec::new();
        match reply {
            Reply::Prepared(Ok(prepared)) => {
                watched.extend(prepared.found.iter().map(|f| (f.identity, f.main_alive, f.job.clone())));
            }
            Reply::Recognised { found: Some(f), .. } => {
                watched.push((f.identity, f.main_alive, f.job.clone()));
            }
            Reply::Attached(answer) => {
                if let Outcome::Held { job, .. } = &answer.outcome {
                    watched.push((answer.identity, true, job.clone()));
                }
            }
            _ => {}
        }
        for (Identity { pid, start }, main, job) in watched {
            let lives = self.host.procs.get(&pid.0).is_some_and(|p| p.start == start.0 && !p.zombie);
            match (main, lives) {
                (true, true) => drop(self.host.watched.insert((pid.0, start.0))),
                (true, false) => self.host.exited.push_back((pid.0, start.0)),
                (false, _) => {}
            }
            let group = group_of(job.as_str());
            if self.host.members(&group).is_empty() {
                self.host.emptied.push_back(group.clone());
            }
            self.host.touched.insert(group.clone());
            self.host.watched_groups.insert(group);
        }
    }
}
