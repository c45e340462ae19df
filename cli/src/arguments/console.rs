//! `vitae console`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Keys: ? shows the available actions, ctrl-p searches all actions, : opens a location, q quits. Without a stored login
the console asks for one, which ends with the console.

Settings in the table [console] of config.toml: theme = \"auto\", mouse = true, and in [console.keys] the keys of
each action, such as quit = [\"ctrl-q\"]; in [profiles.NAME] colour = \"purple\", protected = true, read_only = true.
NO_COLOR disables colours. VITAE_ACCESSIBLE=1, or accessible = true in [console], has the effect of --accessible.

Examples:
  vitae console
  vitae console 'users role=admin'
  vitae console 'vitae://resumes?tag=rust&sort=title'
  vitae console --record trouble.jsonl     # contains names and resumes: only you can read the file
  vitae console --replay trouble.jsonl")]
pub(crate) struct Console {
    /// First location: an address copied from the console, or text as after its colon
    #[arg(value_name = "LOCATION")]
    pub(crate) place: Option<String>,
    /// Colour theme: auto (follows the terminal's background), dark, light or contrast [default: auto]
    #[arg(long, value_name = "NAME")]
    pub(crate) theme: Option<String>,
    /// Print sentences line by line, for screen readers and simple terminals
    #[arg(long)]
    pub(crate) accessible: bool,
    /// Start read-only; ctrl-r ends it
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Record the session to a new file for --replay; passwords are masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Replay a recording without a server: space pauses, n steps, q quits; in a pipe, print its frames
    #[arg(long, value_name = "FILE", conflicts_with = "place")]
    pub(crate) replay: Option<PathBuf>,
    /// Leave the mouse to the terminal, to select text
    #[arg(long)]
    pub(crate) no_mouse: bool,
}
