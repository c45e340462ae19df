//! `vitae resumes …`

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::values::{Bulk, DeletedOnes, Range, ResumeName, UserName};

#[derive(Debug, Subcommand)]
pub(crate) enum ResumesCommand {
    /// List resumes
    List(ListResumes),
    /// Show one resume, or one of its revisions
    Get(GetResume),
    /// Add a resume
    Create(CreateResume),
    /// Change a resume's title, tags or document
    Update(UpdateResume),
    /// Change a resume's document in your editor
    Edit(Edit),
    /// Delete a resume
    #[command(after_help = "\
Asks for confirmation on a terminal; scripts need --yes. `vitae resumes restore` undoes it.

Examples:
  vitae resumes delete \"Ada Lovelace – Analyst\"
  vitae resumes delete 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes")]
    Delete(OneResume),
    /// Restore a deleted resume
    #[command(after_help = "\
Examples:
  vitae resumes list --deleted only
  vitae resumes restore \"Ada Lovelace – Analyst\"")]
    Restore(OneResume),
    /// Permanently remove a deleted resume with all its revisions
    #[command(after_help = "\
A purge cannot be undone. Deleted resumes count towards quotas until they are purged. Asks for confirmation on a
terminal; scripts need --yes.

Examples:
  vitae resumes list --deleted only
  vitae resumes purge 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes")]
    Purge(OneResume),
    /// List the revisions of a resume, newest first by default
    History(History),
    /// Show the differences between two revisions
    Diff(Compare),
    /// Check documents without contacting a server
    Lint(Lint),
    /// Create resumes from files and folders
    Import(Import),
    /// Export documents
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct OneResume {
    /// Id or unique title
    #[arg(value_name = "ID|TITLE")]
    pub(crate) resume: ResumeName,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae resumes list --q \"rust berlin\"
  vitae resumes list --owner ada@example.com --sort -updated_at
  vitae resumes list --tag reviewed --all -o ndjson")]
pub(crate) struct ListResumes {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Only this exact title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Include deleted resumes: exclude, include or only
    #[arg(long, value_name = "CHOICE", default_value = "exclude", hide_possible_values = true)]
    pub(crate) deleted: DeletedOnes,
    /// Sort key: `created_at`, `updated_at` or `title`; a leading minus sorts descending
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

/// Filters of lists and exports.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Words that must all occur in the title or the owner's name
    #[arg(long, value_name = "WORDS")]
    pub(crate) q: Option<String>,
    /// Only resumes of this person
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) owner: Option<UserName>,
    /// Only resumes with this tag
    #[arg(long)]
    pub(crate) tag: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae resumes get \"Ada Lovelace – Analyst\"
  vitae resumes get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json
  vitae resumes get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --revision 2 -o json | jq .document")]
pub(crate) struct GetResume {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// Show this revision
    #[arg(long, value_name = "N")]
    pub(crate) revision: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without --file the document is read from piped standard input; otherwise it is empty, {}.

Examples:
  vitae resumes create --title \"Ada Lovelace – Analyst\" --file ada.json
  generate-resume ada | vitae resumes create --title \"Ada Lovelace – Analyst\"
  vitae resumes create --title Draft --owner ada@example.com --tag london --tag draft")]
pub(crate) struct CreateResume {
    #[arg(long)]
    pub(crate) title: String,
    /// Owner of the resume [default: you]
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) owner: Option<UserName>,
    /// A tag; repeatable
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// The document; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["title", "tag", "no_tags", "add_tag", "remove_tag", "file"]),
    after_help = "\
--tag replaces all tags and lists the removed ones; --file replaces the whole document. Without --if-match the change \
is applied to the newest revision and retried if another user saves at the same time; with --if-match it is \
rejected if the resume has another revision.

Examples:
  vitae resumes update \"Ada Lovelace – Analyst\" --file ada.json
  vitae resumes update 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --title \"Ada King – Analyst\" --if-match 4
  vitae resumes update 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --add-tag reviewed --remove-tag draft"
)]
pub(crate) struct UpdateResume {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// The new title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Replace all tags with this one; repeatable
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Remove all tags
    #[arg(long, conflicts_with = "tag")]
    pub(crate) no_tags: bool,
    /// Add a tag; repeatable
    #[arg(long, value_name = "TAG", conflicts_with_all = ["tag", "no_tags"])]
    pub(crate) add_tag: Vec<String>,
    /// Remove a tag if present; repeatable
    #[arg(long, value_name = "TAG", conflicts_with_all = ["tag", "no_tags"])]
    pub(crate) remove_tag: Vec<String>,
    /// The new document; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) file: Option<PathBuf>,
    /// The revision that the change is based on
    #[arg(long, value_name = "REVISION")]
    pub(crate) if_match: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The editor is VISUAL or else EDITOR, which may contain arguments. The document is checked before it is sent, errors \
are shown with their lines, and the changes are shown for confirmation; --yes skips the question. If another user \
saves in the meantime, both changes are merged; conflicts are resolved in the editor. The text stays on disk until it \
is saved, and errors name its path.

Examples:
  vitae resumes edit \"Ada Lovelace – Analyst\"
  EDITOR=\"code --wait\" vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f
  vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --from kept.json")]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// Continue with a text kept by an earlier edit
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without revisions, compares the newest with the previous one; with one revision, compares it with the newest. Spacing \
and key order are not compared.

Exit code 1 means differences; failures without a more specific code end with 10.

Examples:
  vitae resumes diff \"Ada Lovelace – Analyst\"
  vitae resumes diff 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f 3 7
  vitae resumes diff 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f 3 -o json")]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// One or two revisions
    #[arg(value_name = "REVISION", num_args = 0..=2)]
    pub(crate) revisions: Vec<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Errors are rejected by the server; warnings are ignored by newer readers of JSON Resume.

Examples:
  vitae resumes lint ada.json
  vitae resumes lint cvs/*.json --strict -o json")]
pub(crate) struct Lint {
    /// Document files; - reads one from standard input
    #[arg(required = true, value_name = "FILE|-")]
    pub(crate) files: Vec<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae resumes history \"Ada Lovelace – Analyst\"
  vitae resumes history 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json")]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// Sort key: `revision` (oldest first) or `-revision`
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Accepts JSON Resume documents (*.json), lists of them (*.ndjson, one per line) and lines of `resumes export`; folders \
are searched for both. Rejected documents are reported and the others are imported: exit code 10 means that some \
were rejected.

Nothing is created twice: a journal in the configuration directory records the result of each document, for this \
input, server and account. Repeating the command finishes an interrupted import, and creates nothing if all is \
imported; --again imports everything once more. The server remembers idempotency keys for one day; a document with \
an unknown result older than that is searched by title, owner and content.

Examples:
  vitae resumes import ada.json grace.json
  vitae resumes import cvs/ --owner ada@example.com --tag 2026
  vitae resumes import all.ndjson --rejects rejected.ndjson --max-errors 100
  vitae resumes export --all | vitae --profile copy resumes import - --owner ada@example.com")]
pub(crate) struct Import {
    /// Files and folders; - reads one document, or one per line, from standard input
    #[arg(required = true, value_name = "PATH|-")]
    pub(crate) paths: Vec<PathBuf>,
    /// Owner of the resumes [default: you]
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) owner: Option<UserName>,
    /// Additional tag for each resume; repeatable
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Title of each resume, instead of one from name and label
    #[arg(long)]
    pub(crate) title: Option<String>,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("which").required(true).args(["resumes", "all"]),
    after_help = "\
One resume is printed as its document alone; several are printed as one line of JSON each, which \
`vitae resumes import -` accepts. With --dir each document is written to its own file.

Examples:
  vitae resumes export \"Ada Lovelace – Analyst\" > ada.json
  vitae resumes export --all --tag reviewed > reviewed.ndjson
  vitae resumes export --all --dir cvs/"
)]
pub(crate) struct Export {
    /// Ids or unique titles
    #[arg(value_name = "ID|TITLE")]
    pub(crate) resumes: Vec<ResumeName>,
    /// All resumes that match the filters
    #[arg(long)]
    pub(crate) all: bool,
    /// Words that must all occur in the title or the owner's name
    #[arg(long, value_name = "WORDS", conflicts_with = "resumes")]
    pub(crate) q: Option<String>,
    /// Only resumes of this person
    #[arg(long, value_name = "ID|EMAIL", conflicts_with = "resumes")]
    pub(crate) owner: Option<UserName>,
    /// Only resumes with this tag
    #[arg(long, conflicts_with = "resumes")]
    pub(crate) tag: Option<String>,
    /// Write one file per resume to this directory; - is standard output
    #[arg(long, value_name = "DIR|-")]
    pub(crate) dir: Option<PathBuf>,
}
