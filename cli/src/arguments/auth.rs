//! `vitae auth …`

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Log in, and keep the login in the keyring of the system
    Login(Login),
    /// End the login, at the server and here
    Logout(Logout),
    /// Who is logged in, where, and what decided it; asks no server
    #[command(after_help = "\
Exit code 4 says that nobody is logged in.

Examples:
  vitae auth status
  vitae auth status -o json | jq -r .server.value")]
    Status,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal, what is missing is asked for. A login is never kept in plain text unless --insecure-storage \
says so. Scripts can set VITAE_TOKEN to an access token instead; then nothing is kept at all.

Examples:
  vitae login
  vitae login --server https://vitae.example --email ada@example.com
  vitae login --email ada@example.com --password-stdin < password-file
  vitae login --profile staging --server https://staging.example --email ada@example.com")]
pub(crate) struct Login {
    /// Whose login; asked for on a terminal
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Keep the login in a file that only you can read, not in the keyring
    #[arg(long)]
    pub(crate) insecure_storage: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae logout
  vitae logout --local     # the server has gone for good; its session ends by itself")]
pub(crate) struct Logout {
    /// Forget the login here without telling the server
    #[arg(long)]
    pub(crate) local: bool,
}
