//! The record of who did what.

use std::fmt;

use vitae_contracts_core::{Timestamp, UserId};
use vitae_contracts_gateway::{Entry, Page};

use crate::client::Client;
use crate::error::Result;
use crate::pages::{Items, Query};

/// The record of who did what, for administrators; from [`Client::audit`].
#[derive(Debug, Clone)]
pub struct Audit {
    client: Client,
}

impl Audit {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists entries, newest first unless told. A change is on record a moment after it was answered.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let page = client.audit().list().limit(20).send().await?;
    /// for entry in page.items {
    ///     println!("{} {} {}", entry.at, entry.action, entry.object.id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> ListEntries {
        ListEntries { client: self.client.clone(), query: Query::new("/v1/audit") }
    }
}

/// A list of audit entries; from [`Audit::list`]. All filters must hold.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// # let stack = vitae_server_testkit::Stack::start().await;
/// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
/// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
/// # let user = client.users().create(&new).await?;
/// use std::time::{Duration, SystemTime};
///
/// let now = SystemTime::now();
/// let page = client.audit().list()
///     .actor(user.id)
///     .action("resumes.")
///     .since((now - Duration::from_secs(3600)).into())
///     .until(now.into())
///     .send().await?;
/// println!("{} changes of resumes within the hour", page.items.len());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListEntries {
    client: Client,
    query: Query,
}

impl ListEntries {
    /// Entries on one page, 1 to 500; 50 unless told.
    ///
    /// A page of more than 100 may be shorter, with a cursor, where its objects are large.
    pub fn limit(mut self, limit: u32) -> Self {
        self.query.set("limit", limit);
        self
    }

    /// Begins at the page that a cursor of the same list names.
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.query.set("cursor", cursor.into());
        self
    }

    /// Only what this person did.
    pub fn actor(mut self, id: UserId) -> Self {
        self.query.set("actor_id", id);
        self
    }

    /// Only this action, as in `users.user.deleted`; with a dot at its end, all that begin so.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.query.set("action", action.into());
        self
    }

    /// Only what was done to this object: a `UserId`, a `ResumeId`, a `SessionId`.
    pub fn object(mut self, id: impl fmt::Display) -> Self {
        self.query.set("object_id", id);
        self
    }

    /// Only what happened at this instant or later.
    pub fn since(mut self, at: Timestamp) -> Self {
        self.query.set("since", at);
        self
    }

    /// Only what happened before this instant.
    pub fn until(mut self, at: Timestamp) -> Self {
        self.query.set("until", at);
        self
    }

    /// `sequence` for the oldest first; with `-` before it, the newest.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let first = client.audit().list().sort("sequence").limit(1).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn sort(mut self, key: impl Into<String>) -> Self {
        self.query.set("sort", key.into());
        self
    }

    /// Reads one page.
    ///
    /// Dropping the future costs nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let failed = client.audit().list().action("auth.login.failed").send().await?;
    /// # Ok(()) }
    /// ```
    pub async fn send(&self) -> Result<Page<Entry>> {
        self.client.fetch(self.query.call()).await
    }

    /// Walks all pages from here on; `limit` is the size of each.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"title": "Ada", "document": {"basics": {"name": "Ada"}}}"#).unwrap();
    /// # let resume = client.resumes().create(&new).await?;
    /// let mut entries = client.audit().list().object(resume.id).stream();
    /// while let Some(entry) = entries.next().await {
    ///     let entry = entry?;
    ///     println!("{} {:?}", entry.action, entry.changes);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<Entry> {
        Items::new(self.client, self.query)
    }
}
