//! `vitae resumes`

mod compare;
pub(super) mod edit;
mod export;
mod import;
pub(super) mod lint;

pub(crate) use self::lint::LintFinding;

use std::path::PathBuf;

use serde::Serialize;
use vitae_contracts_core::fold;
use vitae_sdk::{
    CreateResume, Deleted, Error, IfMatch, RawValue, ReplaceResume, Resume, ResumeId, Untrusted, draft_of,
};

use super::{confirm, require_consent, write_pages};
use crate::arguments::Global;
use crate::arguments::resumes::{self as arguments, ResumesCommand};
use crate::arguments::values::ResumeName;
use crate::context::Online;
use crate::errors::Failure;
use crate::output::{self, Output};
use crate::{documents, runtime};

pub(crate) async fn run(
    online: &Online,
    global: &Global,
    command: ResumesCommand,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        ResumesCommand::List(options) => list(online, options, output).await,
        ResumesCommand::Get(options) => get(online, &options, output).await,
        ResumesCommand::Create(options) => create(online, options, output).await,
        ResumesCommand::Update(options) => update(online, options, output).await,
        ResumesCommand::Delete(one) => delete(online, global, &one.resume, output).await,
        ResumesCommand::Restore(one) => restore(online, &one.resume, output).await,
        ResumesCommand::Purge(one) => purge(online, global, &one.resume, output).await,
        // Handled by the caller: `lint` needs no connection, `edit` runs an editor in the foreground.
        ResumesCommand::Edit(_) | ResumesCommand::Lint(_) => Ok(()),
        ResumesCommand::Diff(options) => compare::run(online, &options, output).await,
        ResumesCommand::History(options) => history(online, &options, output).await,
        ResumesCommand::Import(options) => import::run(online, global, options, output).await,
        ResumesCommand::Export(options) => export::run(online, global, options, output).await,
    }
}

async fn list(online: &Online, options: arguments::ListResumes, output: &mut Output) -> Result<(), Failure> {
    let mut list = online.client.resumes().list().deleted(options.deleted.into());
    if let Some(words) = options.filters.q {
        list = list.query(words);
    }
    if let Some(owner) = online.owner(options.filters.owner.as_ref()).await? {
        list = list.owner(owner);
    }
    if let Some(tag) = options.filters.tag {
        list = list.tag(tag);
    }
    if let Some(title) = options.title {
        list = list.title(title);
    }
    if let Some(key) = options.sort {
        list = list.sort(key);
    }
    write_pages(online, &options.range, "resumes", output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}

async fn get(online: &Online, options: &arguments::GetResume, output: &mut Output) -> Result<(), Failure> {
    let name = &options.one.resume;
    let id = online.resume(name, Deleted::Exclude).await?;
    match options.revision {
        None => {
            let resume = online.client.resumes().get(id).await;
            output.details(&resume.map_err(|e| online.explain(&format!("get {name}"), &e))?)
        }
        Some(number) => {
            let revision = online.client.resumes().revision(id, number).await;
            let doing = || format!("get revision {number} of {name}");
            output.details(&revision.map_err(|e| online.explain(&doing(), &e))?)
        }
    }
}

async fn create(
    online: &Online,
    options: arguments::CreateResume,
    output: &mut Output,
) -> Result<(), Failure> {
    let owner_id = online.owner(options.owner.as_ref()).await?;
    let document = match options.file {
        Some(_) => read(options.file, output).await?,
        None => read_piped(output).await?,
    };
    let document = document.unwrap_or_else(|| RawValue::from_string("{}".to_owned()).expect("{} is JSON"));
    let resume = CreateResume::new(options.title, document).owner_id(owner_id).tags(options.tag);
    let created = online.client.resumes().create(&resume).await;
    output.one(&created.map_err(|e| online.explain(&format!("create \"{}\"", resume.title), &e))?)
}

/// The changed parts, as a merge patch.
#[derive(Serialize)]
struct Parts {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
}

/// A change of the tags.
struct TagChange {
    /// The tags that replace all others.
    replace: Option<Vec<String>>,
    add: Vec<String>,
    remove: Vec<String>,
}

impl TagChange {
    fn of(options: &arguments::UpdateResume) -> Self {
        let replaces = !options.tag.is_empty() || options.no_tags;
        Self {
            replace: replaces.then(|| options.tag.clone()),
            add: options.add_tag.clone(),
            remove: options.remove_tag.clone(),
        }
    }

    /// Fails if a tag is both added and removed.
    fn check(&self) -> Result<(), Failure> {
        let removed: Vec<String> = self.remove.iter().map(|tag| fold(tag)).collect();
        match self.add.iter().find(|tag| removed.contains(&fold(tag))) {
            Some(tag) => Err(Failure::usage(format!("\"{tag}\" is both added and removed"))
                .next("remove the tag from --add-tag or --remove-tag")),
            None => Ok(()),
        }
    }

    /// Whether the change depends on the current tags.
    fn depends_on_tags(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// Returns the tags after the change; `None` if they are unchanged.
    fn applied_to(&self, tags: &[Untrusted]) -> Option<Vec<String>> {
        if let Some(tags) = &self.replace {
            return Some(tags.clone());
        }
        if !self.depends_on_tags() {
            return None;
        }
        let removed: Vec<String> = self.remove.iter().map(|tag| fold(tag)).collect();
        let mut tags: Vec<String> = tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        tags.retain(|tag| !removed.contains(&fold(tag)));
        let known: Vec<String> = tags.iter().map(|tag| fold(tag)).collect();
        tags.extend(self.add.iter().filter(|tag| !known.contains(&fold(tag))).cloned());
        Some(tags)
    }
}

async fn update(
    online: &Online,
    options: arguments::UpdateResume,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    let doing = format!("update {name}");
    let tags = TagChange::of(&options);
    tags.check()?;
    let document = read(options.file, output).await?;
    let id = online.resume(name, Deleted::Exclude).await?;
    if let Some(revision) = options.if_match {
        return update_revision(online, id, revision, (options.title, tags, document), &doing, output).await;
    }
    let mut before = Vec::new();
    let resumes = online.client.resumes();
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
    let written = written.await.map_err(|e| online.explain(&doing, &e))?;
    if tags.replace.is_some() {
        tell_replaced(&before, &written.tags, output);
    }
    output.one(&written)
}

/// Updates the resume only if it is still at the revision of --if-match.
async fn update_revision(
    online: &Online,
    id: ResumeId,
    revision: u64,
    (title, tags, document): (Option<String>, TagChange, Option<Box<RawValue>>),
    doing: &str,
    output: &mut Output,
) -> Result<(), Failure> {
    let resumes = online.client.resumes();
    let read = if document.is_some() || tags.depends_on_tags() {
        Some(resumes.get(id).await.map_err(|e| online.explain(doing, &e))?)
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
            Err(overtaken(online, id, revision, doing, &error).await)
        }
        Err(error) => Err(online.explain(doing, &error)),
    }
}

/// Lists the tags that --tag removed, in case that was not intended.
fn tell_replaced(before: &[Untrusted], after: &[Untrusted], output: &mut Output) {
    let removed: Vec<String> =
        before.iter().filter(|tag| !after.contains(tag)).map(|tag| tag.escaped().to_string()).collect();
    if !removed.is_empty() {
        output.note(format_args!(
            "removed the tags {}; --add-tag and --remove-tag keep the other tags",
            removed.join(", ")
        ));
    }
}

async fn delete(
    online: &Online,
    global: &Global,
    name: &ResumeName,
    output: &mut Output,
) -> Result<(), Failure> {
    require_consent(global, "deleting a resume")?;
    let id = online.resume(name, Deleted::Exclude).await?;
    let doing = format!("delete {name}");
    if !global.yes {
        let resume = online.client.resumes().get(id).await.map_err(|e| online.explain(&doing, &e))?;
        let owner = resume.owner.name.as_ref().map_or("an unknown owner", Untrusted::as_str);
        confirm(global, format!("Delete \"{}\" of {owner}?", resume.title.as_str())).await?;
    }
    online.client.resumes().delete(id, None).await.map_err(|e| online.explain(&doing, &e))?;
    output.note(format_args!("deleted {name}; `vitae resumes restore {id}` undoes it"));
    if !output.is_format_requested() {
        return Ok(());
    }
    // The response to a deletion is empty; deleted resumes can still be read.
    let resume = online.client.resumes().get(id).await;
    output.one(&resume.map_err(|e| online.explain(&format!("read {name} after it was deleted"), &e))?)
}

async fn restore(online: &Online, name: &ResumeName, output: &mut Output) -> Result<(), Failure> {
    let id = online.resume(name, Deleted::Only).await?;
    let resume = online.client.resumes().restore(id, None).await;
    output.one(&resume.map_err(|e| online.explain(&format!("restore {name}"), &e))?)
}

async fn purge(
    online: &Online,
    global: &Global,
    name: &ResumeName,
    output: &mut Output,
) -> Result<(), Failure> {
    require_consent(global, "purging a resume")?;
    let id = online.resume(name, Deleted::Only).await?;
    let doing = format!("purge {name}");
    // Read before the purge, after which it no longer exists.
    let resume = online.client.resumes().get(id).await.map_err(|e| online.explain(&doing, &e))?;
    if !global.yes {
        let owner = resume.owner.name.as_ref().map_or("an unknown owner", Untrusted::as_str);
        let question = format!(
            "Permanently remove \"{}\" of {owner} with {} revisions?",
            resume.title.as_str(),
            resume.revision
        );
        confirm(global, question).await?;
    }
    online.client.resumes().purge(id, None).await.map_err(|e| online.explain(&doing, &e))?;
    output.note(format_args!("purged {name}"));
    if output.is_format_requested() { output.one(&resume) } else { Ok(()) }
}

async fn history(online: &Online, options: &arguments::History, output: &mut Output) -> Result<(), Failure> {
    let id = online.resume(&options.one.resume, Deleted::Exclude).await?;
    let what = format!("the revisions of {}", options.one.resume);
    let mut list = online.client.resumes().revisions(id);
    if let Some(key) = &options.sort {
        list = list.sort(key);
    }
    write_pages(online, &options.range, &what, output, async |size, cursor: Option<String>| {
        let page = list.clone().limit(size);
        match cursor {
            Some(cursor) => page.cursor(cursor).send().await,
            None => page.send().await,
        }
    })
    .await
}

/// Reads the document of --file, if given.
async fn read(file: Option<PathBuf>, output: &mut Output) -> Result<Option<Box<RawValue>>, Failure> {
    let Some(path) = file else { return Ok(None) };
    let name = documents::name_of(&path);
    let document = runtime::run_blocking(move || documents::read(&path)).await?;
    warn_of_old_keys(&name, &documents::old_keys_in(document.get()), output);
    Ok(Some(document))
}

/// Reads a document from standard input if it is piped or redirected, and not empty.
async fn read_piped(output: &mut Output) -> Result<Option<Box<RawValue>>, Failure> {
    let document = runtime::run_blocking(documents::read_piped).await?;
    if let Some(document) = &document {
        warn_of_old_keys("standard input", &documents::old_keys_in(document.get()), output);
    }
    Ok(document)
}

/// Warns about keys of JSON Resume before 1.0, which later readers ignore.
fn warn_of_old_keys(place: &str, keys: &[String], output: &mut Output) {
    let Some(first) = keys.first() else { return };
    let more = if keys.len() > 1 { format!(" and {} more", keys.len() - 1) } else { String::new() };
    output.note(format_args!(
        "warning: {place}: {first}{more} are keys of JSON Resume before 1.0, which newer readers ignore; they are kept unchanged"
    ));
}

fn draft(parts: Parts, document: Box<RawValue>, read: Resume) -> ReplaceResume {
    ReplaceResume::new(parts.title.unwrap_or_else(|| read.title.into_inner()), document)
        .tags(parts.tags.unwrap_or_else(|| read.tags.into_iter().map(Untrusted::into_inner).collect()))
}

/// Describes the newer revision that caused the conflict.
async fn overtaken(online: &Online, id: ResumeId, revision: u64, doing: &str, error: &Error) -> Failure {
    let mut failure = online.explain(doing, error);
    let newest = online.client.resumes().revisions(id).limit(1).send().await;
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
