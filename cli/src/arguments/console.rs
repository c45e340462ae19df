//! Arguments of `vitae console`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Inside, ? says what can be done, ctrl-p finds any action by typing, : goes anywhere, q leaves. Without a login
that is kept, the console asks for one, which ends with it.

Settings, in the table [console] of config.toml: theme = \"auto\", mouse = true, and in [console.keys] the keys of
any action, as in quit = [\"ctrl-q\"]; in [profiles.NAME] colour = \"purple\", protected = true, read_only = true.
NO_COLOR turns colours off. VITAE_ACCESSIBLE=1, or accessible = true in [console], stands for --accessible.

Examples:
  vitae console
  vitae console 'users role=admin'
  vitae console 'vitae://resumes?tag=rust&sort=title'
  vitae console --record trouble.jsonl     # people's names and resumes are in it: only you can read the file
  vitae console --replay trouble.jsonl")]
pub(crate) struct Console {
    /// Where to begin: an address that the console has copied, or words as after its colon
    #[arg(value_name = "PLACE")]
    pub(crate) place: Option<String>,
    /// The colours: auto, as the terminal's background is; dark, light or contrast [default: auto]
    #[arg(long, value_name = "NAME")]
    pub(crate) theme: Option<String>,
    /// Print sentences line by line, for screen readers and terminals without a screen
    #[arg(long)]
    pub(crate) accessible: bool,
    /// Change nothing, until ctrl-r is pressed
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Write what happens to a new file, so that it can be played again; what is typed as a password is masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub(crate) record: Option<PathBuf>,
    /// Play a recording, without a server: space pauses, n steps, q leaves; into a pipe, print its frames
    #[arg(long, value_name = "FILE", conflicts_with = "place")]
    pub(crate) replay: Option<PathBuf>,
    /// Leave the mouse to the terminal, for selecting text
    #[arg(long)]
    pub(crate) no_mouse: bool,
}
