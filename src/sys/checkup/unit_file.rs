//! The settings of a systemd unit as its files give them: the unit's own and its drop-ins, in systemd's order, each with
//! the file and line it stands in. Only looked at; systemd itself is not asked.

use crate::sys::host;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Unit {
    pub(super) path: PathBuf,
    pub(super) masked: bool,
    settings: Vec<Setting>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) place: String,
}

/// Where systemd looks for units, the strongest first.
pub(super) const FOLDERS: [&str; 7] = [
    "etc/systemd/system.control",
    "run/systemd/system.control",
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

impl Unit {
    /// `top`: the root folder. `None`: no such unit is installed.
    pub(super) fn read(top: &Path, name: &str) -> Option<Unit> {
        let folders = FOLDERS.map(|folder| top.join(folder));
        let path =
            folders.iter().map(|folder| folder.join(name)).find(|path| path.is_symlink() || path.exists())?;
        let masked = path.canonicalize().is_ok_and(|real| real == Path::new("/dev/null"));
        let mut settings = settings(&path);
        for drop_in in drop_ins(&folders, name) {
            settings.extend(self::settings(&drop_in));
        }
        Some(Unit { path, masked, settings })
    }

    fn all(&self, key: &str) -> Vec<&Setting> {
        self.settings.iter().filter(|setting| setting.key == key).collect()
    }

    /// The one that counts.
    pub(super) fn last(&self, key: &str) -> Option<&Setting> {
        self.all(key).pop()
    }

    /// A list that settings add to, and an empty one empties.
    pub(super) fn list(&self, key: &str) -> Vec<(String, &Setting)> {
        let mut list = Vec::new();
        for setting in self.all(key) {
            let words = setting.value.split_whitespace().map(|word| (word.to_owned(), setting));
            if setting.value.is_empty() { list.clear() } else { list.extend(words) }
        }
        list
    }

    /// Of everything there is, what these settings let be: `None` is all. The setting is the one that took `word` away.
    pub(super) fn forbids(&self, key: &str, word: &str) -> Option<&Setting> {
        let mut allowed: Result<(), &Setting> = Ok(());
        let mut untouched = true;
        for setting in self.all(key) {
            let (inverted, words) = match setting.value.strip_prefix('~') {
                Some(words) => (true, words),
                None => (false, setting.value.as_str()),
            };
            let named = words.split_whitespace().any(|one| one == word);
            match (inverted, words.is_empty()) {
                // Both begin anew. Families are then free, capabilities all gone.
                (false, true) if key == "RestrictAddressFamilies" => (allowed, untouched) = (Ok(()), true),
                (false, true) => (allowed, untouched) = (Err(setting), false),
                (true, true) => (allowed, untouched) = (Ok(()), true),
                (true, false) if named => (allowed, untouched) = (Err(setting), false),
                (true, false) => untouched = false,
                (false, false) if named => (allowed, untouched) = (Ok(()), false),
                // The first list of what is allowed forbids the rest.
                (false, false) if untouched => (allowed, untouched) = (Err(setting), false),
                (false, false) => {}
            }
        }
        allowed.err()
    }
}

impl Setting {
    /// Whether it says something else than no.
    pub(super) fn is_set(&self) -> bool {
        let no = ["", "no", "n", "false", "f", "off", "0", "root", "all", "default"];
        !no.contains(&self.value.to_ascii_lowercase().as_str())
    }
}

/// The drop-ins for a unit: of those with one name the strongest folder's, all in the order of their names.
fn drop_ins(folders: &[PathBuf], name: &str) -> Vec<PathBuf> {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let prefixes = stem
        .char_indices()
        .rev()
        .filter(|(_, c)| *c == '-')
        .map(|(at, _)| format!("{}.{kind}", &stem[..=at]));
    let names = std::iter::once(name.to_owned()).chain(prefixes).chain([kind.to_owned()]);
    let mut found = BTreeMap::new();
    for name in names {
        for folder in folders {
            let entries = std::fs::read_dir(folder.join(format!("{name}.d"))).into_iter().flatten().flatten();
            for path in
                entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "conf"))
            {
                found.entry(path.file_name().map(ToOwned::to_owned)).or_insert(path);
            }
        }
    }
    found.into_values().collect()
}

/// Those of the section `[Service]`.
fn settings(path: &Path) -> Vec<Setting> {
    let bytes = host::open_file(path).and_then(|file| host::read_open(&file)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut settings: Vec<Setting> = Vec::new();
    let (mut within, mut goes_on) = (false, false);
    for (line, number) in text.lines().zip(1..) {
        let plain = line.trim();
        if plain.starts_with(['#', ';']) {
            continue;
        }
        let (part, more) = plain.strip_suffix('\\').map_or((plain, false), |part| (part.trim_end(), true));
        match (goes_on, part.split_once('=')) {
            (true, _) => {
                if let Some(last) = settings.last_mut().filter(|_| within) {
                    last.value = format!("{} {part}", last.value);
                }
            }
            (false, _) if part.starts_with('[') => within = part == "[Service]",
            (false, Some((key, value))) if within => settings.push(Setting {
                key: key.trim().into(),
                value: value.trim().into(),
                place: format!("{}:{number}", path.display()),
            }),
            _ => {}
        }
        goes_on = more;
    }
    settings
}

#[cfg(test)]
pub(super) mod tests;
