//! `vitae users update`

use clap::{ArgGroup, Args};
use vitae_sdk::{Deleted, Error, IfMatch, Role, UpdateUser, User, UserId};

use super::target::OneUser;
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::online::Online;
use crate::output::{Output, Row as _};
use crate::values::role;

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["name", "email", "role"]),
    after_help = METADATA.help("\
Without --if-match the change is applied to the newest version and retried if another user saves at the same \
time; with --if-match it is rejected if the person has another version.

Examples:
  vitae users update ada@example.com --role editor
  vitae users update ada@example.com --name \"Ada King\" --if-match 3"),
    add = METADATA
)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    one: OneUser,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// admin, editor, viewer or member
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The version that the change is based on
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

pub(super) async fn run(online: &Online, options: UpdateArgs, output: &mut Output) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = online.user(name, Deleted::Exclude).await?;
    let doing = format!("update {name}");
    let change = UpdateUser::new().email(options.email).name(options.name).role(options.role);
    let users = online.client.users();
    let Some(version) = options.if_match else {
        let written = users.modify(id, |_| Some(change.clone())).await;
        return output.one(&written.map_err(|e| online.explain(&doing, &e))?);
    };
    match users.update(id, &change, IfMatch::Version(version)).await {
        Ok(user) => output.one(&user),
        Err(error) if error.is_precondition_failed() => {
            Err(overtaken(online, id, version, &doing, &error).await)
        }
        Err(error) => Err(online.explain(&doing, &error)),
    }
}

/// Describes the newer version that caused the conflict.
async fn overtaken(online: &Online, id: UserId, version: u64, doing: &str, error: &Error) -> Failure {
    let mut failure = online.explain(doing, error);
    if let Ok(user) = online.client.users().get(id).await {
        failure.message = format!(
            "cannot {doing}: version {} of {} is newer than version {version}, on which the change is based",
            user.version, user.updated_at
        );
        failure.next_step = Some(format!(
            "review it with `vitae users get {id}`, then repeat the command without --if-match or with --if-match {}",
            user.version
        ));
    }
    failure
}
