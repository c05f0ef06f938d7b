//! Names and numbers of processes and users.

use super::number::whole;
use crate::config::policy::Parent;
use crate::config::problem::quoted;
use crate::config::read::Word;

/// What a program is called: the last part of its path, as the kernel knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandName(pub String);

impl Word for CommandName {
    const KIND: &'static str = "the name of a command, like ffmpeg";

    fn parse(text: &str) -> Result<Self, String> {
        let last = text.rsplit('/').next().unwrap_or_default();
        match text {
            "" => Err("an empty name; write the name of a command, like ffmpeg".into()),
            "." | ".." => Err(format!("{} is no name of a command", quoted(text))),
            _ if text.contains('/') => {
                Err(format!("{} is a path; commands go by their name alone: {}", quoted(text), quoted(last)))
            }
            _ if text.len() > 255 => {
                Err(format!("{} is too long; names have at most 255 bytes", quoted(text)))
            }
            _ => Ok(CommandName(text.into())),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A user by name, or by number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum User {
    Uid(u32),
    Name(String),
}

impl Word for User {
    const KIND: &'static str = "a user's name or uid";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("an empty name; write a user's name or uid".into()),
            _ if is_number(text) => Uid::parse(text).map(|Uid(uid)| User::Uid(uid)),
            _ if text.contains([':', '/']) => Err(format!("{} is no user's name", quoted(text))),
            _ => Ok(User::Name(text.into())),
        }
    }

    fn show(&self) -> String {
        match self {
            User::Uid(uid) => uid.to_string(),
            User::Name(name) => name.clone(),
        }
    }
}

/// A group by name, or by number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Group {
    Gid(u32),
    Name(String),
}

impl Word for Group {
    const KIND: &'static str = "a group's name or gid";

    fn parse(text: &str) -> Result<Self, String> {
        // Groups are called and counted as users are.
        let user = User::parse(text).map_err(|why| why.replace("user", "group").replace("uid", "gid"))?;
        Ok(match user {
            User::Uid(gid) => Group::Gid(gid),
            User::Name(name) => Group::Name(name),
        })
    }

    fn show(&self) -> String {
        match self {
            Group::Gid(gid) => gid.to_string(),
            Group::Name(name) => name.clone(),
        }
    }
}

/// A user's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uid(pub u32);

impl Word for Uid {
    const KIND: &'static str = "a uid, like 1000";
    const NEVER_QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        // The last number means "no user" to the kernel.
        whole(text, 0, u32::MAX - 1).map(Uid).map_err(|why| match is_number(text) {
            true => format!("{why}; uids are 0 to {}", u32::MAX - 1),
            false => format!("{why}; user names belong into allowed_users and blocked_users"),
        })
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Word for Parent {
    const KIND: &'static str = "a pid or the name of a command";

    fn parse(text: &str) -> Result<Self, String> {
        // The kernel's own bound on pids.
        const LAST: u32 = 1 << 22;
        match is_number(text) {
            true => {
                whole(text, 0, LAST).map(Parent::Pid).map_err(|why| format!("{why}; pids are 0 to {LAST}"))
            }
            false => CommandName::parse(text).map(|CommandName(name)| Parent::Name(name)),
        }
    }

    fn show(&self) -> String {
        match self {
            Parent::Pid(pid) => pid.to_string(),
            Parent::Name(name) => name.clone(),
        }
    }
}

/// Meant as a number, whether or not it is a good one.
fn is_number(text: &str) -> bool {
    text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why<T: Word + std::fmt::Debug>(text: &str) -> String {
        T::parse(text).unwrap_err()
    }

    #[test]
    fn commands_go_by_a_name_that_a_process_can_have() {
        assert_eq!(CommandName::parse("gst-launch-1.0"), Ok(CommandName("gst-launch-1.0".into())));
        assert!(why::<CommandName>("/usr/bin/ffmpeg").ends_with("by their name alone: \"ffmpeg\""));
        assert!(why::<CommandName>("").contains("empty"));
        assert!(why::<CommandName>("..").contains("no name"));
        assert!(CommandName::parse(&"x".repeat(255)).is_ok());
        assert!(why::<CommandName>(&"x".repeat(256)).contains("too long"));
    }

    #[test]
    fn users_and_parents_are_numbers_where_they_look_like_numbers() {
        assert_eq!(User::parse("1000"), Ok(User::Uid(1000)));
        assert_eq!(User::parse("www-data"), Ok(User::Name("www-data".into())));
        assert!(why::<User>("-1").contains("negative"));
        assert!(why::<User>("4294967295").contains("out of range"));
        assert!(why::<User>("a:b").contains("no user's name"));
        assert!(why::<Uid>("root").contains("allowed_users"));
        assert_eq!(Parent::parse("1"), Ok(Parent::Pid(1)));
        assert_eq!(Parent::parse("cron"), Ok(Parent::Name("cron".into())));
        assert!(why::<Parent>("4194305").contains("out of range"));
        assert!(why::<Parent>("a/b").contains("path"));
    }
}
