//! Floods. Whoever comes is heard, and who was there before is not forgotten.

use super::*;
use crate::sys::clients::room::MOST_OF_A_HALL;

/// A flood in which each asks once and stays.
fn flood(house: &mut House, count: usize) -> Vec<UnixStream> {
    let one = |n: usize| {
        let mut guest = house.knock(Hall::Http);
        guest.write_all(b"flood\n").unwrap();
        if n.is_multiple_of(8) {
            house.settle();
        }
        guest
    };
    (0..count).map(one).collect()
}

#[test]
fn a_regular_outlasts_a_flood_and_newcomers_are_heard_in_it() {
    let mut house = House::new();
    let mut regular = house.come_by_tcp();
    for _ in 0..2 {
        assert_eq!(house.said(&mut regular, "mine\n"), "mine\n");
    }
    let mut other = house.come(Hall::Control);
    let mut crowd = Vec::new();
    for _ in 0..3 {
        house.later(1);
        crowd.extend(flood(&mut house, 300));
        let mut newcomer = house.knock(Hall::Http);
        newcomer.write_all(b"new\n").unwrap();
        crowd.extend(flood(&mut house, 16));
        assert_eq!(hear(&mut newcomer).0, "new\n");
        assert_eq!(house.said(&mut regular, "mine\n"), "mine\n");
        assert_eq!(house.said(&mut other, "ours\n"), "ours\n");
    }
    assert_eq!(house.all(), MOST_OF_A_HALL + 1);
    assert!(house.clients.dropped() > 600, "{}", house.clients.dropped());
}

#[test]
fn a_hall_full_of_regulars_has_room_for_newcomers() {
    let mut house = House::new();
    let mut regulars: Vec<UnixStream> = (0..MOST_OF_A_HALL).map(|_| house.come(Hall::Control)).collect();
    for round in 1..=2 {
        for guest in &mut regulars {
            house.now = house.now + Duration::from_millis(1);
            assert_eq!(house.said(guest, "mine\n"), "mine\n", "{round}");
        }
    }
    let mut newcomer = house.come(Hall::Control);
    assert_eq!(house.said(&mut newcomer, "new\n"), "new\n");
    assert!(hear(&mut regulars[0]).1, "the one that was served the longest time ago has gone");
    assert!(!hear(&mut regulars[1]).1);
}

#[test]
fn who_leaves_makes_room_first() {
    let mut house = House::new();
    let mut first = house.come(Hall::Http);
    let mut leaving = house.come(Hall::Http);
    house.later(1);
    assert_eq!(house.said(&mut leaving, "bye\n"), "bye\n");
    let crowd: Vec<UnixStream> = (2..MOST_OF_A_HALL).map(|_| house.come(Hall::Http)).collect();
    let newcomer = house.come(Hall::Http);
    assert_eq!((house.all(), house.clients.dropped()), (MOST_OF_A_HALL, 0));
    assert_eq!(house.said(&mut first, "here\n"), "here\n");
    drop((crowd, newcomer));
    house.settle();
    assert_eq!(house.all(), 1);
}

/// Sixteen are served in a round.
#[test]
fn those_who_never_stop_asking_leave_a_turn_to_others() {
    let mut house = House::new();
    let mut early = house.come(Hall::Control);
    let mut talkers: Vec<UnixStream> = (0..40).map(|_| house.come(Hall::Http)).collect();
    let mut late = house.come(Hall::Control);
    let much = "talk\n".repeat(3000);
    early.write_all(b"please\n").unwrap();
    talkers.iter_mut().for_each(|talker| talker.write_all(much.as_bytes()).unwrap());
    house.round();
    late.write_all(b"please\n").unwrap();
    for _ in 0..4 {
        house.round();
    }
    assert_eq!((hear(&mut early).0, hear(&mut late).0), ("please\n".into(), "please\n".into()));
    assert!(house.clients.is_busy(), "the others are not through");
}
