//! The command line of `vitae`.

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

/// Manage people and resumes from the command line
#[derive(Debug, Parser)]
#[command(
    name = "vitae",
    version,
    color = clap::ColorChoice::Never,
    max_term_width = 110,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Environment: VITAE_SERVER, VITAE_TOKEN (an access token, never refreshed), VITAE_PROFILE, VITAE_CONFIG_DIR. \
Flags take precedence over the environment, the environment over the profile, the profile over the default. The server \
and login of a profile named by --profile count as flags.

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 not logged in, 5 forbidden, 6 conflict, 7 invalid input, \
8 rate limited, 9 server unreachable, 10 some of several failed, 130 interrupted.

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
    /// The subcommand path, such as `users list`.
    #[arg(skip)]
    pub(crate) path: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in, log out and show the login
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Short for `auth login`
    Login(auth::Login),
    /// Short for `auth logout`
    Logout(auth::Logout),
    /// Manage profiles: servers and accounts
    #[command(subcommand)]
    Profiles(profiles::ProfilesCommand),
    /// Manage people
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Manage resumes
    #[command(subcommand)]
    Resumes(resumes::ResumesCommand),
    /// Send an HTTP request to the server
    Api(api::Api),
    /// Create and update people and resumes from manifests
    Apply(apply::Apply),
    /// Show what `apply` would change
    Diff(apply::Diff),
    /// Read the audit record
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Watch events as they happen
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Open the full-screen console
    Console(console::Console),
    /// Diagnose configuration, server and login
    Doctor(doctor::Doctor),
    /// Explain an error code or exit code
    Explain(explain::Explain),
    /// Print a completion script for a shell
    Completions(help::Completions),
    /// Print manual pages
    Man(help::Man),
    /// List all commands, for people and programs
    Docs(help::Docs),
}

/// The flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
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
        help = "The profile in config.toml to use [env: VITAE_PROFILE] [default: default]"
    )]
    pub(crate) profile: Option<String>,
    /// Output format; tables are tab-separated unless written to a terminal
    #[arg(long, short, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,
    /// Print only these fields, in this order: id,owner.name; an unknown field lists the valid ones
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Option<Vec<String>>,
    /// Apply a jq filter to the output of -o json; strings are printed without quotes
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) jq: Option<String>,
    /// Print no notices, and only the ids of a table
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask for confirmation before deleting or overwriting
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Format of errors
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    pub(crate) error_format: ErrorFormat,
    #[command(flatten)]
    pub(crate) network: network::NetworkFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Aligned columns; tsv unless written to a terminal
    Table,
    /// One JSON value; a list is one array
    Json,
    /// One JSON value per line
    Ndjson,
    /// One YAML document; a list is one sequence
    Yaml,
    /// RFC 4180 with a header; an apostrophe protects texts that a spreadsheet would execute
    Csv,
    /// Tab-separated cells, without a header
    Tsv,
    /// The id or name that other commands accept, one per line
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// Lines of text
    Text,
    /// One JSON object per line
    Json,
}

/// A help request or an invalid command line.
pub(crate) struct ParseFailure {
    error: clap::Error,
    json: bool,
}

impl Arguments {
    /// Parses the command line of this process.
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
    /// A hint for commands that other programs name differently.
    fn tip(&self) -> Option<String> {
        let ContextValue::String(word) = self.error.get(ContextKind::InvalidSubcommand)? else { return None };
        synonyms::our_word(word).map(|ours| format!("  tip: the command is '{ours}'"))
    }

    /// Prints the help or the error, and returns the exit code.
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
            // The text from clap contains the arguments unescaped.
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

/// Whether a command line that failed to parse asks for JSON errors.
fn wants_json_errors(words: &[OsString]) -> bool {
    let pairs = words.windows(2).any(|pair| pair[0] == "--error-format" && pair[1] == "json");
    pairs || words.iter().any(|word| word == "--error-format=json")
}
