//! `ffrtmp check`, run as an operator or a script runs it: what it found, and how it ended.

use super::service;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// One run with `--json`.
#[derive(Debug)]
pub struct Checked {
    pub status: i32,
    pub findings: Vec<Value>,
}

/// Runs it under other words, the actor's for instance, and gives what it wrote.
pub fn output(program: &Path, under: &[&str], args: &[&str]) -> Output {
    let mut words = under.iter().map(|word| (*word).into()).chain([program.as_os_str().to_owned()]);
    let mut command = Command::new(words.next().expect("a program"));
    // No state can be kept there, by nobody and nowhere.
    command.args(words).arg("check").args(args).env_clear().env("HOME", "/sys");
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

impl Checked {
    pub fn run(under: &[&str], args: &[&str]) -> Checked {
        Checked::program(&service::program(), under, args)
    }

    pub fn program(program: &Path, under: &[&str], args: &[&str]) -> Checked {
        let output = output(program, under, &[args, &["--json"]].concat());
        let said = String::from_utf8(output.stdout).expect("text");
        let mut told: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
        assert_eq!(told["version"], 1);
        let status = output.status.code().expect("an end of its own");
        assert_eq!(told["status"], status, "{said}");
        let Value::Array(findings) = told["findings"].take() else { panic!("no findings: {said}") };
        Checked { status, findings }
    }

    /// The first finding of this name.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.findings.iter().find(|finding| finding["name"] == name)
    }

    /// It must be told, as this kind, with these words in it.
    pub fn tells(&self, name: &str, kind: &str, part: &str) {
        let found = self.find(name).unwrap_or_else(|| panic!("{name} is not told: {:#?}", self.findings));
        assert_eq!(found["kind"], kind, "{found}");
        assert!(found["text"].as_str().expect("text").contains(part), "{part:?} is not in {found}");
    }

    /// Names of the findings of a kind.
    pub fn of(&self, kind: &str) -> Vec<&str> {
        let of_kind = self.findings.iter().filter(|finding| finding["kind"] == kind);
        of_kind.map(|finding| finding["name"].as_str().expect("a name")).collect()
    }
}
