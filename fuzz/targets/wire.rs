//! Datagrams of the process connector: reading any of them ends, and an event that was read is read again, and alone,
//! from what the kernel would have sent for it.
#![no_main]

use ffrtmp::wire::{decode, event};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/wire/sample.rs"]
mod sample;

/// A message is never shorter than its netlink header.
const SHORTEST: usize = 16;

fuzz_target!(|datagram: &[u8]| {
    let items: Vec<_> = decode::events(datagram).collect();
    assert!(items.len() <= datagram.len().div_ceil(SHORTEST));
    for event in items.into_iter().flatten() {
        let again: Vec<_> = decode::events(&sample::datagram(&event)).collect();
        assert_eq!(again, [Ok(event)]);
    }
});
