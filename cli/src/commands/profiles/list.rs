//! `vitae profiles list`

use clap::Args;

use super::row::ProfileRow;
use crate::command_metadata::{CommandMetadata, exits};
use crate::config::{self, Config};
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(ProfileRow::FIELDS, exits::LOCAL);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Contacts no server.

Examples:
  vitae profiles list
  vitae profiles list -o json | jq -r '.[] | select(.current) | .server'"), add = METADATA)]
pub(crate) struct ListArgs {}

pub(super) fn run(output: &mut Output) -> Result<(), Failure> {
    let config = Config::read(&config::directory()?)?;
    let rows: Vec<ProfileRow> = config
        .profiles
        .iter()
        .map(|(name, profile)| {
            let protected = config.protects(name);
            ProfileRow { protected, ..ProfileRow::of(name, profile, config.current.as_ref() == Some(name)) }
        })
        .collect();
    let mut list = output.list();
    list.page(&rows)?;
    let output = list.finish()?;
    if rows.is_empty() {
        output.note("no profiles; `vitae login` creates one");
    }
    Ok(())
}
