//! Amounts as a person reads them.

use std::fmt::Display;

pub(super) const UNKNOWN: &str = "–";

/// Cores that are busy, in the unit of `cpu_quota`.
pub(super) fn percent(cores: f64) -> String {
    format!("{:.0} %", cores * 100.0)
}

/// What is not known yet, or not to be known here, has its own sign.
pub(super) fn or_unknown(amount: Option<impl Display>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), |amount| amount.to_string())
}
