//! `vitae auth`

mod explain;
pub(crate) mod login;
pub(crate) mod logout;
mod password;
mod status;
mod switch;
mod token;

use clap::Subcommand;

use crate::errors::Failure;
use crate::flags::Global;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Log in and store the login in the system keyring
    Login(login::LoginArgs),
    /// End the login at the server and remove it here
    Logout(logout::LogoutArgs),
    /// Show account, server and their sources, without contacting the server
    Status(status::StatusArgs),
    /// Switch to another login
    Switch(switch::SwitchArgs),
    /// Print an access token, refreshed if necessary
    Token(token::TokenArgs),
    /// Change your password, which ends your other logins
    Password(password::PasswordArgs),
    /// Show all sources of server, profile, account, token and store, and which one wins
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(command: AuthCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        AuthCommand::Login(options) => login::run(global, options, output),
        AuthCommand::Logout(options) => logout::run(global, &options, output),
        AuthCommand::Status(_) => status::run(global, output),
        AuthCommand::Switch(options) => switch::run(&options, output),
        AuthCommand::Token(_) => token::run(global, output),
        AuthCommand::Password(options) => password::run(global, &options, output),
        AuthCommand::Explain(_) => explain::run(global, output),
    }
}
