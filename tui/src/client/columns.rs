//! The columns of lists, and their layout on a line.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vitae_sdk::{ResumeSummary, User};
use vitae_sdk_workspace::fields::Described;

use crate::client::collection::Collection;

/// The field of an object that a column shows, by its key.
///
/// Keys of people and resumes are those of their descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field(&'static str);

impl Field {
    pub(crate) const TITLE: Self = Self("title");
    pub(crate) const OWNER: Self = Self("owner.name");
    pub(crate) const TAGS: Self = Self("tags");
    pub(crate) const ROLE: Self = Self("role");
    pub(crate) const STATUS: Self = Self("status");
    pub(crate) const VERSION: Self = Self("version");
    pub(crate) const REVISION: Self = Self("revision");
    pub(crate) const KIND: Self = Self("kind");
    pub(crate) const AUTHOR: Self = Self("author");
    pub(crate) const REASON: Self = Self("reason");
    pub(crate) const CLIENT: Self = Self("client");
    pub(crate) const ADDRESS: Self = Self("address");
    pub(crate) const CURRENT: Self = Self("current");
    pub(crate) const AT: Self = Self("at");
    pub(crate) const ACTION: Self = Self("action");
    pub(crate) const ACTOR: Self = Self("actor");
    pub(crate) const OBJECT: Self = Self("object");
    pub(crate) const REQUEST: Self = Self("request");
    pub(crate) const CREATED: Self = Self("created_at");
    pub(crate) const UPDATED: Self = Self("updated_at");
    pub(crate) const EXPIRES: Self = Self("expires_at");
    pub(crate) const DELETED: Self = Self("deleted_at");
    pub(crate) const ID: Self = Self("id");
    pub(crate) const ROUTE: Self = Self("route");
    pub(crate) const REQUESTS: Self = Self("requests");
    pub(crate) const REFUSED: Self = Self("refused");
    pub(crate) const FAILED: Self = Self("failed");
    pub(crate) const MEDIAN: Self = Self("median");
    pub(crate) const SLOWEST: Self = Self("slowest");

    /// Returns the key.
    pub(crate) fn key(self) -> &'static str {
        self.0
    }

    /// Returns the field with this key among the columns of all lists; earlier versions wrote `updated` for
    /// `updated_at`.
    fn with_key(key: &str) -> Option<Self> {
        let key = key.to_lowercase();
        let columns = Collection::EACH.iter().flat_map(Collection::columns).chain(ROUTES);
        let mut fields = columns.map(|column| column.field);
        fields.find(|field| field.0 == key || field.earlier_key() == key)
    }

    fn earlier_key(self) -> &'static str {
        match self {
            Self::OWNER => "owner",
            Self::REVISION => "version",
            Self(key) => key.strip_suffix("_at").unwrap_or(key),
        }
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::with_key(&key).ok_or_else(|| D::Error::custom(format!("unknown column \"{key}\"")))
    }
}

/// A column of a list.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) field: Field,
    pub(crate) title: &'static str,
    /// The server's sort key, if lists can be sorted by this column.
    pub(crate) sort: Option<&'static str>,
    /// The minimum width in cells.
    narrow: usize,
    /// The share of the remaining width.
    share: usize,
    /// The priority: narrow terminals omit the highest first; columns of 9 or above are shown on demand only.
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

pub(crate) static USERS: LazyLock<Vec<Column>> = LazyLock::new(described::<User>);

pub(crate) static DELETED_USERS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let ranks = [("role", 3), ("external_id", 9), ("labels", 9)];
    deleted::<User>(&["status", "updated_at", "version"], &ranks)
});

pub(crate) static RESUMES: LazyLock<Vec<Column>> = LazyLock::new(described::<ResumeSummary>);

pub(crate) static DELETED_RESUMES: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let ranks = [("owner.name", 2), ("revision", 3), ("tags", 9)];
    deleted::<ResumeSummary>(&["updated_at"], &ranks)
});

/// Returns the columns of an object's described fields.
fn described<T: Described>() -> Vec<Column> {
    let columns = T::DESCRIPTORS.iter().filter_map(|field| {
        let shape = field.column?;
        Some(column(Field(field.key), shape.title, shape.sort, shape.width, shape.share, shape.rank))
    });
    columns.collect()
}

/// Returns the columns of deleted objects: without some, with other ranks for some, and with the time of deletion.
fn deleted<T: Described>(without: &[&str], ranks: &[(&str, u8)]) -> Vec<Column> {
    let mut columns = described::<T>();
    columns.retain(|column| !without.contains(&column.field.key()));
    for column in &mut columns {
        if let Some((_, rank)) = ranks.iter().find(|(key, _)| *key == column.field.key()) {
            column.rank = *rank;
        }
    }
    let usual = columns.iter().rposition(Column::is_usual).map_or(0, |last| last + 1);
    columns.insert(usual, column(Field::DELETED, "deleted", None, 16, 0, 1));
    columns
}

pub(crate) const REVISIONS: &[Column] = &[
    column(Field::REVISION, "rev", Some("revision"), 5, 0, 0),
    column(Field::KIND, "kind", None, 8, 0, 1),
    column(Field::AUTHOR, "author", None, 12, 2, 2),
    column(Field::AT, "time", None, 16, 0, 3),
    column(Field::REASON, "reason", None, 8, 3, 4),
    column(Field::TITLE, "title", None, 16, 2, 9),
    column(Field::TAGS, "tags", None, 10, 2, 9),
];

pub(crate) const SESSIONS: &[Column] = &[
    column(Field::CLIENT, "client", None, 14, 3, 0),
    column(Field::ADDRESS, "from", None, 12, 1, 2),
    column(Field::UPDATED, "last used", None, 16, 0, 1),
    column(Field::CREATED, "started", None, 16, 0, 4),
    column(Field::EXPIRES, "expires", None, 16, 0, 5),
    column(Field::CURRENT, "", None, 8, 0, 3),
    column(Field::ID, "id", None, 36, 0, 9),
];

pub(crate) const AUDIT: &[Column] = &[
    column(Field::AT, "time", Some("sequence"), 19, 0, 1),
    column(Field::ACTION, "action", None, 22, 2, 0),
    column(Field::ACTOR, "actor", None, 12, 2, 2),
    column(Field::OBJECT, "object", None, 19, 1, 3),
    column(Field::VERSION, "version", None, 7, 0, 5),
    column(Field::ADDRESS, "from", None, 12, 1, 4),
    column(Field::REQUEST, "request", None, 36, 0, 9),
    column(Field::CLIENT, "client", None, 14, 1, 9),
    column(Field::ID, "event", None, 36, 0, 9),
];

/// The columns of routes on the health screen, which cannot be chosen.
pub(crate) const ROUTES: &[Column] = &[
    column(Field::ROUTE, "route", None, 18, 1, 0),
    column(Field::REQUESTS, "requests", None, 8, 0, 1),
    column(Field::REFUSED, "rejected", None, 8, 0, 5),
    column(Field::FAILED, "errors", None, 6, 0, 3),
    column(Field::MEDIAN, "p50", None, 8, 0, 4),
    column(Field::SLOWEST, "p99", None, 8, 0, 2),
];

impl Column {
    /// Returns whether the column is shown by default.
    pub(crate) fn is_usual(&self) -> bool {
        self.rank < 9
    }
}

/// A column with its position on the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) column: &'static Column,
    pub(crate) x: u16,
    pub(crate) width: u16,
}

/// Distributes a line among columns; those that do not fit are omitted, lowest priority first.
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

/// Returns the chosen columns by their keys, as they are stored.
pub(crate) fn names_of(chosen: &BTreeMap<&'static str, Vec<Field>>) -> Vec<(String, Vec<String>)> {
    let keys = |fields: &[Field]| fields.iter().map(|field| field.key().to_owned()).collect();
    chosen.iter().map(|(kind, fields)| ((*kind).to_owned(), keys(fields))).collect()
}

/// Returns the chosen columns from their stored keys. Unknown lists and columns are ignored.
pub(crate) fn chosen_by(names: &[(String, Vec<String>)]) -> BTreeMap<&'static str, Vec<Field>> {
    let lists = Collection::EACH.iter().map(|collection| (collection.kind(), collection.columns()));
    let found = lists.filter_map(|(kind, columns)| {
        let (_, wanted) = names.iter().find(|(known, _)| known == kind)?;
        let is_wanted =
            |field: &Field| wanted.iter().any(|key| key == field.key() || key == field.earlier_key());
        let fields: Vec<_> = columns.iter().map(|column| column.field).filter(is_wanted).collect();
        (!fields.is_empty()).then_some((kind, fields))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_any_width() {
        let lists = Collection::EACH.iter().map(Collection::columns);
        for all in lists.chain([ROUTES]) {
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
    fn column_choices_survive_a_restart_without_unknown_columns() {
        let home = tempfile::tempdir().unwrap();
        let mut keep = crate::persistence::store::Store::new(Some(home.path().to_owned()));
        let chosen =
            BTreeMap::from([("people", vec![Field::ROLE, Field::ID]), ("audit", vec![Field::REQUEST])]);
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
