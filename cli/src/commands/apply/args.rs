//! Arguments of `vitae apply` and `vitae diff`.

use std::path::PathBuf;

use clap::Args;

use super::{Applied, ObjectDifference};
use crate::command_metadata::{CommandMetadata, exits};
use crate::output::Row as _;

const APPLY: CommandMetadata = CommandMetadata::new(Applied::FIELDS, exits::BULK);

const DIFF: CommandMetadata = CommandMetadata::new(ObjectDifference::FIELDS, exits::COMPARE).comparing();

#[derive(Debug, Args)]
#[command(after_help = APPLY.help("\
A manifest is YAML or JSON: one object, several documents, or a list. Only fields that it states are changed, based on \
the version that was read; objects that already match are reported as unchanged.

  kind: user                       # matched by id, or else by email
  email: ada@example.com
  name: Ada Lovelace
  role: editor                     # admin, editor, viewer or member
  status: active                   # or disabled
  ---
  kind: resume                     # matched by id, or else by owner and title
  owner: ada@example.com           # default: you
  title: Ada Lovelace – Analyst
  tags: [london, reviewed]
  document_file: ada.json          # relative to the manifest; or `document:` with the document

The output of `vitae users get -o yaml` and `vitae resumes get -o yaml` is a manifest too. Passwords are rejected.

Examples:
  vitae apply -f people.yaml
  vitae apply -f cvs/ --dry-run
  vitae resumes get \"Ada Lovelace – Analyst\" -o yaml | sed s/Analyst/Programmer/ | vitae apply -f -"), add = APPLY)]
pub(crate) struct Apply {
    /// Manifest files or folders; - reads standard input; repeatable
    #[arg(long = "file", short = 'f', required = true, value_name = "FILE|DIR|-")]
    pub(crate) files: Vec<PathBuf>,
    /// Print the changes without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = DIFF.help("\
Changes nothing. Exit code 1 means differences; failures without a more specific code end with 10. Spacing and key \
order are not compared. Manifests are described in `vitae apply --help`.

Examples:
  vitae diff -f people.yaml
  vitae diff -f cvs/ -o json
  vitae diff -f people.yaml --quiet > /dev/null; echo $?"), add = DIFF)]
pub(crate) struct Diff {
    /// Manifest files or folders; - reads standard input; repeatable
    #[arg(long = "file", short = 'f', required = true, value_name = "FILE|DIR|-")]
    pub(crate) files: Vec<PathBuf>,
}
