//! Sockets of the file system among other files, and among other services.

use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

fn at(path: &Path) -> Address {
    Address::Unix(path.into())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_socket_has_the_permissions_it_is_given() {
    let mut house = House::new();
    let path = house.folder.path().join("folder/open");
    house.clients.open(Hall::Control, &at(&path), 0o666).unwrap();
    assert_eq!((mode(&path), mode(&path.with_file_name("../Control"))), (0o666, 0o600));
    house.clients.set_mode(Hall::Control, &at(&path), 0o600);
    assert_eq!(mode(&path), 0o600);
    drop(house.clients);
    assert!(!path.exists());
}

#[test]
fn a_path_may_be_as_long_as_the_kernel_allows() {
    let mut house = House::new();
    let room = 107 - house.folder.path().as_os_str().len() - 1;
    let path = house.folder.path().join("x".repeat(room));
    house.clients.open(Hall::Control, &at(&path), 0o600).unwrap();
    assert!(UnixStream::connect(&path).is_ok());
}

#[test]
fn only_a_dead_socket_is_replaced() {
    let mut house = House::new();
    let path = house.folder.path().join("taken");
    let mut open = |path: &Path| house.clients.open(Hall::Control, &at(path), 0o600);

    let alive = UnixListener::bind(&path).unwrap();
    assert_eq!(open(&path).unwrap_err(), "another process answers there");
    // It stands still, and nobody waits for it.
    let mut queue = Vec::new();
    while let Ok(()) = fill(&path, &mut queue) {}
    assert_eq!(open(&path).unwrap_err(), "another process answers there");
    drop(alive);
    open(&path).unwrap();

    fs::write(path.with_file_name("file"), "words").unwrap();
    symlink("nowhere", path.with_file_name("link")).unwrap();
    for name in ["file", "link"] {
        let path = path.with_file_name(name);
        assert_eq!(open(&path).unwrap_err(), "what bears that name is no socket, and stays");
        assert!(fs::symlink_metadata(path).is_ok());
    }
    let far = path.with_file_name("no/such/socket");
    assert!(open(&far).unwrap_err().starts_with("its folder cannot be made: "));
}

fn fill(path: &Path, queue: &mut Vec<std::os::fd::OwnedFd>) -> rustix::io::Result<()> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
    let one = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::NONBLOCK, None)?;
    connect(&one, &SocketAddrUnix::new(path)?)?;
    queue.push(one);
    Ok(())
}

#[test]
fn a_socket_that_was_removed_is_missed_and_what_took_its_place_left_alone() {
    let mut house = House::new();
    let path = path(&house.folder, Hall::Control);
    let mut guest = house.come(Hall::Control);
    assert!(house.clients.stands(Hall::Control, &at(&path)));
    fs::remove_file(&path).unwrap();
    assert!(!house.clients.stands(Hall::Control, &at(&path)));
    let _other = UnixListener::bind(&path).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    house.clients.set_mode(Hall::Control, &at(&path), 0o666);
    house.clients.give_up(Hall::Control, &at(&path));
    assert_eq!((mode(&path) & 0o011, fs::metadata(&path).unwrap().ino()), (0o011, inode), "untouched");
    assert_eq!(house.said(&mut guest, "still\n"), "still\n", "who was inside stays");
}

#[test]
fn behind_a_closed_door_nobody_stays_but_for_its_last_answer() {
    let mut house = House::new();
    let (mut slow, mut idle, mut other) =
        (house.come(Hall::Control), house.come(Hall::Control), house.come(Hall::Http));
    slow.write_all(b"big 3000000\nmore\n").unwrap();
    house.settle();
    let path = path(&house.folder, Hall::Control);
    house.clients.close(Hall::Control, &at(&path));
    assert!(!path.exists());
    house.settle();
    assert_eq!(hear(&mut idle), (String::new(), true));
    let (all, end) = hear_all(&mut house, &mut slow);
    assert_eq!((all.len(), end), (3_000_000, true));
    assert_eq!(house.said(&mut other, "here\n"), "here\n");
}
