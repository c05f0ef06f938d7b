//! Limits that an operator asks for while the service runs: the same keys as in the file, the same values, the same words
//! about what is wrong with them.

use super::Capacity;
use super::compile::here::fits;
use super::compile::limits::said as said_of;
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
pub fn limits(said: &[(String, String)], capacity: &Capacity) -> Result<(Overrides, Remarks), Remarks> {
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
    names_disks(&limits, &mut report);
    let remarks = |problems: Vec<Problem>| problems.iter().map(remark).collect();
    let overrides = said_of(&limits);
    match report.finish() {
        Err(errors) => Err(remarks(errors)),
        Ok(_) if overrides.is_empty() => {
            Err(vec![format!("no limit is named; known are {}", Limits::KEYS.join(", "))])
        }
        Ok(warnings) => Ok((overrides, remarks(warnings))),
    }
}

/// Who asks finds the disk below a folder: looking at a file system that does not answer would keep the service waiting.
fn names_disks(limits: &Limits, report: &mut Report) {
    let Some(said) = &limits.io_max else { return };
    for (path, _) in said.value.iter().filter(|(path, _)| !path.starts_with("/dev/")) {
        let text = format!("{path} is no device; name the disk itself, like /dev/vda");
        report.error(&said.place, &said.key, text);
    }
}

fn remark(problem: &Problem) -> String {
    Escaped(format!("{}: {}", problem.key, problem.text).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LimitKey;

    fn asked(said: &[(&str, &str)]) -> Result<(Overrides, Remarks), Remarks> {
        let capacity = Capacity { cpus: Some(2), memory: Some(1 << 30), ..Capacity::default() };
        let said: Vec<_> = said.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        limits(&said, &capacity)
    }

    #[test]
    fn values_are_written_as_in_the_file() {
        let all = [("cpu_quota", "150%"), ("cpu_weight", "0"), ("memory_limit", "512MiB")];
        let overrides = Overrides::from([
            (LimitKey::CpuQuota, 150),
            (LimitKey::CpuWeight, 100),
            (LimitKey::MemoryLimit, 512 << 20),
        ]);
        assert_eq!(asked(&all), Ok((overrides, vec![])));
        assert_eq!(
            asked(&[("memory_limit", "512")]).unwrap().0,
            Overrides::from([(LimitKey::MemoryLimit, 512 << 20)])
        );
        assert_eq!(
            asked(&[("memory_limit", "0")]).unwrap().0,
            [(LimitKey::MemoryLimit, None)].into_iter().collect()
        );
    }

    #[test]
    fn a_disk_is_named_by_its_device() {
        let text = "/dev/vdb:riops=100;/dev/vda:wbps=20MB";
        let told = asked(&[("io_max", text)]).unwrap().0.to_string();
        assert_eq!(told, "io_max=/dev/vda:wbps=20000000;/dev/vdb:riops=100");
        assert_eq!(asked(&[("io_max", "max")]).unwrap().0.to_string(), "io_max=none");
        let wrong = asked(&[("io_max", "/srv:rbps=5;/dev/vda:rpbs=5")]).unwrap_err();
        assert!(wrong[0].contains("known are rbps, wbps"), "{wrong:?}");
        let wrong = asked(&[("io_max", "/srv:rbps=5")]).unwrap_err();
        assert_eq!(wrong, ["io_max: /srv is no device; name the disk itself, like /dev/vda"]);
    }

    #[test]
    fn more_than_the_host_has_is_a_remark() {
        let (overrides, remarks) = asked(&[("cpu_quota", "800"), ("memory_limit", "2GiB")]).unwrap();
        assert_eq!(overrides.to_string(), "cpu_quota=800 memory_limit=2147483648");
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
