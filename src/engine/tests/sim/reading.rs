//! What the simulated /proc says: of one process, and of all of them in a walk that others may come in between.

use super::*;
use crate::engine::input::Owner;
use crate::engine::platform::{Platform, met};
use crate::model::sample::{Io, Used};

impl Sim {
    pub(super) fn name(&mut self, of: Pid) {
        let read_at = Mono(self.host.tick() * 1_000);
        let proc = self.host.procs.get(&of.0).filter(|p| !p.unreadable);
        let name = proc
            .and_then(|p| p.argv0.as_deref())
            .map(|argv0| FileName::new(crate::model::process::base_name(argv0.as_bytes())));
        self.handle(Input::Named { pid: of, read_at, name });
    }

    pub(in crate::engine::tests) fn sight(&mut self, of: u32) -> Option<Sighting> {
        self.host.sight(of)
    }

    pub(in crate::engine::tests) fn look(
        &mut self,
        of: u32,
        wants: crate::engine::effect::Wants,
    ) -> Option<Look> {
        self.looked.push(of);
        let seen = self.sight(of)?;
        let file = |name: &str| FileName::new(name.as_bytes());
        let p = &self.host.procs[&of];
        let parent = self.host.procs.get(&p.ppid).and_then(|parent| parent.exe.as_deref());
        Some(Look {
            seen,
            exe: p.exe.as_deref().map(file),
            cwd: wants.cwd.then(|| p.cwd.into()),
            parent_exe: parent.filter(|_| wants.parent_exe).map(file),
        })
    }

    /// A slice of a scan: processes one by one, as they are when it comes to them.
    pub(super) fn walk_on(&mut self) {
        if self.hold.walk {
            return;
        }
        while let Some((depth, after, began)) = self.walk {
            let next = self.host.procs.range(after + 1..).next().map(|(&pid, _)| pid);
            let Some(of) = next else {
                self.walk = None;
                if depth != Depth::Steady {
                    self.full_passes.push(Pass { began, well: true });
                }
                self.walks.push(Passed { began, depth, cost: self.host.pass_costs });
                let took = Duration::from_nanos(self.host.now - began);
                let host = (depth == Depth::Sampling).then_some(self.host.uses);
                let walked = Walked { took, cost: self.host.pass_costs, own: self.host.own_cpu, host };
                return self.handle(Input::ScanEnded(Ok(walked)));
            };
            self.walk = Some((depth, of, began));
            self.visit(depth, of);
            if of.is_multiple_of(3) {
                return;
            }
        }
    }

    pub(super) fn visit(&mut self, depth: Depth, of: u32) {
        let (host, sighted, io_read) = (&mut self.host, &mut self.sighted, &mut self.io_read);
        let met = met(&self.engine, depth, pid(of), None, &mut Reading { host, sighted, io_read });
        self.handle(met);
    }
}

impl Host {
    pub(in crate::engine::tests) fn sight(&mut self, of: u32) -> Option<Sighting> {
        let read_at = Mono(self.tick() * 1_000);
        let p = self.procs.get(&of).filter(|p| !p.unreadable)?;
        Some(Sighting {
            identity: identity(of, p.start),
            ppid: pid(p.ppid),
            uid: p.uid,
            comm: Comm::new(p.comm.as_bytes()),
            exec_mark: p.mark,
            kernel_thread: p.kernel_thread,
            zombie: p.zombie,
            age: Duration::from_nanos(read_at.0 + self.asleep - p.start * 1_000),
            used: Used { io: None, ..p.used },
            read_at,
        })
    }
}

/// The simulated /proc, as a pass reads it.
struct Reading<'s> {
    host: &'s mut Host,
    sighted: &'s mut Vec<u32>,
    io_read: &'s mut Vec<u32>,
}

impl Platform for Reading<'_> {
    fn sight(&mut self, pid: Pid, owner: Option<Owner>) -> Option<Sighting> {
        self.sighted.push(pid.0);
        let seen = self.host.sight(pid.0)?;
        Some(match owner {
            Some(owner) if owner.of == seen.identity.start => Sighting { uid: owner.uid, ..seen },
            _ => seen,
        })
    }

    fn io(&mut self, pid: Pid) -> Option<Io> {
        self.io_read.push(pid.0);
        self.host.procs.get(&pid.0)?.used.io
    }
}
