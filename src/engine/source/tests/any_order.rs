//! Inputs in any order, at any time, right or absurd.

use super::super::state::{RETRY, SILENCE};
use super::super::{Change, Source, Trouble};
use super::bench::{Bench, Kernel, refused};
use super::{BUFFER, SourceRefusal, What};
use crate::engine::effect::Effects;
use crate::model::record::{Record, SourceRecord};
use crate::model::{Mono, Pid};
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Start,
    Opened(Result<usize, SourceRefusal>),
    Narrowed(bool),
    Ack { ours: bool, errno: u32 },
    Event,
    Overrun,
    Broken(SourceRefusal),
    Dropped(u32),
    ScanBegan(bool),
    ScanEnded(bool),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let refusal =
        any::<bool>().prop_map(|may_heal| refused(if may_heal { "short" } else { "forbidden" }, may_heal));
    prop_oneof![
        Just(Step::Start),
        prop_oneof![3 => Just(Ok(BUFFER)), 1 => refusal.clone().prop_map(Err)].prop_map(Step::Opened),
        any::<bool>().prop_map(Step::Narrowed),
        (prop::bool::weighted(0.8), prop_oneof![4 => Just(0), 1 => 1_u32..30])
            .prop_map(|(ours, errno)| Step::Ack { ours, errno }),
        Just(Step::Event),
        Just(Step::Overrun),
        refusal.prop_map(Step::Broken),
        (0..3_u32).prop_map(Step::Dropped),
        any::<bool>().prop_map(Step::ScanBegan),
        any::<bool>().prop_map(Step::ScanEnded),
        Just(Step::Tick),
    ]
}

/// From nothing to hours, and mostly near the lengths that mean something.
fn pause() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(0),
        0..2_000_u64,
        29_000..32_000_u64,
        59_000..62_000_u64,
        any::<u32>().prop_map(u64::from)
    ]
    .prop_map(Duration::from_millis)
}

#[derive(Default)]
struct Told {
    number: u32,
    polling: bool,
    live: bool,
}

fn act(source: &mut Source, step: Step, now: Mono, told: &mut Told) -> Effects {
    let mut fx = Effects::default();
    let started = source.deadline().is_some() || told.polling || matches!(step, Step::Start);
    let change = match step {
        Step::Start => source.start(now, &mut fx),
        Step::Opened(result) => source.opened(now, result, &mut fx),
        Step::Narrowed(yes) => {
            source.narrowed(if yes { Ok(()) } else { Err(refused("filter", true)) }, &mut fx);
            Change::None
        }
        Step::Ack { ours, errno } => {
            let to = if ours { told.number } else { told.number ^ 8 };
            source.heard(now, &What::Ack { to, errno }, &mut fx)
        }
        Step::Event => source.heard(now, &What::Exec { tid: Pid(1), pid: Pid(1) }, &mut fx),
        Step::Overrun => source.overrun(now, &mut fx),
        Step::Broken(refusal) => source.broken(now, refusal, &mut fx),
        Step::Dropped(count) => source.dropped(now, count, &mut fx),
        Step::ScanBegan(full) => {
            source.scan_began(now, full, &mut fx);
            Change::None
        }
        Step::ScanEnded(well) => {
            source.scan_ended(now, well, &mut fx);
            Change::None
        }
        Step::Tick => source.tick(now, &mut fx),
    };
    let line = |r: &Record| matches!(r, Record::Source(SourceRecord::Polling { .. }));
    match change {
        Change::None => {}
        Change::Resync => assert!(source.is_live() && source.trouble() == Some(Trouble::Resyncing)),
        Change::Live => {
            assert!(source.is_live() && !told.live, "live is told once");
            (told.live, told.polling) = (true, false);
        }
        Change::Polling => {
            assert!(fx.records.iter().any(line) && !told.polling, "polling is told once, and why");
            (told.live, told.polling) = (false, true);
        }
    }
    told.live &= source.is_live();
    assert_eq!(told.polling, source.polling().is_some());
    assert!(!(source.is_live() && told.polling));
    // No wait without an end, but for the polling that cannot heal.
    assert!(!started || source.deadline().is_some() || told.polling);
    for effect in &fx.wanted {
        if let super::Effect::Listen { seq } = effect {
            assert_ne!(*seq, 0);
            told.number = *seq;
        }
    }
    fx
}

proptest! {
    /// Left alone, with no answer to anything, it ends in polling; and its deadlines always move on.
    #[test]
    fn left_alone_it_polls(steps in prop::collection::vec((pause(), step()), 0..60)) {
        let (mut source, mut told, mut now) = (Source::new(None, BUFFER), Told::default(), Mono(5));
        act(&mut source, Step::Start, now, &mut told);
        for (pause, step) in steps {
            now = now + pause;
            act(&mut source, step, now, &mut told);
        }
        let end = now + SILENCE + RETRY;
        while let Some(deadline) = source.deadline().filter(|d| *d <= end) {
            now = now.max(deadline);
            act(&mut source, Step::Tick, now, &mut told);
            prop_assert!(source.deadline().is_none_or(|next| next > now), "stuck at {:?}", source);
        }
        prop_assert!(told.polling, "{source:?}");
    }

    /// Whatever a kernel did before: once it is sound, the source is live within a retry, or has said why it never
    /// will be.
    #[test]
    fn in_front_of_a_sound_kernel_it_ends_live(
        kernels in prop::collection::vec((kernel(), pause(), any::<bool>(), any::<bool>()), 0..12),
    ) {
        let mut bench = Bench::new(Kernel::sound());
        if let Some((first, ..)) = kernels.first() {
            bench.kernel = first.clone();
        }
        let _ = bench.start();
        for (kernel, pause, overrun, broken) in kernels {
            bench.kernel = kernel;
            let _ = bench.after(pause);
            if overrun {
                let _ = bench.overrun();
            }
            if broken {
                let _ = bench.broken("broken");
            }
        }
        bench.kernel = Kernel::sound();
        for _ in 0..8 {
            let _ = bench.jump();
        }
        let given_up = bench.source.polling().is_some() && bench.source.deadline().is_none();
        prop_assert!(bench.source.is_live() || given_up, "{:?}", bench.source);
    }
}

fn kernel() -> impl Strategy<Value = Kernel> {
    let refusal = || {
        prop_oneof![
            8 => Just(Ok(())),
            2 => Just(Err(refused("short", true))),
            1 => Just(Err(refused("forbidden", false))),
        ]
    };
    let flag = || prop::bool::weighted(0.8);
    (
        refusal(),
        refusal(),
        refusal(),
        [flag(), flag(), flag(), flag()],
        prop_oneof![9 => Just(0), 1 => 1_u32..30],
    )
        .prop_map(|(opens, sends, narrows, [answers, acks, events, quiet], ack_errno)| Kernel {
            answers,
            opens,
            sends,
            narrows,
            acks,
            ack_errno,
            events,
            silenced: !quiet,
            drops: 0,
            scans: true,
        })
}
