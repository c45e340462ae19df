//! `vitae resumes restore`

use clap::Args;
use vitae_sdk::{Deleted, ResumeSummary};

use super::target::ResumeTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(ResumeSummary::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae resumes list --deleted only
  vitae resumes restore \"Ada Lovelace – Analyst\""), add = METADATA)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    one: ResumeTarget,
}

pub(super) async fn run(
    connection: &Connection,
    options: &RestoreArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    let id = connection.resume(name, Deleted::Only).await?;
    let resume = connection.client.resumes().restore(id, None).await;
    output.one(&resume.map_err(|e| connection.explain(&format!("restore {name}"), &e))?)
}
