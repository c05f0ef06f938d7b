//! The loop: one thread, one poll. It owns the engine and every descriptor that is polled. Each round does a bounded
//! amount of each kind of work, so that a burst of one kind never starves the others, and sleeps exactly until the
//! engine's next deadline.

mod asking;
mod world;

pub use world::{Parts, World};

use crate::engine::Engine;
use crate::engine::effect::Effects;
use crate::engine::input::Input;
use crate::model::record::Record;
use crate::model::{Mono, Now};
use crate::sys::clock;
use crate::sys::promptness::{self, Turn};
use std::io;
use std::time::Duration;
use world::Ready;

/// Effects carried out in one round; the rest waits for the next.
const EFFECTS_A_ROUND: usize = 512;

/// Runs until the engine says stop. `tell` gets each record once, in order; it must not block.
pub fn run(mut engine: Engine, mut world: World, mut tell: impl FnMut(Now, &Record)) -> io::Result<()> {
    // Where the kernel does not know the request all works too, a little later.
    let _ = promptness::ask(Turn::Second);
    let mut fx = Effects::default();
    let mut ready = Ready::default();
    engine.start(clock::now(), &mut fx);
    loop {
        let now = clock::now();
        world.deliver(&mut ready, &mut |input| engine.handle(clock::now(), input, &mut fx));
        world.walk_on(&mut engine, &mut fx);
        if engine.next_deadline().is_some_and(|at| at <= now.mono) {
            engine.handle(now, Input::Tick, &mut fx);
        }
        world.look_after_reads(now.mono, &mut fx, &mut engine);
        world.hear_news(&mut fx);
        carry_out(&mut engine, &mut world, &mut fx);
        world.ask_due(now.mono, &engine);
        let now = clock::now();
        engine.end_of_round(now, &mut fx);
        for record in fx.records.drain(..) {
            tell(now, &record);
        }
        if world.stopped() {
            return Ok(());
        }
        world.show_life(now.mono);
        let busy = !fx.wanted.is_empty() || world.is_busy();
        world
            .poll(&mut ready, if busy { Some(Duration::ZERO) } else { timeout(&engine, &world, now.mono) })?;
    }
}

/// Effects and the answers that come at once, until nothing is wanted or the round's share is done.
fn carry_out(engine: &mut Engine, world: &mut World, fx: &mut Effects) {
    for _ in 0..EFFECTS_A_ROUND {
        let Some(effect) = fx.wanted.pop_front() else { return };
        world.carry_out(effect, &mut |input| engine.handle(clock::now(), input, &mut *fx));
    }
}

fn timeout(engine: &Engine, world: &World, now: Mono) -> Option<Duration> {
    engine.next_deadline().into_iter().chain(world.next_deadline(now)).min().map(|at| at - now)
}
