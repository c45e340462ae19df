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
Asks first on a terminal; elsewhere --yes is needed. `vitae resumes restore` brings it back.

Examples:
  vitae resumes delete \"Ada Lovelace – Analyst\"
  vitae resumes delete 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes")]
    Delete(OneResume),
    /// Bring a deleted resume back
    #[command(after_help = "\
Examples:
  vitae resumes list --deleted only
  vitae resumes restore \"Ada Lovelace – Analyst\"")]
    Restore(OneResume),
    /// Remove a deleted resume for good, with all its revisions
    #[command(after_help = "\
Nothing brings it back. Until they are purged, deleted resumes count for quotas. Asks first on a terminal; elsewhere
--yes is needed.

Examples:
  vitae resumes list --deleted only
  vitae resumes purge 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --yes")]
    Purge(OneResume),
    /// List the revisions of a resume, newest first unless told
    History(History),
    /// Show what is different between two revisions
    Diff(Compare),
    /// Check documents, without asking a server
    Lint(Lint),
    /// Add resumes from files and folders
    Import(Import),
    /// Write documents out
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct OneResume {
    /// Id, or a title that only one resume has
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
    /// What becomes of deleted resumes
    #[arg(long, value_name = "CHOICE", default_value = "exclude", hide_possible_values = true)]
    pub(crate) deleted: DeletedOnes,
    /// `created_at`, `updated_at` or `title`; a minus before it turns the order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

/// Which resumes, for lists and exports.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Words that all occur in the title or the owner's name
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
    /// As it was in this revision
    #[arg(long, value_name = "N")]
    pub(crate) revision: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without --file the document is what is piped into standard input; without that it is empty, {}.

Examples:
  vitae resumes create --title \"Ada Lovelace – Analyst\" --file ada.json
  generate-resume ada | vitae resumes create --title \"Ada Lovelace – Analyst\"
  vitae resumes create --title Draft --owner ada@example.com --tag london --tag draft")]
pub(crate) struct CreateResume {
    #[arg(long)]
    pub(crate) title: String,
    /// Whose resume; yours unless told
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) owner: Option<UserName>,
    /// A tag; can be given often
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
--tag replaces all tags and names the removed ones, --file replaces the whole document. Without --if-match the change \
is made on the newest revision, and made again if another user saves at the same moment; with --if-match it is \
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
    /// Replace all tags by this one; can be given often
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Remove all tags
    #[arg(long, conflicts_with = "tag")]
    pub(crate) no_tags: bool,
    /// Add a tag; can be given often
    #[arg(long, value_name = "TAG", conflicts_with_all = ["tag", "no_tags"])]
    pub(crate) add_tag: Vec<String>,
    /// Remove a tag, if it is there; can be given often
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
The editor is VISUAL, else EDITOR, with arguments if it has some. The document is checked before it is sent, faults \
are shown with their lines, and what would change is shown before it is saved; --yes does not ask. If somebody \
else saves meanwhile, their changes and yours are brought together; where both changed the same, you decide in the \
editor. Whatever happens, your text stays on disk until it is saved, and the message says where.

Examples:
  vitae resumes edit \"Ada Lovelace – Analyst\"
  EDITOR=\"code --wait\" vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f
  vitae resumes edit 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f --from kept.json")]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) one: OneResume,
    /// Go on with a text that an earlier edit has kept
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without revisions the newest is compared with the one before, with one that one with the newest. Spacing and the \
order of keys are no difference.

Only differences end with 1; what fails without a code of its own ends with 10 here.

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
An error is what the server would refuse; a warning is what newer readers of JSON Resume pass over.

Examples:
  vitae resumes lint ada.json
  vitae resumes lint cvs/*.json --strict -o json")]
pub(crate) struct Lint {
    /// Documents; - reads one from standard input
    #[arg(required = true, value_name = "FILE|-")]
    pub(crate) files: Vec<PathBuf>,
    /// Let warnings fail, too
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
    /// `revision` for the oldest first; a minus before it turns the order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Takes JSON Resume documents (*.json), lists of them (*.ndjson, one a line) and lines of `resumes export`; \
folders are searched for both. What is refused is named, and the rest goes on: exit code 10 says that some \
were refused.

Nothing is created twice: what became of each document is kept in a journal beside the configuration, for this \
input, server and account. An import that was interrupted, in whatever way, is finished by the same command; the same \
command once more creates nothing; --again does. Behind it stand keys that the server knows for a day; a \
document whose outcome was lost for longer is looked for by title, owner and content.

Examples:
  vitae resumes import ada.json grace.json
  vitae resumes import cvs/ --owner ada@example.com --tag 2026
  vitae resumes import all.ndjson --rejects refused.ndjson --max-errors 100
  vitae resumes export --all | vitae --profile copy resumes import - --owner ada@example.com")]
pub(crate) struct Import {
    /// Files and folders; - reads one document, or one a line, from standard input
    #[arg(required = true, value_name = "PATH|-")]
    pub(crate) paths: Vec<PathBuf>,
    /// Whose resumes; yours unless told
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) owner: Option<UserName>,
    /// A tag for each, besides its own; can be given often
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// The title of each, instead of one made of its name and label
    #[arg(long)]
    pub(crate) title: Option<String>,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("which").required(true).args(["resumes", "all"]),
    after_help = "\
One resume goes to standard output as its document alone, several as one line of JSON each, which \
`vitae resumes import -` takes back. With --dir each document becomes a file of its own.

Examples:
  vitae resumes export \"Ada Lovelace – Analyst\" > ada.json
  vitae resumes export --all --tag reviewed > reviewed.ndjson
  vitae resumes export --all --dir cvs/"
)]
pub(crate) struct Export {
    /// Ids, or titles that only one resume has
    #[arg(value_name = "ID|TITLE")]
    pub(crate) resumes: Vec<ResumeName>,
    /// Every resume that the filters leave
    #[arg(long)]
    pub(crate) all: bool,
    /// Words that all occur in the title or the owner's name
    #[arg(long, value_name = "WORDS", conflicts_with = "resumes")]
    pub(crate) q: Option<String>,
    /// Only resumes of this person
    #[arg(long, value_name = "ID|EMAIL", conflicts_with = "resumes")]
    pub(crate) owner: Option<UserName>,
    /// Only resumes with this tag
    #[arg(long, conflicts_with = "resumes")]
    pub(crate) tag: Option<String>,
    /// Write a file for each into this directory; - is standard output
    #[arg(long, value_name = "DIR|-")]
    pub(crate) dir: Option<PathBuf>,
}
