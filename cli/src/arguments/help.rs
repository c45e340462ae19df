//! `vitae completions`, `vitae man`, `vitae docs`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Completes commands, flags, fields, profiles, and the people, resumes and tags of the server: names from earlier lists, \
and names that the server returns within 150 ms. Opens no keyring and asks nothing. Load the script when the shell \
starts, so that it matches this version.

Examples:
  source <(vitae completions bash)                  # in ~/.bashrc
  source <(vitae completions zsh)                   # in ~/.zshrc, after compinit
  vitae completions fish | source                   # in ~/.config/fish/config.fish
  vitae completions powershell | Out-String | Invoke-Expression   # in $PROFILE")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae man | man -l -
  vitae man users list | man -l -
  vitae man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The page of this command [default: vitae]
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Lists each command with its arguments, examples, fields and exit codes. The command with an empty name is vitae \
itself, with the global options.

Examples:
  vitae docs
  vitae docs --format json | jq -r '.[].command'
  vitae docs -o json --jq '.[] | select(.command == \"users list\") | .fields'")]
pub(crate) struct Docs {
    /// The same as -o
    #[arg(long, value_name = "FORMAT", conflicts_with = "output")]
    pub(crate) format: Option<super::OutputFormat>,
}
