//! Failed tests get one second look, by themselves, in their world begun anew. Worlds are emulated side by side on a machine
//! that may stand still at any moment, and a thousand tests of real time seldom all meet a kind one. What passes then is
//! forgiven, and named; what is broken fails again. Many that fail are no accident, and get none; nor do those that took
//! others with them, which have not run at all.

use super::run::Done;
use super::tally::Tally;
use super::worlds::World;

/// In one run, of all worlds together.
const MOST: usize = 3;

/// Has `run` run the failed tests of each world again, given as arguments of libtest.
pub fn look(done: &mut [Done], mut run: impl FnMut(World, Vec<String>) -> Option<Tally>) {
    if done.iter().map(|done| done.tally.failed.len()).sum::<usize>() > MOST {
        return;
    }
    for Done { world, tally, .. } in done.iter_mut().filter(|done| !done.tally.cut_short) {
        let names: Option<Vec<&str>> = tally.failed.iter().map(|failed| test_of(failed)).collect();
        let Some(names) = names.filter(|names| !names.is_empty()) else { continue };
        println!("\nagain in {}: {}", world.name, names.join(" "));
        let exactly = std::iter::once("--exact").chain(names).map(str::to_owned).collect();
        if let Some(second) = run(*world, exactly) {
            tally.forgive(&second);
        }
    }
}

/// Its name for libtest, of `FILE::TEST`: what is fuzzed and what could not be prepared has none.
fn test_of(failed: &str) -> Option<&str> {
    failed.split_once("::").map(|(_, test)| test).filter(|test| !test.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::super::worlds::named;
    use super::*;
    use std::time::Duration;

    fn done(world: &str, failed: &[&str]) -> Done {
        let failed = failed.iter().map(ToString::to_string).collect();
        let tally = Tally { passed: 10, failed, ..Tally::default() };
        Done { world: named(world).unwrap(), tally, took: Duration::ZERO }
    }

    fn second(passed: usize, failed: &[&str], skipped: &[&str]) -> Tally {
        let [failed, skipped] =
            [failed, skipped].map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        Tally { passed, failed, skipped, ..Tally::default() }
    }

    #[test]
    fn what_passes_by_itself_is_forgiven_and_named() {
        let mut all = [done("6.1", &[]), done("6.12", &["disks::a::b", "run::c"])];
        look(&mut all, |world, words| {
            assert_eq!((world.name, words), ("6.12", ["--exact", "a::b", "c"].map(str::to_owned).to_vec()));
            Some(second(1, &["run::c"], &[]))
        });
        let [_, Done { tally, .. }] = &all;
        assert_eq!((tally.passed, &*tally.failed), (11, &["run::c".to_owned()][..]));
        assert_eq!(tally.unsteady, ["disks::a::b"]);
    }

    #[test]
    fn what_fails_again_or_is_not_run_again_has_failed() {
        let seconds = [
            second(0, &["run::b", "run::c"], &[]),
            second(0, &["run::b"], &[]),
            second(1, &[], &[]),
            second(2, &[], &["run::c: why"]),
        ];
        for second in seconds.into_iter().map(Some).chain([None]) {
            let mut all = [done("6.1", &["run::b", "run::c"])];
            look(&mut all, |_, _| second.clone());
            let tally = &all[0].tally;
            assert_eq!((tally.passed, tally.failed.len(), tally.unsteady.len()), (10, 2, 0), "{second:?}");
        }
    }

    #[test]
    fn worlds_that_died_and_many_failures_get_no_second_look() {
        let many = done("host", &["a::a", "a::b"]);
        let mut died = done("6.1", &["a::a"]);
        died.tally.cut_short = true;
        for mut all in [
            vec![died],
            vec![done("6.1", &["could not be prepared"])],
            vec![done("6.1", &["run::the binary (status 139)"])],
            vec![done("fuzz", &["redact"])],
            vec![many, done("6.1", &["a::c", "a::d"])],
        ] {
            look(&mut all, |_, _| panic!("not this one"));
        }
    }
}
