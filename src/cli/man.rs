//! `ffrtmp man`: the manual page, made of the same definitions as the help. What the definitions do not say stands here.

use super::Failed;
use super::args::Cli;
use super::out::print;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io;

const REST: &str = r#".SH "EXIT STATUS"
.TP
0
done
.TP
1
it failed
.TP
2
usage or configuration wrong, nothing was started
.TP
3
this host, or these privileges, cannot; no service answers
.SH ENVIRONMENT
.TP
NO_COLOR
if set, no colours
.TP
XDG_RUNTIME_DIR, XDG_STATE_HOME
where an ordinary user's service has its socket and its state
.PP
Those of \fBffrtmp watch\fR stand in docs/configuration.md.
.SH FILES
/etc/ffrtmp/watch\-config.yaml, /run/ffrtmp/control.sock, /var/lib/ffrtmp/watch\-state.json
.SH "SEE ALSO"
cgroups(7), systemctl(1), journalctl(1)
"#;

pub(super) fn run() -> Result<(), Failed> {
    let page = page().map_err(|e| Failed::because("the manual page cannot be made", &e))?;
    print(&String::from_utf8_lossy(&page)).map(drop)
}

fn page() -> io::Result<Vec<u8>> {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let top = Man::new(cli.clone()).manual("ffrtmp");
    let mut page = Vec::new();
    top.render_title(&mut page)?;
    top.render_name_section(&mut page)?;
    top.render_synopsis_section(&mut page)?;
    top.render_description_section(&mut page)?;
    page.extend_from_slice(b".SH COMMANDS\n");
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        section(command, &mut page)?;
    }
    page.extend_from_slice(REST.as_bytes());
    Ok(page)
}

/// A command, one level below where it would stand in a page of its own.
fn section(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone());
    let mut part = Vec::new();
    man.render_synopsis_section(&mut part)?;
    man.render_description_section(&mut part)?;
    man.render_options_section(&mut part)?;
    let part = String::from_utf8_lossy(&part);
    page.extend_from_slice(format!(".SS \"ffrtmp {}\"\n", command.get_name()).as_bytes());
    for line in part.lines() {
        match line.strip_prefix(".SH ") {
            Some("OPTIONS") => page.extend_from_slice(b".PP\nOptions:\n"),
            Some(_) => page.extend_from_slice(b".PP\n"),
            None => {
                page.extend_from_slice(line.as_bytes());
                page.push(b'\n');
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_flag_that_is_not_hidden_stands_in_the_page() {
        let page = String::from_utf8(page().unwrap()).unwrap().replace('\\', "");
        let mut cli = Cli::command().disable_help_subcommand(true);
        cli.build();
        for command in cli.get_subcommands() {
            let heading = format!(".SS \"ffrtmp {}\"", command.get_name());
            assert_eq!(page.contains(&heading), !command.is_hide_set(), "{heading}");
            for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
                assert!(page.contains(&format!("--{flag}")), "{flag}");
            }
        }
        for section in ["NAME", "SYNOPSIS", "COMMANDS", "\"EXIT STATUS\"", "FILES"] {
            assert_eq!(page.matches(&format!(".SH {section}\n")).count(), 1, "{section}");
        }
    }
}
