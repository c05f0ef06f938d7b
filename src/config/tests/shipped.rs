//! The shipped files are good configurations, and the documentation lists what the code knows: no more, no less.

use super::file;
use crate::config::given::{FILE_FLAG, FILE_VARIABLE, FLAGS, VARIABLES};
use crate::config::older::Older;
use crate::config::read::Field;
use crate::config::schema::Root;
use std::collections::BTreeSet;
use std::time::Duration;

const PRODUCTION: &str = include_str!("../../../config/watch-config.production.yaml");
const ENVIRONMENT: &str = include_str!("../../../config/watch.env");
const DOCUMENTATION: &str = include_str!("../../../docs/configuration.md");

/// The keys of the file, as messages and documentation write them.
fn keys() -> BTreeSet<String> {
    let mut keys = Vec::new();
    Root::list_keys("", &mut keys);
    keys.into_iter().collect()
}

#[test]
fn the_shipped_files_load_without_a_word() {
    for (text, seconds) in [
        (PRODUCTION, 10),
        (include_str!("../../../config/profiles/standard.yaml"), 10),
        (include_str!("../../../config/profiles/low-latency.yaml"), 5),
        (include_str!("../../../config/profiles/low-overhead.yaml"), 30),
    ] {
        let run = file(text);
        // The small host of these tests has less than production asks for.
        let warnings = run.warnings();
        assert!(warnings.iter().all(|warning| warning.contains("more than this host has")), "{warnings:?}");
        assert_eq!(run.load().unwrap().policy.scan_interval, Duration::from_secs(seconds));
    }
}

#[test]
fn what_the_shipped_files_offer_in_comments_is_good_too() {
    // Remarks stand at the margin; keys offered in comments are indented as they would stand.
    let offered = PRODUCTION.replace("\n  # ", "\n  ").replace("\n    # ", "\n    ");
    assert!(
        offered.contains("\n  blocked_dirs: [/tmp]") && offered.contains("\n      min_runtime: "),
        "{offered}"
    );
    file(&offered).load().unwrap();

    let variables: Vec<_> =
        ENVIRONMENT.lines().filter_map(|line| line.strip_prefix('#')?.split_once('=')).collect();
    let names: BTreeSet<&str> = variables.iter().map(|(name, _)| *name).collect();
    let known = VARIABLES.iter().map(|(name, _)| *name).chain([FILE_VARIABLE]).collect();
    assert_eq!(names, known);
    super::Run { environment: variables, ..super::Run::default() }.policy();
}

/// The words in backticks of one column of a table.
fn column(heading: &str, index: usize) -> BTreeSet<String> {
    let tables = DOCUMENTATION.split("\n\n").filter(|part| part.starts_with(heading));
    let rows = tables.flat_map(|table| table.lines().skip(2));
    let cells = rows.filter_map(|row| row.split(" | ").nth(index).map(|cell| cell.trim_matches(['|', ' '])));
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.map(|word| word.split(['[', ' ']).next().unwrap().trim_end_matches(':').to_owned()).collect()
}

#[test]
fn the_documentation_lists_every_key_and_no_other() {
    assert_eq!(column("| Key | Type", 0), keys());
    assert_eq!(column("| Key | Its place", 0), Older::KEYS.iter().map(ToString::to_string).collect());
    assert!(column("| Key | Its place", 1).is_subset(&keys()));
}

#[test]
fn the_documentation_lists_every_flag_and_variable_and_no_other() {
    let keyless = [FILE_FLAG, "--no-state", "--no-retry", "--dry-run"];
    let flags = FLAGS.iter().map(|(flag, _)| *flag).chain(keyless);
    assert_eq!(column("| Key | Flag", 1), flags.map(String::from).collect());
    let variables = VARIABLES.iter().map(|(name, _)| *name).chain([FILE_VARIABLE]);
    assert_eq!(column("| Key | Flag", 2), variables.map(String::from).collect());
    let spoken_for = FLAGS.iter().chain(&VARIABLES).map(|(_, key)| key.to_string());
    assert_eq!(column("| Key | Flag", 0), spoken_for.collect());
}

#[test]
fn the_example_of_the_documentation_loads() {
    let example = DOCUMENTATION.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let warnings = file(example).warnings();
    assert_eq!(
        warnings,
        ["w.yaml:11:26: commands.ffmpeg.limits.cpu_quota: 300 is more than this host has: 2 cores are 200"]
    );
}
