//! `vitae resumes export`: to standard output or to files.

mod directory;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use futures_util::{Stream, StreamExt as _, stream};
use vitae_sdk::{Deleted, ExportLine, ExportResumes, Resume};

use self::directory::Directory;
use crate::bulk::{Progress, Report, ReportWording, ResumeFile};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::documents;
use crate::errors::Failure;
use crate::flags::{ErrorFormat, Global};
use crate::output::{Column, Output, Row, tags};
use crate::values::{ResumeName, UserName};

const METADATA: CommandMetadata = CommandMetadata::new(ExportLine::FIELDS, exits::BULK);

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("which").required(true).args(["resumes", "all"]),
    after_help = METADATA.help("\
One resume is printed as its document alone; several are printed as one line of JSON each, which \
`vitae resumes import -` accepts. With --dir each document is written to its own file; \
titles, tags and owners go to .vitae-export.ndjson beside them, from which an import of the folder restores them.

Examples:
  vitae resumes export \"Ada Lovelace – Analyst\" > ada.json
  vitae resumes export --all --tag reviewed > reviewed.ndjson
  vitae resumes export --all --dir cvs/"),
    add = METADATA
)]
pub(crate) struct ExportArgs {
    /// Ids or unique titles
    #[arg(value_name = "ID|TITLE")]
    resumes: Vec<ResumeName>,
    /// All resumes that match the filters
    #[arg(long)]
    all: bool,
    /// Words that must all occur in the title or the owner's name
    #[arg(long, value_name = "WORDS", conflicts_with = "resumes")]
    q: Option<String>,
    /// Only resumes of this person
    #[arg(long, value_name = "ID|EMAIL", conflicts_with = "resumes")]
    owner: Option<UserName>,
    /// Only resumes with this tag
    #[arg(long, conflicts_with = "resumes")]
    tag: Option<String>,
    /// Write one file per resume to this directory; - is standard output
    #[arg(long, value_name = "DIR|-")]
    dir: Option<PathBuf>,
}

/// Maximum number of concurrent requests.
const IN_FLIGHT: usize = 8;

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: ExportArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let directory = options.dir.clone().filter(|path| !documents::is_stdin(path));
    match (directory, options.resumes.as_slice()) {
        (Some(path), _) => to_directory(connection, global, &options, path, output).await,
        (None, []) => lines(connection, global, &options, output).await,
        (None, [one]) => {
            let resume = find(connection, one).await?;
            output.document(&line_of(resume), |line| line.document.get())
        }
        (None, many) => {
            let mut list = output.lines();
            for name in many {
                list.page(&[line_of(find(connection, name).await?)])?;
            }
            list.finish()?;
            Ok(())
        }
    }
}

/// Starts an export at the server without reading it, so that the audit record has an entry with the filter.
async fn record(connection: &Connection, options: &ExportArgs) -> Result<(), Failure> {
    let export = exported(connection, options).await?;
    export.send().await.map(drop).map_err(|e| connection.explain("export resumes", &e))
}

/// Builds the export request for the filters.
async fn exported(connection: &Connection, options: &ExportArgs) -> Result<ExportResumes, Failure> {
    let mut export = connection.client.resumes().export();
    if let Some(words) = &options.q {
        export = export.query(words);
    }
    if let Some(owner) = connection.owner(options.owner.as_ref()).await? {
        export = export.owner(owner);
    }
    if let Some(tag) = &options.tag {
        export = export.tag(tag);
    }
    Ok(export)
}

/// Prints all matching resumes as they arrive.
async fn lines(
    connection: &Connection,
    global: &Global,
    options: &ExportArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let explain = |e| connection.explain("export resumes", &e);
    let mut lines = exported(connection, options).await?.send().await.map_err(explain)?;
    let mut list = output.lines();
    let mut progress = Progress::new(None, "written", global.quiet);
    while let Some(line) = lines.next().await {
        list.page(&[line.map_err(explain)?])?;
        progress.done(0);
    }
    progress.end();
    list.finish()?;
    Ok(())
}

/// Writes each document to a file. Documents are read one by one, because the lines of an export lose line breaks.
async fn to_directory(
    connection: &Connection,
    global: &Global,
    options: &ExportArgs,
    path: PathBuf,
    output: &mut Output,
) -> Result<(), Failure> {
    let directory = Directory::open(path, global.yes, connection.context.origin.clone())?;
    let words = ReportWording {
        done: "written",
        failed: "not written",
        error: "resumes could not be written",
        next_step: "fix the errors above, then export these resumes again",
    };
    let names = if options.all {
        record(connection, options).await?;
        all(connection, options).await?.left_stream()
    } else {
        stream::iter(options.resumes.iter().cloned().map(Ok)).right_stream()
    };
    let mut report = Report::new(words, global.error_format == ErrorFormat::Json, output);
    let found = names.map(async |name| find(connection, &name?).await).buffered(IN_FLIGHT);
    let mut found = Box::pin(found);
    while let Some(resume) = found.next().await {
        match resume.and_then(|resume| Ok((directory.write(&resume)?, resume))) {
            Ok((location, resume)) => {
                report.done(ResumeFile { location, id: resume.id, title: resume.title.into_inner() })?;
            }
            Err(failure) => report.failed(failure)?,
        }
    }
    report.finish(None)
}

/// Streams the ids of all matching resumes.
async fn all<'a>(
    connection: &'a Connection,
    options: &ExportArgs,
) -> Result<impl Stream<Item = Result<ResumeName, Failure>> + use<'a>, Failure> {
    let mut list = connection.client.resumes().list().limit(vitae_contracts_core::limits::PAGE);
    if let Some(words) = &options.q {
        list = list.query(words);
    }
    if let Some(owner) = connection.owner(options.owner.as_ref()).await? {
        list = list.owner(owner);
    }
    if let Some(tag) = &options.tag {
        list = list.tag(tag);
    }
    Ok(list.stream().map(|resume| {
        let resume = resume.map_err(|e| connection.explain("list resumes", &e))?;
        Ok(ResumeName::Id(resume.id))
    }))
}

async fn find(connection: &Connection, name: &ResumeName) -> Result<Resume, Failure> {
    let id = connection.resume(name, Deleted::Exclude).await?;
    let resume = connection.client.resumes().get(id).await;
    resume.map_err(|e| connection.explain(&format!("export {name}"), &e))
}

fn line_of(resume: Resume) -> ExportLine {
    ExportLine {
        id: resume.id,
        title: resume.title,
        owner_id: resume.owner.id,
        tags: resume.tags,
        revision: resume.revision,
        document: resume.document,
    }
}

impl Row for ExportLine {
    const FIELDS: &'static [&'static str] = &["id", "title", "owner_id", "tags", "revision", "document.*"];
    const COLUMNS: &'static [Column] =
        &[Column::fixed("ID"), Column::text("TITLE"), Column::text("TAGS"), Column::fixed("REV")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.id(), self.title.as_str().to_owned(), tags(&self.tags), self.revision.to_string()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id()), ("title", self.title.as_str().to_owned())]
    }
}
