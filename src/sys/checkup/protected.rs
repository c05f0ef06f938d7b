//! What settings of a unit make read-only to it: a folder that they name, or a file below what they protect as a whole.

use super::unit_file::{Setting, Unit};
use std::path::Path;

/// The setting that makes a folder one to be read only, if its word for it is not overruled by a nearer one.
pub(super) fn folder<'u>(unit: &'u Unit, folder: &Path) -> Option<&'u Setting> {
    let nearest = |key| {
        let named = unit.list(key).into_iter().filter_map(|(word, setting)| {
            let path = word.trim_start_matches(['-', '+']);
            folder.starts_with(path).then_some((path.len(), setting))
        });
        named.max_by_key(|(length, _)| *length)
    };
    let closed = ["ReadOnlyPaths", "InaccessiblePaths"].into_iter().filter_map(nearest);
    let (closed, setting) = closed.max_by_key(|(length, _)| *length)?;
    (nearest("ReadWritePaths").is_none_or(|(open, _)| open <= closed)).then_some(setting)
}

/// The same of a file below the folders that systemd protects as a whole.
pub(super) fn file<'u>(unit: &'u Unit, file: &Path) -> Option<&'u Setting> {
    let own = [
        ("StateDirectory", "/var/lib"),
        ("LogsDirectory", "/var/log"),
        ("RuntimeDirectory", "/run"),
        ("CacheDirectory", "/var/cache"),
    ];
    let given = own.iter().any(|(key, top)| {
        unit.list(key)
            .iter()
            .any(|(name, _)| file.starts_with(Path::new(top).join(name.split(':').next().unwrap_or(name))))
    });
    let opened = unit
        .list("ReadWritePaths")
        .iter()
        .any(|(word, _)| file.starts_with(word.trim_start_matches(['-', '+'])));
    if given || opened {
        return None;
    }
    let system = unit.last("ProtectSystem").filter(|setting| match setting.value.as_str() {
        "strict" => !["/dev", "/proc", "/sys"].iter().any(|free| file.starts_with(free)),
        "full" => ["/usr", "/boot", "/efi", "/etc"].iter().any(|closed| file.starts_with(closed)),
        _ => setting.is_set() && ["/usr", "/boot", "/efi"].iter().any(|closed| file.starts_with(closed)),
    });
    let home = unit.last("ProtectHome").filter(|setting| {
        setting.is_set() && ["/home", "/root", "/run/user"].iter().any(|home| file.starts_with(home))
    });
    system.or(home)
}
