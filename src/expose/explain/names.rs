//! The names of a process as they may be shown: no more of a command line than the log shows.

use crate::config::policy::ArgvInLog;
use crate::expose::redact;
use crate::model::explanation::Explanation;
use crate::model::process::base_name;
use crate::model::record::MatchedBy;
use crate::model::text::{Escaped, Quoted};

/// Each is absent where it cannot be read, and `***` where it may not be shown.
#[derive(Debug)]
pub struct Shown {
    exe: Option<String>,
    argv0: Option<String>,
    comm: Option<String>,
}

pub fn shown_names(about: &Explanation, argv: ArgvInLog) -> Shown {
    let Some(names) = &about.names else { return Shown { exe: None, argv0: None, comm: None } };
    let text = |name: &[u8]| Escaped(name).to_string();
    Shown {
        exe: names.exe.map(|exe| text(exe.as_bytes())),
        argv0: names.argv0.as_deref().map(|argv0| first_argument(argv0, argv)),
        comm: Some(text(names.comm.as_bytes())),
    }
}

/// The part that is compared. Where anything of the whole must be hidden, all of it is: a stream key may be the last part.
fn first_argument(argv0: &[u8], how: ArgvInLog) -> String {
    let is_bare = || argv0.is_empty() || redact::argv(argv0, false, how) == Quoted(argv0).to_string();
    match how {
        ArgvInLog::Redacted if is_bare() => Escaped(base_name(argv0)).to_string(),
        ArgvInLog::Full => Escaped(base_name(argv0)).to_string(),
        ArgvInLog::Redacted | ArgvInLog::None => "***".to_owned(),
    }
}

impl Shown {
    pub fn by(&self, by: MatchedBy) -> Option<&str> {
        match by {
            MatchedBy::Exe => self.exe.as_deref(),
            MatchedBy::Argv0 => self.argv0.as_deref(),
            MatchedBy::Comm => self.comm.as_deref(),
            MatchedBy::Order => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_first_argument_no_more_is_shown_than_in_the_log() {
        use ArgvInLog::{Full, None, Redacted};
        for (argv0, how, shown) in [
            ("/usr/bin/ffmpeg", Redacted, "ffmpeg"),
            ("/opt/my tools/ff mpeg", Redacted, "ff mpeg"),
            ("rtmp://host/app/secret", Redacted, "***"),
            ("rtmp://host/app/secret", Full, "secret"),
            ("ffmpeg -passphrase secret", Redacted, "***"),
            ("/usr/bin/ffmpeg", None, "***"),
            ("", Redacted, ""),
        ] {
            assert_eq!(first_argument(argv0.as_bytes(), how), shown, "{argv0} {how:?}");
        }
    }
}
