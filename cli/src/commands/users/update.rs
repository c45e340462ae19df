//! `vitae users update`

use clap::{ArgGroup, Args};
use vitae_sdk::{Deleted, Error, IfMatch, Patch, Role, UpdateUser, User, UserId};

use super::target::UserTarget;
use crate::command_metadata::{CommandMetadata, exits};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::{Output, Row as _};
use crate::values::{Label, label_key, role, unique_labels};

const METADATA: CommandMetadata = CommandMetadata::new(User::FIELDS, exits::WRITE);

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true)
        .args(["name", "email", "role", "external_id", "labels", "remove_labels"]),
    after_help = METADATA.help("\
Without --if-match the change is applied to the newest version and retried if another user saves at the same \
time; with --if-match it is rejected if the person has another version.

Examples:
  vitae users update ada@example.com --role editor
  vitae users update ada@example.com -l team=data --remove-label trial
  vitae users update ada@example.com --name \"Ada King\" --if-match 3"),
    add = METADATA
)]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    one: UserTarget,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// admin, editor, viewer or member
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The id in another system, such as HR's; an empty one removes it
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Set a label, as in team=data; may be repeated
    #[arg(short = 'l', long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Label>,
    /// Remove the label with this key; may be repeated
    #[arg(long = "remove-label", value_name = "KEY", value_parser = label_key)]
    remove_labels: Vec<String>,
    /// The version that the change is based on
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

impl UpdateArgs {
    /// Builds the request.
    fn change(&self) -> Result<UpdateUser, Failure> {
        let mut change =
            UpdateUser::new().email(self.email.clone()).name(self.name.clone()).role(self.role.clone());
        if let Some(id) = &self.external_id {
            change = change.external_id(if id.is_empty() { Patch::Remove } else { Patch::Set(id.clone()) });
        }
        if let Some(both) = self.labels.iter().find(|label| self.remove_labels.contains(&label.key)) {
            let what = format!("the label {} is both set and removed", both.key);
            return Err(Failure::usage(what).next("use --label or --remove-label for it"));
        }
        for (key, value) in unique_labels(&self.labels).map_err(Failure::usage)? {
            change = change.label(key, value);
        }
        for key in &self.remove_labels {
            change = change.without_label(key);
        }
        Ok(change)
    }
}

pub(super) async fn run(
    connection: &Connection,
    options: UpdateArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let name = &options.one.user;
    let id = connection.user(name, Deleted::Exclude).await?;
    let doing = format!("update {name}");
    let change = options.change()?;
    let users = connection.client.users();
    let Some(version) = options.if_match else {
        let written = users.modify(id, |_| Some(change.clone())).await;
        return output.one(&written.map_err(|e| connection.explain(&doing, &e))?);
    };
    match users.update(id, &change, IfMatch::Version(version)).await {
        Ok(user) => output.one(&user),
        Err(error) if error.is_precondition_failed() => {
            Err(newer_version_failure(connection, id, version, &doing, &error).await)
        }
        Err(error) => Err(connection.explain(&doing, &error)),
    }
}

/// Describes the newer version that caused the conflict.
async fn newer_version_failure(
    connection: &Connection,
    id: UserId,
    version: u64,
    doing: &str,
    error: &Error,
) -> Failure {
    let mut failure = connection.explain(doing, error);
    if let Ok(user) = connection.client.users().get(id).await {
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
