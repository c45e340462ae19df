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
Examples:
  vitae auth status
  vitae auth status -o json | jq -r .server.value")]
    Status,
    /// Use another of your logins from now on
    Switch(Switch),
    /// Print an access token, renewed if need be
    #[command(after_help = "\
The token alone goes to standard output; it is good for at least half a minute.

Examples:
  curl -H \"Authorization: Bearer $(vitae auth token)\" http://127.0.0.1:7878/v1/me
  VITAE_TOKEN=$(vitae auth token) ./nightly-report
  vitae auth token -o json")]
    Token,
    /// Change your own password, which ends your other logins
    Password(Password),
    /// Say what decides server, profile, account, token and store, and why
    #[command(after_help = "\
The first source that says something wins: flag, environment, profile, default. Asks no server, and never shows \
a token.

Examples:
  vitae auth explain
  vitae auth explain -o json | jq '.[] | select(.wins)'")]
    Explain,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a name it switches to the other login if there are two, and asks on a terminal if there are more.

Examples:
  vitae auth switch
  vitae auth switch bob@example.com
  vitae auth switch staging")]
pub(crate) struct Switch {
    /// The profile, or the account
    #[arg(value_name = "PROFILE|EMAIL")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal, what is missing is asked for. A login is never kept in plain text unless --insecure-storage \
says so. Scripts can set VITAE_TOKEN to an access token instead; then nothing is kept at all.

A password that the server generated, as for the first administrator, must be changed before anything else: on a \
terminal the new one is asked for at once, elsewhere `vitae auth password --password-stdin` changes it.

A second account, or another server, gets a profile of its own and becomes the current one; `vitae auth switch` \
goes back.

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
Asks for the current password, then twice for the new one. A new password has 8 to 512 bytes; common passwords, your \
e-mail and your name are rejected. Several unrelated words are good.

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
  vitae logout --local     # the server has gone for good; its session ends by itself")]
pub(crate) struct Logout {
    /// Forget the login here without telling the server
    #[arg(long)]
    pub(crate) local: bool,
}
