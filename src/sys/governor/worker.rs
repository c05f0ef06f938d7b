//! The governor's thread. Tasks go in and answers come out through bounded channels; `wake` is called after each answer.
//! Whatever happens to one task, every task gets its answer.

use super::{Answer, Governor, failure, refused};
use crate::engine::effect::Task;
use crate::model::record::Step;
use crate::sys::promptness::{self, Turn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The reactor's end. Dropped, it lets the thread finish what is queued, unheard.
#[derive(Debug)]
pub struct Worker {
    tasks: SyncSender<Task>,
    answers: Receiver<Answer>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// At most `depth` tasks wait, and as many answers.
    pub fn start(governor: Governor, depth: usize, wake: impl Fn() + Send + 'static) -> io::Result<Worker> {
        Worker::run(governor, Governor::carry_out, Governor::keep_warm, depth, wake)
    }

    fn run<W: Send + 'static>(
        mut world: W,
        perform: impl Fn(&mut W, &Task) -> Answer + Send + 'static,
        rest: impl Fn(&mut W) -> Option<Duration> + Send + 'static,
        depth: usize,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Worker> {
        let (tasks, queue) = sync_channel::<Task>(depth);
        let (out, answers) = sync_channel(depth);
        let thread = Builder::new().name("governor".into()).spawn(move || {
            // Between a target's exec and its limits stands this thread's turn on a processor.
            let _ = promptness::ask(Turn::First);
            while let Some(task) = next(&queue, || rest(&mut world)) {
                // What a task holds half done is in the kernel, not in the governor: the next one finds it there.
                let done = catch_unwind(AssertUnwindSafe(|| perform(&mut world, &task)));
                let answer = done.unwrap_or_else(|panic| (refused(&task, broken(&*panic)), None));
                // Nobody listens any more: the tasks that are queued are still carried out.
                if out.send(answer).is_ok() {
                    wake();
                }
            }
        })?;
        Ok(Worker { tasks, answers, thread })
    }

    /// Queues a task, or gives it back when the queue is full or the thread has ended.
    pub fn try_send(&self, task: Task) -> Result<(), Task> {
        self.tasks.try_send(task).map_err(|full| match full {
            std::sync::mpsc::TrySendError::Full(task) | std::sync::mpsc::TrySendError::Disconnected(task) => {
                task
            }
        })
    }

    pub fn try_recv(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Waits until everything queued is done; the answers that were not fetched yet are returned.
    pub fn finish(self) -> Vec<Answer> {
        drop(self.tasks);
        // Fetching them is what lets the thread come to its end: it waits where the channel is full.
        let answers = self.answers.iter().collect();
        // Every panic was caught in there.
        let _ = self.thread.join();
        answers
    }
}

/// Waits for a task, and for what is to be done meanwhile; `None` when none will come any more.
fn next(queue: &Receiver<Task>, mut rest: impl FnMut() -> Option<Duration>) -> Option<Task> {
    loop {
        let Some(time) = rest() else { return queue.recv().ok() };
        match queue.recv_timeout(time) {
            Ok(task) => return Some(task),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// A fault of ours, told like one of the kernel's.
fn broken(panic: &(dyn std::any::Any + Send)) -> crate::model::record::Failure {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    failure(Step::Queue, None, "", format!("the governor failed unexpectedly: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::input::Reply;
    use crate::model::JobId;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    fn task(name: &str) -> Task {
        Task::Remove { job: JobId::found(name) }
    }

    fn name(answer: &Answer) -> (&str, bool) {
        match &answer.0 {
            Reply::Removed { job, result } => (job.as_str(), result.is_ok()),
            other => panic!("{other:?}"),
        }
    }

    fn removed(task: &Task) -> Answer {
        match task {
            Task::Remove { job } => (Reply::Removed { job: job.clone(), result: Ok(true) }, None),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_panic_answers_its_task_and_the_next_is_carried_out() {
        let perform = |_: &mut (), task: &Task| match task {
            Task::Remove { job } if job.as_str() == "bad" => panic!("as told"),
            task => removed(task),
        };
        let worker = Worker::run((), perform, |()| None, 4, || ()).expect("a thread");
        assert!(worker.try_send(task("bad")).is_ok() && worker.try_send(task("good")).is_ok());
        let answers = worker.finish();
        assert_eq!(answers.iter().map(name).collect::<Vec<_>>(), [("bad", false), ("good", true)]);
        let (Reply::Removed { result: Err(why), .. }, _) = &answers[0] else { panic!("{answers:?}") };
        assert_eq!(why.detail, "the governor failed unexpectedly: as told");
    }

    #[test]
    fn a_full_queue_gives_the_task_back_and_nothing_queued_is_lost() {
        let (go, gate) = channel::<()>();
        let woken = Arc::new(AtomicUsize::new(0));
        let wake = {
            let woken = woken.clone();
            move || {
                woken.fetch_add(1, Ordering::SeqCst);
            }
        };
        let perform = |gate: &mut Receiver<()>, task: &Task| {
            gate.recv().expect("opened");
            removed(task)
        };
        let worker = Worker::run(gate, perform, |_| None, 1, wake).expect("a thread");
        let mut accepted = 0;
        // One may be in work, one waits; the next has no room.
        while worker.try_send(task("x")).is_ok() {
            accepted += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(accepted, 2);
        (0..2).for_each(|_| go.send(()).expect("it waits"));
        assert_eq!(worker.finish().len(), 2);
        assert_eq!(woken.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn dropped_it_still_carries_out_what_was_queued() {
        let (done, seen) = channel();
        let perform = move |_: &mut (), task: &Task| {
            done.send(()).expect("we listen");
            removed(task)
        };
        let worker = Worker::run((), perform, |()| None, 3, || ()).expect("a thread");
        (0..3).for_each(|_| worker.try_send(task("x")).expect("room"));
        drop(worker);
        assert_eq!(seen.iter().count(), 3);
    }

    #[test]
    fn what_is_done_while_nothing_waits_is_done_again_and_again_and_keeps_no_task_waiting() {
        let (rested, seen) = channel();
        let rest = move |(): &mut ()| {
            rested.send(()).expect("we listen");
            Some(Duration::from_millis(1))
        };
        let worker =
            Worker::run((), |_: &mut (), task: &Task| removed(task), rest, 1, || ()).expect("a thread");
        (0..3).for_each(|_| seen.recv().expect("it rests"));
        assert!(worker.try_send(task("x")).is_ok());
        assert_eq!(worker.finish().len(), 1);
    }
}
