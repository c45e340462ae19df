//! `vitae resumes restore`

use clap::Args;
use vitae_sdk::{Deleted, ResumeSummary};

use super::target::OneResume;
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::online::Online;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(ResumeSummary::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae resumes list --deleted only
  vitae resumes restore \"Ada Lovelace – Analyst\""), add = METADATA)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    one: OneResume,
}

pub(super) async fn run(online: &Online, options: &RestoreArgs, output: &mut Output) -> Result<(), Failure> {
    let name = &options.one.resume;
    let id = online.resume(name, Deleted::Only).await?;
    let resume = online.client.resumes().restore(id, None).await;
    output.one(&resume.map_err(|e| online.explain(&format!("restore {name}"), &e))?)
}
