//! What `vitae` can be told.

pub(crate) mod api;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod console;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod help;
pub(crate) mod network;
pub(crate) mod profiles;
pub(crate) mod resumes;
mod synonyms;
pub(crate) mod users;
pub(crate) mod values;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use vitae_contracts_core::Untrusted;

use crate::errors::Failure;
use crate::{exit, surface};

/// People and resumes, from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "vitae",
    version,
    color = clap::ColorChoice::Never,
    max_term_width = 110,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Environment: VITAE_SERVER, VITAE_TOKEN (an access token, used as it is), VITAE_PROFILE, VITAE_CONFIG_DIR. \
A flag wins over the environment, that over the profile, that over the default; the server and the login of a profile \
that --profile names count as given by the flag.

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not logged in, 5 forbidden, 6 conflict, 7 invalid input, \
8 rate limited, 9 server unreachable, 10 some of many failed, 130 interrupted.

Examples:
  vitae login --email ada@example.com
  vitae users list --role editor
  vitae resumes import cvs/
  vitae resumes list --q \"rust berlin\" -o json"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The words of the command, without its arguments.
    #[arg(skip)]
    pub(crate) path: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in and out, and see who is logged in
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Short for `auth login`
    Login(auth::Login),
    /// Short for `auth logout`
    Logout(auth::Logout),
    /// The servers and accounts that you use
    #[command(subcommand)]
    Profiles(profiles::ProfilesCommand),
    /// The people of the organisation
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Their resumes
    #[command(subcommand)]
    Resumes(resumes::ResumesCommand),
    /// Send any request to the server
    Api(api::Api),
    /// Bring people and resumes to what files state
    Apply(apply::Apply),
    /// Show what `apply` would change
    Diff(apply::Diff),
    /// The record of who did what
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// What happens, while it happens
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// People and resumes on the whole terminal
    Console(console::Console),
    /// Find out why something does not work
    Doctor(doctor::Doctor),
    /// Say what a code of an error means
    Explain(explain::Explain),
    /// Write what makes a shell complete commands, for its start-up file
    Completions(help::Completions),
    /// Write manual pages
    Man(help::Man),
    /// List every command, for people and for programs
    Docs(help::Docs),
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The server's address [env: VITAE_SERVER] [default: http://127.0.0.1:7878]"
    )]
    pub(crate) server: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help = "Which login and server of config.toml to use [env: VITAE_PROFILE] [default: default]"
    )]
    pub(crate) profile: Option<String>,
    /// How results are written; table is tab-separated off a terminal
    #[arg(long, short, global = true, value_name = "FORM")]
    pub(crate) output: Option<OutputFormat>,
    /// Only these fields, in this order: id,owner.name; a wrong one lists those that there are
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Option<Vec<String>>,
    /// Run a filter of jq over what -o json would write; texts are written plain
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) jq: Option<String>,
    /// Write no notes; of a table, only the ids
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask before something is deleted or overwritten
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// How errors are written
    #[arg(long, global = true, value_name = "FORM", default_value = "text", hide_default_value = true)]
    pub(crate) error_format: ErrorFormat,
    #[command(flatten)]
    pub(crate) network: network::NetworkFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns; off a terminal as tsv
    Table,
    /// One JSON value; a list is one array
    Json,
    /// One JSON value a line
    Ndjson,
    /// One YAML document; a list is one sequence
    Yaml,
    /// RFC 4180 with a header; an apostrophe goes before what a spreadsheet would run
    Csv,
    /// Cells with tabs between them, without a header
    Tsv,
    /// What names a thing in other commands, one a line
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Why there is nothing to run: help was asked for, or the command is wrong.
pub(crate) struct ParseFailure {
    error: clap::Error,
    json: bool,
}

impl Arguments {
    /// Reads the command line of this process.
    pub(crate) fn read() -> Result<Self, ParseFailure> {
        let words: Vec<OsString> = std::env::args_os().collect();
        let failure = |error| ParseFailure { error, json: wants_json_errors(&words) };
        let matches = surface::command().try_get_matches_from(&words).map_err(failure)?;
        let mut arguments = Self::from_arg_matches(&matches).map_err(failure)?;
        if let Command::Docs(help::Docs { format: Some(form) }) = arguments.command {
            arguments.global.output = Some(form);
        }
        Ok(Self { path: path_of(&matches), ..arguments })
    }
}

impl ParseFailure {
    /// What a word of other programs is called here.
    fn tip(&self) -> Option<String> {
        let ContextValue::String(word) = self.error.get(ContextKind::InvalidSubcommand)? else { return None };
        synonyms::our_word(word).map(|ours| format!("  tip: here it is called '{ours}'"))
    }

    /// Writes the help or the error, and gives the exit code.
    pub(crate) fn print(&self) -> u8 {
        let text = self.error.render().to_string();
        if !self.error.use_stderr() {
            let _ = io::stdout().write_all(text.as_bytes());
            return exit::DONE;
        }
        let tip = self.tip();
        let is_help = self.error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        if self.json && !is_help {
            let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            Failure::usage(message).next(tip.as_deref().unwrap_or("see --help")).print(true);
        } else {
            // clap repeats what was typed, as it was typed.
            for line in text.lines().chain(tip.as_deref()) {
                let _ = writeln!(io::stderr(), "{}", Untrusted::from(line).escaped());
            }
        }
        exit::USAGE
    }
}

fn path_of(matches: &ArgMatches) -> String {
    let words = std::iter::successors(matches.subcommand(), |(_, below)| below.subcommand());
    words.map(|(word, _)| word).collect::<Vec<_>>().join(" ")
}

/// Whether the form of errors was asked for by a command line that cannot be read as a whole.
fn wants_json_errors(words: &[OsString]) -> bool {
    let pairs = words.windows(2).any(|pair| pair[0] == "--error-format" && pair[1] == "json");
    pairs || words.iter().any(|word| word == "--error-format=json")
}
