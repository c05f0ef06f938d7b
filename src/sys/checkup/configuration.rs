//! What is wrong or doubtful about the configuration, as the service itself would say it.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use crate::config::{Loaded, Problem};

pub(super) fn findings(loaded: &Result<Loaded, Vec<Problem>>) -> Vec<Finding> {
    let tell = |topic: &'static Topic, problems: &[Problem]| -> Vec<Finding> {
        problems.iter().map(|problem| told(topic, problem)).collect()
    };
    match loaded {
        Err(errors) => {
            let mut told = tell(known::CONFIG_ERROR, errors);
            told.push(
                known::CONFIG.mild("limits, state and audit log are not looked at as long as it is wrong"),
            );
            told
        }
        Ok(loaded) if loaded.warnings.is_empty() => {
            let file = loaded.settings.config_file.as_ref();
            vec![known::CONFIG.good(match file {
                Some(file) => format!("{}: no error and no warning", file.display()),
                None => "no file is named: the built-in defaults".into(),
            })]
        }
        Ok(loaded) => tell(known::CONFIG_WARNING, &loaded.warnings),
    }
}

fn told(topic: &'static Topic, problem: &Problem) -> Finding {
    topic.bad(&problem.text).at(problem.place.to_string()).of(&problem.key)
}
