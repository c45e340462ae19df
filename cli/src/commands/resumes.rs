//! `vitae resumes`

mod create;
mod delete;
mod diff;
mod edit;
mod export;
mod get;
mod history;
mod import;
mod input;
mod lint;
mod list;
mod purge;
mod restore;
mod sidecar;
mod target;
mod update;

use clap::Subcommand;

use crate::connection::{self, Connection};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;
use crate::{bulk, changes};

#[derive(Debug, Subcommand)]
pub(crate) enum ResumesCommand {
    /// List resumes
    List(list::ListArgs),
    /// Show one resume, or one of its revisions
    Get(get::GetArgs),
    /// Add a resume
    Create(create::CreateArgs),
    /// Change a resume's title, tags or document
    Update(update::UpdateArgs),
    /// Change a resume's document in your editor
    Edit(edit::args::EditArgs),
    /// Delete a resume
    Delete(delete::DeleteArgs),
    /// Restore a deleted resume
    Restore(restore::RestoreArgs),
    /// Permanently remove a deleted resume with all its revisions
    Purge(purge::PurgeArgs),
    /// List the revisions of a resume, newest first by default
    History(history::HistoryArgs),
    /// Show the differences between two revisions
    Diff(diff::DiffArgs),
    /// Check documents without contacting a server
    Lint(lint::LintArgs),
    /// Create resumes from files and folders
    Import(import::ImportArgs),
    /// Export documents
    Export(export::ExportArgs),
}

pub(crate) fn run(command: ResumesCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ResumesCommand::Lint(options) => lint::run(&options, output),
        // Runs an editor in the foreground between its requests.
        ResumesCommand::Edit(options) => edit::run(global, options, output),
        ResumesCommand::Diff(options) => {
            let outcome =
                connection::run(global, async |connection| diff::run(connection, &options, output).await);
            output.finish().and(outcome).map_err(changes::not_a_difference)
        }
        ResumesCommand::Import(options) => {
            let outcome = connection::run(global, async |connection| {
                import::run(connection, global, options, output).await
            });
            outcome.map_err(bulk::interrupted)
        }
        command => connection::run(global, async |connection| {
            run_connected(connection, global, command, output).await
        }),
    }
}

async fn run_connected(
    connection: &Connection,
    global: &Global,
    command: ResumesCommand,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        ResumesCommand::List(options) => list::run(connection, options, output).await,
        ResumesCommand::Get(options) => get::run(connection, &options, output).await,
        ResumesCommand::Create(options) => create::run(connection, options, output).await,
        ResumesCommand::Update(options) => update::run(connection, options, output).await,
        ResumesCommand::Delete(options) => delete::run(connection, global, &options, output).await,
        ResumesCommand::Restore(options) => restore::run(connection, &options, output).await,
        ResumesCommand::Purge(options) => purge::run(connection, global, &options, output).await,
        ResumesCommand::History(options) => history::run(connection, &options, output).await,
        ResumesCommand::Export(options) => export::run(connection, global, options, output).await,
        // Handled by the caller.
        ResumesCommand::Lint(_)
        | ResumesCommand::Edit(_)
        | ResumesCommand::Diff(_)
        | ResumesCommand::Import(_) => Ok(()),
    }
}
