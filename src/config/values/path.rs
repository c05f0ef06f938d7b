//! Paths.

use crate::config::problem::quoted;
use crate::config::read::Word;
use std::path::{Component, Path, PathBuf};

/// A folder, from the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder(pub PathBuf);

impl Word for Folder {
    const KIND: &'static str = "a folder, like /srv/media";

    fn parse(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        match () {
            () if !path.is_absolute() => Err(format!(
                "{} is not an absolute path; write it from the root, like /srv/media",
                quoted(text)
            )),
            () if path.components().any(|part| part == Component::ParentDir) => {
                Err(format!("{} holds \"..\"; write the folder it leads to", quoted(text)))
            }
            // Without doubled and trailing slashes.
            () => Ok(Folder(path.components().collect())),
        }
    }

    fn show(&self) -> String {
        self.0.display().to_string()
    }
}

/// A file that may be given relative to where the service is started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilePath(pub PathBuf);

impl Word for FilePath {
    const KIND: &'static str = "a path";

    fn parse(text: &str) -> Result<Self, String> {
        if text.ends_with('/') {
            return Err(format!("{} is a folder; write the path of a file", quoted(text)));
        }
        Ok(FilePath(text.into()))
    }

    fn show(&self) -> String {
        self.0.display().to_string()
    }
}

/// Permissions of a file, as chmod takes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMode(pub u32);

impl Word for FileMode {
    const KIND: &'static str = "permissions, like \"0600\"";

    fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        let octal = (3..=4).contains(&digits.len()) && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
        match u32::from_str_radix(digits, 8) {
            Ok(mode) if octal && mode & !0o666 == 0 => Ok(FileMode(mode)),
            Ok(_) if octal => Err(format!(
                "{} makes a log a program; write read and write permissions, like \"0640\"",
                quoted(text)
            )),
            _ => Err(format!("{} are no permissions; write them like \"0600\"", quoted(text))),
        }
    }

    fn show(&self) -> String {
        format!("{:04o}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_octal_and_for_reading_and_writing() {
        for (text, mode) in [("0600", 0o600), ("640", 0o640), ("0o644", 0o644), ("0666", 0o666)] {
            assert_eq!(FileMode::parse(text), Ok(FileMode(mode)));
            assert_eq!(FileMode::parse(&FileMode(mode).show()), Ok(FileMode(mode)));
        }
        for (text, why) in [
            ("0755", "a program"),
            ("4600", "a program"),
            ("6", "no permissions"),
            ("0689", "no permissions"),
        ] {
            assert!(FileMode::parse(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn folders_begin_at_the_root() {
        assert_eq!(Folder::parse("/srv//media/./x/"), Ok(Folder("/srv/media/x".into())));
        assert!(Folder::parse("srv").unwrap_err().contains("absolute"));
        assert!(Folder::parse("/srv/../tmp").unwrap_err().contains("leads to"));
        assert!(FilePath::parse("/var/lib/ffrtmp/").unwrap_err().contains("folder"));
    }
}
