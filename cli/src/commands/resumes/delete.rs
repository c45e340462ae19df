//! `vitae resumes delete`

use clap::Args;
use vitae_sdk::{Deleted, Resume, Untrusted};

use super::target::ResumeTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::confirmation::{confirm, require_confirmation};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(Resume::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Asks for confirmation on a terminal; scripts need --yes. `vitae resumes restore` undoes it.

Examples:
  vitae resumes delete \"Ada Lovelace – Analyst\"
  vitae resumes delete 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes"), add = METADATA)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    one: ResumeTarget,
}

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: &DeleteArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    require_confirmation(global, "deleting a resume")?;
    let id = connection.resume(name, Deleted::Exclude).await?;
    let doing = format!("delete {name}");
    if !global.yes {
        let resume = connection.client.resumes().get(id).await.map_err(|e| connection.explain(&doing, &e))?;
        let owner = resume.owner.name.as_ref().map_or("an unknown owner", Untrusted::as_str);
        confirm(global, format!("Delete \"{}\" of {owner}?", resume.title.as_str())).await?;
    }
    connection.client.resumes().delete(id, None).await.map_err(|e| connection.explain(&doing, &e))?;
    output.note(format_args!("deleted {name}; `vitae resumes restore {id}` undoes it"));
    if !output.is_format_requested() {
        return Ok(());
    }
    // The response to a deletion is empty; deleted resumes can still be read.
    let resume = connection.client.resumes().get(id).await;
    output.one(&resume.map_err(|e| connection.explain(&format!("read {name} after it was deleted"), &e))?)
}
