//! `vitae profiles use`

use clap::Args;

use super::row::ProfileRow;
use super::select::select;
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(ProfileRow::FIELDS, exits::PROFILE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
--profile and VITAE_PROFILE take precedence over the current profile.

Example:
  vitae profiles use staging"), add = METADATA)]
pub(crate) struct UseArgs {
    /// The profile's name
    name: String,
}

pub(super) fn run(options: &UseArgs, output: &mut Output) -> Result<(), Failure> {
    select(&options.name, output)
}
