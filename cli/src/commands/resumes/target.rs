//! The resume that a command acts on.

use clap::Args;

use crate::values::ResumeName;

#[derive(Debug, Args)]
pub(super) struct ResumeTarget {
    /// Id or unique title
    #[arg(value_name = "ID|TITLE")]
    pub(super) resume: ResumeName,
}
