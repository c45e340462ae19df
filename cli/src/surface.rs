//! Command metadata beyond clap: the output fields and exit codes of each command.

use clap::{Command, CommandFactory as _};
use vitae_sdk::{Entry, ExportLine, Resume, ResumeSummary, RevisionHead, User};

use crate::arguments::Arguments;
use crate::bulk::ResumeFile;
use crate::changes::Difference;
use crate::commands::{
    AccessToken, AddedUser, Applied, Check, CodeExplanation, CommandReference, EventLine, LintFinding,
    LoginStatus, ObjectDifference, ProfileRow, SettingCandidate,
};
use crate::exit;
use crate::output::Row;

/// One command.
pub(crate) struct Facts {
    /// Its words behind `vitae`.
    pub(crate) path: &'static str,
    /// What `--fields` can name; none where nothing is written that has fields.
    pub(crate) fields: &'static [&'static str],
    pub(crate) kind: Kind,
}

impl Facts {
    /// The exit codes it can end with.
    pub(crate) fn exits(&self) -> impl Iterator<Item = u8> {
        let every = [exit::DONE, exit::FAILED, exit::USAGE];
        every.into_iter().chain(self.kind.beyond().iter().copied())
    }
}

/// What a command does, which decides how it can end.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Asks no server, and needs no login.
    Local,
    /// Looks up what is known here.
    Lookup,
    /// Reads the login, and asks no server.
    Status,
    /// Chooses or makes a profile.
    Profile,
    /// Ends the login of a profile.
    Leave,
    /// Logs in, perhaps with a password that must be changed first.
    Enter,
    /// Changes, renews or checks the login.
    Login,
    /// Reads from the server.
    Read,
    /// Reads from the server, and ends with 1 where it finds differences.
    Compare,
    /// Looks at files, and asks no server.
    Check,
    /// Changes one thing.
    Write,
    /// Changes many things, of which some may be refused.
    Many,
}

impl Kind {
    /// The exit codes beside those that every command can end with.
    fn beyond(self) -> &'static [u8] {
        use exit::{
            CONFLICT, FORBIDDEN, INTERRUPTED, INVALID_INPUT, NOT_FOUND, NOT_LOGGED_IN, RATE_LIMITED,
            SOME_FAILED, UNREACHABLE,
        };
        match self {
            Self::Local => &[],
            Self::Lookup => &[NOT_FOUND],
            Self::Status => &[NOT_LOGGED_IN],
            Self::Profile => &[NOT_FOUND, CONFLICT],
            Self::Leave => &[NOT_FOUND, NOT_LOGGED_IN, RATE_LIMITED, UNREACHABLE, INTERRUPTED],
            Self::Login => &[NOT_LOGGED_IN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED],
            Self::Enter => &[NOT_LOGGED_IN, FORBIDDEN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED],
            Self::Read => {
                &[NOT_FOUND, NOT_LOGGED_IN, FORBIDDEN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED]
            }
            Self::Compare => &[
                NOT_FOUND,
                NOT_LOGGED_IN,
                FORBIDDEN,
                INVALID_INPUT,
                RATE_LIMITED,
                UNREACHABLE,
                SOME_FAILED,
                INTERRUPTED,
            ],
            Self::Check => &[INVALID_INPUT],
            Self::Write => &[
                NOT_FOUND,
                NOT_LOGGED_IN,
                FORBIDDEN,
                CONFLICT,
                INVALID_INPUT,
                RATE_LIMITED,
                UNREACHABLE,
                INTERRUPTED,
            ],
            Self::Many => &[
                NOT_FOUND,
                NOT_LOGGED_IN,
                FORBIDDEN,
                CONFLICT,
                INVALID_INPUT,
                RATE_LIMITED,
                UNREACHABLE,
                SOME_FAILED,
                INTERRUPTED,
            ],
        }
    }
}

/// Every command that does something.
const ALL: &[Facts] = &[
    of("auth login", User::FIELDS, Kind::Enter),
    of("auth logout", &[], Kind::Leave),
    of("auth explain", SettingCandidate::FIELDS, Kind::Local),
    of("auth switch", ProfileRow::FIELDS, Kind::Profile),
    of("auth password", User::FIELDS, Kind::Login),
    of("auth token", AccessToken::FIELDS, Kind::Login),
    of("auth status", LoginStatus::FIELDS, Kind::Status),
    of("login", User::FIELDS, Kind::Enter),
    of("logout", &[], Kind::Leave),
    of("profiles list", ProfileRow::FIELDS, Kind::Local),
    of("profiles use", ProfileRow::FIELDS, Kind::Profile),
    of("profiles add", ProfileRow::FIELDS, Kind::Profile),
    of("profiles remove", ProfileRow::FIELDS, Kind::Leave),
    of("users list", User::FIELDS, Kind::Read),
    of("users get", User::FIELDS, Kind::Read),
    of("users create", User::FIELDS, Kind::Write),
    of("users update", User::FIELDS, Kind::Write),
    of("users disable", User::FIELDS, Kind::Write),
    of("users enable", User::FIELDS, Kind::Write),
    of("users delete", User::FIELDS, Kind::Write),
    of("users restore", User::FIELDS, Kind::Write),
    of("users import", AddedUser::FIELDS, Kind::Many),
    of("users export", User::FIELDS, Kind::Read),
    of("users set-password", User::FIELDS, Kind::Write),
    of("resumes list", ResumeSummary::FIELDS, Kind::Read),
    of("resumes get", Resume::FIELDS, Kind::Read),
    of("resumes create", Resume::FIELDS, Kind::Write),
    of("resumes update", Resume::FIELDS, Kind::Write),
    of("resumes delete", Resume::FIELDS, Kind::Write),
    of("resumes restore", ResumeSummary::FIELDS, Kind::Write),
    of("resumes purge", Resume::FIELDS, Kind::Write),
    of("resumes edit", Resume::FIELDS, Kind::Write),
    of("resumes diff", Difference::FIELDS, Kind::Compare),
    of("resumes lint", LintFinding::FIELDS, Kind::Check),
    of("resumes history", RevisionHead::FIELDS, Kind::Read),
    of("resumes import", ResumeFile::FIELDS, Kind::Many),
    of("resumes export", ExportLine::FIELDS, Kind::Many),
    of("console", &[], Kind::Write),
    of("api", &[], Kind::Write),
    of("apply", Applied::FIELDS, Kind::Many),
    of("diff", ObjectDifference::FIELDS, Kind::Compare),
    of("audit list", Entry::FIELDS, Kind::Read),
    of("doctor", Check::FIELDS, Kind::Login),
    of("completions", &[], Kind::Local),
    of("man", &[], Kind::Lookup),
    of("docs", CommandReference::FIELDS, Kind::Local),
    of("explain", CodeExplanation::FIELDS, Kind::Lookup),
    of("events watch", EventLine::FIELDS, Kind::Read),
];

/// What is known of the command with these words.
pub(crate) fn facts(path: &str) -> Option<&'static Facts> {
    ALL.iter().find(|facts| facts.path == path)
}

/// The whole tree of commands, each with its fields and exit codes in its help.
pub(crate) fn command() -> Command {
    let mut root = Arguments::command();
    for facts in ALL {
        root = told(root, facts.path, facts);
    }
    root
}

const fn of(path: &'static str, fields: &'static [&'static str], kind: Kind) -> Facts {
    Facts { path, fields, kind }
}

/// Adds to the help of the command behind these words.
fn told(command: Command, path: &str, facts: &Facts) -> Command {
    let (head, rest) = path.split_once(' ').unwrap_or((path, ""));
    if command.find_subcommand(head).is_none() {
        return command;
    }
    command.mut_subcommand(head, |sub| match rest {
        "" => {
            let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            sub.after_help(format!("{help}{}", footer(facts)))
        }
        _ => told(sub, rest, facts),
    })
}

fn footer(facts: &Facts) -> String {
    let fields = match facts.fields {
        [] => String::new(),
        fields => format!("\n\nFields: {}", fields.join(", ")),
    };
    let exits = facts.exits().map(|code| match (facts.kind, code) {
        (Kind::Compare, exit::DIFFERENT) => format!("{code} there are differences"),
        _ => format!("{code} {}", exit::meaning(code).text),
    });
    format!("{fields}\n\nExit codes: {}", exits.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The commands at the ends of the tree, with their words.
    fn leaves(command: &Command, path: &str) -> Vec<(String, Command)> {
        let below = command.get_subcommands().flat_map(|sub| {
            let path = format!("{path} {}", sub.get_name());
            leaves(sub, path.trim_start())
        });
        let below: Vec<_> = below.collect();
        if below.is_empty() { vec![(path.to_owned(), command.clone())] } else { below }
    }

    #[test]
    fn every_command_tells_its_examples_fields_and_exit_codes() {
        let mut root = command();
        root.build();
        let leaves = leaves(&root, "");
        for (path, command) in &leaves {
            let facts = facts(path).unwrap_or_else(|| panic!("vitae {path} is not in the table above"));
            let help = command.clone().render_long_help().to_string();
            let needed = ["Example", "Exit codes: 0 done", "--output", "--fields", "--jq", "--quiet"];
            for part in needed {
                assert!(help.contains(part), "vitae {path} --help says nothing of {part}");
            }
            assert_eq!(help.contains("Fields: "), !facts.fields.is_empty(), "vitae {path}");
            assert!(command.get_about().is_some_and(|about| !about.to_string().is_empty()), "vitae {path}");
        }
        let known: BTreeSet<&str> = ALL.iter().map(|facts| facts.path).collect();
        let there: BTreeSet<&str> = leaves.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(known, there, "the table names commands that are not there");
    }
}
