//! Arguments of `vitae resumes edit`.

use std::path::PathBuf;

use clap::Args;
use vitae_sdk::Resume;

use crate::command_metadata::{CommandMetadata, exits};
use crate::commands::resumes::target::ResumeTarget;
use crate::output::Row as _;

const METADATA: CommandMetadata = CommandMetadata::new(Resume::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
The editor is VISUAL or else EDITOR, which may contain arguments. The document is checked before it is sent, errors \
are shown with their lines, and the changes are shown for confirmation; --yes skips the question. If another user \
saves in the meantime, both changes are merged; conflicts are resolved in the editor. The text stays on disk until it \
is saved, and errors name its path.

Examples:
  vitae resumes edit \"Ada Lovelace – Analyst\"
  EDITOR=\"code --wait\" vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f
  vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --from kept.json"), add = METADATA)]
pub(crate) struct EditArgs {
    #[command(flatten)]
    pub(super) one: ResumeTarget,
    /// Continue with a text kept by an earlier edit
    #[arg(long, value_name = "FILE")]
    pub(super) from: Option<PathBuf>,
}
