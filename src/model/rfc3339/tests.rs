//! Known dates by hand (checked with `date -u -d @N`), the rest by round trip over the whole range.

use super::*;
use proptest::prelude::*;

#[test]
fn known_times() {
    assert_eq!(Wall(0).millis().to_string(), "1970-01-01T00:00:00.000Z");
    assert_eq!(Wall(951_827_696_789_000_000).millis().to_string(), "2000-02-29T12:34:56.789Z");
    assert_eq!(Wall(-1).exact().to_string(), "1969-12-31T23:59:59.999999999Z");
    assert_eq!(Wall(951_827_696_789_000_000).compact(), "20000229T123456Z");
}

#[test]
fn offsets_fractions_and_letters() {
    let noon = Some(Wall(951_825_600_000_000_000));
    for same in [
        "2000-02-29T12:00:00Z",
        "2000-02-29t12:00:00z",
        "2000-02-29 14:30:00+02:30",
        "2000-02-28T23:00:00.000-13:00",
    ] {
        assert_eq!(Wall::parse(same), noon, "{same}");
    }
    assert_eq!(Wall::parse("1970-01-01T00:00:00.5Z"), Some(Wall(500_000_000)));
    assert_eq!(Wall::parse("1970-01-01T00:00:00.1234567899999Z"), Some(Wall(123_456_789)));
    assert_eq!(Wall::parse("1969-12-31T23:59:60Z"), Some(Wall(0)));
}

#[test]
fn times_that_do_not_fit_are_clamped() {
    assert_eq!(Wall::parse("0001-01-01T00:00:00Z"), Some(Wall(i64::MIN)));
    assert_eq!(Wall::parse("9999-12-31T23:59:59Z"), Some(Wall(i64::MAX)));
}

#[test]
fn nonsense_is_refused() {
    for text in [
        "",
        "Z",
        "2000-02-30T00:00:00Z",
        "1999-02-29T00:00:00Z",
        "2000-13-01T00:00:00Z",
        "2000-01-00T00:00:00Z",
        "2000-01-01T24:00:00Z",
        "2000-01-01T00:00:00",
        "2000-01-01T00:00:00.Z",
        "2000-01-01T00:00:00ZZ",
        "2000-01-01T00:00:00+24:00",
        "2000-01-01T00:00:00+0200",
        "2000/01/01T00:00:00Z",
        "2000-01-01T00:00:00.",
        "2000-01-01T0\u{e9}:00:00Z",
        "+000-01-01T00:00:00Z",
    ] {
        assert_eq!(Wall::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(ns: i64) {
        prop_assert_eq!(Wall::parse(&Wall(ns).exact().to_string()), Some(Wall(ns)));
    }

    #[test]
    fn days_go_there_and_back(days in -800_000_i64..3_000_000) {
        let (y, m, d) = civil_from_days(days);
        prop_assert!((1..=12).contains(&m) && d >= 1 && d <= days_in(y, m).unwrap());
        prop_assert_eq!(days_from_civil(y, m, d), days);
    }

    #[test]
    fn anything_may_be_read(text in "\\PC{0,40}|[0-9TZtz:.+ -]{0,40}") {
        let _ = Wall::parse(&text);
    }
}
