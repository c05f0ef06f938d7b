//! Distributions drawn as bars, a row for each bucket. What a picture shows is said in words, too.

use super::html::Html;
use crate::expose::metrics::Distribution;
use crate::model::Human;
use std::fmt::Display;
use std::time::Duration;

const ROW: usize = 18;
/// Where bars begin, and how long the longest is.
const LEFT: usize = 58;
const LONGEST: u64 = 180;
const WIDTH: usize = 290;

pub(super) fn section(html: &mut Html, distributions: &[Distribution]) {
    let drawn: Vec<&Distribution> = distributions.iter().filter(|d| d.count() > 0).collect();
    if drawn.is_empty() {
        return;
    }
    html.element("section", &[("aria-labelledby", &"times")], |html| {
        html.with_text("h2", &[("id", &"times")], "How long things take");
        html.element("div", &[("class", &"charts")], |html| {
            for distribution in drawn {
                html.element("figure", &[], |html| figure(html, distribution));
            }
        });
    });
}

fn figure(html: &mut Html, distribution: &Distribution) {
    let summary = summary(distribution);
    html.element("figcaption", &[], |html| {
        html.with_text("strong", &[], distribution.about.trim_end_matches('.'));
        html.with_text("small", &[], &summary);
    });
    let rows = rows(distribution);
    let view = format!("0 0 {WIDTH} {}", ROW * rows.len());
    html.element("svg", &[("viewBox", &view), ("role", &"img"), ("aria-label", &summary)], |html| {
        let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        for (i, (name, count)) in rows.iter().enumerate() {
            bar(html, i * ROW, name, *count, most);
        }
    });
}

fn bar(html: &mut Html, top: usize, name: &str, count: u64, most: u64) {
    let middle = top + ROW / 2;
    let label = |html: &mut Html, class: &'static str, x: usize, text: &dyn Display| {
        html.with_text("text", &[("class", &class), ("x", &x), ("y", &middle), ("dy", &".35em")], text);
    };
    label(html, "bound", LEFT - 8, &name);
    if count > 0 {
        // A bar is seen also where there was only one.
        let length = (u128::from(count) * u128::from(LONGEST) / u128::from(most)).max(2);
        let (at, high) = (top + 3, ROW - 6);
        html.void("rect", &[("x", &LEFT), ("y", &at), ("width", &length), ("height", &high), ("rx", &2)]);
        label(html, "count", LEFT + usize::try_from(length).unwrap_or_default() + 6, &count);
    }
}

/// Each bucket with its own count, from the first to the last that has any.
fn rows(distribution: &Distribution) -> Vec<(String, u64)> {
    let (mut below, mut previous) = (0, 0.0);
    let mut rows = Vec::new();
    for &(bound, until) in &distribution.buckets {
        let name = if bound.is_finite() { seconds(bound) } else { format!("> {}", seconds(previous)) };
        rows.push((name, until.saturating_sub(below)));
        (below, previous) = (until, bound);
    }
    let has_any = |(_, count): &(String, u64)| *count > 0;
    let first = rows.iter().position(has_any).unwrap_or_default();
    let last = rows.iter().rposition(has_any).unwrap_or_default();
    rows.drain(..=last).skip(first).collect()
}

fn summary(distribution: &Distribution) -> String {
    let within = |share| match distribution.bound_of(share) {
        Some(bound) if bound.is_finite() => seconds(bound),
        _ => "more".to_owned(),
    };
    format!("{} in all: half within {}, 99 % within {}", distribution.count(), within(0.5), within(0.99))
}

fn seconds(bound: f64) -> String {
    Duration::try_from_secs_f64(bound).map_or_else(|_| bound.to_string(), |bound| Human(bound).to_string())
}
