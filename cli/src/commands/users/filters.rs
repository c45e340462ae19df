//! Filters of `users list` and `users export`.

use clap::Args;
use vitae_sdk::{ListUsers, Role, Status};

use crate::connection::Connection;
use crate::values::{DeletedFilter, role, status};

/// Filters of lists and exports.
#[derive(Debug, Args)]
pub(super) struct Filters {
    /// Words that must all occur in the name or the e-mail
    #[arg(long, value_name = "WORDS")]
    q: Option<String>,
    /// Only this role: admin, editor, viewer, member
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// Only this status: active, disabled
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// Only the person with this external id
    #[arg(long, value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    external_id: Option<String>,
    /// Only people with this label, as in team=data, or with this key; may be repeated, all must match
    #[arg(short = 'l', long = "label", value_name = "KEY[=VALUE]")]
    labels: Vec<String>,
    /// Include deleted people: exclude, include or only
    #[arg(long, value_name = "CHOICE", default_value = "exclude", hide_possible_values = true)]
    deleted: DeletedFilter,
}

impl Filters {
    /// Builds the list request.
    pub(super) fn request(self, connection: &Connection) -> ListUsers {
        let mut list = connection.client.users().list().deleted(self.deleted.into());
        if let Some(words) = self.q {
            list = list.query(words);
        }
        if let Some(role) = self.role {
            list = list.role(role);
        }
        if let Some(status) = self.status {
            list = list.status(status);
        }
        if let Some(id) = self.external_id {
            list = list.external_id(id);
        }
        for label in self.labels {
            list = match label.split_once('=') {
                Some((key, value)) => list.label(key, value),
                None => list.has_label(label),
            };
        }
        list
    }
}
