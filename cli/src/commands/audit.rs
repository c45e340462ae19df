//! `vitae audit`

use vitae_sdk::Deleted;

use super::write_pages;
use crate::arguments::audit::{AuditCommand, ListEntries};
use crate::context::Online;
use crate::errors::Failure;
use crate::output::Output;

pub(crate) async fn run(online: &Online, command: AuditCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        AuditCommand::List(options) => list(online, options, output).await,
    }
}

async fn list(online: &Online, options: ListEntries, output: &mut Output) -> Result<(), Failure> {
    let mut list = online.client.audit().list();
    if let Some(actor) = options.actor {
        // Entries of deleted people are kept.
        list = list.actor(online.user(&actor, Deleted::Include).await?);
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
    write_pages(online, &options.range, "the audit record", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}
