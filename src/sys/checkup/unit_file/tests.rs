//! Units in a small tree, as systemd would read them.

use super::*;

/// A tree with these files.
pub(in crate::sys::checkup) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let top = tempfile::tempdir().expect("a temporary folder");
    for (file, text) in files {
        let path = top.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    top
}

fn value(unit: &Unit, key: &str) -> Option<String> {
    unit.last(key).map(|setting| setting.value.clone())
}

#[test]
fn drop_ins_count_in_the_order_of_their_names_and_the_stronger_folder_wins() {
    let top = tree(&[
        (
            "usr/lib/systemd/system/a-b.service",
            "[Unit]\nUser=none\n[Service]\nUser=own\nNice=1\nUMask=0 \\\n  7\n",
        ),
        ("usr/lib/systemd/system/a-b.service.d/10-x.conf", "[Service]\nUser=weak\n"),
        ("etc/systemd/system/a-b.service.d/10-x.conf", "# why\n[Service]\n; and\nUser=strong\n"),
        ("etc/systemd/system/a-.service.d/05-y.conf", "[Service]\nUser=early\nNice=2\n"),
        ("etc/systemd/system/service.d/20-z.conf", "[Service]\nOOMScoreAdjust=3\n"),
        ("etc/systemd/system/a-b.service.d/30.txt", "[Service]\nUser=no\n"),
    ]);
    let unit = Unit::read(top.path(), "a-b.service").expect("installed");
    assert_eq!(value(&unit, "User").as_deref(), Some("strong"));
    assert_eq!(value(&unit, "Nice").as_deref(), Some("2"));
    assert_eq!(value(&unit, "OOMScoreAdjust").as_deref(), Some("3"));
    assert_eq!(value(&unit, "UMask").as_deref(), Some("0 7"));
    let place = &unit.last("User").expect("set").place;
    assert!(place.ends_with("etc/systemd/system/a-b.service.d/10-x.conf:4"), "{place}");
    assert!(Unit::read(top.path(), "other.service").is_none() && !unit.masked);
}

#[test]
fn a_masked_unit_is_known() {
    let top =
        tree(&[("usr/lib/systemd/system/a.service", "[Service]\nUser=x\n"), ("etc/systemd/system/x", "")]);
    std::os::unix::fs::symlink("/dev/null", top.path().join("etc/systemd/system/a.service")).expect("a link");
    let unit = Unit::read(top.path(), "a.service").expect("there");
    assert!(unit.masked && unit.last("User").is_none());
}

#[test]
fn lists_of_what_is_allowed_and_of_what_is_not() {
    for (lines, forbidden) in [
        ("", false),
        ("K=A B", true),
        ("K=A W", false),
        ("K=A\nK=W", false),
        ("K=~W", true),
        ("K=~A", false),
        ("K=~A\nK=W", false),
        ("K=W\nK=~W", true),
        ("K=A\nK=", true),
        ("K=\nK=W", false),
        ("K=A\nK=~", false),
    ] {
        let top = tree(&[("etc/systemd/system/a.service", &format!("[Service]\n{lines}\n"))]);
        let unit = Unit::read(top.path(), "a.service").expect("installed");
        assert_eq!(unit.forbids("K", "W").is_some(), forbidden, "{lines}");
    }
    let families = "[Service]\nRestrictAddressFamilies=A\nRestrictAddressFamilies=\n";
    let top = tree(&[("etc/systemd/system/a.service", families)]);
    let unit = Unit::read(top.path(), "a.service").expect("installed");
    assert_eq!(unit.forbids("RestrictAddressFamilies", "AF_NETLINK"), None);
}
