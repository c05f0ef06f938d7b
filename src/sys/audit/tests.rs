//! The file as others treat it: full, renamed, cut, taken away, and not what it should be. Each on a folder of its own.

use super::*;
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

/// A ledger without its thread: each batch is written when `write` returns.
struct Bench {
    folder: tempfile::TempDir,
    ledger: Ledger,
    desk: Desk,
    news: Receiver<AuditRecord>,
}

fn gap(_: Wall, lost: u64) -> Vec<u8> {
    format!("{{\"event\":\"gap\",\"lost\":{lost}}}\n").into_bytes()
}

fn line(text: &str) -> String {
    format!("{{\"event\":\"{text}\"}}\n")
}

impl Bench {
    fn new() -> Bench {
        Bench::at(tempfile::tempdir().unwrap())
    }

    fn at(folder: tempfile::TempDir) -> Bench {
        let (desk, (told, news)) = (Desk::default(), channel());
        let ledger = Ledger::new(desk.clone(), gap, Box::new(move |record| told.send(record).unwrap()));
        let bench = Bench { folder, ledger, desk, news };
        bench.keep(bench.settings());
        bench
    }

    fn settings(&self) -> AuditSettings {
        AuditSettings { path: self.path(), max_size: 0, keep: 2, mode: 0o640 }
    }

    fn keep(&self, settings: AuditSettings) {
        self.desk.put(Order::Keep(settings));
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    fn nth(&self, n: u32) -> PathBuf {
        rotate::nth(&self.path(), n)
    }

    /// Gives back how many of these were lost.
    fn write(&mut self, events: &[&str]) -> u64 {
        self.write_missing(events, 0)
    }

    fn write_missing(&mut self, events: &[&str], missed: u64) -> u64 {
        let lines = events.iter().map(|event| line(event)).collect::<String>().into_bytes();
        self.ledger.write(&Batch { lines, missed, now: Wall(0) })
    }

    fn restart(self) -> Bench {
        Bench::at(self.folder)
    }

    fn trouble(&self) -> Vec<String> {
        let said = |record| if let AuditRecord::Trouble { why } = record { Some(why) } else { None };
        self.news.try_iter().filter_map(said).collect()
    }
}

/// `1 a, 2 gap 3, 5 b`.
fn shown(path: &Path) -> String {
    let one = |line: &str| {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { return "torn".to_owned() };
        assert_eq!(line["v"], VERSION);
        let lost = line["lost"].as_u64().map(|lost| format!(" {lost}")).unwrap_or_default();
        format!("{} {}{lost}", line["seq"], line["event"].as_str().unwrap())
    };
    fs::read_to_string(path).unwrap().lines().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn numbers_go_on_over_restarts_and_the_mode_is_the_one_asked_for() {
    let mut bench = Bench::new();
    bench.write(&["a", "b"]);
    let mut bench = bench.restart();
    bench.write(&["c"]);
    assert_eq!(shown(&bench.path()), "1 a, 2 b, 3 c");
    assert_eq!(fs::metadata(bench.path()).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn half_a_line_of_a_crash_is_ended_before_the_next() {
    let mut bench = Bench::new();
    bench.write(&["a"]);
    fs::write(bench.path(), [fs::read(bench.path()).unwrap(), b"{\"v\":1,\"se".to_vec()].concat()).unwrap();
    let mut bench = bench.restart();
    bench.write(&["b"]);
    assert_eq!(shown(&bench.path()), "1 a, torn, 2 b");
}

#[test]
fn a_full_file_makes_way_and_no_line_is_lost_but_with_the_oldest() {
    let mut bench = Bench::new();
    let two_lines = 2 * "{\"v\":1,\"seq\":1,\"event\":\"a\"}\n".len() as u64;
    bench.keep(AuditSettings { max_size: two_lines, ..bench.settings() });
    bench.write(&["a", "b", "c"]);
    assert_eq!((shown(&bench.nth(1)), shown(&bench.path())), ("1 a, 2 b".into(), "3 c".into()));
    bench.write(&["d"]);
    bench.write(&["e", "f", "g"]);
    assert_eq!((shown(&bench.nth(2)), shown(&bench.nth(1))), ("3 c, 4 d".into(), "5 e, 6 f".into()));
    assert_eq!((shown(&bench.path()), bench.nth(3).exists()), ("7 g".into(), false));
    // One that is longer than a whole file has one to itself.
    bench.write(&[&"x".repeat(200), "h"]);
    assert_eq!(shown(&bench.path()), "9 h");
    // Numbers go on although the file of that name is not there.
    fs::rename(bench.path(), bench.nth(1)).unwrap();
    let mut bench = bench.restart();
    bench.write(&["i"]);
    assert_eq!(shown(&bench.path()), "10 i");
}

#[test]
fn none_is_kept_where_none_is_asked_for() {
    let mut bench = Bench::new();
    bench.keep(AuditSettings { max_size: 1, keep: 0, ..bench.settings() });
    bench.write(&["a", "b"]);
    assert_eq!(shown(&bench.path()), "2 b");
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_cannot_make_way_grows_and_pushes_none_out() {
    let mut bench = Bench::new();
    bench.keep(AuditSettings { max_size: 1, keep: 3, ..bench.settings() });
    bench.write(&["a", "b"]);
    // Its place is taken by what no file can replace, once the one there has moved up.
    fs::rename(bench.nth(1), bench.nth(2)).unwrap();
    fs::create_dir_all(bench.nth(1).join("occupied")).unwrap();
    fs::rename(bench.nth(2), bench.nth(3)).unwrap();
    fs::create_dir_all(bench.nth(2).join("occupied")).unwrap();
    assert_eq!(bench.write(&["c"]) + bench.write(&["d"]), 0);
    assert_eq!((shown(&bench.path()), shown(&bench.nth(3))), ("2 b, 3 c, 4 d".into(), "1 a".into()));
    let trouble = bench.trouble();
    assert!(trouble.len() == 1 && trouble[0].contains("cannot be renamed"), "{trouble:?}");
    fs::remove_dir_all(bench.nth(1)).unwrap();
    bench.write(&["e"]);
    assert_eq!((shown(&bench.nth(1)), shown(&bench.path())), ("2 b, 3 c, 4 d".into(), "5 e".into()));
}

/// Renaming one name of a file to another of the same file does nothing, and says that it worked.
#[test]
fn a_file_with_two_names_is_written_on() {
    let mut bench = Bench::new();
    bench.keep(AuditSettings { max_size: 1, keep: 1, ..bench.settings() });
    bench.write(&["a"]);
    fs::hard_link(bench.path(), bench.nth(1)).unwrap();
    assert_eq!(bench.write(&["b", "c"]), 0);
    assert_eq!(shown(&bench.path()), "1 a, 2 b, 3 c");
}

#[test]
fn whoever_renames_or_removes_it_finds_the_next_line_in_a_new_file() {
    let mut bench = Bench::new();
    bench.write(&["a"]);
    let aside = bench.folder.path().join("aside");
    fs::rename(bench.path(), &aside).unwrap();
    bench.write(&["b"]);
    fs::remove_file(bench.path()).unwrap();
    bench.write(&["c"]);
    assert_eq!((shown(&aside), shown(&bench.path())), ("1 a".into(), "3 c".into()));
    // Also where a new one has been made at once.
    fs::rename(bench.path(), &aside).unwrap();
    fs::write(bench.path(), "").unwrap();
    bench.write(&["d"]);
    assert_eq!((shown(&aside), shown(&bench.path())), ("3 c".into(), "4 d".into()));
    // And one who cuts it off where it is finds no hole before it.
    fs::File::options().write(true).open(bench.path()).unwrap().set_len(0).unwrap();
    bench.write(&["e"]);
    assert_eq!(shown(&bench.path()), "5 e");
    assert_eq!(bench.trouble(), [""; 0]);
}

#[test]
fn what_cannot_be_written_is_said_once_counted_and_told_of_in_its_place() {
    let mut bench = Bench::new();
    let folder = bench.folder.path().join("sub");
    fs::create_dir(&folder).unwrap();
    bench.keep(AuditSettings { path: folder.join("audit"), ..bench.settings() });
    bench.write(&["a"]);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!((bench.write(&["b"]), bench.write_missing(&["c", "d"], 4)), (1, 2));
    let trouble = bench.trouble();
    assert!(trouble.len() == 1 && trouble[0].ends_with("its folder is missing: make it"), "{trouble:?}");
    fs::create_dir(&folder).unwrap();
    bench.write(&["e"]);
    assert_eq!(shown(&folder.join("audit")), "2 gap 7, 9 e");
    assert_eq!(bench.news.try_iter().collect::<Vec<_>>(), [AuditRecord::Gap { lost: 7 }]);
    // What the queue had no room for, while the file was well, is told of at once.
    bench.write_missing(&["f"], 2);
    assert_eq!(shown(&folder.join("audit")), "2 gap 7, 9 e, 10 f, 11 gap 2");
    bench.keep(AuditSettings { path: folder.join("audit"), ..bench.settings() });
    fs::remove_dir_all(&folder).unwrap();
    bench.write(&["g"]);
    assert_eq!(bench.trouble().len(), 1, "it is said again when it begins again");
}

#[test]
fn a_gap_at_the_end_of_a_file_counts_for_the_next_run() {
    let mut bench = Bench::new();
    bench.write_missing(&["a"], 3);
    let mut bench = bench.restart();
    bench.write(&["b"]);
    assert_eq!(shown(&bench.path()), "1 a, 2 gap 3, 5 b");
}

#[test]
fn another_file_has_its_own_numbers_and_an_end_comes_after_what_was_said() {
    let mut bench = Bench::new();
    bench.write(&["a"]);
    let other = AuditSettings { path: bench.folder.path().join("other"), ..bench.settings() };
    bench.keep(other.clone());
    bench.write(&["b"]);
    assert_eq!((shown(&bench.path()), shown(&other.path)), ("1 a".into(), "1 b".into()));
    bench.desk.put(Order::Close);
    bench.write(&["c"]);
    bench.write(&["d"]);
    assert_eq!(shown(&other.path), "1 b, 2 c");
    bench.keep(bench.settings());
    bench.write(&["e"]);
    assert_eq!(shown(&bench.path()), "1 a, 2 e");
}

#[test]
fn only_a_plain_file_is_written_and_nothing_else_is_even_opened() {
    for (what, kind) in [("a FIFO", 0), ("a symbolic link", 1), ("a folder", 2), ("a socket", 3)] {
        let mut bench = Bench::new();
        let (path, target) = (bench.path(), bench.folder.path().join("target"));
        match kind {
            0 => nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
            1 => symlink(&target, &path).unwrap(),
            2 => fs::create_dir(&path).unwrap(),
            _ => drop(std::os::unix::net::UnixListener::bind(&path).unwrap()),
        }
        assert_eq!(bench.write(&["a"]), 1);
        let trouble = bench.trouble();
        assert!(
            trouble.len() == 1 && trouble[0].contains(&format!("is {what} and is left alone")),
            "{trouble:?}"
        );
        let stat = fs::symlink_metadata(&path).unwrap();
        assert!(!stat.is_file() && !target.exists(), "{what} {:?}", stat.file_type().is_fifo());
        // And once it is gone all is well.
        if kind == 2 { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
        assert_eq!(bench.write(&["b"]), 0);
        assert_eq!(shown(&path), "1 gap 1, 2 b");
    }
}

#[test]
fn what_is_in_the_file_already_may_be_anything() {
    for (found, number) in [
        (&b""[..], 1),
        (b"\n", 1),
        (b"\xff\xff\n", 1),
        (b"{\"seq\":-1,\"event\":\"x\"}\n", 1),
        (b"{\"seq\":41,\"event\":\"x\",\"more\":[[[{}]]]}\n", 42),
        (b"{\"seq\":18446744073709551615,\"event\":\"x\"}\n", u64::MAX),
        (&vec![b'x'; 1 << 20], 1),
    ] {
        let mut bench = Bench::new();
        fs::write(bench.path(), found).unwrap();
        bench.write(&["a"]);
        let text = fs::read(bench.path()).unwrap();
        let last = text.strip_suffix(b"\n").unwrap().rsplit(|&b| b == b'\n').next().unwrap();
        assert_eq!(String::from_utf8_lossy(last), format!("{{\"v\":1,\"seq\":{number},\"event\":\"a\"}}"));
    }
}
