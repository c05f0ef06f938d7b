//! A datagram of the connector → events: netlink framing first, then the connector's header, then the payload.
//! Whatever the bytes are, decoding ends, reads nothing outside of them and allocates nothing.

use super::event::Event;
use super::payload;
use netlink_packet_core::NetlinkBuffer;
use std::fmt;

const NETLINK_HEADER: usize = 16;
const CONNECTOR_HEADER: usize = 20;

const NLMSG_NOOP: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const NLMSG_OVERRUN: u16 = 4;

/// What a message may be instead of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The lengths contradict each other. After a wrong netlink length the rest of the datagram is lost with it.
    Malformed(&'static str),
    /// A message of another connector user than the process connector.
    Foreign { idx: u32, val: u32 },
    /// NLMSG_ERROR: netlink refused a request of ours.
    Refused { errno: i32 },
    /// NLMSG_OVERRUN: data was lost.
    Overrun,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Malformed(how) => write!(f, "malformed: {how}"),
            Fault::Foreign { idx, val } => write!(f, "not of the process connector: {idx}.{val}"),
            Fault::Refused { errno } => write!(f, "refused with errno {errno}"),
            Fault::Overrun => f.write_str("overrun"),
        }
    }
}

/// The events of one datagram, which may hold several netlink messages.
pub fn events(datagram: &[u8]) -> Events<'_> {
    Events { rest: datagram }
}

#[derive(Clone, Debug)]
pub struct Events<'a> {
    rest: &'a [u8],
}

impl Iterator for Events<'_> {
    type Item = Result<Event, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let message = match frame(self.rest) {
                Ok(message) => message,
                Err(fault) => {
                    // Where the next message begins is not known any more.
                    self.rest = &[];
                    return Some(Err(fault));
                }
            };
            let aligned = (message.length() as usize).next_multiple_of(4);
            self.rest = self.rest.get(aligned..).unwrap_or_default();
            if let Some(item) = read(&message) {
                return Some(item);
            }
        }
        None
    }
}

impl std::iter::FusedIterator for Events<'_> {}

/// One netlink message at the front of `bytes`, its length checked. `NetlinkBuffer::new_checked` would do, but its
/// error is a formatted string, and bytes of a stranger must not make us allocate.
fn frame(bytes: &[u8]) -> Result<NetlinkBuffer<&[u8]>, Fault> {
    if bytes.len() < NETLINK_HEADER {
        return Err(Fault::Malformed("the datagram ends within a netlink header"));
    }
    let message = NetlinkBuffer::new(bytes);
    match message.length() as usize {
        length if length < NETLINK_HEADER => {
            Err(Fault::Malformed("the netlink length is less than its header"))
        }
        length if length > bytes.len() => {
            Err(Fault::Malformed("the netlink length is more than the datagram"))
        }
        _ => Ok(message),
    }
}

/// `None` for what carries no news. The connector marks its own messages NLMSG_DONE (3), other senders may not:
/// every type that is not a control message is read as the connector's.
fn read(message: &NetlinkBuffer<&[u8]>) -> Option<Result<Event, Fault>> {
    match message.message_type() {
        NLMSG_NOOP => None,
        NLMSG_OVERRUN => Some(Err(Fault::Overrun)),
        NLMSG_ERROR => match payload::array(message.payload(), 0).map(i32::from_ne_bytes) {
            Some(0) => None, // an acknowledgement
            Some(errno) => Some(Err(Fault::Refused { errno: errno.saturating_neg() })),
            None => Some(Err(Fault::Malformed("an error message without errno"))),
        },
        _ => Some(connector(message.payload())),
    }
}

/// `struct cn_msg`: idx, val, seq, ack (u32 each), len, flags (u16 each), then `len` bytes.
fn connector(bytes: &[u8]) -> Result<Event, Fault> {
    let short = Fault::Malformed("the message ends within the connector's header");
    let word = |at| payload::word(bytes, at).ok_or(short);
    let (idx, val, ack) = (word(0)?, word(4)?, word(12)?);
    let length = payload::array(bytes, 16).map(u16::from_ne_bytes).ok_or(short)?;
    if (idx, val) != (payload::CN_IDX_PROC, payload::CN_VAL_PROC) {
        return Err(Fault::Foreign { idx, val });
    }
    let data = bytes.get(CONNECTOR_HEADER..CONNECTOR_HEADER + usize::from(length));
    let data = data.ok_or(Fault::Malformed("the connector's length is more than the message"))?;
    payload::event(data, ack).ok_or(Fault::Malformed("the payload is shorter than its kind"))
}

#[cfg(test)]
mod tests;
