//! `vitae resumes import`: concurrent requests, ordered results.

mod sources;

use std::path::PathBuf;

use clap::Args;
use vitae_contracts_document::{is_same, scan};
use vitae_sdk::{CreateResume, ResumeId, Timestamp, UserId};

use self::sources::Content;
use super::input::warn_of_old_keys;
use crate::bulk::{self, ImportOptions, Kind, ResumeFile, input::Inputs};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::{Failure, FileLocation};
use crate::flags::{ErrorFormat, Global};
use crate::output::{Output, Row as _};
use crate::runtime;
use crate::values::{Bulk, UserName};

const METADATA: CommandMetadata = CommandMetadata::new(ResumeFile::FIELDS, exits::BULK);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Accepts JSON Resume documents (*.json), lists of them (*.ndjson, one per line) and lines of `resumes export`; folders \
are searched for both. Rejected documents are reported and the others are imported: exit code 10 means that some \
were rejected. For a folder from `resumes export --dir`, titles and tags are restored, and on the same server the \
owners.

Nothing is created twice: a journal in the configuration directory records the result of each document, for this \
input, server and account. Repeating the command finishes an interrupted import, and creates nothing if all is \
imported; --again imports everything once more. The server remembers idempotency keys for one day; a document with \
an unknown result older than that is searched by title, owner and content.

Examples:
  vitae resumes import ada.json grace.json
  vitae resumes import cvs/ --owner ada@example.com --tag 2026
  vitae resumes import all.ndjson --rejects rejected.ndjson --max-errors 100
  vitae resumes export --all | vitae --profile copy resumes import - --owner ada@example.com"), add = METADATA)]
pub(crate) struct ImportArgs {
    /// Files and folders; - reads one document, or one per line, from standard input
    #[arg(required = true, value_name = "PATH|-")]
    paths: Vec<PathBuf>,
    /// Owner of the resumes [default: you]
    #[arg(long, value_name = "ID|EMAIL")]
    owner: Option<UserName>,
    /// Additional tag for each resume; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Title of each resume, instead of one from name and label
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    bulk: Bulk,
}

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: ImportArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let owner = connection.owner(options.owner.as_ref()).await?;
    let documents =
        ResumeImport { connection, overrides: Overrides { owner, tags: options.tag, title: options.title } };
    let import_options = ImportOptions {
        rejects: options.bulk.rejects,
        rejects_head: None,
        max_errors: options.bulk.max_errors,
        again: options.bulk.again,
        json_errors: global.error_format == ErrorFormat::Json,
        quiet: global.quiet,
    };
    let (paths, home) = (options.paths, connection.context.directory.clone());
    let mut inputs = runtime::run_blocking(move || Inputs::of(sources::files(&paths), &paths, &home)).await?;
    let server = connection.context.origin.clone();
    let (files, keeps_raw) = (std::mem::take(&mut inputs.files), import_options.rejects.is_some());
    let rows = bulk::read_in_thread(move |take| sources::read_all(files, keeps_raw, &server, take))?;
    bulk::run(connection, &documents, import_options, &inputs, rows, output).await
}

/// Values of the flags that apply to every document.
struct Overrides {
    owner: Option<UserId>,
    tags: Vec<String>,
    title: Option<String>,
}

/// The import of documents as resumes.
struct ResumeImport<'a> {
    connection: &'a Connection,
    overrides: Overrides,
}

impl ResumeImport<'_> {
    /// Returns the resume to create.
    fn resume(&self, content: &Content) -> CreateResume {
        let mut resume = content.resume.clone();
        if let Some(title) = &self.overrides.title {
            resume.title.clone_from(title);
        }
        resume.owner_id = self.overrides.owner.or(resume.owner_id);
        let new = self.overrides.tags.iter().filter(|tag| !resume.tags.contains(tag)).cloned();
        let new: Vec<String> = new.collect();
        resume.tags.extend(new);
        resume
    }
}

impl Kind for ResumeImport<'_> {
    type Content = Content;
    type Added = ResumeFile;

    fn identity(&self) -> (&'static str, String) {
        let Overrides { owner, tags, title } = &self.overrides;
        ("resumes", format!("{owner:?} {tags:?} {title:?}"))
    }

    async fn create(&self, key: &str, content: &Content) -> Result<String, Failure> {
        let resumes = self.connection.client.resumes().with_idempotency_key(key);
        let created = resumes.create(&self.resume(content)).await;
        let created = created.map_err(|error| self.connection.explain("import the document", &error))?;
        Ok(created.id.to_string())
    }

    fn digest(&self, content: &Content) -> String {
        let resume = self.resume(content);
        let owner = resume.owner_id.map(|id| id.to_string()).unwrap_or_default();
        let mut parts = vec![resume.title.as_str(), &owner, resume.document.get()];
        parts.extend(resume.tags.iter().map(String::as_str));
        bulk::input::digest_of(&parts)
    }

    async fn is_live(&self, id: &str) -> Result<bool, Failure> {
        let Ok(id) = id.parse::<ResumeId>() else { return Ok(false) };
        match self.connection.client.resumes().get(id).await {
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(self.connection.explain("search for resumes created earlier", &error)),
            Ok(resume) => Ok(resume.deleted_at.is_none()),
        }
    }

    async fn candidates(&self, content: &Content, since: Timestamp) -> Result<Vec<String>, Failure> {
        let resume = self.resume(content);
        let explain = |error| self.connection.explain("search for resumes created earlier", &error);
        let mut list = self.connection.client.resumes().list().title(&resume.title).sort("-created_at");
        if let Some(owner) = resume.owner_id {
            list = list.owner(owner);
        }
        let mut items = list.limit(50).stream();
        let mut ids = Vec::new();
        while let Some(item) = items.next().await {
            let id = item.map_err(explain)?.id;
            let found = self.connection.client.resumes().get(id).await.map_err(explain)?;
            if found.created_at < since {
                break;
            }
            let texts = [found.document.get(), resume.document.get()].map(|text| scan(text.as_bytes()));
            if let [Ok(found), Ok(sent)] = texts
                && is_same(found.root(), sent.root())
            {
                ids.push(id.to_string());
            }
        }
        Ok(ids)
    }

    async fn exists(&self, id: &str) -> Result<bool, Failure> {
        let Ok(id) = id.parse::<ResumeId>() else { return Ok(false) };
        match self.connection.client.resumes().get(id).await {
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(self.connection.explain("search for resumes created earlier", &error)),
            Ok(_) => Ok(true),
        }
    }

    fn added(&self, location: FileLocation, id: &str, content: Content) -> ResumeFile {
        let title = self.overrides.title.clone().unwrap_or(content.resume.title);
        ResumeFile { location, id: id.parse().unwrap_or_default(), title }
    }

    fn warn(&self, location: &FileLocation, content: &Content, output: &mut Output) {
        warn_of_old_keys(&location.to_string(), &content.old_keys, output);
    }
}
