//! Flags and environment variables as a layer of the same schema: each is a value said for a key of the file, at
//! another place. So they are checked by the same code and answer with the same words.

use super::problem::{Place, Problem, Report, quoted};
use super::read::Field;
use super::schema::Root;
use super::yaml::{Entry, Node, Value};
use std::ffi::OsString;
use std::rc::Rc;

/// The flags of `watch`, as given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// Those that speak for a key of the file.
    pub keyed: Vec<Flag>,
    pub dry_run: bool,
}

/// A flag's name, dashes included, and what was given for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    pub name: &'static str,
    pub text: String,
}

/// Which key of the file a flag speaks for.
pub const FLAGS: [(&str, &str); 16] = [
    ("--scan-interval", "scan_interval"),
    ("--target", "target_commands"),
    ("--cpu-quota", "default_limits.cpu_quota"),
    ("--cpu-weight", "default_limits.cpu_weight"),
    ("--memory-limit", "default_limits.memory_limit"),
    ("--enable-state", "state.enabled"),
    ("--state-path", "state.path"),
    ("--state-flush-interval", "state.flush_interval"),
    ("--enable-retry", "retry.enabled"),
    ("--max-retry-attempts", "retry.max_attempts"),
    ("--poll-only", "events.source"),
    ("--cgroup-root", "cgroup.root"),
    ("--log-format", "log.format"),
    ("--log-level", "log.level"),
    ("--metrics-listen", "metrics.listen"),
    ("--control-socket", "control.socket"),
];

/// Which key of the file a variable speaks for.
pub const VARIABLES: [(&str, &str); 6] = [
    ("SCAN_INTERVAL", "scan_interval"),
    ("TARGET_COMMANDS", "target_commands"),
    ("STATE_FLUSH_INTERVAL", "state.flush_interval"),
    ("MAX_RETRY_ATTEMPTS", "retry.max_attempts"),
    ("STATE_PATH", "state.path"),
    ("LOG_LEVEL", "log.level"),
];

/// The variable that names the file; `--watch-config` stands over it.
pub const FILE_VARIABLE: &str = "WATCH_CONFIG";
pub const FILE_FLAG: &str = "--watch-config";

/// Looks up a variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

pub fn from_flags(flags: &[Flag], report: &mut Report) -> Root {
    let keyed = flags.iter().filter_map(|flag| {
        let (name, key) = FLAGS.iter().find(|(name, _)| *name == flag.name)?;
        Some((Place::Flag(name), *key, flag.text.clone()))
    });
    layer(keyed, report)
}

pub fn from_environment(environment: Environment<'_>, report: &mut Report) -> Root {
    let mut keyed = Vec::new();
    for (name, key) in VARIABLES {
        match environment(name).map(OsString::into_string) {
            Some(Ok(text)) => keyed.push((Place::Variable(name), key, text)),
            Some(Err(_)) => report.error(&Place::Variable(name), key, "not UTF-8 text"),
            None => {}
        }
    }
    layer(keyed, report)
}

fn layer<'a>(given: impl IntoIterator<Item = (Place, &'a str, String)>, report: &mut Report) -> Root {
    given.into_iter().fold(Root::default(), |layer, (place, key, text)| match check(&text) {
        Ok(()) if text.trim().is_empty() => layer,
        Ok(()) => Root::read(&tree(&place, key, text.trim()), "", report).over(layer, report),
        Err(why) => {
            report.error(&place, key, why);
            layer
        }
    })
}

/// `default_limits.cpu_quota` and a text, as the file would have said it.
fn tree(place: &Place, key: &str, text: &str) -> Node {
    let node = |value| Node { place: place.clone(), value };
    let words = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let leaf = match key {
        "target_commands" => {
            Value::List(words().map(|word| node(Value::Plain(word.into())).into()).collect())
        }
        _ => Value::Plain(text.into()),
    };
    key.rsplit('.').fold(node(leaf), |inner, key| {
        node(Value::Map(vec![Entry { key: key.into(), place: place.clone(), node: Rc::new(inner) }]))
    })
}

/// `${NAME:-default}` reaches us as it stands: units are not shell scripts.
fn check(text: &str) -> Result<(), String> {
    match text.strip_prefix("${") {
        Some(_) => Err(format!(
            "{} was not expanded: systemd knows no ${{NAME:-default}}; write the value itself, or leave it empty",
            quoted(text)
        )),
        None => Ok(()),
    }
}

/// The configuration file that flags and environment name, if any.
pub fn file_named(flag: Option<&str>, environment: Environment<'_>) -> Result<Option<String>, Problem> {
    let said = match flag.filter(|text| !text.is_empty()) {
        Some(text) => Some((Place::Flag(FILE_FLAG), Ok(text.to_owned()))),
        None => environment(FILE_VARIABLE).map(|text| (Place::Variable(FILE_VARIABLE), text.into_string())),
    };
    let Some((place, text)) = said else { return Ok(None) };
    let checked = text.map_err(|_| "not UTF-8 text".to_owned()).and_then(|text| check(&text).map(|()| text));
    let text = checked.map_err(|why| Problem { place, key: String::new(), text: why })?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}
