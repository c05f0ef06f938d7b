//! Who is on the list, and in which order.

use super::*;
use proptest::prelude::*;

#[test]
fn a_score_is_the_weighted_share_of_the_host() {
    let samples =
        vec![process(1, 2.0, 100), process(2, 0.0, 1000), process(3, 4.0, 0), process(4, 9.0, 9000)];
    let list = Ranking::default().rank(&round(samples), &policy(9, 0.1), &Users::from([(1000, "me".into())]));
    let list = list.expect("a list");
    let scores: Vec<(u32, f64)> =
        list.rows.iter().map(|row| (row.sample.identity.pid.0, (row.score * 1e6).round() / 1e6)).collect();
    assert_eq!(scores, [(4, 1.0), (3, 0.7), (1, 0.38), (2, 0.3)]);
    assert_eq!((list.processes, list.rows[0].user.as_deref()), (4, Some("me")));
}

#[test]
fn what_children_used_is_the_work_of_their_parent() {
    let mut parent = process(1, 0.0, 0);
    parent.recent = Some(Recent { cores: 0.5, children: 2.0 });
    assert_eq!(rank(&mut Ranking::default(), &policy(1, 0.0), vec![parent, process(2, 2.4, 0)]), [1]);
}

#[test]
fn without_rates_memory_alone_counts() {
    let unknown = |pid, resident| Sample { recent: None, ..process(pid, 0.0, resident) };
    let mut first = round(vec![unknown(1, 10), unknown(2, 30), unknown(3, 20)]);
    first.over = None;
    let list = Ranking::default().rank(&first, &policy(2, 0.1), &Users::new()).expect("a list");
    assert_eq!((pids(&list), list.captured, list.rows[0].cores()), (vec![2, 3], None, None));
}

#[test]
fn who_uses_nothing_or_less_than_asked_for_is_not_listed() {
    let all = || vec![process(1, 0.0, 0), process(2, 0.0, 1), process(3, 1.0, 0)];
    assert_eq!(rank(&mut Ranking::default(), &policy(9, 0.1), all()), [3, 2]);
    let choosy = TopPolicy { min_score: 0.1, ..policy(9, 0.1) };
    assert_eq!(rank(&mut Ranking::default(), &choosy, all()), [3]);
    // Who falls below it leaves, however long it was listed.
    let mut ranking = Ranking::default();
    assert_eq!(rank(&mut ranking, &choosy, vec![process(1, 0.58, 0)]), [1]);
    assert_eq!(rank(&mut ranking, &choosy, vec![process(1, 0.56, 0)]), [0; 0]);
}

#[test]
fn a_host_that_is_not_known_has_no_list() {
    let strange = Round { host: HostUse::default(), ..round(vec![process(1, 1.0, 1)]) };
    assert_eq!(Ranking::default().rank(&strange, &policy(9, 0.1), &Users::new()), None);
}

/// Two that are equal but for a jitter of four in a hundred, and room for one of them.
#[test]
fn the_list_does_not_flicker() {
    let changes = |stability| {
        let mut ranking = Ranking::default();
        let lists = (0..100u16).map(|n| {
            let jitter = f32::from(n % 5) / 100.0;
            rank(&mut ranking, &policy(1, stability), vec![process(1, 1.0, 0), process(2, 0.98 + jitter, 0)])
        });
        let lists: Vec<_> = lists.collect();
        lists.windows(2).filter(|two| two[0] != two[1]).count()
    };
    assert_eq!((changes(0.1), changes(0.0)), (0, 39));
}

#[test]
fn a_newcomer_takes_a_place_when_it_exceeds_by_that_part() {
    let mut ranking = Ranking::default();
    let mut one_of =
        |cores| rank(&mut ranking, &policy(1, 0.5), vec![process(1, 1.0, 0), process(2, cores, 0)]);
    assert_eq!(
        [one_of(0.5), one_of(1.49), one_of(1.51), one_of(0.7), one_of(0.6)],
        [[1], [1], [2], [2], [1]]
    );
}

#[test]
fn a_pid_that_was_handed_on_is_a_newcomer() {
    let mut ranking = Ranking::default();
    let policy = policy(1, 0.5);
    assert_eq!(rank(&mut ranking, &policy, vec![process(1, 1.0, 0), process(2, 0.9, 0)]), [1]);
    let mut other = process(1, 0.8, 0);
    other.identity.start = StartTime(99);
    assert_eq!(rank(&mut ranking, &policy, vec![other, process(2, 0.9, 0)]), [2]);
}

/// The same by sorting everything, with who was listed before.
fn sorted(samples: &[Sample], policy: &TopPolicy, before: &[Identity]) -> Vec<Identity> {
    let scale = Scale::of(HOST, policy).expect("a host");
    let mut all: Vec<(f64, f64, StartTime, Pid)> = samples
        .iter()
        .map(|sample| {
            let (score, identity) = (scale.score(sample), sample.identity);
            let part = if before.contains(&identity) { policy.stability } else { 0.0 };
            (-score * (1.0 + part), -score, identity.start, identity.pid)
        })
        .filter(|(_, score, ..)| *score < 0.0 && -score >= policy.min_score)
        .collect();
    all.sort_by(|a, b| (a.0, a.2, a.3).partial_cmp(&(b.0, b.2, b.3)).expect("numbers"));
    all.truncate(policy.size);
    all.sort_by(|a, b| (a.1, a.2, a.3).partial_cmp(&(b.1, b.2, b.3)).expect("numbers"));
    all.into_iter().map(|(.., start, pid)| Identity { pid, start }).collect()
}

/// Few values, so that many are equal; pids that are handed on.
fn processes() -> impl Strategy<Value = Vec<Sample>> {
    let one = (1..60u32, 0..3u64, 0..5u8, 0..4u64, any::<bool>());
    proptest::collection::vec(one, 0..80).prop_map(|all| {
        let mut samples: Vec<Sample> = all
            .into_iter()
            .map(|(pid, start, cores, resident, is_known)| {
                let mut sample = process(pid, f32::from(cores) / 4.0, resident * 100);
                sample.identity.start = StartTime(start);
                sample.recent = sample.recent.filter(|_| is_known);
                sample
            })
            .collect();
        samples.sort_unstable_by_key(|sample| sample.identity.pid);
        samples.dedup_by_key(|sample| sample.identity.pid);
        samples
    })
}

proptest! {
    /// Round after round; with a stability of 0 it is nothing but the greatest.
    #[test]
    fn the_list_is_what_sorting_everything_gives(
        rounds in proptest::collection::vec(processes(), 1..6),
        size in 1..20usize,
        stability in prop_oneof![Just(0.0), 0.0..1.0],
        min_score in prop_oneof![Just(0.0), 0.0..0.3],
    ) {
        let policy = TopPolicy { min_score, ..policy(size, stability) };
        let (mut ranking, mut before) = (Ranking::default(), Vec::new());
        for samples in rounds {
            let expected = sorted(&samples, &policy, &before);
            let list = ranking.rank(&round(samples), &policy, &Users::new()).expect("a list");
            before = list.rows.iter().map(|row| row.sample.identity).collect();
            prop_assert_eq!(&before, &expected);
            prop_assert!(list.captured.is_none_or(|part| (0.0..=1.0).contains(&part)));
        }
    }
}
