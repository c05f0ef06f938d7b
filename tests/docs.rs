//! What the pages claim is compared with what is there.
#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(here(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn pages() -> Vec<String> {
    let docs = std::fs::read_dir(here("docs")).expect("docs").map(|e| e.expect("a page").file_name());
    let docs = docs.map(|name| format!("docs/{}", name.to_string_lossy()));
    docs.filter(|name| name.ends_with(".md")).chain(["README.md".to_owned()]).collect()
}

#[test]
fn every_dependency_has_its_reason_and_no_reason_is_left_over() {
    let manifest = read("Cargo.toml");
    let section =
        manifest.split("\n[dependencies]\n").nth(1).expect("a section").split("\n[").next().unwrap();
    let used: BTreeSet<&str> =
        section.lines().filter_map(|line| line.split(['.', ' ']).next()).filter(|n| !n.is_empty()).collect();
    let page = read("docs/dependencies.md");
    let told: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split([' ', '|']).next())
        .filter(|name| !["package", "---"].contains(name))
        .collect();
    assert_eq!(used, told);
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = here(&page).parent().expect("a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.starts_with("http") {
                assert!(folder.join(file).exists(), "{page}: {link}");
            }
        }
    }
}

#[test]
fn every_make_target_that_a_page_names_exists() {
    let makefile = read("Makefile");
    for page in pages() {
        let text = read(&page);
        let commands = text.split(['`', '\n']).filter_map(|line| line.trim().strip_prefix("make "));
        for target in commands.filter_map(|rest| rest.split(' ').next()) {
            let rule = format!("\n{target}:");
            assert!(makefile.contains(&rule), "{page} names `make {target}`");
        }
    }
}

/// The units run what this program has, where `make install` puts it.
#[test]
fn the_units_start_commands_that_exist() {
    use clap::CommandFactory;
    let program = ffrtmp::cli::args::Cli::command();
    for unit in ["systemd/ffrtmp-watch.service", "systemd/ffrtmp-jobs.service"] {
        let text = read(unit);
        let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("ExecStart");
        let mut words = start.split(' ');
        assert_eq!(words.next(), Some("/usr/local/bin/ffrtmp"));
        let command = words.next().expect("a subcommand");
        assert!(program.find_subcommand(command).is_some(), "{unit}: {start}");
    }
}

/// A target without a seed could not be run, and one without a row would not be known.
#[test]
fn every_fuzz_target_has_its_row_and_a_seed() {
    let folder = std::fs::read_dir(here("fuzz/targets")).expect("targets");
    let files = folder.map(|e| e.expect("a target").path().file_stem().expect("a name").to_owned());
    let targets: BTreeSet<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    let page = read("docs/fuzzing.md");
    let told = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(targets, told.map(str::to_owned).collect());
    for target in targets {
        let seeds = std::fs::read_dir(here("fuzz/seeds").join(&target));
        assert!(seeds.is_ok_and(|mut seeds| seeds.next().is_some()), "{target}");
    }
}

/// Whoever reads a finding at night looks for its name.
#[test]
fn every_finding_of_the_check_has_its_row_with_kind_and_remedy() {
    let page = read("docs/operations.md");
    let section =
        page.split("\n| finding | kind |").nth(1).expect("a table").split("\n\n").next().expect("its rows");
    let rows = section.lines().skip(2).map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, means, remedy] = cells[..] else { panic!("{row}") };
        assert!(!means.is_empty(), "{row}");
        format!("{} {kind}: {}", name.trim_matches('`'), remedy.trim_matches('—'))
    });
    let known = ffrtmp::sys::checkup::catalogue::ALL
        .iter()
        .map(|topic| format!("{} {}: {}", topic.name, topic.worst.name(), topic.remedy));
    assert_eq!(rows.collect::<Vec<_>>(), known.collect::<Vec<_>>());
}

/// Whoever asks why a process is not governed gets a word that the page explains.
#[test]
fn every_answer_to_explain_has_its_row() {
    let page = read("docs/operations.md");
    let section =
        page.split("## Why is (or isn't)").nth(1).expect("a section").split("\n## ").next().unwrap();
    let told = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let told: BTreeSet<&str> = told.collect();
    assert_eq!(told, BTreeSet::from(ffrtmp::model::explanation::State::NAMES));
}
