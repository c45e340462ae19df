//! Resumes and their revisions.

mod import;
mod list;

use serde::Serialize;
use vitae_contracts_core::{ResumeId, Untrusted};
use vitae_contracts_gateway::{CreateResume, ReplaceResume, Resume, ResumeSummary, Revision};

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;
use crate::if_match::IfMatch;
use crate::users::{MAX_MODIFY_ATTEMPTS, MODIFY_RETRY};

pub use import::ImportResumes;
pub use list::{ExportResumes, ListResumes, ListRevisions};

/// Resumes and their revisions; from [`Client::resumes`].
///
/// Every change has an idempotency key, so the SDK can retry it when the connection fails. If the future
/// of a change is dropped, the change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Resumes {
    client: Client,
    key: Option<String>,
}

impl Resumes {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, key: None }
    }

    /// Sends this idempotency key with the next change, instead of a new one.
    ///
    /// For a program that repeats a change after a restart: the same key and the same request happen once
    /// and get the same response, for a day. Use the returned value for a single call; the same key with
    /// another request is an error. 1 to 255 visible ASCII characters. [`modify`](Self::modify) uses its
    /// own keys; an import derives a key for each line.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let new: vitae_sdk::CreateResume = serde_json::from_str(r#"{"title": "Ada", "document": {}}"#).unwrap();
    /// let resume = client.resumes().with_idempotency_key("import-7/ada.json").create(&new).await?;
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Lists resumes without their documents, newest first by default.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.resumes().list().query("rust berlin").send().await?;
    /// for resume in page.items {
    ///     println!("{} {}", resume.id, resume.title.escaped());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn list(&self) -> ListResumes {
        ListResumes::new(self.client.clone())
    }

    /// Returns a resume with its document; a deleted one has `deleted_at`.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// let resume = client.resumes().get(resume.id).await?;
    /// println!("{}", resume.document.get());
    /// # Ok(()) });
    /// ```
    pub async fn get(&self, id: ResumeId) -> Result<Resume> {
        self.client.fetch(Call::get(path(id, ""))).await
    }

    /// Creates a resume; the document is stored as this exact text.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use vitae_sdk::{CreateResume, RawValue};
    ///
    /// let text = r#"{"basics": {"name": "Ada Lovelace", "label": "Analyst"}}"#;
    /// let document = RawValue::from_string(text.to_owned()).unwrap();
    /// let new = CreateResume::new("Ada Lovelace – Analyst", document).tags(["london"]);
    /// let resume = client.resumes().create(&new).await?;
    /// # Ok(()) });
    /// ```
    pub async fn create(&self, resume: &CreateResume) -> Result<Resume> {
        let call = Call::post("/v1/resumes").json(resume)?;
        self.client.fetch(self.keyed(call)).await
    }

    /// Replaces title, tags and document.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// use vitae_sdk::{IfMatch, draft_of};
    ///
    /// let mut draft = draft_of(&resume);
    /// draft.title = "Ada Lovelace – Programmer".to_owned();
    /// let resume = client.resumes()
    ///     .replace(resume.id, &draft, IfMatch::Version(resume.revision)).await?;
    /// # Ok(()) });
    /// ```
    pub async fn replace(&self, id: ResumeId, draft: &ReplaceResume, based_on: IfMatch) -> Result<Resume> {
        let call = Call::put(path(id, "")).json(draft)?.if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    /// Changes parts of title, tags and document with a JSON Merge Patch (RFC 7396).
    ///
    /// Parts that are not in the patch keep their exact text. A null removes a member; an array is
    /// replaced whole. Text that is already JSON can be passed as a [`RawValue`](crate::RawValue).
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// use vitae_sdk::{IfMatch, RawValue};
    ///
    /// let patch = r#"{"document": {"basics": {"label": "Programmer", "phone": null}}}"#;
    /// let patch = RawValue::from_string(patch.to_owned()).unwrap();
    /// let resume = client.resumes()
    ///     .patch(resume.id, &patch, IfMatch::Version(resume.revision)).await?;
    /// # Ok(()) });
    /// ```
    pub async fn patch(&self, id: ResumeId, patch: &impl Serialize, based_on: IfMatch) -> Result<Resume> {
        let call = Call::patch(path(id, "")).merge_patch(patch)?;
        let call = call.if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    /// Reads a resume, calls `change`, and writes the result if the resume has not changed in between.
    ///
    /// Otherwise repeats both after a random, growing wait, up to ten times. Returns the resume unchanged
    /// if `change` returns `None` or a draft without differences. An unchanged document is not sent, so
    /// members that only a newer server knows are kept.
    ///
    /// If the future is dropped, the change may or may not have happened, but never in part.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// use vitae_sdk::draft_of;
    ///
    /// let resume = client.resumes().modify(resume.id, |resume| {
    ///     let mut draft = draft_of(resume);
    ///     draft.tags.push("reviewed".to_owned());
    ///     Some(draft)
    /// }).await?;
    /// # Ok(()) });
    /// ```
    pub async fn modify<F>(&self, id: ResumeId, mut change: F) -> Result<Resume>
    where
        F: FnMut(&Resume) -> Option<ReplaceResume>,
    {
        let fresh = Self::new(self.client.clone());
        let mut tries: u32 = 0;
        loop {
            tries += 1;
            let resume = self.get(id).await?;
            let Some(draft) = change(&resume) else {
                return Ok(resume);
            };
            let based_on = IfMatch::Version(resume.revision);
            let parts = Parts::changed(&resume, &draft);
            let written = if draft.document.get() != resume.document.get() {
                fresh.replace(id, &draft, based_on).await
            } else if parts.is_nothing() {
                return Ok(resume);
            } else {
                fresh.patch(id, &parts, based_on).await
            };
            match written {
                Err(error) if error.is_precondition_failed() && tries < MAX_MODIFY_ATTEMPTS => {
                    tokio::time::sleep(MODIFY_RETRY.backoff(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Deletes a resume; [`restore`](Self::restore) undoes this.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// use vitae_sdk::IfMatch;
    ///
    /// client.resumes().delete(resume.id, Some(IfMatch::Version(resume.revision))).await?;
    /// # Ok(()) });
    /// ```
    pub async fn delete(&self, id: ResumeId, based_on: Option<IfMatch>) -> Result<()> {
        let call = Call::delete(path(id, "")).if_match(based_on);
        self.client.send_no_content(self.keyed(call)).await
    }

    /// Restores a deleted resume.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// # client.resumes().delete(resume.id, None).await?;
    /// let resume = client.resumes().restore(resume.id, None).await?;
    /// assert!(resume.deleted_at.is_none());
    /// # Ok(()) });
    /// ```
    pub async fn restore(&self, id: ResumeId, based_on: Option<IfMatch>) -> Result<ResumeSummary> {
        let call = Call::post(path(id, "/restore")).if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    /// Removes a deleted resume permanently, with all its revisions; it no longer counts towards quotas.
    ///
    /// A resume that is not deleted is rejected with `not_deleted`. If the future is dropped, the change
    /// may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// client.resumes().delete(resume.id, None).await?;
    /// client.resumes().purge(resume.id, None).await?;
    /// assert!(client.resumes().get(resume.id).await.unwrap_err().is_not_found());
    /// # Ok(()) });
    /// ```
    pub async fn purge(&self, id: ResumeId, based_on: Option<IfMatch>) -> Result<()> {
        let call = Call::post(path(id, "/purge")).if_match(based_on);
        self.client.send_no_content(self.keyed(call)).await
    }

    /// Lists the revisions of a resume without their documents, newest first by default.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// let mut revisions = client.resumes().revisions(resume.id).stream();
    /// while let Some(revision) = revisions.next().await {
    ///     let revision = revision?;
    ///     println!("{} {}", revision.revision, revision.at);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn revisions(&self, id: ResumeId) -> ListRevisions {
        ListRevisions::new(self.client.clone(), id)
    }

    /// Returns a revision with its document.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let resume = vitae_server_testkit::example_resume(&client).await;
    /// let first = client.resumes().revision(resume.id, 1).await?;
    /// # Ok(()) });
    /// ```
    pub async fn revision(&self, id: ResumeId, number: u64) -> Result<Revision> {
        let path = path(id, &format!("/revisions/{number}"));
        self.client.fetch(Call::get(path)).await
    }

    /// Reads whole resumes line by line, in any number.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let directory = tempfile::tempdir().unwrap();
    /// let mut lines = client.resumes().export().tag("rust").send().await?;
    /// while let Some(line) = lines.next().await {
    ///     let line = line?;
    ///     let file = directory.path().join(format!("{}.json", line.id));
    ///     std::fs::write(file, line.document.get()).unwrap();
    /// }
    /// # Ok(()) });
    /// ```
    pub fn export(&self) -> ExportResumes {
        ExportResumes::new(self.client.clone())
    }

    /// Creates resumes from a stream of documents, in one request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let documents = ["{\"basics\": {\"name\": \"Ada\"}}", "{\"basics\": {\"name\": \"Grace\"}}"];
    /// let lines = futures_util::stream::iter(documents);
    /// let mut results = client.resumes().import().tag("new").send(lines).await?;
    /// while let Some(result) = results.next().await {
    ///     println!("{:?}", result?.id);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn import(&self) -> ImportResumes {
        ImportResumes::new(self.client.clone(), self.key.clone())
    }

    fn keyed(&self, call: Call) -> Call {
        call.idempotency_key(self.key.as_deref())
    }
}

/// Returns the body of [`Resumes::replace`] that leaves a resume unchanged, as the start of a change.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let resume = vitae_server_testkit::example_resume(&client).await;
/// let mut draft = vitae_sdk::draft_of(&resume);
/// draft.tags.clear();
/// # Ok(()) });
/// ```
pub fn draft_of(resume: &Resume) -> ReplaceResume {
    ReplaceResume::new(resume.title.as_str(), resume.document.clone())
        .tags(resume.tags.iter().map(Untrusted::as_str))
}

/// The changes of a draft besides the document, as a merge patch.
#[derive(Serialize)]
struct Parts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
}

impl<'a> Parts<'a> {
    fn changed(resume: &Resume, draft: &'a ReplaceResume) -> Self {
        let same_tags = resume.tags.iter().map(Untrusted::as_str).eq(draft.tags.iter().map(String::as_str));
        Self {
            title: (resume.title.as_str() != draft.title).then_some(draft.title.as_str()),
            tags: (!same_tags).then_some(draft.tags.as_slice()),
        }
    }

    fn is_nothing(&self) -> bool {
        self.title.is_none() && self.tags.is_none()
    }
}

fn path(id: ResumeId, rest: &str) -> String {
    format!("/v1/resumes/{id}{rest}")
}
