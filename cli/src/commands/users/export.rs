//! `vitae users export`

use clap::Args;
use vitae_sdk::User;

use super::filters::Filters;
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::flags::OutputFormat;
use crate::online::Online;
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
Exports all matching people, page by page.

Examples:
  vitae users export > people.csv
  vitae users export --role editor -o ndjson > editors.ndjson
  vitae users export --fields email,name"), add = METADATA)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    filters: Filters,
}

pub(super) async fn run(online: &Online, options: ExportArgs, output: &mut Output) -> Result<(), Failure> {
    output.prefer(OutputFormat::Csv);
    let list = options.filters.request(online);
    write_pages(online, &Range::all(), "people", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
