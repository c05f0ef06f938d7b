//! Time is up for who takes too much of it, whatever it does to seem busy.

use super::*;

#[test]
fn a_request_has_ten_seconds_however_it_drips() {
    let mut house = House::new();
    let (mut dripping, silent) = (house.come_by_tcp(), house.come(Hall::Control));
    for _ in 0..9 {
        dripping.write_all(b"x").unwrap();
        house.later(1);
    }
    assert_eq!((house.all(), house.clients.dropped()), (2, 0));
    house.later(1);
    assert_eq!((house.all(), house.clients.dropped()), (0, 2));
    drop(silent);
}

#[test]
fn an_answer_has_thirty_seconds_however_it_is_sipped() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(b"big 3000000\n").unwrap();
    for _ in 0..29 {
        house.later(1);
        guest.read_exact(&mut [0; 1000]).unwrap();
    }
    assert_eq!(house.all(), 1);
    house.later(1);
    assert_eq!((house.all(), house.clients.dropped()), (0, 1));
}

#[test]
fn another_answer_gives_no_more_time_for_the_first() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(b"big 3000000\n").unwrap();
    house.later(20);
    let now = house.now;
    house.clients.guests.values_mut().for_each(|guest| guest.answer(now, b"done\n"));
    house.later(10);
    assert_eq!((house.all(), house.clients.dropped()), (0, 1));
}

#[test]
fn one_that_follows_and_does_not_listen_is_dropped() {
    let mut house = House::new();
    let mut guest = house.come(Hall::Control);
    guest.write_all(b"stay\nbig 3000000\n").unwrap();
    house.later(29);
    assert_eq!(house.all(), 1);
    house.later(1);
    assert_eq!((house.all(), house.clients.dropped()), (0, 1));
}

#[test]
fn one_that_has_nothing_to_ask_may_rest_five_minutes() {
    let mut house = House::new();
    let mut guest = house.come_by_tcp();
    for _ in 0..3 {
        assert_eq!(house.said(&mut guest, "again\n"), "again\n");
        house.later(299);
    }
    assert_eq!(house.clients.next_deadline(), Some(house.now + Duration::from_secs(1)));
    house.later(1);
    assert_eq!((house.all(), house.clients.dropped()), (0, 0), "rest is no fault");
    assert_eq!(house.clients.next_deadline(), None);
}

#[test]
fn those_who_do_not_take_their_answers_make_room_after_a_moment() {
    let mut house = House::new();
    let mut slow: Vec<UnixStream> = (0..3).map(|_| house.come(Hall::Control)).collect();
    for guest in &mut slow {
        guest.write_all(b"big 3000000\n").unwrap();
    }
    house.settle();
    assert!(house.clients.is_crowded(house.now), "they have only begun");
    assert_eq!((house.all(), house.clients.dropped()), (3, 0));
    house.later(1);
    assert!(!house.clients.is_crowded(house.now));
    assert_eq!((house.all(), house.clients.dropped()), (1, 2));
}
