//! `vitae users …`

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use vitae_sdk::{Role, Status};

use super::values::{Bulk, DeletedOnes, Range, UserName, role, status};

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List people
    List(ListUsers),
    /// Show one person
    #[command(after_help = "\
Examples:
  vitae users get ada@example.com
  vitae users get 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json")]
    Get(OneUser),
    /// Add a person
    Create(CreateUser),
    /// Change the name, e-mail or role of a person
    Update(UpdateUser),
    /// Disable the login of a person
    #[command(after_help = "\
Ends their sessions; the person and their resumes are kept. `vitae users enable` undoes it.

Example:
  vitae users disable ada@example.com")]
    Disable(OneUser),
    /// Enable the login of a disabled person
    #[command(after_help = "Example:\n  vitae users enable ada@example.com")]
    Enable(OneUser),
    /// Delete a person with their resumes
    #[command(after_help = "\
Asks for confirmation on a terminal; scripts need --yes. `vitae users restore` undoes it.

Examples:
  vitae users delete ada@example.com
  vitae users delete ada@example.com --yes")]
    Delete(OneUser),
    /// Restore a deleted person, with the resumes deleted with them
    #[command(after_help = "\
Examples:
  vitae users list --deleted only
  vitae users restore ada@example.com")]
    Restore(OneUser),
    /// Create people from CSV or lines of JSON
    Import(ImportUsers),
    /// Export all people, as CSV by default
    Export(ExportUsers),
    /// Set the password of a person, which ends their sessions
    SetPassword(SetPassword),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae users list
  vitae users list --q ada --role editor --sort name
  vitae users list --all -o ndjson")]
pub(crate) struct ListUsers {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Sort key: `created_at`, `updated_at`, `name` or `email`; a leading minus sorts descending
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

/// Filters of lists and exports.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Words that must all occur in the name or the e-mail
    #[arg(long, value_name = "WORDS")]
    pub(crate) q: Option<String>,
    /// Only this role: admin, editor, viewer, member
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// Only this status: active, disabled
    #[arg(long, value_parser = status)]
    pub(crate) status: Option<Status>,
    /// Include deleted people: exclude, include or only
    #[arg(long, value_name = "CHOICE", default_value = "exclude", hide_possible_values = true)]
    pub(crate) deleted: DeletedOnes,
}

#[derive(Debug, Args)]
pub(crate) struct OneUser {
    /// Id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    pub(crate) user: UserName,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a password the person cannot log in; `vitae users set-password` sets one later.

Examples:
  vitae users create --email ada@example.com --name \"Ada Lovelace\"
  vitae users create --email ed@example.com --name Ed --role editor --password-stdin < password-file")]
pub(crate) struct CreateUser {
    #[arg(long)]
    pub(crate) email: String,
    #[arg(long)]
    pub(crate) name: String,
    /// admin, editor, viewer or member [default: member]
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["name", "email", "role"]),
    after_help = "\
Without --if-match the change is applied to the newest version and retried if another user saves at the same \
time; with --if-match it is rejected if the person has another version.

Examples:
  vitae users update ada@example.com --role editor
  vitae users update ada@example.com --name \"Ada King\" --if-match 3"
)]
pub(crate) struct UpdateUser {
    #[command(flatten)]
    pub(crate) one: OneUser,
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// admin, editor, viewer or member
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// The version that the change is based on
    #[arg(long, value_name = "VERSION")]
    pub(crate) if_match: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae users set-password ada@example.com
  vitae users set-password ada@example.com --password-stdin < password-file")]
pub(crate) struct SetPassword {
    #[command(flatten)]
    pub(crate) one: OneUser,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The file is CSV with a header, separated by commas, semicolons or tabs, or one JSON object per line. Columns:

  email     required, unique
  name      required
  role      admin, editor, viewer or member [default: member]
  status    active or disabled [default: active]

The columns id, version, created_at, updated_at and deleted_at, as written by `vitae users export`, are ignored; \
other columns are rejected, and so are passwords: set them with `vitae users set-password`.

Rejected rows are reported and the others are imported. Nobody is created twice: repeating the command finishes an \
interrupted import, and creates nobody if all are imported.

Examples:
  vitae users import people.csv
  vitae users import people.csv --rejects rejected.csv --max-errors 20
  vitae --profile old users export | vitae --profile new users import -")]
pub(crate) struct ImportUsers {
    /// CSV or lines of JSON; - reads standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) bulk: Bulk,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exports all matching people, page by page.

Examples:
  vitae users export > people.csv
  vitae users export --role editor -o ndjson > editors.ndjson
  vitae users export --fields email,name")]
pub(crate) struct ExportUsers {
    #[command(flatten)]
    pub(crate) filters: Filters,
}
