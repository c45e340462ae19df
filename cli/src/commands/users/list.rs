//! `vitae users list`

use clap::Args;
use vitae_sdk::User;

use super::filters::Filters;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::pages::write_pages;
use crate::values::Range;

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::READ).sorted_by(&[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "name",
    "-name",
    "email",
    "-email",
]);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Examples:
  vitae users list
  vitae users list --q ada --role editor --sort name
  vitae users list --all -o ndjson"), add = METADATA)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// Sort key: `created_at`, `updated_at`, `name` or `email`; a leading minus sorts descending
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
    let mut list = options.filters.request(connection);
    if let Some(key) = options.sort {
        list = list.sort(key);
    }
    write_pages(connection, &options.range, "people", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
