//! Lists of resumes and of their revisions, and the export.

use vitae_contracts_core::{ResumeId, UserId};
use vitae_contracts_gateway::{ExportLine, ResumeSummary, RevisionHead};

use super::path;
use crate::call::{Call, NDJSON};
use crate::client::Client;
use crate::error::Result;
use crate::lines::{IdleTimeout, Lines};
use crate::pages::{Deleted, Query, list_methods, set_method, skip_and_count_methods};

/// The filters that lists and exports of resumes share.
macro_rules! filters {
    () => {
        /// Selects resumes in whose title or owner's name every word occurs.
        pub fn query(self, words: impl Into<String>) -> Self {
            self.set("q", words.into())
        }

        /// Selects resumes of this person.
        pub fn owner(self, id: UserId) -> Self {
            self.set("owner_id", id)
        }

        /// Selects resumes with this tag.
        pub fn tag(self, tag: impl Into<String>) -> Self {
            self.set("tag", tag.into())
        }

        /// Selects resumes with exactly this title, ignoring case.
        pub fn title(self, title: impl Into<String>) -> Self {
            self.set("title", title.into())
        }

        /// Sorts by `created_at`, `updated_at` or `title`; with `-` before it, descending.
        pub fn sort(self, key: impl Into<String>) -> Self {
            self.set("sort", key.into())
        }

        /// Sets whether deleted resumes are listed; excluded by default.
        pub fn deleted(self, deleted: Deleted) -> Self {
            self.set("deleted", deleted.as_str())
        }
    };
}

/// A list of resumes; from [`Resumes::list`](crate::Resumes::list). A resume must match all filters.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let user = vitae_server_testkit::example_user(&client).await;
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
/// println!("{:?} resumes match", page.total);
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListResumes {
    client: Client,
    query: Query,
}

impl ListResumes {
    pub(super) fn new(client: Client) -> Self {
        Self { client, query: Query::new("/v1/resumes") }
    }

    list_methods!(ResumeSummary);
    skip_and_count_methods!();
    filters!();
}

/// A list of the revisions of a resume; from [`Resumes::revisions`](crate::Resumes::revisions).
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let resume = vitae_server_testkit::example_resume(&client).await;
/// let newest = client.resumes().revisions(resume.id).limit(1).send().await?;
/// # assert_eq!(newest.items.len(), 1);
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListRevisions {
    client: Client,
    query: Query,
}

impl ListRevisions {
    pub(super) fn new(client: Client, id: ResumeId) -> Self {
        Self { client, query: Query::new(path(id, "/revisions")) }
    }

    list_methods!(RevisionHead);

    /// Sorts by `revision`; with `-` before it, newest first.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// let mut revisions = client.resumes().revisions(resume.id).sort("revision").stream();
    /// # assert_eq!(revisions.next().await.unwrap()?.revision, 1);
    /// # Ok(()) });
    /// ```
    pub fn sort(self, key: impl Into<String>) -> Self {
        self.set("sort", key.into())
    }
}

/// An export of resumes; from [`Resumes::export`](crate::Resumes::export). A resume must match all filters.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let user = vitae_server_testkit::example_user(&client).await;
/// let mut lines = client.resumes().export().owner(user.id).sort("title").send().await?;
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "an export is read by `send`"]
pub struct ExportResumes {
    client: Client,
    query: Query,
}

impl ExportResumes {
    pub(super) fn new(client: Client) -> Self {
        Self { client, query: Query::new("/v1/resumes/export") }
    }

    set_method!();
    filters!();

    /// Starts the export; lines are read from the server as the caller asks for them.
    ///
    /// Retried like any other read until the first byte has arrived, and not after that.
    ///
    /// The server cuts the export, which is an error, when the access token that started it
    /// expires (after about ten minutes), the login ends or the role changes.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let mut lines = client.resumes().export().send().await?;
    /// while let Some(line) = lines.next().await {
    ///     println!("{}", serde_json::to_string(&line?).unwrap());
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn send(&self) -> Result<Lines<ExportLine>> {
        let call: Call = self.query.call().streamed(NDJSON);
        let timeout = self.client.timeout();
        let response = self.client.send(&call, self.client.deadline_after(timeout)).await?;
        let body = call.body_stream(response)?;
        let idle_timeout = IdleTimeout::new(timeout, None).with_deadline(self.client.deadline());
        Ok(Lines::new(call, body, idle_timeout))
    }
}
