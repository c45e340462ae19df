//! The commands, one module each.

mod api;
mod apply;
mod audit;
mod auth;
mod completions;
mod console;
pub(crate) mod docs;
mod doctor;
mod events;
mod explain;
mod man;
mod profiles;
mod resumes;
mod users;

use clap::Subcommand;

use crate::changes;
use crate::connection;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in, log out and show the login
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Short for `auth login`
    Login(auth::login::LoginArgs),
    /// Short for `auth logout`
    Logout(auth::logout::LogoutArgs),
    /// Manage profiles: servers and accounts
    #[command(subcommand)]
    Profiles(profiles::ProfilesCommand),
    /// Manage people
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Manage resumes
    #[command(subcommand)]
    Resumes(resumes::ResumesCommand),
    /// Send an HTTP request to the server
    Api(api::Api),
    /// Create and update people and resumes from manifests
    Apply(apply::args::Apply),
    /// Show what `apply` would change
    Diff(apply::args::Diff),
    /// Read the audit record
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Watch events as they happen
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Open the full-screen console
    Console(console::Console),
    /// Diagnose configuration, server and login
    Doctor(doctor::Doctor),
    /// Explain an error code or exit code
    Explain(explain::Explain),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print manual pages
    Man(man::Man),
    /// List all commands, for people and programs
    Docs(docs::Docs),
}

impl Command {
    /// Runs the command. `tree` builds the command tree, for commands that describe it.
    pub(crate) fn run(
        self,
        global: &Global,
        tree: fn() -> clap::Command,
        output: &mut Output,
    ) -> Result<(), Failure> {
        match self {
            Self::Auth(command) => auth::run(command, global, output),
            Self::Login(options) => auth::login::run(global, options, output),
            Self::Logout(options) => auth::logout::run(global, &options, output),
            Self::Profiles(command) => profiles::run(command, global, output),
            Self::Users(command) => users::run(command, global, output),
            Self::Resumes(command) => resumes::run(command, global, output),
            Self::Api(options) => api::run(global, options, output),
            Self::Apply(options) => connection::run(global, async |connection| {
                apply::apply(connection, global, options, output).await
            }),
            Self::Diff(options) => {
                let work = async |connection: &_| apply::diff(connection, global, options, output).await;
                let outcome = connection::run(global, work);
                output.finish().and(outcome).map_err(changes::not_a_difference)
            }
            Self::Audit(command) => audit::run(command, global, output),
            Self::Events(command) => events::run(command, global, output),
            Self::Console(options) => console::run(global, options),
            Self::Doctor(_) => doctor::run(global, output),
            Self::Explain(options) => explain::run(&options, output),
            Self::Completions(options) => completions::run(&options, output),
            Self::Man(options) => man::run(&options, tree(), output),
            Self::Docs(_) => docs::run(tree(), output),
        }
    }
}
