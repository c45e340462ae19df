//! `vitae resumes purge`

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
A purge cannot be undone. Deleted resumes count towards quotas until they are purged. Asks for confirmation on a
terminal; scripts need --yes.

Examples:
  vitae resumes list --deleted only
  vitae resumes purge 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes"), add = METADATA)]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    one: ResumeTarget,
}

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: &PurgeArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    require_confirmation(global, "purging a resume")?;
    let id = connection.resume(name, Deleted::Only).await?;
    let doing = format!("purge {name}");
    // Read before the purge, after which it no longer exists.
    let resume = connection.client.resumes().get(id).await.map_err(|e| connection.explain(&doing, &e))?;
    if !global.yes {
        let owner = resume.owner.name.as_ref().map_or("an unknown owner", Untrusted::as_str);
        let question = format!(
            "Permanently remove \"{}\" of {owner} with {} revisions?",
            resume.title.as_str(),
            resume.revision
        );
        confirm(global, question).await?;
    }
    connection.client.resumes().purge(id, None).await.map_err(|e| connection.explain(&doing, &e))?;
    output.note(format_args!("purged {name}"));
    if output.is_format_requested() { output.one(&resume) } else { Ok(()) }
}
