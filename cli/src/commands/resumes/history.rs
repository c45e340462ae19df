//! `vitae resumes history`

use clap::Args;
use vitae_sdk::{Deleted, RevisionHead};

use super::target::ResumeTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::pages::write_pages;
use crate::values::Range;

const METADATA: CommandMetadata =
    CommandMetadata::new(RevisionHead::FIELDS, exits::READ).sorted_by(&["revision", "-revision"]);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae resumes history \"Ada Lovelace – Analyst\"
  vitae resumes history 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json"), add = METADATA)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    one: ResumeTarget,
    /// Sort key: `revision` (oldest first) or `-revision`
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    sort: Option<String>,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(
    connection: &Connection,
    options: &HistoryArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let id = connection.resume(&options.one.resume, Deleted::Exclude).await?;
    let what = format!("the revisions of {}", options.one.resume);
    let mut list = connection.client.resumes().revisions(id);
    if let Some(key) = &options.sort {
        list = list.sort(key);
    }
    write_pages(connection, &options.range, &what, output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
