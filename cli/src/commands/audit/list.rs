//! `vitae audit list`

use clap::Args;
use vitae_sdk::{Deleted, EventId, Timestamp};

use super::row::{AuditRow, Names};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::pages::write_pages;
use crate::values::{Range, UserName, instant};

const METADATA: CommandMetadata =
    CommandMetadata::new(AuditRow::FIELDS, exits::READ).sorted_by(&["sequence", "-sequence"]);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
A change appears shortly after it was made. On a terminal, people and resumes are shown by e-mail and title. With \
-o json each entry contains its changes.

Examples:
  vitae audit list --actor ada@example.com --since 1day
  vitae audit list --action resumes.resume.deleted
  vitae audit list --action auth. --since 2026-11-22T00:00:00Z --until 2026-11-23T00:00:00Z --all -o ndjson
  vitae audit list --object 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json | jq '.[].changes'"), add = METADATA)]
pub(crate) struct ListArgs {
    /// Only actions of this person
    #[arg(long, value_name = "ID|EMAIL")]
    actor: Option<UserName>,
    /// Only this action, such as users.user.deleted; a trailing dot matches a prefix
    #[arg(long)]
    action: Option<String>,
    /// Only actions on this person, resume or session
    #[arg(long, value_name = "ID")]
    object: Option<EventId>,
    /// Only entries at or after a time: RFC 3339, a date (UTC), or a duration ago (30m, 2h, 7days)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
    /// Only entries before a time: RFC 3339, a date (UTC), or a duration ago
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
    /// Sort key: `sequence` (oldest first) or `-sequence`
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
    let mut list = connection.client.audit().list();
    if let Some(actor) = options.actor {
        // Entries of deleted people are kept.
        list = list.actor(connection.user(&actor, Deleted::Include).await?);
    }
    if let Some(action) = options.action {
        list = list.action(action);
    }
    if let Some(object) = options.object {
        list = list.object(object);
    }
    if let Some(at) = options.since {
        list = list.since(at);
    }
    if let Some(at) = options.until {
        list = list.until(at);
    }
    if let Some(key) = options.sort {
        list = list.sort(key);
    }
    let names = Names::new(connection, output.is_terminal_table());
    write_pages(
        connection,
        &options.range,
        "the audit record",
        output,
        async |size, cursor: Option<String>| {
            let page = list.clone().limit(size);
            let page = match cursor {
                Some(cursor) => page.cursor(cursor).send().await?,
                None => page.send().await?,
            };
            Ok(names.resolve(page).await)
        },
    )
    .await
}
