//! On a real folder: what survives, what is refused, what is cleaned up.

use super::*;
use crate::model::state::{Memory, Statistics, Tracked};
use crate::model::{Identity, JobId, Pid, StartTime};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::{TempDir, tempdir};

const NOW: Wall = Wall(951_827_696_789_000_000);
const FAST: Manner = Manner { sync: false, mode: 0o600 };

fn place() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("watch-state.json");
    (folder, path)
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn state() -> State {
    State { boot_id: "b".into(), ..State::default() }
}

fn loaded() -> Load {
    Load::Loaded { memory: Memory { boot_id: Some("b".into()), ..Memory::default() }, left_out: vec![] }
}

#[test]
fn absent_saved_loaded() {
    let (folder, path) = place();
    for sync in [true, false] {
        let (file, _) = StateFile::open(&path, Manner { sync, ..FAST }, NOW);
        file.save(&state()).unwrap();
        assert_eq!(read(&path), loaded());
        assert_eq!(names(&folder), ["watch-state.json"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path), Load::Absent);
    }
    StateFile::open(&path, Manner { mode: 0o640, ..FAST }, NOW).0.save(&state()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn a_missing_folder_is_made_for_its_owner_alone() {
    let (folder, _) = place();
    let path = folder.path().join("a/b/state.json");
    let (file, load) = StateFile::open(&path, FAST, NOW);
    assert_eq!(load, Load::Absent);
    file.save(&state()).unwrap();
    assert_eq!(read(&path), loaded());
    assert_eq!(fs::metadata(folder.path().join("a/b")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_damaged_file_is_set_aside_each_under_its_own_name() {
    let (folder, path) = place();
    for n in 1..=2 {
        fs::write(&path, format!("{{\"version\":\"1.1\", {n}")).unwrap();
        let (file, load) = StateFile::open(&path, FAST, NOW);
        let Load::Damaged { set_aside_as: Some(aside), .. } = &load else { panic!("{load:?}") };
        assert!(fs::read_to_string(aside).unwrap().ends_with(&n.to_string()));
        assert_eq!(load.records(&path).len(), 1);
        file.save(&state()).unwrap();
    }
    let aside = "watch-state.json.damaged-20000229T123456Z";
    assert_eq!(names(&folder), ["watch-state.json", aside, &format!("{aside}-2")]);
}

#[test]
fn looking_alone_changes_nothing() {
    let (folder, path) = place();
    fs::write(&path, "").unwrap();
    assert!(matches!(read(&path), Load::Damaged { set_aside_as: None, .. }));
    assert_eq!(names(&folder), ["watch-state.json"]);
}

#[test]
fn a_newer_file_is_neither_read_nor_overwritten() {
    let (folder, path) = place();
    let text = r#"{"version":"2.0","jobs":[]}"#;
    fs::write(&path, text).unwrap();
    let (file, load) = StateFile::open(&path, FAST, NOW);
    assert_eq!(load, Load::Newer { version: "2.0".into() });
    let refused = file.save(&state()).unwrap_err();
    assert!(matches!(refused, SaveError::Refused { .. }) && refused.to_string().contains("version 2.0"));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(names(&folder), ["watch-state.json"]);
}

#[test]
fn what_is_no_file_is_left_alone_and_never_waited_for() {
    let (folder, path) = place();
    fs::create_dir(&path).unwrap();
    let (file, load) = StateFile::open(&path, FAST, NOW);
    assert!(matches!(load, Load::Unreadable { errno: libc::EISDIR, .. }));
    assert!(matches!(file.save(&state()), Err(SaveError::Refused { .. })));
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert!(matches!(read(&fifo), Load::Unreadable { errno: 0, .. }));
}

#[test]
fn what_is_read_is_bounded() {
    let (_folder, path) = place();
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(read(&path), Load::Damaged { why, .. } if why.contains("64 MiB")));
}

#[test]
fn leftovers_of_dead_saves_are_cleared_and_others_kept() {
    let (folder, path) = place();
    let dead = {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    };
    let kept = [
        ".watch-state.json.tmp-1",
        ".watch-state.json.tmp-",
        ".watch-state.json.tmp-x",
        ".other.json.tmp-2",
        "watch-state.json.bak",
    ];
    let gone = [
        format!(".watch-state.json.tmp-{dead}"),
        format!(".watch-state.json.tmp-{}", std::process::id()),
        "watch-state.json.tmp".into(),
    ];
    kept.iter()
        .copied()
        .chain(gone.iter().map(String::as_str))
        .for_each(|name| fs::write(folder.path().join(name), "").unwrap());
    let _ = StateFile::open(&path, FAST, NOW);
    let mut expected = kept.map(String::from);
    expected.sort();
    assert_eq!(names(&folder), expected);
}

#[test]
fn a_link_laid_in_the_way_of_the_temporary_file_is_not_followed() {
    let (folder, path) = place();
    let (victim, own) =
        (folder.path().join("victim"), format!(".watch-state.json.tmp-{}", std::process::id()));
    let (file, _) = StateFile::open(&path, FAST, NOW);
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, folder.path().join(own)).unwrap();
    file.save(&state()).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(names(&folder), ["victim", "watch-state.json"]);
}

#[test]
fn a_save_that_fails_names_the_step_and_leaves_nothing_behind() {
    let (folder, path) = place();
    let (file, _) = StateFile::open(&path, FAST, NOW);
    fs::create_dir(&path).unwrap();
    let error = file.save(&state()).unwrap_err();
    assert_eq!(error, SaveError::Failed { step: SaveStep::Rename, path, errno: libc::EISDIR });
    assert_eq!(names(&folder), ["watch-state.json"]);
}

#[test]
fn folders_that_cannot_be_written() {
    // Not even root can create a file here.
    let (file, load) = StateFile::open(Path::new("/sys/kernel/watch-state.json"), FAST, NOW);
    assert_eq!(load, Load::Absent);
    let error = file.save(&state()).unwrap_err();
    assert!(matches!(&error, SaveError::Failed { step: SaveStep::Create, .. }), "{error:?}");
    assert!(error.to_string().contains("/sys/kernel/.watch-state.json.tmp-"));
    let (file, load) = StateFile::open(Path::new("/dev/null/state.json"), FAST, NOW);
    assert!(matches!(load, Load::Unreadable { errno: libc::ENOTDIR, .. }));
    assert!(file.save(&state()).is_err());
}

#[test]
fn what_an_operator_is_told_is_one_record_or_two() {
    let path = Path::new("/s");
    assert!(Load::Absent.records(path).is_empty());
    assert_eq!(loaded().records(path).len(), 1);
    let partly = Load::Loaded { memory: Memory::default(), left_out: vec!["process 7: not a pid".into()] };
    assert_eq!(partly.records(path).len(), 2);
}

#[test]
fn a_claim_makes_its_folder_and_is_none_where_nothing_can_be_made() {
    let (folder, _) = place();
    let path = folder.path().join("a/watch-state.json");
    assert!(claim(&path).unwrap().is_some());
    let lock = folder.path().join("a/.watch-state.json.lock");
    assert_eq!(fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    // A link laid in its way is not followed.
    fs::remove_file(&lock).unwrap();
    symlink("/dev/null", &lock).unwrap();
    assert!(claim(&path).unwrap().is_none());
    assert!(claim(Path::new("/sys/kernel/watch-state.json")).unwrap().is_none());
}

/// A disk that lost the tail of the file, at every place where it can end.
#[test]
fn a_file_cut_at_any_byte_is_set_aside_whole_or_is_whole() {
    let (folder, path) = place();
    let tracked = |pid| Tracked {
        identity: Identity { pid: Pid(pid), start: StartTime(7) },
        job: JobId::found("auto-ffmpeg-7"),
        command: "ffmpeg".into(),
        cgroup: "/ffrtmp/jobs/auto-ffmpeg-7".into(),
        origin_cgroup: "/user.slice/\u{e9}".into(),
        discovered_at: NOW,
        attached_at: NOW,
        last_seen_at: NOW,
        oom_kills: 0,
    };
    let statistics = Statistics { scans: 12, discovered: 34, attachments: 56 };
    let state = State { processes: vec![tracked(7), tracked(12)], statistics, ..state() };
    StateFile::open(&path, FAST, NOW).0.save(&state).unwrap();
    let (whole, memory) = (fs::read(&path).unwrap(), read(&path));
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        match StateFile::open(&path, FAST, NOW).1 {
            Load::Damaged { set_aside_as: Some(aside), .. } => {
                assert_eq!(fs::read(&aside).unwrap(), whole[..length]);
                fs::remove_file(aside).unwrap();
            }
            // The newline at its end tells nothing.
            load => assert_eq!((length, &load), (whole.len() - 1, &memory), "cut at {length}"),
        }
        assert!(length + 1 == whole.len() || names(&folder).is_empty());
    }
}
