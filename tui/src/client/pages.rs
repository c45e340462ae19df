//! Loading of pages of the server's lists as rows.

use futures_util::StreamExt as _;
use vitae_contracts_core::limits::PAGE as PAGE_MOST;
use vitae_sdk::{Client, Deleted, Error, Items, Page, Stream};

use crate::client::collection::Collection;
use crate::client::request::{PageRequest, Response};
use crate::client::row::Row;
use crate::client::window::{PAGE, Way};

/// Sets limit, sort order and cursor on the builder of any list of the SDK.
macro_rules! placed {
    ($list:expr, $sort:expr, $cursor:expr) => {{
        let mut list = $list.limit(PAGE);
        if let Some(sort) = $sort {
            list = list.sort(sort);
        }
        if let Some(cursor) = $cursor {
            list = list.cursor(cursor);
        }
        list
    }};
}

/// Loads one page.
pub(crate) async fn page(client: &Client, request: PageRequest) -> Result<Page<Row>, Error> {
    let PageRequest { collection, query, sort, way, count } = request;
    let (cursor, skip) = match way {
        Way::First => (None, 0),
        Way::Cursor(cursor) => (Some(cursor), 0),
        Way::Skip(rows) => (None, u32::try_from(rows).unwrap_or(u32::MAX)),
    };
    match collection {
        Collection::Users { .. } => {
            let list = placed!(users(client, collection, query), sort, cursor).count(count).skip(skip);
            Ok(rows(list.send().await?, |user| Row::User(Box::new(user))))
        }
        Collection::Resumes { .. } => {
            let list = placed!(resumes(client, collection, query), sort, cursor).count(count).skip(skip);
            Ok(rows(list.send().await?, |resume| Row::Resume(Box::new(resume))))
        }
        Collection::Revisions(id) => {
            let list = placed!(client.resumes().revisions(id), sort, cursor);
            Ok(rows(list.send().await?, |revision| Row::Revision(Box::new(revision))))
        }
        Collection::Sessions(id) => {
            let items = client.users().sessions(id).await?;
            let page = Page { items, next_cursor: None, prev_cursor: None, total: None };
            Ok(rows(page, |session| Row::Session(Box::new(session))))
        }
        Collection::Audit { actor, object } => {
            let mut list = placed!(client.audit().list(), sort, cursor);
            if let Some(actor) = actor {
                list = list.actor(actor);
            }
            if let Some(object) = object {
                list = list.object(object);
            }
            if !query.is_empty() {
                list = list.action(query);
            }
            Ok(rows(list.send().await?, |entry| Row::Entry(Box::new(entry))))
        }
    }
}

/// Counts a list.
pub(crate) async fn count(client: &Client, collection: Collection, query: String) -> Result<u64, Error> {
    let total = match collection {
        Collection::Users { .. } => users(client, collection, query).limit(1).count(true).send().await?.total,
        Collection::Resumes { .. } => {
            resumes(client, collection, query).limit(1).count(true).send().await?.total
        }
        _ => None,
    };
    Ok(total.unwrap_or_default())
}

/// The maximum number of objects of one bulk operation.
pub(crate) const MOST: usize = 10_000;

/// Loads all rows of a list, and whether there are more than one bulk operation may change.
pub(crate) async fn everything(
    client: &Client,
    collection: Collection,
    query: String,
) -> Result<Response, Error> {
    match collection {
        Collection::Users { .. } => {
            let list = users(client, collection, query).limit(PAGE_MOST).stream();
            gather(list, |user| Row::User(Box::new(user))).await
        }
        Collection::Resumes { .. } => {
            let list = resumes(client, collection, query).limit(PAGE_MOST).stream();
            gather(list, |resume| Row::Resume(Box::new(resume))).await
        }
        // Other lists cannot be marked as a whole.
        _ => Ok(Response::Everything(Vec::new(), false)),
    }
}

async fn gather<T>(mut items: Items<T>, row: impl Fn(T) -> Row) -> Result<Response, Error>
where
    Items<T>: Stream<Item = Result<T, Error>> + Unpin,
{
    let mut rows = Vec::new();
    while let Some(item) = items.next().await {
        if rows.len() == MOST {
            return Ok(Response::Everything(rows, true));
        }
        rows.push(row(item?));
    }
    Ok(Response::Everything(rows, false))
}

fn users(client: &Client, collection: Collection, query: String) -> vitae_sdk::ListUsers {
    let mut list = client.users().list();
    if let Collection::Users { role, status, deleted } = collection {
        list = list.deleted(only(deleted));
        if let Some(role) = role {
            list = list.role(role);
        }
        if let Some(status) = status {
            list = list.status(status);
        }
    }
    if query.is_empty() { list } else { list.query(query) }
}

fn resumes(client: &Client, collection: Collection, query: String) -> vitae_sdk::ListResumes {
    let mut list = client.resumes().list();
    if let Collection::Resumes { owner, tag, deleted } = collection {
        list = list.deleted(only(deleted));
        if let Some(owner) = owner {
            list = list.owner(owner);
        }
        if let Some(tag) = tag {
            list = list.tag(tag);
        }
    }
    if query.is_empty() { list } else { list.query(query) }
}

fn only(deleted: bool) -> Deleted {
    if deleted { Deleted::Only } else { Deleted::Exclude }
}

fn rows<T>(page: Page<T>, row: impl Fn(T) -> Row) -> Page<Row> {
    Page {
        items: page.items.into_iter().map(row).collect(),
        next_cursor: page.next_cursor,
        prev_cursor: page.prev_cursor,
        total: page.total,
    }
}
