//! One finding: what was found, where, how bad that is, and what helps. A topic is what the check can have to say of one
//! thing; its name stands in the output and in docs/operations.md.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Ok,
    /// Worth knowing; nothing is worse for it.
    Note,
    /// It works, but not as well as it could.
    Warning,
    /// Nothing can be governed like this.
    Error,
}

/// In the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Area {
    Configuration,
    Privileges,
    Namespaces,
    Events,
    Cgroup,
    Limits,
    Systemd,
    Paths,
    Kernel,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Topic {
    pub area: Area,
    pub name: &'static str,
    /// How bad it is when it is not as it should be.
    pub worst: Kind,
    /// What helps then.
    pub remedy: &'static str,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub topic: &'static Topic,
    pub kind: Kind,
    /// The file and line, where one is to be mended.
    pub place: String,
    /// The key of the configuration, or the limit, that it is about.
    pub key: String,
    pub text: String,
    pub remedy: String,
}

impl Topic {
    /// It is as it should be.
    pub(super) fn good(&'static self, text: impl Into<String>) -> Finding {
        self.found(Kind::Ok, text.into(), "")
    }

    /// It is as it is.
    pub(super) fn fact(&'static self, text: impl Into<String>) -> Finding {
        self.found(Kind::Note, text.into(), "")
    }

    /// It is not as it should be, and nobody here depends on it.
    pub(super) fn mild(&'static self, text: impl Into<String>) -> Finding {
        self.found(Kind::Note, text.into(), self.remedy)
    }

    pub(super) fn bad(&'static self, text: impl Into<String>) -> Finding {
        self.found(self.worst, text.into(), self.remedy)
    }

    /// Said in a sentence of the service's own, which has the remedy behind its first semicolon.
    pub(super) fn because(&'static self, sentence: &str) -> Finding {
        let (cause, remedy) = sentence.split_once("; ").unwrap_or((sentence, self.remedy));
        self.found(self.worst, cause.into(), remedy)
    }

    fn found(&'static self, kind: Kind, text: String, remedy: &str) -> Finding {
        let [place, key] = [const { String::new() }; 2];
        Finding { topic: self, kind, place, key, text, remedy: remedy.into() }
    }
}

impl Finding {
    pub(super) fn at(self, place: impl Into<String>) -> Finding {
        Finding { place: place.into(), ..self }
    }

    pub(super) fn of(self, key: impl Into<String>) -> Finding {
        Finding { key: key.into(), ..self }
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ok => "ok",
            Kind::Note => "note",
            Kind::Warning => "warning",
            Kind::Error => "error",
        }
    }
}

impl Area {
    pub fn name(self) -> &'static str {
        match self {
            Area::Configuration => "configuration",
            Area::Privileges => "privileges",
            Area::Namespaces => "namespaces",
            Area::Events => "events",
            Area::Cgroup => "cgroup",
            Area::Limits => "limits",
            Area::Systemd => "systemd",
            Area::Paths => "paths",
            Area::Kernel => "kernel",
        }
    }
}

/// Without area and remedy: `cgroup.root: text`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.key].into_iter().filter(|part| !part.is_empty()) {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.text)
    }
}
