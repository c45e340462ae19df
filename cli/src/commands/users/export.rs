//! `vitae users export`: everybody, as a spreadsheet or a program takes them.

use crate::arguments::OutputFormat;
use crate::arguments::users::ExportUsers;
use crate::arguments::values::Range;
use crate::commands::write_pages;
use crate::context::Online;
use crate::errors::Failure;
use crate::output::Output;

pub(super) async fn run(online: &Online, options: ExportUsers, output: &mut Output) -> Result<(), Failure> {
    output.prefer(OutputFormat::Csv);
    let list = super::filtered(online, options.filters);
    write_pages(online, &Range::all(), "people", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
