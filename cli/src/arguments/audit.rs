//! `vitae audit …`

use clap::{Args, Subcommand};
use vitae_sdk::{EventId, Timestamp};

use super::values::{Range, UserName, instant};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List who did what, newest first unless told; for administrators
    List(ListEntries),
}

#[derive(Debug, Args)]
#[command(after_help = "\
A change is on record a moment after it was made. With -o json each entry says what changed, too.

Examples:
  vitae audit list --actor ada@example.com --since 1day
  vitae audit list --action resumes.resume.deleted
  vitae audit list --action auth. --since 2026-11-22T00:00:00Z --until 2026-11-23T00:00:00Z --all -o ndjson
  vitae audit list --object 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json | jq '.[].changes'")]
pub(crate) struct ListEntries {
    /// Only what this person did
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) actor: Option<UserName>,
    /// Only this action, as in users.user.deleted; with a dot at its end, all that begin so
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Only what was done to this person, resume or session
    #[arg(long, value_name = "ID")]
    pub(crate) object: Option<EventId>,
    /// Only what happened then or later: a time, a date (UTC), or how long ago (30m, 2h, 7days)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) since: Option<Timestamp>,
    /// Only what happened before: a time, a date, or how long ago
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) until: Option<Timestamp>,
    /// `sequence` for the oldest first; a minus before it turns the order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}
