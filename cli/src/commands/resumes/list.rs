//! `vitae resumes list`

use clap::Args;
use vitae_sdk::ResumeSummary;

use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::pages::write_pages;
use crate::values::{DeletedFilter, Range, UserName};

const METADATA: CommandMetadata = CommandMetadata::new(ResumeSummary::FIELDS, exits::READ).sorted_by(&[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
]);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae resumes list --q \"rust berlin\"
  vitae resumes list --owner ada@example.com --sort -updated_at
  vitae resumes list --tag reviewed --all -o ndjson"), add = METADATA)]
pub(crate) struct ListArgs {
    /// Words that must all occur in the title or the owner's name
    #[arg(long, value_name = "WORDS")]
    q: Option<String>,
    /// Only resumes of this person
    #[arg(long, value_name = "ID|EMAIL")]
    owner: Option<UserName>,
    /// Only resumes with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only this exact title
    #[arg(long)]
    title: Option<String>,
    /// Include deleted resumes: exclude, include or only
    #[arg(long, value_name = "CHOICE", default_value = "exclude", hide_possible_values = true)]
    deleted: DeletedFilter,
    /// Sort key: `created_at`, `updated_at` or `title`; a leading minus sorts descending
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    sort: Option<String>,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(
    connection: &Connection,
    options: ListArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut list = connection.client.resumes().list().deleted(options.deleted.into());
    if let Some(words) = options.q {
        list = list.query(words);
    }
    if let Some(owner) = connection.owner(options.owner.as_ref()).await? {
        list = list.owner(owner);
    }
    if let Some(tag) = options.tag {
        list = list.tag(tag);
    }
    if let Some(title) = options.title {
        list = list.title(title);
    }
    if let Some(key) = options.sort {
        list = list.sort(key);
    }
    write_pages(connection, &options.range, "resumes", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
