//! Values that are one of a few words.

use crate::config::foreign::Manner;
use crate::config::policy::{ArgvInLog, Tree};
use crate::config::problem::quoted;
use crate::config::read::Word;

/// Where word of new processes comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EventSource {
    /// The kernel's events, and scans alone where there are none.
    #[default]
    Auto,
    /// The kernel's events are expected here.
    Netlink,
    /// Scans alone.
    Poll,
}

/// What becomes of the jobs when the service stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnStop {
    #[default]
    Keep,
    Release,
}

/// Where the thresholds of health come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HealthMode {
    /// The file, or the defaults.
    #[default]
    Fixed,
    /// What is usual on this host.
    Adaptive,
}

/// What is done when somebody else changes what was set for a job, or moves its processes out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnDrift {
    #[default]
    Restore,
    Leave,
}

/// The option of the cgroup mount that makes moves cheap, and forks and exits dearer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FavorDynmods {
    /// It is left as it is.
    #[default]
    Auto,
    On,
    Off,
}

/// What is done with jobs that commands have made below our root.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnMade {
    #[default]
    Adopt,
    Leave,
}

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    Text,
    Json,
    Journal,
}

/// The least important lines that are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum LogLevel {
    Error,
    Warning,
    #[default]
    Info,
    Debug,
    Trace,
}

/// A boolean as older files may say it: `yes` and `on` are among its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpokenBool(pub bool);

impl From<SpokenBool> for bool {
    fn from(SpokenBool(value): SpokenBool) -> bool {
        value
    }
}

/// The words of a choice; of two that mean the same, the first is shown.
macro_rules! choice {
    ($type:ty, $kind:literal, $never_quoted:literal, { $($word:literal => $value:expr,)* }) => {
        impl Word for $type {
            const KIND: &'static str = $kind;
            const NEVER_QUOTED: bool = $never_quoted;

            fn parse(text: &str) -> Result<Self, String> {
                match text.to_ascii_lowercase().as_str() {
                    $($word => Ok($value),)*
                    _ => Err(format!("{} is unknown; expected {}", quoted(text), $kind)),
                }
            }

            fn show(&self) -> String {
                let words = [$(($word, $value)),*];
                words.iter().find(|(_, value)| value == self).map_or("", |(word, _)| word).into()
            }
        }
    };
}

choice!(bool, "true or false", true, {
    "true" => true,
    "false" => false,
});

choice!(SpokenBool, "true or false", true, {
    "true" => SpokenBool(true),
    "yes" => SpokenBool(true),
    "on" => SpokenBool(true),
    "false" => SpokenBool(false),
    "no" => SpokenBool(false),
    "off" => SpokenBool(false),
});

choice!(EventSource, "auto, netlink or poll", false, {
    "auto" => EventSource::Auto,
    "netlink" => EventSource::Netlink,
    "poll" => EventSource::Poll,
});

choice!(HealthMode, "fixed or adaptive", false, {
    "fixed" => HealthMode::Fixed,
    "adaptive" => HealthMode::Adaptive,
});

choice!(OnStop, "keep or release", false, {
    "keep" => OnStop::Keep,
    "release" => OnStop::Release,
});

choice!(OnDrift, "restore or leave", false, {
    "restore" => OnDrift::Restore,
    "leave" => OnDrift::Leave,
});

choice!(FavorDynmods, "auto, on or off", false, {
    "auto" => FavorDynmods::Auto,
    "on" => FavorDynmods::On,
    "off" => FavorDynmods::Off,
});

choice!(OnMade, "adopt or leave", false, {
    "adopt" => OnMade::Adopt,
    "leave" => OnMade::Leave,
});

choice!(Tree, "shared, separate or root-only", false, {
    "shared" => Tree::Shared,
    "separate" => Tree::Separate,
    "root-only" => Tree::RootOnly,
});

choice!(Manner, "auto, leave, move or in-place", false, {
    "auto" => Manner::Auto,
    "leave" => Manner::Leave,
    "move" => Manner::Move,
    "in-place" => Manner::InPlace,
});

choice!(ArgvInLog, "redacted, full or none", false, {
    "redacted" => ArgvInLog::Redacted,
    "full" => ArgvInLog::Full,
    "none" => ArgvInLog::None,
});

choice!(LogFormat, "text, json or journal", false, {
    "text" => LogFormat::Text,
    "json" => LogFormat::Json,
    "journal" => LogFormat::Journal,
});

choice!(LogLevel, "error, warning, info, debug or trace", false, {
    "error" => LogLevel::Error,
    "warning" => LogLevel::Warning,
    "warn" => LogLevel::Warning,
    "info" => LogLevel::Info,
    "debug" => LogLevel::Debug,
    "trace" => LogLevel::Trace,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case_and_nothing_else() {
        assert_eq!(LogLevel::parse("WARN"), Ok(LogLevel::Warning));
        assert_eq!(LogLevel::Warning.show(), "warning");
        assert_eq!(bool::parse("True"), Ok(true));
        assert!(bool::parse("yes").unwrap_err().contains("true or false"));
        assert_eq!(SpokenBool::parse("yes"), Ok(SpokenBool(true)));
        assert!(EventSource::parse("nettlink").unwrap_err().contains("auto, netlink or poll"));
    }
}
