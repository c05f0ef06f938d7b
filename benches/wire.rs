//! What decoding one event costs, beside neli: a mix of the kinds that a busy host sends, one datagram each.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ffrtmp::wire::decode;
use neli::FromBytes;
use neli::connector::{CnMsg, ProcEventHeader};
use neli::consts::nl::Nlmsg;
use neli::nl::Nlmsghdr;
use std::hint::black_box;
use std::io::Cursor;

/// fork, exec, comm, uid, exit: 76 bytes each, as the kernel lays them out.
fn datagrams() -> Vec<Vec<u8>> {
    [0x1_u32, 0x2, 0x200, 0x4, 0x8000_0000]
        .into_iter()
        .map(|kind| {
            let words = |words: &[u32]| words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<u8>>();
            let halves = |a: u16, b: u16| [a.to_ne_bytes(), b.to_ne_bytes()].concat();
            let name = *b"ffmpeg\0\0\0\0\0\0\0\0\0\0";
            let rest = if kind == 0x200 { name.to_vec() } else { words(&[4242, 4242, 1, 1]) };
            [
                [words(&[76]), halves(3, 0), words(&[7, 0])].concat(),
                [words(&[1, 1, 7, 0]), halves(40, 0)].concat(),
                [words(&[kind, 1, 123_456_789, 0, 4242, 4242]), rest].concat(),
            ]
            .concat()
        })
        .collect()
}

fn decoding(c: &mut Criterion) {
    let datagrams = datagrams();
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(datagrams.len() as u64));
    group.bench_function("ours", |b| {
        b.iter(|| {
            for datagram in &datagrams {
                for event in decode::events(black_box(datagram)) {
                    black_box(event.expect("an event"));
                }
            }
        });
    });
    group.bench_function("neli", |b| {
        b.iter(|| {
            for datagram in &datagrams {
                let bytes = Cursor::new(black_box(datagram));
                let message = Nlmsghdr::<Nlmsg, CnMsg<ProcEventHeader>>::from_bytes(&mut { bytes });
                black_box(message.expect("an event"));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
