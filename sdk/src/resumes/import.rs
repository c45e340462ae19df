//! Imports: many resumes in one request.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use vitae_contracts_core::UserId;
use vitae_contracts_gateway::ImportResult;

use crate::call::{Call, NDJSON};
use crate::client::{Client, MAX_TIMEOUT};
use crate::error::Result;
use crate::lines::{IdleTimeout, Lines, UploadProgress};
use crate::pages::{Query, set_method};

/// An import of resumes; from [`Resumes::import`](crate::Resumes::import).
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let user = vitae_server_testkit::example_user(&client).await;
/// let lines = futures_util::stream::iter(["{\"basics\": {\"name\": \"Ada\"}}"]);
/// let import = client.resumes().with_idempotency_key("import-7").import();
/// let mut results = import.owner(user.id).tag("alumni").send(lines).await?;
/// # Ok(()) });
/// ```
#[derive(Debug, Clone)]
#[must_use = "an import is made by `send`"]
pub struct ImportResumes {
    client: Client,
    key: Option<String>,
    query: Query,
}

impl ImportResumes {
    pub(crate) fn new(client: Client, key: Option<String>) -> Self {
        Self { client, key, query: Query::new("/v1/resumes/import") }
    }

    set_method!();

    /// Sets the owner of all resumes, also of lines that name another.
    pub fn owner(self, id: UserId) -> Self {
        self.set("owner_id", id)
    }

    /// Adds this tag to all resumes, besides those of their lines.
    pub fn tag(self, tag: impl Into<String>) -> Self {
        self.set("tag", tag.into())
    }

    /// Sends the items as they are produced and returns the result of each.
    ///
    /// An item is a line of an export or a bare document. A line break inside an item becomes a space. The
    /// results have the order of the items and arrive as they are known: read them while the items are
    /// sent.
    ///
    /// Never retried. If the future is dropped, the resumes created so far remain; sent again with the
    /// same [idempotency key](crate::Resumes::with_idempotency_key) and the same items, the import creates
    /// nothing twice.
    ///
    /// The import ends when the access token that started it expires (after about ten minutes), the login
    /// ends or the role changes: the next line is rejected with the code `invalid_token`, which is the
    /// last result.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use vitae_sdk::ImportStatus;
    ///
    /// let lines = futures_util::stream::iter(["{\"basics\": {\"name\": \"Ada\"}}"]);
    /// let mut results = client.resumes().import().send(lines).await?;
    /// while let Some(result) = results.next().await {
    ///     let result = result?;
    ///     if result.status != ImportStatus::Created {
    ///         println!("line {} was rejected", result.line);
    ///     }
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn send<S>(self, lines: S) -> Result<Lines<ImportResult>>
    where
        S: Stream<Item: Into<Bytes>> + Send + 'static,
    {
        let input = Arc::new(UploadProgress::default());
        let body = Arc::clone(&input).body(lines);
        let call = self.query.call_with(Call::post).ndjson_stream(body).streamed(NDJSON);
        let call = match &self.key {
            Some(key) => call.idempotency_key_once(key),
            None => call,
        };
        let mut timeout =
            IdleTimeout::new(self.client.timeout(), Some(input)).with_deadline(self.client.deadline());
        // The time that the caller takes to produce lines is not limited.
        let sent = self.client.send(&call, self.client.deadline_after(MAX_TIMEOUT));
        let response = timeout.run(sent).await;
        let response = response.map_err(|failure| call.add_context(failure.error))?;
        let body = call.body_stream(response)?;
        Ok(Lines::new(call, body, timeout))
    }
}
