//! `vitae users export`

use std::collections::BTreeSet;

use clap::Args;
use vitae_contracts_core::limits::PAGE;
use vitae_sdk::{ListUsers, User};

use super::filters::Filters;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::flags::OutputFormat;
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
Exports all matching people, page by page. In CSV each label has a column, such as label:team; if a value is empty or \
there are more than 100 keys, the column labels contains all of them.

Examples:
  vitae users export > people.csv
  vitae users export --role editor -o ndjson > editors.ndjson
  vitae users export --fields email,name"), add = METADATA)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    filters: Filters,
}

pub(super) async fn run(
    connection: &Connection,
    options: ExportArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    output.prefer(OutputFormat::Csv);
    let list = options.filters.request(connection);
    if output.writes_all_columns() {
        output.select(columns(connection, &list).await?);
    }
    write_pages(connection, &Range::all(), "people", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}

/// Most labels that have columns of their own.
const LABEL_COLUMNS: usize = 100;

/// Returns the columns of a table: all fields, and instead of the labels a column for each key that occurs.
///
/// The column of all labels stays where a cell of one label could not be imported as it is, and for many keys.
async fn columns(online: &Connection, list: &ListUsers) -> Result<Vec<String>, Failure> {
    let (mut keys, mut is_exact) = (BTreeSet::new(), true);
    let mut people = list.clone().limit(PAGE).stream();
    while let Some(user) = people.next().await {
        for (key, value) in user.map_err(|e| online.explain("list people", &e))?.labels {
            is_exact &= !value.as_str().is_empty() && value.as_str().trim() == value.as_str();
            if keys.len() <= LABEL_COLUMNS {
                keys.insert(format!("label:{}", key.as_str()));
            }
        }
    }
    if keys.len() > LABEL_COLUMNS {
        (keys, is_exact) = (BTreeSet::new(), false);
    }
    let fields = User::FIELDS.iter().filter(|field| **field != "labels" || !is_exact);
    Ok(fields.map(|field| (*field).to_owned()).chain(keys).collect())
}
