//! What a scraper reads: one answer of `/metrics`, in the text form.

use super::Service;
use super::asking::get;
use std::collections::BTreeMap;

/// The values by their series, as `name{label="value"}`, without the prefix of all names.
#[derive(Clone, Debug)]
pub struct Scrape {
    values: BTreeMap<String, f64>,
    /// The types of families, by name.
    pub types: BTreeMap<String, String>,
}

impl Scrape {
    /// Fails on whatever is not Prometheus' text form.
    pub fn parse(text: &str) -> Scrape {
        let mut scrape = Scrape { values: BTreeMap::new(), types: BTreeMap::new() };
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let words: Vec<&str> = comment.splitn(3, ' ').collect();
                match words[..] {
                    ["HELP", _, _] => {}
                    ["TYPE", name, kind] => {
                        let twice = scrape.types.insert(name.to_owned(), kind.to_owned());
                        assert_eq!(twice, None, "{line}");
                    }
                    _ => panic!("{line}"),
                }
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?}"));
            let series = series.strip_prefix("ffrtmp_").unwrap_or_else(|| panic!("{line}"));
            let value = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
            let twice = scrape.values.insert(series.to_owned(), value);
            assert_eq!(twice, None, "{line}");
        }
        scrape
    }

    pub fn get(&self, series: &str) -> Option<f64> {
        self.values.get(series).copied()
    }

    #[track_caller]
    pub fn value(&self, series: &str) -> f64 {
        self.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.values))
    }

    /// Series that tell of this job.
    pub fn of_job(&self, job: &str) -> Vec<&str> {
        let label = format!("job_id=\"{job}\"");
        self.values.keys().filter(|series| series.contains(&label)).map(String::as_str).collect()
    }
}

impl Service {
    pub fn scrape(&self) -> Scrape {
        Scrape::parse(&get(self.metrics_address(), "/metrics", "").body)
    }
}
