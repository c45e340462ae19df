//! `vitae resumes diff`

use clap::Args;
use serde::Serialize;
use vitae_contracts_document::{diff, scan};
use vitae_sdk::{Deleted, RawValue, ResumeId, Revision, Untrusted};

use super::target::ResumeTarget;
use crate::changes::{self, Difference};
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::exit;
use crate::output::{Output, Row as _};

const METADATA: CommandMetadata = CommandMetadata::new(Difference::FIELDS, exits::COMPARE).comparing();

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Without revisions, compares the newest with the previous one; with one revision, compares it with the newest. Spacing \
and key order are not compared.

Exit code 1 means differences; failures without a more specific code end with 10.

Examples:
  vitae resumes diff \"Ada Lovelace – Analyst\"
  vitae resumes diff 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f 3 7
  vitae resumes diff 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f 3 -o json"), add = METADATA)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    one: ResumeTarget,
    /// One or two revisions
    #[arg(value_name = "REVISION", num_args = 0..=2)]
    revisions: Vec<u64>,
}

pub(super) async fn run(
    connection: &Connection,
    options: &DiffArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.resume;
    let id = connection.resume(name, Deleted::Exclude).await?;
    let doing = format!("compare revisions of {name}");
    let newest =
        connection.client.resumes().get(id).await.map_err(|e| connection.explain(&doing, &e))?.revision;
    let (before, after) = match options.revisions.as_slice() {
        [before, after] => (*before, *after),
        [before] => (*before, newest),
        _ if newest > 1 => (newest - 1, newest),
        _ => {
            output.note("only one revision exists; nothing to compare");
            return Ok(());
        }
    };
    let before = comparable_json(connection, id, before, &doing).await?;
    let after = comparable_json(connection, id, after, &doing).await?;
    let unreadable = |e| Failure::new(exit::INVALID_INPUT, format!("cannot {doing}: {e}"));
    let before = scan(before.as_bytes()).map_err(unreadable)?;
    let after = scan(after.as_bytes()).map_err(unreadable)?;
    let differences: Vec<_> = diff(&before, &after).into_iter().map(Difference::of).collect();
    changes::write(&differences, output)?;
    changes::outcome(!differences.is_empty())
}

/// The compared parts of a revision.
#[derive(Serialize)]
struct Comparable<'a> {
    title: &'a Untrusted,
    tags: &'a [Untrusted],
    document: &'a RawValue,
}

async fn comparable_json(
    connection: &Connection,
    id: ResumeId,
    number: u64,
    doing: &str,
) -> Result<String, Failure> {
    let revision = connection.client.resumes().revision(id, number).await;
    let Revision { title, tags, document, .. } = revision.map_err(|e| connection.explain(doing, &e))?;
    let side = Comparable { title: &title, tags: &tags, document: &document };
    serde_json::to_string(&side)
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot write revision {number} as JSON: {e}")))
}
