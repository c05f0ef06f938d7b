//! What the histograms hold, read from the text that a scraper gets: the library tells its buckets in no other way, and
//! so whoever draws one shows just what is exported.

/// One histogram without labels.
#[derive(Clone, PartialEq, Debug)]
pub struct Distribution {
    /// What is measured, as its help says.
    pub about: String,
    /// Upper bounds, the last of them infinite, and how many were at or below each.
    pub buckets: Vec<(f64, u64)>,
}

impl Distribution {
    /// All there are in a text of OpenMetrics, in its order.
    pub(super) fn all(text: &str) -> Vec<Distribution> {
        let (mut all, mut about) = (Vec::new(), "");
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                about = help.split_once(' ').map_or("", |(_, about)| about);
            } else if line.starts_with("# TYPE ") && line.ends_with(" histogram") {
                all.push(Distribution { about: about.to_owned(), buckets: Vec::new() });
            } else if let (Some(bucket), Some(last)) = (bucket(line), all.last_mut()) {
                last.buckets.push(bucket);
            }
        }
        all.retain(|distribution| !distribution.buckets.is_empty());
        all
    }

    pub fn count(&self) -> u64 {
        self.buckets.last().map_or(0, |(_, count)| *count)
    }

    /// The bound at or below which this share of all lies.
    pub fn bound_of(&self, share: f64) -> Option<f64> {
        let wanted = share * self.count() as f64;
        self.buckets.iter().find(|(_, count)| *count > 0 && *count as f64 >= wanted).map(|(bound, _)| *bound)
    }
}

fn bucket(line: &str) -> Option<(f64, u64)> {
    let (_, rest) = line.split_once("_bucket{le=\"")?;
    let (bound, count) = rest.split_once("\"} ")?;
    let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? };
    Some((bound, count.split(' ').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_read_back_and_nothing_else() {
        let text = "# HELP a_total Things\n# TYPE a counter\na_total 3\n# HELP b How long.\n# TYPE b histogram\n\
                    # UNIT b seconds\nb_sum 0.1\nb_count 4\nb_bucket{le=\"0.001\"} 1\nb_bucket{le=\"0.5\"} 3\n\
                    b_bucket{le=\"+Inf\"} 4\n# TYPE c histogram\nc_bucket{le=\"1.0\",of=\"x\"} 1\n";
        let all = Distribution::all(text);
        let buckets = vec![(0.001, 1), (0.5, 3), (f64::INFINITY, 4)];
        assert_eq!(all, [Distribution { about: "How long.".into(), buckets }]);
        assert_eq!(
            (all[0].count(), all[0].bound_of(0.5), all[0].bound_of(0.25)),
            (4, Some(0.5), Some(0.001))
        );
        assert_eq!(all[0].bound_of(0.99), Some(f64::INFINITY));
    }

    #[test]
    fn of_nothing_no_share_is_told() {
        let empty = Distribution { about: String::new(), buckets: vec![(1.0, 0), (f64::INFINITY, 0)] };
        assert_eq!((empty.count(), empty.bound_of(0.5)), (0, None));
    }
}
