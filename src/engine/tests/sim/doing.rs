//! Does what effects say, at once or, where that is held back, later.

use super::*;

impl Sim {
    pub(super) fn carry_out(&mut self) {
        if !self.hold.looks {
            while let Some(Effect::Look { pid, wants }) = self.looks.pop_front() {
                let look = self.look(pid.0, wants);
                self.handle(Input::Looked { pid, look: look.as_ref() });
            }
        }
        while let Some(effect) = self.fx.wanted.pop_front() {
            self.carry_out_one(effect);
        }
    }

    pub(super) fn carry_out_one(&mut self, effect: Effect) {
        self.carried_out += 1;
        match effect {
            Effect::OpenSource { buffer } => {
                self.host.queue.close();
                match self.refuse_source.clone() {
                    Some(refusal) => self.handle(Input::SourceOpened(Err(refusal))),
                    None => {
                        self.host.queue.open();
                        self.handle(Input::SourceOpened(Ok(buffer)));
                    }
                }
            }
            Effect::Listen { seq } => {
                self.host.tick();
                self.host.queue.listen(Mono(self.host.now), seq);
            }
            Effect::Narrow => self.handle(Input::SourceNarrowed(Ok(()))),
            Effect::CountDrops if !self.host.queue.open => {}
            Effect::CountDrops => self.handle(Input::Dropped(self.host.queue.dropped)),
            Effect::CloseSource => self.host.queue.close(),
            Effect::Canary => {
                self.host.tick();
                self.host.queue.canary(Mono(self.host.now));
            }
            Effect::Look { .. } if self.hold.looks => self.looks.push_back(effect),
            Effect::Look { pid, wants } => {
                let look = self.look(pid.0, wants);
                self.handle(Input::Looked { pid, look: look.as_ref() });
            }
            Effect::Sight { pid } => {
                let seen = self.sight(pid.0);
                self.handle(Input::Sighted { pid, seen });
            }
            Effect::ReadName { pid, .. } => self.names.push_back(pid),
            Effect::ReadArgv { identity, .. } => self.argvs.push_back(identity),
            Effect::Scan(depth) => match self.refuse_scans.pop_front() {
                Some(failure) => {
                    let began = self.host.now;
                    self.full_passes.extend((depth != Depth::Steady).then_some(Pass { began, well: false }));
                    self.handle(Input::ScanEnded(Err(failure)));
                }
                None => self.walk = Some((depth, 0, self.host.now)),
            },
            Effect::Govern(task) => self.governor.tasks.push_back(task),
            Effect::Unwatch { identity } => {
                self.host.watched.remove(&(identity.pid.0, identity.start.0));
            }
            Effect::LoadPolicy => self.loads += 1,
            Effect::SaveState(state) => {
                self.saved.push(*state);
                self.saves += 1;
            }
            Effect::Answer { ticket, result } => self.answers.push((ticket, result)),
            Effect::Notify(notice) => self.notices.push(notice),
            Effect::Stop => self.stopped += 1,
        }
    }
}
