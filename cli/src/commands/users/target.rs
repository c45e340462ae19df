//! The person that a command acts on.

use clap::Args;
use vitae_sdk::UserId;

use crate::connection::Connection;
use crate::errors::Failure;
use crate::output::Output;
use crate::values::UserName;

#[derive(Debug, Args)]
pub(super) struct UserTarget {
    /// Id or e-mail address
    #[arg(value_name = "ID|EMAIL")]
    pub(super) user: UserName,
}

/// Prints the person if an output format is requested, after a change without a response body.
pub(super) async fn print_if_requested(
    connection: &Connection,
    id: UserId,
    output: &mut Output,
) -> Result<(), Failure> {
    if !output.is_format_requested() {
        return Ok(());
    }
    let user = connection.client.users().get(id).await;
    output.one(&user.map_err(|e| connection.explain(&format!("read person {id} after the change"), &e))?)
}
