//! The loop: one thread, one poll. It owns the engine and every descriptor that is polled. Each round does a bounded
//! amount of each kind of work, so that a burst of one kind never starves the others, and sleeps exactly until the
//! engine's next deadline.

mod asking;
mod desk;
mod world;

pub use desk::{Desk, Eyes};
pub use world::{Parts, World};

use crate::engine::Engine;
use crate::engine::effect::{Effect, Effects};
use crate::engine::input::Input;
use crate::feed::Hub;
use crate::model::record::Record;
use crate::model::{Mono, Now};
use crate::sys::clock;
use crate::sys::promptness::{self, Turn};
use std::io;
use std::time::Duration;
use world::Ready;

/// Effects carried out in one round; the rest waits for the next.
const EFFECTS_A_ROUND: usize = 512;

/// Runs until the engine says stop. `tell` gets each record once, in order; it must not block. Without a desk there is
/// nobody who could ask.
pub fn run(
    mut engine: Engine,
    mut world: World,
    mut desk: Option<Desk>,
    mut hub: Hub,
    mut tell: impl FnMut(Now, &Record, Option<&mut Desk>),
) -> io::Result<()> {
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
        if let Some(desk) = &mut desk {
            serve(desk, &mut engine, &mut world, &mut fx);
        }
        carry_out(&mut engine, &mut world, desk.as_mut(), &mut fx);
        world.ask_due(now.mono, &engine);
        let now = clock::now();
        engine.end_of_round(now, &mut fx);
        let (changes, round) = (fx.changes.drain(..), fx.round.take());
        hub.serve(now.mono, changes, round.as_ref(), || engine.processes(), &mut fx.records);
        engine.tell_changes(hub.wants_changes());
        for record in fx.records.drain(..) {
            tell(now, &record, desk.as_mut());
        }
        if world.stopped() {
            desk.iter_mut().for_each(|desk| desk.say_goodbye(now.mono));
            return Ok(());
        }
        world.show_life(now.mono);
        desk.iter_mut().for_each(Desk::announce);
        let busy = !fx.wanted.is_empty() || world.is_busy() || desk.as_ref().is_some_and(Desk::is_busy);
        let asleep = || timeout(&engine, &world, desk.as_ref(), &hub, now.mono);
        let timeout = if busy { Some(Duration::ZERO) } else { asleep() };
        world.poll(&mut ready, desk.as_mut(), timeout)?;
    }
}

/// Effects and the answers that come at once, until nothing is wanted or the round's share is done.
fn carry_out(engine: &mut Engine, world: &mut World, mut desk: Option<&mut Desk>, fx: &mut Effects) {
    for _ in 0..EFFECTS_A_ROUND {
        match fx.wanted.pop_front() {
            // A first scan wants something of everybody, once.
            None => return fx.wanted.shrink_to(EFFECTS_A_ROUND),
            Some(Effect::Answer { ticket, result }) => {
                desk.iter_mut().for_each(|desk| desk.answered(clock::mono(), ticket, &result));
            }
            Some(effect) => {
                world.carry_out(effect, &mut |input| engine.handle(clock::now(), input, &mut *fx));
            }
        }
    }
}

/// Those who ask, and what they want done.
fn serve(desk: &mut Desk, engine: &mut Engine, world: &mut World, fx: &mut Effects) {
    if let Some(readings) = desk.readings() {
        engine.handle(clock::now(), Input::Measured(readings), fx);
    }
    let mut orders = Vec::new();
    desk.serve(clock::mono(), engine, &mut orders, &mut fx.records);
    for (ticket, order) in orders {
        engine.handle(clock::now(), Input::Ordered { ticket, order }, fx);
    }
    for (ticket, pid) in desk.asked_about() {
        world.inquire(ticket, pid, engine.to_measure(pid));
    }
    for (ticket, found) in world.found() {
        desk.explained(clock::mono(), ticket, engine.explain(clock::now(), found));
    }
}

fn timeout(engine: &Engine, world: &World, desk: Option<&Desk>, hub: &Hub, now: Mono) -> Option<Duration> {
    let others = [engine.next_deadline(), desk.and_then(Desk::next_deadline), hub.next_deadline(now)];
    others.into_iter().flatten().chain(world.next_deadline(now)).min().map(|at| at - now)
}
