//! `vitae completions`

use clap::{Args, ValueEnum};

use crate::command_metadata::{CommandMetadata, exits};
use crate::completion;
use crate::errors::Failure;
use crate::output::Output;

const METADATA: CommandMetadata = CommandMetadata::new(&[], exits::LOCAL);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Completes commands, flags, fields, profiles, and the people, resumes and tags of the server: names from earlier lists, \
and names that the server returns within 150 ms. Opens no keyring and asks nothing. Load the script when the shell \
starts, so that it matches this version.

Examples:
  source <(vitae completions bash)                  # in ~/.bashrc
  source <(vitae completions zsh)                   # in ~/.zshrc, after compinit
  vitae completions fish | source                   # in ~/.config/fish/config.fish
  vitae completions powershell | Out-String | Invoke-Expression   # in $PROFILE"), add = METADATA)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
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
    fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// Prints the completion script of a shell.
pub(super) fn run(options: &Completions, output: &mut Output) -> Result<(), Failure> {
    let script = completion::script(options.shell.as_str())
        .map_err(|e| Failure::io(format_args!("write the script for {}", options.shell.as_str()), &e))?;
    output.write_bytes(&script)
}
