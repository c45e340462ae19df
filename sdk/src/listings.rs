//! Which resumes, for lists and exports: the same filters for both.

use vitae_contracts_core::UserId;
use vitae_contracts_gateway::{ExportLine, Page, ResumeSummary};

use crate::call::{Call, NDJSON};
use crate::client::Client;
use crate::error::Result;
use crate::lines::{IdleTimeout, Lines};
use crate::pages::{Deleted, Items, Query};

macro_rules! filters {
    () => {
        /// Only those in whose title or owner's name every word occurs.
        pub fn query(mut self, words: impl Into<String>) -> Self {
            self.query.set("q", words.into());
            self
        }

        /// Only this person's.
        pub fn owner(mut self, id: UserId) -> Self {
            self.query.set("owner_id", id);
            self
        }

        /// Only those with this tag.
        pub fn tag(mut self, tag: impl Into<String>) -> Self {
            self.query.set("tag", tag.into());
            self
        }

        /// Only those with exactly this title, without regard to case.
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.query.set("title", title.into());
            self
        }

        /// `created_at`, `updated_at` or `title`; with `-` before it, descending.
        pub fn sort(mut self, key: impl Into<String>) -> Self {
            self.query.set("sort", key.into());
            self
        }

        /// Whether deleted resumes are shown; not unless told.
        pub fn deleted(mut self, deleted: Deleted) -> Self {
            self.query.set("deleted", deleted.as_str());
            self
        }
    };
}

/// A list of resumes; from [`Resumes::list`](crate::Resumes::list). All filters must hold.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// # let stack = vitae_server_testkit::Stack::start().await;
/// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
/// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
/// # let user = client.users().create(&new).await?;
/// use vitae_sdk::Deleted;
///
/// let page = client.resumes().list()
///     .query("analyst")
///     .owner(user.id)
///     .tag("london")
///     .title("Ada Lovelace")
///     .deleted(Deleted::Include)
///     .sort("-updated_at")
///     .limit(10)
///     .count(true)
///     .send().await?;
/// println!("{:?} in all", page.total);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListResumes {
    client: Client,
    query: Query,
}

impl ListResumes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, query: Query::new("/v1/resumes") }
    }

    filters!();

    /// Resumes on one page, 1 to 500; 50 unless told.
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
    /// let middle = client.resumes().list().skip(50_000).limit(100).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn skip(mut self, skip: u32) -> Self {
        if skip > 0 {
            self.query.set("skip", skip);
        }
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
    /// let first = client.resumes().list().send().await?;
    /// if let Some(cursor) = first.next_cursor {
    ///     let second = client.resumes().list().cursor(cursor).send().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(&self) -> Result<Page<ResumeSummary>> {
        self.client.fetch(self.query.call()).await
    }

    /// Walks all pages from here on; `limit` is the size of each.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let mut resumes = client.resumes().list().limit(500).stream();
    /// while let Some(resume) = resumes.next().await {
    ///     println!("{}", resume?.title.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<ResumeSummary> {
        Items::new(self.client, self.query)
    }
}

/// An export of resumes; from [`Resumes::export`](crate::Resumes::export). All filters must hold.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// # let stack = vitae_server_testkit::Stack::start().await;
/// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
/// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
/// # let user = client.users().create(&new).await?;
/// let mut lines = client.resumes().export().owner(user.id).sort("title").send().await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an export is read by `send`"]
pub struct ExportResumes {
    client: Client,
    query: Query,
}

impl ExportResumes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, query: Query::new("/v1/resumes/export") }
    }

    filters!();

    /// Begins to read; the lines come as they are asked for.
    ///
    /// Repeated like any other read until the first byte has come, and not after that.
    ///
    /// It is cut, which is an error, when the access token that it began with expires, about ten
    /// minutes later, and at once when the login ends or the role changes.
    ///
    /// Dropping the future costs nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let mut lines = client.resumes().export().send().await?;
    /// while let Some(line) = lines.next().await {
    ///     println!("{}", serde_json::to_string(&line?).unwrap());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(&self) -> Result<Lines<ExportLine>> {
        let call: Call = self.query.call().streamed(NDJSON);
        let timeout = self.client.timeout();
        let response = self.client.send(&call, self.client.deadline_after(timeout)).await?;
        let body = call.into_stream(response)?;
        let timeout = IdleTimeout::new(timeout, None).with_deadline(self.client.deadline());
        Ok(Lines::new(call, body, timeout))
    }
}
