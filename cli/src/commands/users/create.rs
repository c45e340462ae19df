//! `vitae users create`

use clap::Args;
use vitae_sdk::{CreateUser, ExposeSecret as _, Role, User};

use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::values::{Label, role, unique_labels};
use crate::{prompt, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Without a password the person cannot log in; `vitae users set-password` sets one later.

Examples:
  vitae users create --email ada@example.com --name \"Ada Lovelace\"
  vitae users create --email bo@example.com --name Bo --external-id E-1017 -l team=data -l site=Berlin
  vitae users create --email ed@example.com --name Ed --role editor --password-stdin < password-file"), add = METADATA)]
pub(crate) struct CreateArgs {
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    /// admin, editor, viewer or member [default: member]
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The id in another system, such as HR's; unique
    #[arg(long, value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    external_id: Option<String>,
    /// A label, as in team=data; may be repeated
    #[arg(short = 'l', long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Label>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(
    connection: &Connection,
    options: CreateArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let password = if options.password_stdin {
        Some(runtime::run_blocking(prompt::password_from_stdin).await?)
    } else {
        None
    };
    let user = CreateUser::new(options.email, options.name)
        .role(options.role)
        .external_id(options.external_id)
        .labels(unique_labels(&options.labels).map_err(Failure::usage)?)
        .password(password.map(|password| password.expose_secret().to_owned()));
    let created = connection.client.users().create(&user).await;
    let doing = || format!("create {}", user.email);
    output.one(&created.map_err(|e| connection.explain(&doing(), &e))?)
}
