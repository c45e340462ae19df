//! The audit record.

use std::fmt;

use vitae_contracts_core::{Timestamp, UserId};
use vitae_contracts_gateway::Entry;

use crate::client::Client;
use crate::pages::{Query, list_methods};

/// The audit record, for administrators; from [`Client::audit`].
#[derive(Debug, Clone)]
pub struct Audit {
    client: Client,
}

impl Audit {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists entries, newest first by default. An entry appears a moment after the response to its change.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.audit().list().limit(20).send().await?;
    /// for entry in page.items {
    ///     println!("{} {} {}", entry.at, entry.action, entry.object.id);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn list(&self) -> ListEntries {
        ListEntries { client: self.client.clone(), query: Query::new("/v1/audit") }
    }
}

/// A list of audit entries; from [`Audit::list`]. An entry must match all filters.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let user = vitae_server_testkit::example_user(&client).await;
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
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListEntries {
    client: Client,
    query: Query,
}

impl ListEntries {
    list_methods!(Entry);

    /// Selects entries of this actor.
    pub fn actor(self, id: UserId) -> Self {
        self.set("actor_id", id)
    }

    /// Selects entries with this action, as in `users.user.deleted`; with a dot at its end, all actions that
    /// start with it.
    pub fn action(self, action: impl Into<String>) -> Self {
        self.set("action", action.into())
    }

    /// Selects entries about this object: a `UserId`, a `ResumeId` or a `SessionId`.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// let mut entries = client.audit().list().object(resume.id).stream();
    /// while let Some(entry) = entries.next().await {
    ///     let entry = entry?;
    ///     println!("{} {:?}", entry.action, entry.changes);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn object(self, id: impl fmt::Display) -> Self {
        self.set("object_id", id)
    }

    /// Selects entries from this time or later.
    pub fn since(self, at: Timestamp) -> Self {
        self.set("since", at)
    }

    /// Selects entries from before this time.
    pub fn until(self, at: Timestamp) -> Self {
        self.set("until", at)
    }

    /// Sorts by `sequence`; with `-` before it, newest first.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let first = client.audit().list().sort("sequence").limit(1).send().await?;
    /// # Ok(()) });
    /// ```
    pub fn sort(self, key: impl Into<String>) -> Self {
        self.set("sort", key.into())
    }
}
