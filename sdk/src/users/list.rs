//! Lists of people.

use std::fmt;

use vitae_contracts_core::{Role, Status};
use vitae_contracts_gateway::{Page, User};

use crate::client::Client;
use crate::error::Result;
use crate::pages::{Deleted, Items, Query};

/// A list of people; from [`Users::list`](crate::Users::list). All filters must hold.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// # let stack = vitae_server_testkit::Stack::start().await;
/// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
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
/// println!("{:?} in all", page.total);
/// # Ok(()) }
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

    /// People on one page, 1 to 500; 50 unless told.
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

    /// Leaves out as many before the page; not with a cursor.
    ///
    /// The server walks over them, so it costs the more the further it goes; cursors do not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let middle = client.users().list().skip(50_000).limit(100).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn skip(mut self, skip: u32) -> Self {
        if skip > 0 {
            self.query.set("skip", skip);
        }
        self
    }

    /// Only those in whose name or e-mail every word occurs.
    pub fn query(mut self, words: impl Into<String>) -> Self {
        self.query.set("q", words.into());
        self
    }

    /// Only those with this role.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `Role::Admin`, like every other argument of the builder"
    )]
    pub fn role(mut self, role: Role) -> Self {
        self.query.set("role", role.as_str());
        self
    }

    /// Only those with this status.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `Status::Active`, like every other argument of the builder"
    )]
    pub fn status(mut self, status: Status) -> Self {
        self.query.set("status", status.as_str());
        self
    }

    /// `created_at`, `updated_at`, `name` or `email`; with `-` before it, descending.
    pub fn sort(mut self, key: impl Into<String>) -> Self {
        self.query.set("sort", key.into());
        self
    }

    /// Whether deleted people are shown; not unless told.
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.query.set("deleted", deleted.as_str());
        self
    }

    /// Only the one with exactly this e-mail, without regard to case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let ada = client.users().list().email("ada@example.com").send().await?.items.pop();
    /// # Ok(()) }
    /// ```
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.query.set("email", email.into());
        self
    }

    /// Only the person with exactly this external id.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let ada = client.users().list().external_id("hr-1815").send().await?.items.pop();
    /// # Ok(()) }
    /// ```
    pub fn external_id(mut self, external_id: impl Into<String>) -> Self {
        self.query.set("external_id", external_id.into());
        self
    }

    /// Only people with this label. May be called several times, with up to 16 labels; all must match.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let team = client.users().list().label("team", "data").has_label("example.com/on-call");
    /// println!("{}", team.send().await?.items.len());
    /// # Ok(()) }
    /// ```
    pub fn label(mut self, key: impl fmt::Display, value: impl fmt::Display) -> Self {
        self.query.add("label", format!("{key}={value}"));
        self
    }

    /// Only people with a label of this key, whatever its value. See [`label`](Self::label).
    pub fn has_label(mut self, key: impl fmt::Display) -> Self {
        self.query.add("label", key);
        self
    }

    /// Only people whose e-mail addresses are the same, or look alike with characters outside ASCII.
    ///
    /// Such addresses are rejected today; those that were stored before stay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// for user in client.users().list().similar(true).send().await?.items {
    ///     println!("{} {}", user.id, user.email.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn similar(mut self, similar: bool) -> Self {
        self.query.set("similar", similar);
        self
    }

    /// Whether the page says how many match over all pages.
    pub fn count(mut self, count: bool) -> Self {
        self.query.set("count", count);
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
    /// let first = client.users().list().send().await?;
    /// if let Some(cursor) = first.next_cursor {
    ///     let second = client.users().list().cursor(cursor).send().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(&self) -> Result<Page<User>> {
        self.client.fetch(self.query.call()).await
    }

    /// Walks all pages from here on; `limit` is the size of each.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let mut admins = client.users().list().role(vitae_sdk::Role::Admin).stream();
    /// while let Some(admin) = admins.next().await {
    ///     println!("{}", admin?.email.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<User> {
        Items::new(self.client, self.query)
    }
}
