//! The doors that are wanted, and those that are open. One that cannot be opened is said once for each cause and tried
//! again every minute: an address may come up, and another service may end. As often it is looked whether those that are
//! open can still be found: whoever cleans a folder may take a socket's name.

use crate::config::{Address, Settings};
use crate::model::Mono;
use crate::model::record::{DoorRecord, Record};
use crate::sys::clients::{Clients, Hall};
use std::time::Duration;

const AGAIN: Duration = Duration::from_secs(60);
/// Who may be served at all is who the permissions let in.
const EVERYBODY: u32 = 0o666;

#[derive(Debug, Default)]
pub(super) struct Doors {
    wanted: Vec<Wanted>,
    /// When to look after them.
    due: Option<Mono>,
}

#[derive(Debug)]
struct Wanted {
    hall: Hall,
    address: Address,
    mode: u32,
    open: bool,
    /// Why not, as it was told.
    told: Option<String>,
}

impl Doors {
    pub(super) fn want(&mut self, settings: &Settings, control_mode: u32, clients: &mut Clients) {
        let http = settings.metrics.listen.iter().map(|address| (Hall::Http, address.clone(), EVERYBODY));
        let control = settings
            .control
            .iter()
            .map(|control| (Hall::Control, Address::Unix(control.socket.clone()), control_mode));
        let before = std::mem::take(&mut self.wanted);
        for (hall, address, mode) in http.chain(control) {
            let is_it = |door: &&Wanted| (door.hall, &door.address) == (hall, &address);
            if self.wanted.iter().any(|door| is_it(&door)) {
                continue;
            }
            let open = before.iter().find(is_it).filter(|door| door.open);
            if open.is_some_and(|door| door.mode != mode) {
                clients.set_mode(hall, &address, mode);
            }
            let open = open.is_some();
            self.wanted.push(Wanted { hall, address, mode, open, told: None });
        }
        for door in before.iter().filter(|door| door.open) {
            let stays = |other: &Wanted| (other.hall, &other.address) == (door.hall, &door.address);
            if !self.wanted.iter().any(stays) {
                clients.close(door.hall, &door.address);
            }
        }
        self.due = (!self.wanted.is_empty()).then_some(Mono::default());
    }

    pub(super) fn tick(&mut self, now: Mono, clients: &mut Clients, records: &mut Vec<Record>) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.due = Some(now + AGAIN);
        for door in &mut self.wanted {
            if door.open && !clients.stands(door.hall, &door.address) {
                clients.give_up(door.hall, &door.address);
                door.open = false;
                door.shut("somebody removed or replaced the socket".into(), records);
            }
            if !door.open {
                door.try_open(clients, records);
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.due
    }
}

impl Wanted {
    fn try_open(&mut self, clients: &mut Clients, records: &mut Vec<Record>) {
        match clients.open(self.hall, &self.address, self.mode) {
            Ok(port) => {
                (self.open, self.told) = (true, None);
                let at = port.map_or_else(|| self.address.to_string(), |port| port.to_string());
                records.push(Record::Door(DoorRecord::Open { at }));
            }
            Err(why) if self.told.as_ref() == Some(&why) => {}
            Err(why) => self.shut(why, records),
        }
    }

    fn shut(&mut self, why: String, records: &mut Vec<Record>) {
        self.told = Some(why.clone());
        records.push(Record::Door(DoorRecord::Shut { at: self.address.to_string(), why }));
    }
}
