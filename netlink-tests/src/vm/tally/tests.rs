//! The tally against output as libtest writes it under `--nocapture --test-threads=1`.

use super::*;

fn tally(lines: &str) -> Tally {
    let mut tally = Tally::default();
    for line in lines.lines() {
        tally.read(line);
    }
    tally
}

#[test]
fn counts_passed_failed_skipped_and_ignored() {
    let tally = tally(
        "@vm start limits\n\
         running 6 tests\n\
         test cpu ... ok\n\
         test io ... SKIPPED io: no bfq here\n\
         ok\n\
         test late ... ignored, needs a day\n\
         test late_child ... ignored, run by the test above, as a process of its own\n\
         test memory ... thread 'memory' panicked\n\
         FAILED\n\
         test weight ... SKIPPED weight: one cpu\n\
         SKIPPED weight: and no bfq\n\
         ok\n\
         test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.02s\n\
         @vm exit limits 101\n\
         @vm end",
    );
    assert_eq!(tally.summary(), "1 passed, 1 failed, 3 skipped");
    assert_eq!(tally.skipped[0], "limits::io: no bfq here");
    assert_eq!(tally.skipped[2], "limits::late: ignored, needs a day");
    assert_eq!(tally.failed, ["limits::memory"]);
    assert_eq!(tally.last_words, ["limits::memory", "test memory ... thread 'memory' panicked", "FAILED"]);
    assert_eq!(tally.ran(), 5);
}

#[test]
fn of_a_long_story_the_beginning_and_the_end_are_said_again() {
    let story: Vec<String> = (0..1000).map(|line| format!("line {line}")).collect();
    let tally = tally(&format!("@vm start a\ntest x ... panicked\n{}\nFAILED", story.join("\n")));
    let words = &tally.binary.expect("it runs").last_words;
    assert_eq!((&*words[1], &*words[2], words.len()), ("test x ... panicked", "line 0", 61));
    assert_eq!(words[58..], ["line 998", "line 999", "FAILED"]);
}

#[test]
fn a_test_that_skips_and_then_fails_has_failed() {
    let tally = tally(
        "@vm start a\n\
         test x ... SKIPPED x: no\n\
         FAILED\n\
         test result: FAILED. 0 passed; 1 failed; 0 ignored\n\
         @vm exit a 101",
    );
    assert_eq!(tally.summary(), "0 passed, 1 failed, 0 skipped");
}

#[test]
fn a_binary_that_crashes_fails_the_test_it_was_in() {
    let tally = tally("@vm start a\ntest x ... ok\ntest y ... FAILED\ntest z ... \n@vm exit a 139");
    assert_eq!((tally.passed, &*tally.failed), (1, &["a::y".to_owned(), "a::z".to_owned()][..]));
    assert!(tally.cut_short);
}

#[test]
fn a_binary_that_does_not_come_to_its_end_is_a_failure() {
    assert_eq!(tally("@vm start a\n@vm exit a 127").failed, ["a::the binary (status 127)"]);
    let ended_well_but_early = tally("@vm start a\ntest x ... \n@vm exit a 0");
    assert_eq!(ended_well_but_early.failed, ["a::x"]);
    let ended_badly_but_late = tally("@vm start a\ntest result: ok. 2 passed; 0 failed;\n@vm exit a 1");
    assert_eq!(ended_badly_but_late.summary(), "2 passed, 1 failed, 0 skipped");
}

#[test]
fn a_failure_counts_even_if_its_verdict_is_lost_in_output() {
    let tally = tally(
        "@vm start a\ntest x ... half a lineFAILED\ntest result: FAILED. 0 passed; 1 failed;\n@vm exit a 101",
    );
    assert_eq!(tally.failed.len(), 1);
}

#[test]
fn a_guest_cut_off_fails_the_test_it_was_in_or_its_boot() {
    let mut running = tally("@vm start a\ntest x ... ok\ntest y ... \nsome words");
    running.cut_off();
    assert_eq!((running.passed, running.failed), (1, vec!["a::y".to_owned()]));
    assert_eq!(running.last_words, ["a::y", "test y ... ", "some words"]);
    let mut between = tally("@vm start a\ntest result: FAILED. 1 passed; 1 failed;\n@vm exit a 101");
    assert!(running.cut_short && !between.cut_short);
    between.cut_off();
    assert!(between.cut_short);
    let mut booting = tally("");
    booting.cut_off();
    assert_eq!(booting.failed, ["the boot"]);
}

#[test]
fn several_results_of_one_binary_add_up() {
    let tally = tally(
        "@vm start documentation\n\
         test src/lib.rs - a (line 3) ... ok\n\
         test result: ok. 1 passed; 0 failed;\n\
         test src/lib.rs - b (line 9) ... ok\n\
         test result: ok. 1 passed; 0 failed;\n\
         @vm exit documentation 0",
    );
    assert_eq!(tally.summary(), "2 passed, 0 failed, 0 skipped");
}

#[test]
fn a_world_that_did_not_run_is_a_skip_or_a_failure() {
    let mut total = Tally::default();
    total.add("6.1", &Tally::absent("needs root", true));
    total.add("6.12", &Tally::absent("needs root", false));
    assert_eq!(total.summary(), "0 passed, 1 failed, 1 skipped");
    assert_eq!((&*total.skipped[0], &*total.failed[0]), ("6.1 needs root", "6.12 needs root"));
}

#[test]
fn only_the_end_mark_ends() {
    let mut tally = Tally::default();
    assert_eq!(tally.read("@vm end"), Line::End);
    assert_eq!(tally.read("@vm end of the world"), Line::Text);
    assert_eq!(tally.read("@vm start a"), Line::Marker);
}
