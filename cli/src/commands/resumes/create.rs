//! `vitae resumes create`

use std::path::PathBuf;

use clap::Args;
use vitae_sdk::{CreateResume, RawValue, Resume};

use super::input::{read, read_piped};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::values::UserName;

const METADATA: CommandMetadata = CommandMetadata::new(Resume::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Without --file the document is read from piped standard input; otherwise it is empty, {}.

Examples:
  vitae resumes create --title \"Ada Lovelace – Analyst\" --file ada.json
  generate-resume ada | vitae resumes create --title \"Ada Lovelace – Analyst\"
  vitae resumes create --title Draft --owner ada@example.com --tag london --tag draft"), add = METADATA)]
pub(crate) struct CreateArgs {
    #[arg(long)]
    title: String,
    /// Owner of the resume [default: you]
    #[arg(long, value_name = "ID|EMAIL")]
    owner: Option<UserName>,
    /// A tag; repeatable
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// The document; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    file: Option<PathBuf>,
}

pub(super) async fn run(
    connection: &Connection,
    options: CreateArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let owner_id = connection.owner(options.owner.as_ref()).await?;
    let document = match options.file {
        Some(_) => read(options.file, output).await?,
        None => read_piped(output).await?,
    };
    let document = document.unwrap_or_else(|| RawValue::from_string("{}".to_owned()).expect("{} is JSON"));
    let resume = CreateResume::new(options.title, document).owner_id(owner_id).tags(options.tag);
    let created = connection.client.resumes().create(&resume).await;
    output.one(&created.map_err(|e| connection.explain(&format!("create \"{}\"", resume.title), &e))?)
}
