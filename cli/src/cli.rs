//! The command line of `vitae`.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser};
use vitae_contracts_core::Untrusted;

use crate::command_metadata::CommandMetadata;
use crate::commands::{Command, docs};
use crate::errors::Failure;
use crate::flags::Global;
use crate::{exit, synonyms};

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
    /// The metadata of the command.
    #[arg(skip)]
    pub(crate) metadata: Option<CommandMetadata>,
}

/// A help request or an invalid command line.
pub(crate) struct ParseFailure {
    error: clap::Error,
    json: bool,
}

impl Arguments {
    /// Parses the command line of this process.
    pub(crate) fn parse_process() -> Result<Self, ParseFailure> {
        let words: Vec<OsString> = std::env::args_os().collect();
        let failure = |error| ParseFailure { error, json: wants_json_errors(&words) };
        let mut root = Self::command();
        let matches = root.try_get_matches_from_mut(&words).map_err(failure)?;
        let mut arguments = Self::from_arg_matches(&matches).map_err(failure)?;
        if let Command::Docs(docs::Docs { format: Some(form) }) = arguments.command {
            arguments.global.output = Some(form);
        }
        let metadata = CommandMetadata::find(&root, &path_of(&matches)).copied();
        Ok(Self { metadata, ..arguments })
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
