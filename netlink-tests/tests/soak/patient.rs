//! The service through all of its lives, and what may befall it.

use super::ledger::Ledger;
use netlink_tests::bench::{Service, Setup};
use nix::sys::signal::Signal;

/// Small enough that a service that does not read for a second loses events.
const CONFIG: &str = "scan_interval: 1s\nevents: {buffer: 1MiB}\nstate: {flush_interval: 1s}\n";

#[derive(Debug)]
pub(super) struct Patient {
    /// Always there but for the moment of a new start.
    service: Option<Service>,
    pub(super) ledger: Ledger,
    /// The commands that are targets now.
    pub(super) governed: &'static [&'static str],
    quota: u64,
}

fn config(governed: &[&str], quota: u64) -> String {
    format!("{CONFIG}target_commands: [{}]\ndefault_limits: {{cpu_quota: {quota}}}\n", governed.join(", "))
}

impl Patient {
    pub(super) fn start(governed: &'static [&'static str]) -> Patient {
        let quota = 100;
        let service = Setup::new().config(&config(governed, quota)).start();
        Patient { service: Some(service), ledger: Ledger::default(), governed, quota }
    }

    pub(super) fn service(&self) -> &Service {
        self.service.as_ref().expect("between two lives it is not asked")
    }

    fn service_mut(&mut self) -> &mut Service {
        self.service.as_mut().expect("as above")
    }

    pub(super) fn is_ready(&self) -> bool {
        self.service().count("Auto-attach service started") > 0
    }

    pub(super) fn listen(&mut self) {
        let records = self.service().take_records();
        self.ledger.read(&records);
    }

    /// Stands still until `go_on`.
    pub(super) fn halt(&self) {
        self.service().signal(Signal::SIGSTOP);
    }

    pub(super) fn go_on(&self) {
        self.service().signal(Signal::SIGCONT);
    }

    pub(super) fn kill(&mut self) {
        self.service_mut().kill();
        self.listen();
    }

    pub(super) fn stop(&mut self) {
        assert!(self.service_mut().stop().success());
        self.listen();
    }

    pub(super) fn launch_again(&mut self) {
        self.service = self.service.take().map(Service::launch_again);
    }

    /// Waits for the word: of two signals in a row the service may see one.
    pub(super) fn reload(&mut self, governed: &'static [&'static str], quota: u64) {
        self.reload_with(&config(governed, quota), "Configuration reloaded");
        (self.governed, self.quota) = (governed, quota);
    }

    /// A file that nobody can understand changes nothing; the good one is put back for the next start.
    pub(super) fn reload_nonsense(&mut self) {
        self.reload_with("scan_interval: soon", "Configuration not reloaded");
        let path = self.service().folder().join("watch-config.yaml");
        std::fs::write(path, config(self.governed, self.quota)).expect("a configuration");
    }

    fn reload_with(&self, yaml: &str, answer: &str) {
        let so_far = self.service().count(answer);
        self.service().reload(yaml);
        self.service().wait_for_nth(answer, so_far + 1);
    }
}
