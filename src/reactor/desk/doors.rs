//! The doors that are wanted, and those that are open. One that cannot be opened is said once for each cause and tried
//! again every minute: an address may come up, and another service may end.

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
    /// When to try to open what is shut.
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
            let same = |door: &&Wanted| (door.hall, &door.address, door.mode) == (hall, &address, mode);
            let open = before.iter().find(same).is_some_and(|door| door.open);
            self.wanted.push(Wanted { hall, address, mode, open, told: None });
        }
        for door in before.iter().filter(|door| door.open) {
            let stays =
                |other: &Wanted| other.open && (other.hall, &other.address) == (door.hall, &door.address);
            if !self.wanted.iter().any(stays) {
                clients.close(door.hall, &door.address);
            }
        }
        self.due = self.wanted.iter().any(|door| !door.open).then_some(Mono::default());
    }

    pub(super) fn tick(&mut self, now: Mono, clients: &mut Clients, records: &mut Vec<Record>) {
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        for door in self.wanted.iter_mut().filter(|door| !door.open) {
            let at = door.address.to_string();
            match clients.open(door.hall, &door.address, door.mode) {
                Ok(port) => {
                    door.open = true;
                    let at = port.map_or(at, |port| port.to_string());
                    records.push(Record::Door(DoorRecord::Open { at }));
                }
                Err(why) if door.told.as_ref() == Some(&why) => {}
                Err(why) => {
                    door.told = Some(why.clone());
                    records.push(Record::Door(DoorRecord::Shut { at, why }));
                }
            }
        }
        self.due = self.wanted.iter().any(|door| !door.open).then_some(now + AGAIN);
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.due
    }
}
