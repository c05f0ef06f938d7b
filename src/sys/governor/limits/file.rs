//! One limit ⇄ its file: what is written for a value, what stands there where nobody limits, and whether what the kernel
//! shows is what was asked for. It rounds, and says "max".

use crate::model::{Amount, LimitKey};
use rustix::param::page_size;
use std::borrow::Cow;
use std::ffi::CStr;

/// Microseconds; the kernel's own default.
const PERIOD: i64 = 100_000;

/// What bfq has instead of `io.weight`, and the most that it takes.
const BFQ_WEIGHT: &CStr = c"io.bfq.weight";
const MOST_BFQ_WEIGHT: i64 = 1000;

/// `None`: it is not a file that holds this one.
pub(in crate::sys::governor) fn file(key: LimitKey) -> Option<&'static CStr> {
    Some(match key {
        LimitKey::CpuQuota => c"cpu.max",
        LimitKey::CpuBurst => c"cpu.max.burst",
        LimitKey::CpuWeight => c"cpu.weight",
        LimitKey::Cpus => c"cpuset.cpus",
        LimitKey::MemoryLimit => c"memory.max",
        LimitKey::MemoryHigh => c"memory.high",
        LimitKey::MemoryLow => c"memory.low",
        LimitKey::MemorySwapMax => c"memory.swap.max",
        LimitKey::OomGroup => c"memory.oom.group",
        LimitKey::PidsMax => c"pids.max",
        LimitKey::UclampMin => c"cpu.uclamp.min",
        LimitKey::UclampMax => c"cpu.uclamp.max",
        LimitKey::IoWeight => c"io.weight",
        LimitKey::IoMax => c"io.max",
        LimitKey::NetworkRx | LimitKey::NetworkTx | LimitKey::Nice | LimitKey::OomScoreAdj => return None,
    })
}

/// The limits that are files of a group. A share of a disk has two: whoever serves a disk looks at its own.
pub(in crate::sys::governor) fn files() -> impl Iterator<Item = (LimitKey, &'static CStr)> {
    let files = LimitKey::ALL.into_iter().filter_map(|key| Some((key, file(key)?)));
    files.chain([(LimitKey::IoWeight, BFQ_WEIGHT)])
}

/// As much of it as this file can hold.
pub(super) fn held_by(file: &CStr, amount: Option<&Amount>) -> Option<Amount> {
    match amount {
        Some(Amount::Number(weight)) if file == BFQ_WEIGHT => {
            Some(Amount::Number((*weight).min(MOST_BFQ_WEIGHT)))
        }
        other => other.cloned(),
    }
}

/// What stands in a group that nobody has limited.
fn unlimited(key: LimitKey) -> &'static str {
    match key {
        LimitKey::CpuQuota => "max 100000",
        LimitKey::CpuWeight => "100",
        LimitKey::IoWeight => "default 100",
        // Written with its line's end: nothing at all would change nothing.
        LimitKey::Cpus => "\n",
        LimitKey::CpuBurst
        | LimitKey::MemoryLow
        | LimitKey::OomGroup
        | LimitKey::Nice
        | LimitKey::OomScoreAdj => "0",
        LimitKey::IoMax => "",
        LimitKey::UclampMin => "0.00",
        LimitKey::MemoryLimit
        | LimitKey::MemoryHigh
        | LimitKey::MemorySwapMax
        | LimitKey::PidsMax
        | LimitKey::NetworkRx
        | LimitKey::NetworkTx
        | LimitKey::UclampMax => "max",
    }
}

pub(super) fn text(key: LimitKey, amount: Option<&Amount>) -> Cow<'static, str> {
    match (key, amount) {
        (_, None) => unlimited(key).into(),
        (LimitKey::CpuQuota, Some(Amount::Number(percent))) => {
            format!("{} {PERIOD}", percent.saturating_mul(PERIOD / 100)).into()
        }
        (LimitKey::CpuBurst, Some(Amount::Number(percent))) => {
            percent.saturating_mul(PERIOD / 100).to_string().into()
        }
        (LimitKey::IoWeight, Some(weight)) => format!("default {weight}").into(),
        (_, Some(amount)) => amount.to_string().into(),
    }
}

/// What the kernel shows, as a limit; `None` where it limits nothing, or cannot be understood.
pub(in crate::sys::governor) fn parse(key: LimitKey, held: &str) -> Option<Amount> {
    if held == unlimited(key).trim_end() || held.is_empty() {
        return None;
    }
    if !key.is_number() {
        return Some(Amount::Words(held.into()));
    }
    let mut words = held.strip_prefix("default ").unwrap_or(held).split(' ');
    let number: i64 = words.next()?.parse().ok()?;
    Some(Amount::Number(match key {
        // Somebody else's period is translated; a fraction of a percent is lost.
        LimitKey::CpuQuota => number.checked_mul(100)?.checked_div(words.next()?.parse().ok()?)?,
        LimitKey::CpuBurst => number / (PERIOD / 100),
        _ => number,
    }))
}

pub(in crate::sys::governor) fn agrees(key: LimitKey, amount: Option<&Amount>, held: &str) -> bool {
    match amount {
        Some(Amount::Number(bytes)) if key.is_bytes() => match held.parse::<i64>() {
            Ok(held) => held == whole_pages(*bytes),
            // The kernel says "max" of anything from its own largest number on.
            Err(_) => held == "max" && *bytes >= i64::MAX - 2 * page_size() as i64,
        },
        // The whole of a processor has a name of its own, and the kernel counts in 1024ths.
        Some(Amount::Words(percent)) if is_clamp(key) && held == "max" => {
            percent.parse::<f64>().is_ok_and(|percent| percent * 1024.0 / 100.0 > 1023.5)
        }
        _ => held == text(key, amount).trim_end(),
    }
}

fn is_clamp(key: LimitKey) -> bool {
    matches!(key, LimitKey::UclampMin | LimitKey::UclampMax)
}

fn whole_pages(bytes: i64) -> i64 {
    bytes - bytes % page_size() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_the_kernel_asks_for() {
        for (key, amount, written) in [
            (LimitKey::CpuQuota, Amount::Number(150), "150000 100000"),
            (LimitKey::CpuQuota, Amount::Number(u32::MAX.into()), "4294967295000 100000"),
            (LimitKey::CpuBurst, Amount::Number(20), "20000"),
            (LimitKey::CpuWeight, Amount::Number(50), "50"),
            (LimitKey::Cpus, Amount::Words("0-3,7".into()), "0-3,7"),
            (LimitKey::MemoryLimit, Amount::Number(536_870_913), "536870913"),
            (LimitKey::MemorySwapMax, Amount::Number(0), "0"),
            (LimitKey::OomGroup, Amount::Number(1), "1"),
            (LimitKey::UclampMin, Amount::Words("12.50".into()), "12.50"),
            (LimitKey::IoWeight, Amount::Number(300), "default 300"),
        ] {
            assert_eq!(text(key, Some(&amount)), written);
        }
    }

    #[test]
    fn what_limits_nothing_is_no_limit_and_is_written_as_the_kernel_shows_it() {
        for key in LimitKey::ALL {
            let none = text(key, None);
            assert!(agrees(key, None, none.trim_end()), "{key}");
            assert_eq!(parse(key, none.trim_end()), None, "{key}");
        }
    }

    #[test]
    fn what_the_kernel_rounds_still_stands() {
        let memory = |bytes, held| agrees(LimitKey::MemoryHigh, Some(&Amount::Number(bytes)), held);
        assert!(memory(536_870_913, "536870912") && !memory(536_870_913, "536870913"));
        assert!(memory(i64::MAX, "max") && !memory(i64::MAX, "?") && !memory(536_870_913, "max"));
        assert_eq!(parse(LimitKey::CpuQuota, "25000 50000"), Some(Amount::Number(50)));
        assert_eq!(parse(LimitKey::IoWeight, "default 300"), Some(Amount::Number(300)));
        assert_eq!(held_by(BFQ_WEIGHT, Some(&Amount::Number(5000))), Some(Amount::Number(1000)));
        assert_eq!(parse(LimitKey::Cpus, "0-1"), Some(Amount::Words("0-1".into())));
    }
}
