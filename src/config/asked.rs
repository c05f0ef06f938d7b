//! Limits that an operator asks for while the service runs: the same keys as in the file, the same values, the same words
//! about what is wrong with them.

use super::Capacity;
use super::compile::here::fits;
use super::problem::{Place, Problem, Report};
use super::read::Field;
use super::schema::Limits;
use super::yaml::{Entry, Node, Value};
use crate::model::Overrides;
use crate::model::text::Escaped;
use std::rc::Rc;

/// A clause each: what is wrong, or what is doubtful.
pub type Remarks = Vec<String>;

/// What is asked for, in the order in which it was said.
pub fn limits(said: &[(String, String)], capacity: Capacity) -> Result<(Overrides, Remarks), Remarks> {
    let place = Place::Flag("limits");
    let node = |value| Node { place: place.clone(), value };
    let entries = said.iter().map(|(key, text)| Entry {
        key: key.as_str().into(),
        place: place.clone(),
        node: Rc::new(node(Value::Plain(text.trim().into()))),
    });
    let map = node(Value::Map(entries.collect()));
    let mut report = Report::default();
    let limits = Limits::read(&map, "", &mut report);
    fits(&limits, capacity, &mut report);
    let remarks = |problems: Vec<Problem>| problems.iter().map(remark).collect();
    let overrides = Overrides {
        cpu_quota: limits.cpu_quota.map(|said| said.value.0),
        cpu_weight: limits.cpu_weight.map(|said| said.value.0),
        memory_limit: limits.memory_limit.map(|said| said.value.0),
    };
    match report.finish() {
        Err(errors) => Err(remarks(errors)),
        Ok(_) if overrides.is_empty() => {
            Err(vec![format!("no limit is named; known are {}", Limits::KEYS.join(", "))])
        }
        Ok(warnings) => Ok((overrides, remarks(warnings))),
    }
}

fn remark(problem: &Problem) -> String {
    Escaped(format!("{}: {}", problem.key, problem.text).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(said: &[(&str, &str)]) -> Result<(Overrides, Remarks), Remarks> {
        let capacity = Capacity { cpus: Some(2), memory: Some(1 << 30) };
        let said: Vec<_> = said.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        limits(&said, capacity)
    }

    #[test]
    fn values_are_written_as_in_the_file() {
        let all = [("cpu_quota", "150%"), ("cpu_weight", "0"), ("memory_limit", "512MiB")];
        let overrides =
            Overrides { cpu_quota: Some(150), cpu_weight: Some(0), memory_limit: Some(512 << 20) };
        assert_eq!(asked(&all), Ok((overrides, vec![])));
        assert_eq!(asked(&[("memory_limit", "512")]).unwrap().0.memory_limit, Some(512 << 20));
    }

    #[test]
    fn more_than_the_host_has_is_a_remark() {
        let (overrides, remarks) = asked(&[("cpu_quota", "800"), ("memory_limit", "2GiB")]).unwrap();
        assert_eq!(overrides.cpu_quota, Some(800));
        assert_eq!(
            remarks,
            [
                "cpu_quota: 800 is more than this host has: 2 cores are 200",
                "memory_limit: 2GiB is more than this host has: 1GiB"
            ]
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = asked(&[("cpu_quota", "many"), ("cpu_qota", "5"), ("cpu_weight", "20000")]).unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong.contains(&"cpu_qota: unknown key; did you mean cpu_quota?".to_owned()), "{wrong:?}");
        for nothing in [&[][..], &[("cpu_quota", "")]] {
            assert!(asked(nothing).unwrap_err()[0].contains("no limit is named; known are cpu_quota, "));
        }
        assert!(!asked(&[("\u{1b}[2J\n", "1")]).unwrap_err()[0].contains(['\u{1b}', '\n']));
    }
}
