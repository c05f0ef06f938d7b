//! Who has said its last word still hears ours, and the other way round.

use super::*;
use std::net::Shutdown;

const MUCH: usize = 3_000_000;

#[test]
fn requests_behind_a_long_answer_are_answered_when_it_is_taken() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(format!("big {MUCH}\nsecond\nthird\n").as_bytes()).unwrap();
    house.settle();
    let (all, end) = hear_all(&mut house, &mut guest);
    assert_eq!((all.len(), &all[MUCH..], end), (MUCH + 13, "second\nthird\n", false));
    assert_eq!(house.said(&mut guest, "fourth\n"), "fourth\n");
}

#[test]
fn what_is_said_in_one_breath_is_answered_without_another_word() {
    let mut house = House::new();
    let mut guest = house.come_by_tcp();
    let words: String = (0..20).map(|n| format!("{n}\n")).collect();
    assert_eq!(house.said(&mut guest, &words), words);
}

#[test]
fn one_that_says_no_more_hears_all() {
    let mut house = House::new();
    let mut tcp = house.come_by_tcp();
    let mut unix = house.come(Hall::Http);
    for guest in [&mut tcp as &mut dyn Write, &mut unix] {
        guest.write_all(format!("1st\nbig {MUCH}\nlast\n").as_bytes()).unwrap();
    }
    tcp.shutdown(Shutdown::Write).unwrap();
    unix.shutdown(Shutdown::Write).unwrap();
    house.settle();
    for (all, end) in [hear_all(&mut house, &mut tcp), hear_all(&mut house, &mut unix)] {
        assert_eq!((all.len(), &all[MUCH + 4..], end), (MUCH + 9, "last\n", true));
    }
    assert_eq!((house.all(), house.clients.dropped()), (0, 0));
}

#[test]
fn one_that_says_no_more_hears_what_came_of_its_order() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(b"order\n").unwrap();
    guest.shutdown(Shutdown::Write).unwrap();
    house.later(3600);
    assert_eq!(hear(&mut guest), (String::new(), false));
    let id = *house.clients.guests.keys().next().expect("it waits");
    let theirs = house.clients.guest(id).unwrap();
    theirs.owed -= 1;
    theirs.answer(house.now, b"done\n");
    house.clients.serve(house.now, id);
    house.settle();
    assert_eq!((hear(&mut guest), house.all()), (("done\n".into(), true), 0));
}

#[test]
fn one_that_follows_stays_until_it_has_left() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(b"stay\n").unwrap();
    guest.shutdown(Shutdown::Write).unwrap();
    house.later(3600);
    assert_eq!((hear(&mut guest).1, house.all()), (false, 1));
    drop(guest);
    house.settle();
    assert_eq!((house.all(), house.clients.dropped()), (0, 0));
}

#[test]
fn what_was_asked_before_leaving_is_heard() {
    let mut house = House::new();
    let mut guest = house.knock(Hall::Control);
    guest.write_all(b"order\n").unwrap();
    drop(guest);
    let mut heard = false;
    for _ in 0..5 {
        house.round();
        heard |= house.clients.guests.values().any(|guest| guest.owed > 0) || house.all() == 0;
    }
    assert_eq!((heard, house.all()), (true, 0));
}

/// A connection that is closed on unread words is reset, which may take back the answer.
#[test]
fn one_that_is_refused_in_the_middle_of_its_words_hears_why() {
    let mut house = House::new();
    let mut guest = house.come_by_tcp();
    for _ in 0..20 {
        guest.write_all(&[b'x'; 10_000]).unwrap();
        house.settle();
    }
    assert_eq!(hear(&mut guest), ("too long\n".into(), true));
    assert_eq!(house.all(), 1);
    guest.write_all(b"and more").unwrap();
    drop(guest);
    house.settle();
    assert_eq!((house.all(), house.clients.dropped()), (0, 0));
}

#[test]
fn one_that_was_bidden_farewell_and_stays_is_not_waited_for() {
    let mut house = House::new();
    let mut guest = house.come_by_tcp();
    assert_eq!(house.said(&mut guest, "bye\n"), "bye\n");
    assert_eq!(house.all(), 1);
    house.later(2);
    assert_eq!((house.all(), house.clients.dropped()), (0, 0), "that it was slow to go does no harm");
}
