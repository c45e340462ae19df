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
    /// Change a person's name, e-mail or role
    Update(UpdateUser),
    /// Stop a person from logging in
    #[command(after_help = "\
Their sessions end. They and their resumes stay; `vitae users enable` undoes it.

Example:
  vitae users disable ada@example.com")]
    Disable(OneUser),
    /// Let a disabled person log in again
    #[command(after_help = "Example:\n  vitae users enable ada@example.com")]
    Enable(OneUser),
    /// Delete a person, and their resumes with them
    #[command(after_help = "\
Asks first on a terminal; elsewhere --yes is needed. `vitae users restore` brings all of it back.

Examples:
  vitae users delete ada@example.com
  vitae users delete ada@example.com --yes")]
    Delete(OneUser),
    /// Bring a deleted person back, with the resumes that went with them
    #[command(after_help = "\
Examples:
  vitae users list --deleted only
  vitae users restore ada@example.com")]
    Restore(OneUser),
    /// Add people from a table or from lines of JSON
    Import(ImportUsers),
    /// Write everybody out, as CSV unless told
    Export(ExportUsers),
    /// Give a person a new password, which ends their sessions
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
    /// `created_at`, `updated_at`, `name` or `email`; a minus before it turns the order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}

/// Which people, for lists and exports.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Words that all occur in the name or the e-mail
    #[arg(long, value_name = "WORDS")]
    pub(crate) q: Option<String>,
    /// Only this role: admin, editor, viewer, member
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// Only this status: active, disabled
    #[arg(long, value_parser = status)]
    pub(crate) status: Option<Status>,
    /// What becomes of deleted people
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
Without a password nobody can log in as them; `vitae users set-password` gives them one.

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
    /// Read their password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["name", "email", "role"]),
    after_help = "\
Without --if-match the change is made on the newest version, and made again if another user saves at the same \
moment; with --if-match it is rejected if the person has another version.

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
The file is CSV with a header (email, name, and if you like role and status; divided by commas, semicolons or tabs) \
or one JSON object a line with the same fields. What `vitae users export` writes goes in again; ids, versions and \
times in it are passed over. A column of passwords is refused: `vitae users set-password` gives somebody one.

Who is refused is named, and the rest goes on. Nobody is created twice: an import that was interrupted, in whatever \
way, is finished by the same command, and the same command once more creates nobody.

Examples:
  vitae users import people.csv
  vitae users import people.csv --rejects refused.csv --max-errors 20
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
All of them, however many, page by page.

Examples:
  vitae users export > people.csv
  vitae users export --role editor -o ndjson > editors.ndjson
  vitae users export --fields email,name")]
pub(crate) struct ExportUsers {
    #[command(flatten)]
    pub(crate) filters: Filters,
}
