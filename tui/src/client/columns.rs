//! The columns that lists offer, and how they share a line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::collection::Collection;

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Field {
    Name,
    Email,
    Role,
    Status,
    Title,
    Owner,
    Tags,
    Version,
    Kind,
    Author,
    Reason,
    Client,
    Address,
    Current,
    At,
    Action,
    Actor,
    Object,
    Request,
    Created,
    Updated,
    Expires,
    Deleted,
    Id,
    Route,
    Requests,
    Refused,
    Failed,
    Median,
    Slowest,
}

/// One column of a list.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) field: Field,
    pub(crate) title: &'static str,
    /// The name of its order at the server, if lists can be sorted by it.
    pub(crate) sort: Option<&'static str>,
    /// Columns of the terminal that it needs at least.
    narrow: usize,
    /// Its share of what is left over.
    share: usize,
    /// Narrow terminals give up the highest first; what is at 9 or above is shown on demand alone.
    rank: u8,
}

const fn column(
    field: Field,
    title: &'static str,
    sort: Option<&'static str>,
    narrow: usize,
    share: usize,
    rank: u8,
) -> Column {
    Column { field, title, sort, narrow, share, rank }
}

pub(crate) const USERS: &[Column] = &[
    column(Field::Name, "name", Some("name"), 14, 3, 0),
    column(Field::Email, "e-mail", Some("email"), 16, 3, 2),
    column(Field::Role, "role", None, 6, 0, 1),
    column(Field::Status, "status", None, 8, 0, 3),
    column(Field::Updated, "updated", Some("updated_at"), 16, 0, 4),
    column(Field::Created, "created", Some("created_at"), 16, 0, 9),
    column(Field::Version, "changes", None, 7, 0, 9),
    column(Field::Id, "id", None, 36, 0, 9),
];

pub(crate) const DELETED_USERS: &[Column] = &[
    column(Field::Name, "name", Some("name"), 14, 3, 0),
    column(Field::Email, "e-mail", Some("email"), 16, 3, 2),
    column(Field::Role, "role", None, 6, 0, 3),
    column(Field::Deleted, "deleted", None, 16, 0, 1),
    column(Field::Created, "created", Some("created_at"), 16, 0, 9),
    column(Field::Id, "id", None, 36, 0, 9),
];

pub(crate) const RESUMES: &[Column] = &[
    column(Field::Title, "title", Some("title"), 26, 4, 0),
    column(Field::Owner, "owner", None, 12, 2, 1),
    column(Field::Tags, "tags", None, 10, 2, 3),
    column(Field::Version, "rev", None, 4, 0, 4),
    column(Field::Updated, "updated", Some("updated_at"), 16, 0, 2),
    column(Field::Id, "id", None, 36, 0, 9),
];

pub(crate) const DELETED_RESUMES: &[Column] = &[
    column(Field::Title, "title", Some("title"), 26, 4, 0),
    column(Field::Owner, "owner", None, 12, 2, 2),
    column(Field::Version, "rev", None, 4, 0, 3),
    column(Field::Deleted, "deleted", None, 16, 0, 1),
    column(Field::Tags, "tags", None, 10, 2, 9),
    column(Field::Id, "id", None, 36, 0, 9),
];

pub(crate) const REVISIONS: &[Column] = &[
    column(Field::Version, "rev", Some("revision"), 5, 0, 0),
    column(Field::Kind, "what", None, 8, 0, 1),
    column(Field::Author, "who", None, 12, 2, 2),
    column(Field::At, "when", None, 16, 0, 3),
    column(Field::Reason, "why", None, 8, 3, 4),
    column(Field::Title, "title", None, 16, 2, 9),
    column(Field::Tags, "tags", None, 10, 2, 9),
];

pub(crate) const SESSIONS: &[Column] = &[
    column(Field::Client, "program", None, 14, 3, 0),
    column(Field::Address, "from", None, 12, 1, 2),
    column(Field::Updated, "last used", None, 16, 0, 1),
    column(Field::Created, "began", None, 16, 0, 4),
    column(Field::Expires, "ends", None, 16, 0, 5),
    column(Field::Current, "", None, 8, 0, 3),
    column(Field::Id, "id", None, 36, 0, 9),
];

pub(crate) const AUDIT: &[Column] = &[
    column(Field::At, "when", Some("sequence"), 19, 0, 1),
    column(Field::Action, "what", None, 22, 2, 0),
    column(Field::Actor, "who", None, 12, 2, 2),
    column(Field::Object, "to what", None, 19, 1, 3),
    column(Field::Version, "version", None, 7, 0, 5),
    column(Field::Address, "from", None, 12, 1, 4),
    column(Field::Request, "request", None, 36, 0, 9),
    column(Field::Client, "program", None, 14, 1, 9),
    column(Field::Id, "event", None, 36, 0, 9),
];

/// Of what each route answered; no list of the server, and not for choosing.
pub(crate) const ROUTES: &[Column] = &[
    column(Field::Route, "route", None, 18, 1, 0),
    column(Field::Requests, "requests", None, 8, 0, 1),
    column(Field::Refused, "refused", None, 7, 0, 5),
    column(Field::Failed, "errors", None, 6, 0, 3),
    column(Field::Median, "p50", None, 8, 0, 4),
    column(Field::Slowest, "p99", None, 8, 0, 2),
];

impl Column {
    /// Whether it is shown unless somebody chooses otherwise.
    pub(crate) fn is_usual(&self) -> bool {
        self.rank < 9
    }
}

/// A column in its place on the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) column: &'static Column,
    pub(crate) x: u16,
    pub(crate) width: u16,
}

/// Shares a line among columns; those that do not fit are left out, least needed first.
pub(crate) fn place(mut columns: Vec<&'static Column>, width: u16) -> Vec<Placed> {
    let width = usize::from(width);
    let needed = |columns: &[&Column]| columns.iter().map(|c| c.narrow + 1).sum::<usize>().saturating_sub(1);
    while columns.len() > 1 && needed(&columns) > width {
        let least = columns.iter().enumerate().max_by_key(|(_, column)| column.rank).map_or(0, |(at, _)| at);
        columns.remove(least);
    }
    let spare = width.saturating_sub(needed(&columns));
    let shares: usize = columns.iter().map(|column| column.share).sum();
    let mut placed = Vec::new();
    let mut x = 0;
    for column in columns {
        let more = (spare * column.share).checked_div(shares).unwrap_or_default();
        let room = (column.narrow + more).min(width.saturating_sub(x));
        placed.push(Placed { column, x: small(x), width: small(room) });
        x += room + 1;
    }
    placed
}

fn small(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// Choices of columns by their names, to be written down.
pub(crate) fn names_of(chosen: &BTreeMap<&'static str, Vec<Field>>) -> Vec<(String, Vec<String>)> {
    let name = |field: &Field| format!("{field:?}").to_lowercase();
    chosen.iter().map(|(kind, fields)| ((*kind).to_owned(), fields.iter().map(name).collect())).collect()
}

/// Choices of columns that were written down, as far as there still are such lists and columns.
pub(crate) fn chosen_by(names: &[(String, Vec<String>)]) -> BTreeMap<&'static str, Vec<Field>> {
    let lists = Collection::EACH.iter().map(|collection| (collection.kind(), collection.columns()));
    let found = lists.filter_map(|(kind, columns)| {
        let (_, wanted) = names.iter().find(|(known, _)| known == kind)?;
        let is_wanted = |column: &&Column| wanted.contains(&format!("{:?}", column.field).to_lowercase());
        let fields: Vec<_> = columns.iter().filter(is_wanted).map(|column| column.field).collect();
        (!fields.is_empty()).then_some((kind, fields))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_whatever_the_width() {
        for all in [USERS, DELETED_USERS, RESUMES, DELETED_RESUMES, REVISIONS, SESSIONS, AUDIT, ROUTES] {
            for width in 0..300 {
                let placed = place(all.iter().collect(), width);
                let mut end = 0;
                for column in &placed {
                    assert!(column.x >= end, "{placed:?}");
                    end = column.x + column.width;
                }
                assert!(end <= width, "{end} > {width}: {placed:?}");
            }
        }
    }

    #[test]
    fn choices_are_the_same_after_a_restart_and_what_is_unknown_is_left_out() {
        let home = tempfile::tempdir().unwrap();
        let mut keep = crate::persistence::store::Store::new(Some(home.path().to_owned()));
        let chosen =
            BTreeMap::from([("people", vec![Field::Email, Field::Id]), ("audit", vec![Field::Request])]);
        let mut names = names_of(&chosen);
        names.push(("pets".to_owned(), vec!["name".to_owned()]));
        names[1].1.push("colour".to_owned());
        keep.keep(&crate::app::effect::StoreChange::Columns(names)).unwrap();
        assert_eq!(
            chosen_by(&crate::persistence::store::Store::new(Some(home.path().to_owned())).columns()),
            chosen
        );
    }
}
