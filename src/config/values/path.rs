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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_begin_at_the_root() {
        assert_eq!(Folder::parse("/srv//media/./x/"), Ok(Folder("/srv/media/x".into())));
        assert!(Folder::parse("srv").unwrap_err().contains("absolute"));
        assert!(Folder::parse("/srv/../tmp").unwrap_err().contains("leads to"));
        assert!(FilePath::parse("/var/lib/ffrtmp/").unwrap_err().contains("folder"));
    }
}
