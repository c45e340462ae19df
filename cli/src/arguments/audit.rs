//! `vitae audit …`

use clap::{Args, Subcommand};
use vitae_sdk::{EventId, Timestamp};

use super::values::{Range, UserName, instant};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List audit entries, newest first by default; for administrators
    List(ListEntries),
}

#[derive(Debug, Args)]
#[command(after_help = "\
A change appears shortly after it was made. With -o json each entry contains its changes.

Examples:
  vitae audit list --actor ada@example.com --since 1day
  vitae audit list --action resumes.resume.deleted
  vitae audit list --action auth. --since 2026-11-22T00:00:00Z --until 2026-11-23T00:00:00Z --all -o ndjson
  vitae audit list --object 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -o json | jq '.[].changes'")]
pub(crate) struct ListEntries {
    /// Only actions of this person
    #[arg(long, value_name = "ID|EMAIL")]
    pub(crate) actor: Option<UserName>,
    /// Only this action, such as users.user.deleted; a trailing dot matches a prefix
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Only actions on this person, resume or session
    #[arg(long, value_name = "ID")]
    pub(crate) object: Option<EventId>,
    /// Only entries at or after a time: RFC 3339, a date (UTC), or a duration ago (30m, 2h, 7days)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) since: Option<Timestamp>,
    /// Only entries before a time: RFC 3339, a date (UTC), or a duration ago
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(crate) until: Option<Timestamp>,
    /// Sort key: `sequence` (oldest first) or `-sequence`
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    #[command(flatten)]
    pub(crate) range: Range,
}
