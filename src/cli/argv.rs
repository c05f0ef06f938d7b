//! Unit files of the older service write flags as Go reads them: `-scan-interval 10s`. A single dash before the long
//! name of a flag of `watch` gets its second one; everything else is left as it is.

use super::args::Cli;
use clap::CommandFactory;
use std::ffi::OsString;

/// The arguments as clap expects them.
pub fn normalise(argv: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let argv: Vec<OsString> = argv.into_iter().collect();
    if argv.get(1).is_none_or(|command| command != "watch") {
        return argv;
    }
    let mut cli = Cli::command();
    cli.build();
    let known: Vec<&str> = cli
        .find_subcommand("watch")
        .into_iter()
        .flat_map(clap::Command::get_arguments)
        .filter_map(clap::Arg::get_long)
        .collect();
    argv.iter().map(|word| doubled(word, &known).unwrap_or_else(|| word.clone())).collect()
}

/// `-scan-interval=10s` → `--scan-interval=10s`.
fn doubled(word: &OsString, known: &[&str]) -> Option<OsString> {
    let text = word.to_str()?.strip_prefix('-')?;
    let name = text.split('=').next()?;
    known.contains(&name).then(|| format!("--{text}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(line: &str) -> String {
        let words = normalise(line.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_known_flag_of_watch_gets_its_second_dash_and_nothing_else_does() {
        for (given, expected) in [
            ("ffrtmp watch -scan-interval 10s", "ffrtmp watch --scan-interval 10s"),
            ("ffrtmp watch -enable-state=false", "ffrtmp watch --enable-state=false"),
            ("ffrtmp watch --scan-interval=10s", "ffrtmp watch --scan-interval=10s"),
            ("ffrtmp watch -help -h", "ffrtmp watch --help -h"),
            ("ffrtmp watch -unknown - --", "ffrtmp watch -unknown - --"),
            ("ffrtmp run -target x", "ffrtmp run -target x"),
            ("ffrtmp", "ffrtmp"),
        ] {
            assert_eq!(normalised(given), expected);
        }
    }
}
