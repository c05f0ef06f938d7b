//! Against a journal of our own: a datagram socket in a temporary folder, taken apart as journald's protocol says.

use super::*;
use crate::config::policy::ArgvInLog;
use crate::expose::log::samples::every_record;
use crate::expose::log::{Log, line::Line};
use crate::model::Wall;
use crate::model::record::Record as R;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads an entry as journald does; panics where it would refuse.
fn parse(mut datagram: &[u8]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    while !datagram.is_empty() {
        let newline = datagram.iter().position(|&b| b == b'\n').expect("every field ends");
        let line = &datagram[..newline];
        let (key, value) = match line.iter().position(|&b| b == b'=') {
            Some(at) => {
                datagram = &datagram[newline + 1..];
                (&line[..at], &line[at + 1..])
            }
            None => {
                let (length, rest) = datagram[newline + 1..].split_at(8);
                let length = usize::try_from(u64::from_le_bytes(length.try_into().unwrap())).unwrap();
                assert_eq!(rest[length], b'\n');
                datagram = &rest[length + 1..];
                (line, &rest[..length])
            }
        };
        let key = String::from_utf8(key.to_vec()).unwrap();
        assert!(
            key.len() <= 64 && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
            "{key}"
        );
        fields.insert(key, String::from_utf8(value.to_vec()).unwrap());
    }
    fields
}

fn journald(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn receive(socket: &UnixDatagram) -> Option<BTreeMap<String, String>> {
    let mut buffer = vec![0; 1 << 20];
    socket.recv(&mut buffer).ok().map(|length| parse(&buffer[..length]))
}

#[test]
fn every_record_arrives_with_the_same_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let socket = journald(&folder.path().join("socket"));
    let log = Log::to_journal_at(folder.path().join("socket"), Level::Debug, ArgvInLog::Redacted).unwrap();
    for record in every_record("x\n\u{7}é") {
        log.write(Wall(0), &record);
        let fields = receive(&socket).expect("one datagram a record");
        assert_eq!(fields["MESSAGE"], Line::new(Wall(0), &record, ArgvInLog::Redacted).to_string());
        assert_eq!(fields["SYSLOG_IDENTIFIER"], "ffrtmp-watch");
        assert!(["3", "4", "6", "7"].contains(&&*fields["PRIORITY"]));
        assert!(fields.contains_key("FFRTMP_EVENT") && !fields.contains_key("FFRTMP_TS"));
        if let R::Attached { .. } = record {
            assert_eq!((&*fields["FFRTMP_PID"], &*fields["FFRTMP_JOB"]), ("4242", "x\\n\\u{7}é"));
        }
    }
    assert!(receive(&socket).is_none());
    assert_eq!(log.dropped(), 0);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a socket that is taken away")]
fn a_journal_that_is_away_or_full_is_never_waited_for_and_told_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let log = Log::to_journal_at(path.clone(), Level::Info, ArgvInLog::Redacted).unwrap();
    log.write(Wall(0), &R::Started);
    assert_eq!(log.dropped(), 1, "ENOENT");
    drop(journald(&path));
    log.write(Wall(0), &R::Started);
    assert_eq!(log.dropped(), 2, "ECONNREFUSED");
    std::fs::remove_file(&path).unwrap();
    let socket = journald(&path);
    log.write(Wall(0), &R::InitialScan);
    assert_eq!(
        receive(&socket).unwrap()["MESSAGE"],
        "[watch] 2 log lines dropped: their reader did not keep up"
    );
    assert_eq!(receive(&socket).unwrap()["MESSAGE"], "[watch] Performing initial scan");
    // Nobody reads: the socket's queue fills, and the rest is dropped at once.
    for _ in 0..100_000 {
        log.write(Wall(0), &R::Started);
        if log.dropped() > 2 {
            return;
        }
    }
    panic!("an unread journal takes everything?");
}

#[test]
fn values_of_several_lines_and_huge_ones_are_safe() {
    let mut entry = Entry::new(Level::Info, "two\nlines", LONGEST_VALUE);
    entry.own("why", "é".repeat(LONGEST_VALUE));
    let fields = parse(&entry.0);
    assert_eq!(fields["MESSAGE"], "two\nlines");
    assert!(
        fields["FFRTMP_WHY"].len() <= LONGEST_VALUE + '…'.len_utf8() && fields["FFRTMP_WHY"].ends_with("é…")
    );
}

#[test]
fn where_datagrams_must_be_small_the_sentence_still_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let socket = journald(&path);
    let journal = Journal::at(path).unwrap();
    rustix::net::sockopt::set_socket_send_buffer_size(&journal.socket, 4608).unwrap();
    let log = Log::to_journal(journal, Level::Info, ArgvInLog::Redacted);
    log.write(Wall(0), &R::ConfigWarning { text: "long ".repeat(10_000) });
    let fields = receive(&socket).expect("cut, but there");
    assert!(fields["MESSAGE"].starts_with("[watch] Configuration: long") && fields["MESSAGE"].ends_with('…'));
    assert_eq!(log.dropped(), 0);
}

#[test]
fn a_journal_listens_only_while_its_socket_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    assert_eq!(listens(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    let socket = journald(&path);
    listens(&path).unwrap();
    assert!(receive(&socket).is_none(), "asking sends nothing");
    drop(socket);
    assert_eq!(listens(&path).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}
