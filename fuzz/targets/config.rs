//! Configuration files: each gives a policy or errors, the same ones every time; a problem is one printable line that
//! names a place which is in the file. How long and how much memory it may take is bounded by the runner's limits.
#![no_main]

use ffrtmp::config::host::Groups;
use ffrtmp::config::{Accounts, File, Flags, Host, Loaded, Place, Problem, Sources, load};
use ffrtmp_fuzz::assert_printable;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

/// No more than this many problems are told, and one that counts the rest.
const MOST: usize = 1001;

fuzz_target!(|bytes: &[u8]| {
    let answer = loaded(bytes);
    let problems = match &answer {
        Ok(loaded) => &loaded.warnings,
        Err(errors) => errors,
    };
    assert!(problems.len() <= MOST && (answer.is_ok() || !problems.is_empty()));
    for problem in problems {
        assert_printable(&problem.to_string());
        assert_in_file(&problem.place, bytes);
    }
    if let Ok(loaded) = &answer {
        assert!(!loaded.policy.rules.is_empty());
    }
    assert_eq!(answer, loaded(bytes));
});

fn loaded(bytes: &[u8]) -> Result<Loaded, Vec<Problem>> {
    let host = Host {
        root: true,
        cpus: Some(2),
        memory: Some(4 << 30),
        pids: Some(32_768),
        processors: &|_| None,
        accounts: Accounts::from_passwd(b"root:x:0:0::/root:/bin/sh\nmedia:x:1000:1000::/srv:/bin/sh\n"),
        groups: Groups::from_group(b"root:x:0:\nmedia:x:1000:\n"),
        is_dir: &|path| path == Path::new("/srv"),
        disk: &|path| {
            if path == Path::new("/dev/vda") { Ok("/dev/vda".into()) } else { Err("is no disk".into()) }
        },
    };
    let file = Some(File { name: "w.yaml", bytes });
    load(Sources { file, flags: &Flags::default(), environment: &|_| None, host: &host })
}

/// The place may be the end of the file, one behind its last character.
fn assert_in_file(place: &Place, bytes: &[u8]) {
    let Place::File { line, column, .. } = place else { panic!("{place} is not in the file") };
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let there = line
        .checked_sub(1)
        .and_then(|at| lines.get(at))
        .is_some_and(|line| (1..=line.chars().count() + 1).contains(column));
    assert!(there, "{place} is not in {text:?}");
}
