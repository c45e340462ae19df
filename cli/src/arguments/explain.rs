//! `vitae explain`

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Accepts the code of an error, such as not_found, or the exit code of a command. Contacts no server.

Examples:
  vitae explain precondition_failed
  vitae explain 9
  vitae explain -o json | jq -r '.[] | select(.retryable) | .code'")]
pub(crate) struct Explain {
    /// An error code or exit code; without one, all are listed
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}
