//! A service that Prometheus scrapes at an address of its own, and the processes that live and harm around it.

use super::cases::Case;
use netlink_tests::bench::asking::get;
use netlink_tests::bench::prometheus::{Prometheus, free_address};
use netlink_tests::bench::scrape::Scrape;
use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

pub(crate) struct Patient {
    pub case: &'static Case,
    pub address: SocketAddr,
    service: Option<Service>,
    stage: Stage,
    actors: Vec<Actor>,
}

impl Patient {
    /// Started anew it is found at the same address.
    pub(crate) fn admit(case: &'static Case) -> Patient {
        let address = free_address();
        let setup = Setup::new().config(case.config);
        let setup = setup.flags(&["--metrics-listen", &address.to_string(), "--target", case.name]);
        let service = Some((case.start)(setup));
        eventually("it listens", || TcpStream::connect(address).is_ok());
        Patient { case, address, service, stage: Stage::new(), actors: Vec::new() }
    }

    pub(crate) fn service(&self) -> &Service {
        self.service.as_ref().expect("a service")
    }

    pub(crate) fn restart(&mut self) {
        self.kill();
        self.service = self.service.take().map(Service::start_again);
    }

    pub(crate) fn kill(&mut self) {
        self.service.as_mut().expect("a service").kill();
    }

    pub(crate) fn metrics(&self) -> String {
        get(self.address, "/metrics", "").body
    }

    pub(crate) fn scrape(&self) -> Scrape {
        Scrape::parse(&self.metrics())
    }

    pub(crate) fn starts(&mut self, targets: usize, words: &str) {
        let target = self.stage.copy(self.case.name);
        self.actors.extend((0..targets).map(|_| Actor::start(&target, words)));
    }

    /// One more target, which it governs.
    pub(crate) fn catches(&mut self, _: &Prometheus) {
        self.starts(1, "sleep");
        self.actors[self.actors.len() - 1].caught_as(self.case.name);
    }

    /// The process that was started last.
    pub(crate) fn last(&self) -> u32 {
        self.actors.last().expect("an actor").pid()
    }

    /// From now on each such system call of the service meets this, in the words of strace.
    pub(crate) fn every(&mut self, fault: &str) {
        let (pid, call) = (self.service().own_pid(), fault.split(':').next().expect("a call"));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-p", &pid.to_string()]);
        strace.args(["-e", &format!("trace={call}"), "-e", &format!("inject={fault}")]);
        // It is not at ease with several threads that end at once, and says so.
        self.actors.push(Actor::of(strace.stderr(Stdio::null())));
        let status = || std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        eventually("strace has come", || !status().contains("TracerPid:\t0\n"));
    }
}
