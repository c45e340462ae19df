//! `vitae explain`

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Takes the code of an error, as in `code: not_found`, or the exit code of a command. Asks no server.

Examples:
  vitae explain precondition_failed
  vitae explain 9
  vitae explain -o json | jq -r '.[] | select(.retryable) | .code'")]
pub(crate) struct Explain {
    /// Which code; all of them are listed without one
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}
