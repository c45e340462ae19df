//! Arguments of `vitae users import`.

use std::path::PathBuf;

use clap::Args;

use super::AddedUser;
use crate::command_metadata::{CommandMetadata, exits};
use crate::output::Row as _;
use crate::values::Bulk;

const METADATA: CommandMetadata = CommandMetadata::new(AddedUser::FIELDS, exits::BULK);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
The file is CSV with a header, separated by commas, semicolons or tabs, or one JSON object per line. Columns:

  email        required, unique
  name         required
  role         admin, editor, viewer or member [default: member]
  status       active or disabled [default: active]
  external_id  the id in another system, unique
  labels       labels, as in team=data, site=Berlin
  label:KEY    the value of one label, such as label:team

In JSON, labels is an object. The columns id, version, created_at, updated_at and deleted_at, as written by \
`vitae users export`, are ignored; other columns are rejected, and so are passwords: set them with `vitae users set-password`.

Rejected rows are reported and the others are imported. No person is created twice: repeating the command finishes an \
interrupted import, and creates no one if all are imported.

Examples:
  vitae users import people.csv
  vitae users import people.csv --rejects rejected.csv --max-errors 20
  vitae --profile old users export | vitae --profile new users import -"), add = METADATA)]
pub(crate) struct ImportArgs {
    /// CSV or lines of JSON; - reads standard input
    #[arg(value_name = "FILE|-")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) bulk: Bulk,
}

#[cfg(test)]
mod tests {
    use clap::Args as _;
    use vitae_sdk_workspace::fields::PersonRow;

    use super::*;

    #[test]
    fn help_lists_all_columns() {
        let command = ImportArgs::augment_args(clap::Command::new("import"));
        let help = command.get_after_help().unwrap().to_string();
        for column in PersonRow::columns() {
            let column = if column == "labels" { "label:KEY" } else { column };
            assert!(help.contains(&format!("\n  {column} ")), "{column}");
        }
    }
}
