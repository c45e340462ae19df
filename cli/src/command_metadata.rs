//! Metadata of a command beyond clap: its output fields, sort keys and exit codes.
//!
//! Each command attaches its own with `#[command(add = METADATA)]`. Help, `vitae docs`, `--fields` and
//! completion read it from the clap command, so no table of all commands exists.

use clap::Command;
use clap::builder::CommandExt;

use crate::exit;

/// The metadata of one command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandMetadata {
    /// The fields for `--fields`; empty if the command prints no objects.
    pub(crate) fields: &'static [&'static str],
    /// The values of `--sort`.
    pub(crate) sort_keys: &'static [&'static str],
    /// The exit codes in addition to those of every command.
    exits: &'static [u8],
    /// Whether exit code 1 means that there are differences.
    is_comparison: bool,
}

impl CommandExt for CommandMetadata {}

impl CommandMetadata {
    pub(crate) const fn new(fields: &'static [&'static str], exits: &'static [u8]) -> Self {
        Self { fields, sort_keys: &[], exits, is_comparison: false }
    }

    /// Sets the values of `--sort`.
    pub(crate) const fn sorted_by(self, sort_keys: &'static [&'static str]) -> Self {
        Self { sort_keys, ..self }
    }

    /// Declares that exit code 1 means differences.
    pub(crate) const fn comparing(self) -> Self {
        Self { is_comparison: true, ..self }
    }

    /// Returns the metadata of the command with this path, such as `users list`.
    pub(crate) fn find<'a>(root: &'a Command, path: &str) -> Option<&'a Self> {
        let mut words = path.split_whitespace();
        words.try_fold(root, |command, word| command.find_subcommand(word))?.get::<Self>()
    }

    /// Returns all exit codes of the command.
    pub(crate) fn exit_codes(&self) -> impl Iterator<Item = u8> {
        let common = [exit::DONE, exit::FAILED, exit::USAGE];
        common.into_iter().chain(self.exits.iter().copied())
    }

    /// Appends fields and exit codes to a help text.
    pub(crate) fn help(&self, text: &str) -> String {
        let fields = match self.fields {
            [] => String::new(),
            fields => format!("\n\nFields: {}", fields.join(", ")),
        };
        let exits = self.exit_codes().map(|code| match code {
            exit::DIFFERENT if self.is_comparison => format!("{code} there are differences"),
            _ => format!("{code} {}", exit::meaning(code).text),
        });
        format!("{text}{fields}\n\nExit codes: {}", exits.collect::<Vec<_>>().join(", "))
    }
}

/// Sets of exit codes, by how a command uses the server.
pub(crate) mod exits {
    use crate::exit::{
        CONFLICT, FORBIDDEN, INTERRUPTED, INVALID_INPUT, NOT_FOUND, NOT_LOGGED_IN, RATE_LIMITED, SOME_FAILED,
        UNREACHABLE,
    };

    /// Contacts no server, and needs no login.
    pub(crate) const LOCAL: &[u8] = &[];
    /// Looks up a local name.
    pub(crate) const LOOKUP: &[u8] = &[NOT_FOUND];
    /// Reads the stored login.
    pub(crate) const STATUS: &[u8] = &[NOT_LOGGED_IN];
    /// Selects or creates a profile.
    pub(crate) const PROFILE: &[u8] = &[NOT_FOUND, CONFLICT];
    /// Checks files, without a server.
    pub(crate) const CHECK: &[u8] = &[INVALID_INPUT];
    /// Logs in.
    pub(crate) const LOGIN: &[u8] =
        &[NOT_LOGGED_IN, FORBIDDEN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED];
    /// Ends a login.
    pub(crate) const LOGOUT: &[u8] = &[NOT_FOUND, NOT_LOGGED_IN, RATE_LIMITED, UNREACHABLE, INTERRUPTED];
    /// Uses the login, without reading or changing objects.
    pub(crate) const ACCOUNT: &[u8] = &[NOT_LOGGED_IN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED];
    /// Reads from the server.
    pub(crate) const READ: &[u8] =
        &[NOT_FOUND, NOT_LOGGED_IN, FORBIDDEN, INVALID_INPUT, RATE_LIMITED, UNREACHABLE, INTERRUPTED];
    /// Reads from the server and compares.
    pub(crate) const COMPARE: &[u8] = &[
        NOT_FOUND,
        NOT_LOGGED_IN,
        FORBIDDEN,
        INVALID_INPUT,
        RATE_LIMITED,
        UNREACHABLE,
        SOME_FAILED,
        INTERRUPTED,
    ];
    /// Changes one object.
    pub(crate) const WRITE: &[u8] = &[
        NOT_FOUND,
        NOT_LOGGED_IN,
        FORBIDDEN,
        CONFLICT,
        INVALID_INPUT,
        RATE_LIMITED,
        UNREACHABLE,
        INTERRUPTED,
    ];
    /// Handles many objects, of which some may fail.
    pub(crate) const BULK: &[u8] = &[
        NOT_FOUND,
        NOT_LOGGED_IN,
        FORBIDDEN,
        CONFLICT,
        INVALID_INPUT,
        RATE_LIMITED,
        UNREACHABLE,
        SOME_FAILED,
        INTERRUPTED,
    ];
}
