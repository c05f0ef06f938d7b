//! Which form the log takes: what the operator asks for; else the journal where stdout is the journal already, so that
//! fields and priorities are not lost on the way; else text.

use std::os::fd::AsFd;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Text,
    Json,
    Journal,
}

impl Format {
    /// The form when nobody asks for one. `journal_stream` is the environment's JOURNAL_STREAM, which systemd sets and
    /// children inherit: only where it names this very stdout does our output go to the journal.
    pub fn by_default(journal_stream: Option<&str>, stdout: impl AsFd) -> Format {
        let named = journal_stream.and_then(|text| text.split_once(':'));
        let ours = rustix::fs::fstat(stdout).ok();
        match (named, ours) {
            (Some((device, inode)), Some(stat))
                if device.parse() == Ok(stat.st_dev) && inode.parse() == Ok(stat.st_ino) =>
            {
                Format::Journal
            }
            _ => Format::Text,
        }
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Format, Self::Err> {
        match name {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            "journal" => Ok(Format::Journal),
            _ => Err("not one of text, json, journal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_chosen_only_when_it_is_our_stdout() {
        let (read, write) = std::io::pipe().unwrap();
        let stat = rustix::fs::fstat(&write).unwrap();
        let name = format!("{}:{}", stat.st_dev, stat.st_ino);
        assert_eq!(Format::by_default(Some(&name), &write), Format::Journal);
        assert_eq!(Format::by_default(Some("8:1"), &read), Format::Text);
        assert_eq!(Format::by_default(Some(":"), &write), Format::Text);
        assert_eq!(Format::by_default(Some(&format!("{}:0", stat.st_dev)), &write), Format::Text);
        assert_eq!(Format::by_default(None, &write), Format::Text);
    }
}
