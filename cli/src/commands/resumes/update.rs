//! `vitae resumes update`

mod tags;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde::Serialize;
use vitae_sdk::{Deleted, Error, IfMatch, RawValue, ReplaceResume, Resume, ResumeId, Untrusted, draft_of};

use self::tags::{TagChange, print_removed};
use super::input::read;
use super::target::ResumeTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{self, Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(Resume::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["title", "tag", "no_tags", "add_tag", "remove_tag", "file"]),
    after_help = METADATA.help("\
--tag replaces all tags and lists the removed ones; --file replaces the whole document. Without --if-match the change \
is applied to the newest revision and retried if another user saves at the same time; with --if-match it is \
rejected if the resume has another revision.

Examples:
  vitae resumes update \"Ada Lovelace – Analyst\" --file ada.json
  vitae resumes update 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --title \"Ada King – Analyst\" --if-match 4
  vitae resumes update 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --add-tag reviewed --remove-tag draft"),
    add = METADATA
)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    one: ResumeTarget,
    /// The new title
    #[arg(long)]
    title: Option<String>,
    /// Replace all tags with this one; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Remove all tags
    #[arg(long, conflicts_with = "tag")]
    no_tags: bool,
    /// Add a tag; repeatable
    #[arg(long, value_name = "TAG", conflicts_with_all = ["tag", "no_tags"])]
    add_tag: Vec<String>,
    /// Remove a tag if present; repeatable
    #[arg(long, value_name = "TAG", conflicts_with_all = ["tag", "no_tags"])]
    remove_tag: Vec<String>,
    /// The new document; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    file: Option<PathBuf>,
    /// The revision that the change is based on
    #[arg(long, value_name = "REVISION")]
    if_match: Option<u64>,
}

/// The changed parts, as a merge patch.
#[derive(Serialize)]
struct Parts {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
}

pub(super) async fn run(
    connection: &Connection,
    options: UpdateArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    let doing = format!("update {name}");
    let tags = TagChange::of(&options);
    tags.check()?;
    let document = read(options.file, output).await?;
    let id = connection.resume(name, Deleted::Exclude).await?;
    if let Some(revision) = options.if_match {
        return update_revision(connection, id, revision, (options.title, tags, document), &doing, output)
            .await;
    }
    let mut before = Vec::new();
    let resumes = connection.client.resumes();
    let written = resumes.modify(id, |resume| {
        before.clone_from(&resume.tags);
        let mut draft = draft_of(resume);
        if let Some(title) = &options.title {
            draft.title.clone_from(title);
        }
        if let Some(tags) = tags.applied_to(&resume.tags) {
            draft.tags = tags;
        }
        if let Some(document) = &document {
            draft.document.clone_from(document);
        }
        Some(draft)
    });
    let written = written.await.map_err(|e| connection.explain(&doing, &e))?;
    if tags.replace.is_some() {
        print_removed(&before, &written.tags, output);
    }
    output.one(&written)
}

/// Updates the resume only if it is still at the revision of --if-match.
async fn update_revision(
    connection: &Connection,
    id: ResumeId,
    revision: u64,
    (title, tags, document): (Option<String>, TagChange, Option<Box<RawValue>>),
    doing: &str,
    output: &mut Output,
) -> Result<(), Failure> {
    let resumes = connection.client.resumes();
    let read = if document.is_some() || tags.depends_on_tags() {
        Some(resumes.get(id).await.map_err(|e| connection.explain(doing, &e))?)
    } else {
        None
    };
    let current = read.as_ref().map(|resume| resume.tags.as_slice()).unwrap_or_default();
    let parts = Parts { title, tags: tags.applied_to(current) };
    let based_on = IfMatch::Version(revision);
    let written = match (document, read) {
        // A merge patch would keep members that the new document lacks.
        (Some(document), Some(read)) => resumes.replace(id, &draft(parts, document, read), based_on).await,
        _ => resumes.patch(id, &parts, based_on).await,
    };
    match written {
        Ok(resume) => output.one(&resume),
        Err(error) if error.is_precondition_failed() => {
            Err(newer_revision_failure(connection, id, revision, doing, &error).await)
        }
        Err(error) => Err(connection.explain(doing, &error)),
    }
}

fn draft(parts: Parts, document: Box<RawValue>, read: Resume) -> ReplaceResume {
    ReplaceResume::new(parts.title.unwrap_or_else(|| read.title.into_inner()), document)
        .tags(parts.tags.unwrap_or_else(|| read.tags.into_iter().map(Untrusted::into_inner).collect()))
}

/// Describes the newer revision that caused the conflict.
async fn newer_revision_failure(
    connection: &Connection,
    id: ResumeId,
    revision: u64,
    doing: &str,
    error: &Error,
) -> Failure {
    let mut failure = connection.explain(doing, error);
    let newest = connection.client.resumes().revisions(id).limit(1).send().await;
    if let Some(newest) = newest.ok().and_then(|page| page.items.into_iter().next()) {
        failure.message = format!(
            "cannot {doing}: revision {} by {} of {} is newer than revision {revision}, on which the change is based",
            newest.revision,
            output::author(newest.author.as_ref()),
            newest.at
        );
        failure.next_step = Some(format!(
            "review it with `vitae resumes get {id}`, then repeat the command without --if-match or with --if-match {}",
            newest.revision
        ));
    }
    failure
}
