//! `vitae auth …`

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Log in and store the login in the system keyring
    Login(Login),
    /// End the login at the server and remove it here
    Logout(Logout),
    /// Show account, server and their sources, without contacting the server
    #[command(after_help = "\
Examples:
  vitae auth status
  vitae auth status -o json | jq -r .server.value")]
    Status,
    /// Switch to another login
    Switch(Switch),
    /// Print an access token, refreshed if necessary
    #[command(after_help = "\
Standard output contains only the token, which is valid for at least 30 seconds.

Examples:
  curl -H \"Authorization: Bearer $(vitae auth token)\" http://127.0.0.1:7878/v1/me
  VITAE_TOKEN=$(vitae auth token) ./nightly-report
  vitae auth token -o json")]
    Token,
    /// Change your password, which ends your other logins
    Password(Password),
    /// Show all sources of server, profile, account, token and store, and which one wins
    #[command(after_help = "\
The first source with a value wins: flag, environment, profile, default. Contacts no server and never prints \
a token.

Examples:
  vitae auth explain
  vitae auth explain -o json | jq '.[] | select(.wins)'")]
    Explain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a name, switches to the other login if there are two, and asks on a terminal if there are more.

Examples:
  vitae auth switch
  vitae auth switch bob@example.com
  vitae auth switch staging")]
pub(crate) struct Switch {
    /// A profile or an account
    #[arg(value_name = "PROFILE|EMAIL")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal, missing values are asked for. A login is stored in plain text only with --insecure-storage. \
Scripts can set VITAE_TOKEN to an access token instead; then nothing is stored.

A generated password, such as that of the first administrator, must be changed first: on a terminal the new \
password is asked for at once; scripts change it with `vitae auth password --password-stdin`.

A second account or another server gets its own profile, which becomes the current one; `vitae auth switch` \
switches back.

Examples:
  vitae login
  vitae login --server https://vitae.example --email ada@example.com
  vitae login --email ada@example.com --password-stdin < password-file
  vitae login --profile staging --server https://staging.example --email ada@example.com")]
pub(crate) struct Login {
    /// E-mail of the account; asked for on a terminal
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Store the login in a plain file that only you can read, instead of the keyring
    #[arg(long)]
    pub(crate) insecure_storage: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Asks for the current password, then twice for the new one. A new password has 8 to 512 bytes; common passwords, your \
e-mail and your name are rejected. Several unrelated words make a good password.

Examples:
  vitae auth password
  printf '%s\\n' \"$CURRENT\" \"$NEW\" | vitae auth password --password-stdin
  vitae auth password --password-stdin < two-lines")]
pub(crate) struct Password {
    /// Read two lines from standard input: the current password, then the new one
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vitae logout
  vitae logout --local     # the server no longer exists; its session expires")]
pub(crate) struct Logout {
    /// Remove the login here without contacting the server
    #[arg(long)]
    pub(crate) local: bool,
}
