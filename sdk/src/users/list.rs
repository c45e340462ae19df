//! Lists of people.

use std::fmt;

use vitae_contracts_core::{Role, Status};
use vitae_contracts_gateway::User;

use crate::client::Client;
use crate::pages::{Deleted, Query, list_methods, skip_and_count_methods};

/// A list of people; from [`Users::list`](crate::Users::list). A person must match all filters.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// use vitae_sdk::{Deleted, Role, Status};
///
/// let page = client.users().list()
///     .query("ada")
///     .role(Role::Member)
///     .status(Status::Active)
///     .deleted(Deleted::Exclude)
///     .sort("-updated_at")
///     .limit(10)
///     .count(true)
///     .send().await?;
/// println!("{:?} people match", page.total);
/// if let Some(cursor) = page.next_cursor {
///     let next = client.users().list().limit(10).cursor(cursor).send().await?;
/// }
///
/// let mut administrators = client.users().list().role(Role::Admin).stream();
/// while let Some(administrator) = administrators.next().await {
///     println!("{}", administrator?.email.escaped());
/// }
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListUsers {
    client: Client,
    query: Query,
}

impl ListUsers {
    pub(super) fn new(client: Client) -> Self {
        Self { client, query: Query::new("/v1/users") }
    }

    list_methods!(User);
    skip_and_count_methods!();

    /// Selects people in whose name or e-mail address every word occurs.
    pub fn query(self, words: impl Into<String>) -> Self {
        self.set("q", words.into())
    }

    /// Selects people with this role.
    pub fn role(self, role: Role) -> Self {
        self.set("role", role)
    }

    /// Selects people with this status.
    pub fn status(self, status: Status) -> Self {
        self.set("status", status)
    }

    /// Sorts by `created_at`, `updated_at`, `name` or `email`; with `-` before it, descending.
    pub fn sort(self, key: impl Into<String>) -> Self {
        self.set("sort", key.into())
    }

    /// Sets whether deleted people are listed; excluded by default.
    pub fn deleted(self, deleted: Deleted) -> Self {
        self.set("deleted", deleted.as_str())
    }

    /// Selects the person with exactly this e-mail address, ignoring case.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let ada = client.users().list().email("ada@example.com").send().await?.items.pop();
    /// # Ok(()) });
    /// ```
    pub fn email(self, email: impl Into<String>) -> Self {
        self.set("email", email.into())
    }

    /// Selects the person with exactly this external id.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let ada = client.users().list().external_id("hr-1815").send().await?.items.pop();
    /// # Ok(()) });
    /// ```
    pub fn external_id(self, external_id: impl Into<String>) -> Self {
        self.set("external_id", external_id.into())
    }

    /// Selects people with this label. Can be called repeatedly, for up to 16 labels; all must match.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let team = client.users().list().label("team", "data").has_label("example.com/on-call");
    /// println!("{}", team.send().await?.items.len());
    /// # Ok(()) });
    /// ```
    pub fn label(mut self, key: impl fmt::Display, value: impl fmt::Display) -> Self {
        self.query.add("label", format!("{key}={value}"));
        self
    }

    /// Selects people with a label of this key and any value; see [`label`](Self::label).
    pub fn has_label(mut self, key: impl fmt::Display) -> Self {
        self.query.add("label", key);
        self
    }

    /// Selects people whose e-mail addresses are equal or look alike, with characters outside ASCII.
    ///
    /// New addresses of that kind are rejected; those stored by earlier versions remain.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// for user in client.users().list().similar(true).send().await?.items {
    ///     println!("{} {}", user.id, user.email.escaped());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn similar(self, similar: bool) -> Self {
        self.set("similar", similar)
    }
}
