//! `vitae resumes get`

use clap::Args;
use vitae_sdk::{Deleted, Resume};

use super::target::ResumeTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(Resume::FIELDS, exits::READ);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae resumes get \"Ada Lovelace – Analyst\"
  vitae resumes get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json
  vitae resumes get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --revision 2 -o json | jq .document"), add = METADATA)]
pub(crate) struct GetArgs {
    #[command(flatten)]
    one: ResumeTarget,
    /// Show this revision
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
}

pub(super) async fn run(
    connection: &Connection,
    options: &GetArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    let id = connection.resume(name, Deleted::Exclude).await?;
    match options.revision {
        None => {
            let resume = connection.client.resumes().get(id).await;
            output.details(&resume.map_err(|e| connection.explain(&format!("get {name}"), &e))?)
        }
        Some(number) => {
            let revision = connection.client.resumes().revision(id, number).await;
            let doing = || format!("get revision {number} of {name}");
            output.details(&revision.map_err(|e| connection.explain(&doing(), &e))?)
        }
    }
}
