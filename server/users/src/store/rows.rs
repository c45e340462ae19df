//! The SQL of people.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row};
use vitae_contracts_core::{EventId, Role, Status, Timestamp, UserId, fold, limits};
use vitae_server_common::store::{Filter, row_count};
use vitae_server_common::{EmailAddress, Keyset, Page, ServiceError, SortKey};

use super::labels::LabelConditions;
use crate::labels::{LabelFilter, Labels};
use crate::users::Person;

pub(super) const COLUMNS: &str =
    "id, email, name, role, status, version, created_at, updated_at, deleted_at, deletion_event, external_id,
     labels";

const SORTS: &[(&str, &str)] = &[
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("name", "name_key"),
    ("email", "email_key"),
];

/// The condition for having an address: by the folded form, which is unique, or else by the canonical form.
const SAME_ADDRESS: &str = "(email_key = ? OR (email_canonical = ? AND NOT EXISTS
     (SELECT 1 FROM users AS typed WHERE typed.email_key = ? AND typed.deleted_at IS NULL)))";

/// The condition for addresses that are the same as, or look like, another one with characters outside ASCII in one of
/// them.
const SIMILAR: &str = "deleted_at IS NULL AND email_skeleton IN (SELECT email_skeleton FROM users
     WHERE deleted_at IS NULL GROUP BY email_skeleton HAVING count(*) > 1
     AND (min(email_is_ascii) = 0 OR count(DISTINCT email_canonical) < count(*)))";

/// The maximum number of rows that are read on an async thread.
const INLINE_ROWS: usize = 100;

/// The filters, order and position of a list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) query: String,
    pub(crate) role: Option<Role>,
    pub(crate) status: Option<Status>,
    /// `None`: deleted and other people.
    pub(crate) deleted: Option<bool>,
    pub(crate) email: String,
    /// Only people with similar addresses.
    pub(crate) similar: bool,
    /// Only the person with exactly this external id, unless empty.
    pub(crate) external_id: String,
    /// Only people with all of these labels; sorted, without duplicates.
    pub(crate) labels: Vec<LabelFilter>,
    pub(crate) sort: String,
    pub(crate) limit: usize,
    pub(crate) token: String,
    /// The number of people to skip before the page.
    pub(crate) skip: u32,
    pub(crate) count: bool,
}

impl List {
    /// Returns whether the page is read directly from an index, which takes no longer than a switch to another
    /// thread. Deleted people are few and may be anywhere in the index, so a list of them is not short.
    pub(super) fn is_short(&self) -> bool {
        let counts = self.count && !self.is_unfiltered();
        let filtered = self.is_filtered() || self.similar || !self.labels.is_empty();
        self.limit <= INLINE_ROWS && self.skip == 0 && !counts && self.deleted != Some(true) && !filtered
    }

    /// Returns whether there is no filter but that of deletion.
    fn is_unfiltered(&self) -> bool {
        let is_selected = !self.email.is_empty() || !self.external_id.is_empty();
        !self.is_filtered() && !is_selected && !self.similar && self.labels.is_empty()
    }

    fn is_filtered(&self) -> bool {
        self.role.is_some() || self.status.is_some() || !self.query.is_empty()
    }
}

/// A page of people, with the number of all matches if requested.
pub(crate) struct Listed {
    pub(crate) page: Page<Person>,
    pub(crate) total: Option<i64>,
}

pub(crate) fn list(connection: &Connection, list: &List) -> Result<Listed, ServiceError> {
    let mut filter = filter(list)?;
    // Equal for equal queries, however many people have a label at the moment.
    let fingerprint = match list.labels.as_slice() {
        [] => filter.fingerprint(),
        labels => format!("{}{labels:?}", filter.fingerprint()),
    };
    let keyset = Keyset::new(&list.sort, SORTS, "id", list.limit, &list.token, &fingerprint)?;
    let labels = LabelConditions::new(connection, &list.labels)?;
    let total = list.count.then(|| count(connection, list, filter.clone(), &labels)).transpose()?;
    labels.add_to_page(&mut filter);
    let keyset = match list.skip {
        0 => keyset,
        skip => match keyset.skip(connection, "FROM users", &filter, skip)? {
            Some(sort_position) => keyset.after(sort_position),
            None => return Ok(Listed { page: Page::empty(), total }),
        },
    };
    keyset.narrow(&mut filter);
    let sql = format!("SELECT {COLUMNS} FROM users {} {}", filter.sql(), keyset.order());
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(filter.values(), person)?.collect::<Result<Vec<_>, _>>()?;
    let sort_position = |person: &Person| {
        let key = match list.sort.trim_start_matches('-') {
            "name" => SortKey::Text(fold(&person.name)),
            "email" => SortKey::Text(fold(&person.email)),
            "updated_at" => SortKey::Number(person.updated_at.as_millis()),
            _ => SortKey::Number(person.created_at.as_millis()),
        };
        (key, *person.id.as_bytes())
    };
    Ok(Listed { page: keyset.page(rows, sort_position, Person::message_bytes), total })
}

/// Returns the conditions of a list, except those of labels.
fn filter(list: &List) -> Result<Filter, ServiceError> {
    let mut filter = Filter::default();
    match list.deleted {
        Some(false) => filter.and("deleted_at IS NULL", []),
        Some(true) => filter.and("deleted_at IS NOT NULL", []),
        None => {}
    }
    if let Some(role) = &list.role {
        filter.and("role = ?", [Value::Text(role.as_str().to_owned())]);
    }
    if let Some(status) = &list.status {
        filter.and("status = ?", [Value::Text(status.as_str().to_owned())]);
    }
    if !list.email.is_empty() {
        limits::check_text_length(&list.email)
            .map_err(|message| ServiceError::parameter("email", message))?;
        let (key, address) = (fold(&list.email), EmailAddress::stored(&list.email));
        let values = [key.clone(), address.canonical().to_owned(), key];
        filter.and(SAME_ADDRESS, values.map(Value::Text));
    }
    if list.similar {
        filter.and(SIMILAR, []);
    }
    if !list.external_id.is_empty() {
        limits::check_text_length(&list.external_id)
            .map_err(|message| ServiceError::parameter("external_id", message))?;
        filter.and("external_id = ?", [Value::Text(list.external_id.clone())]);
    }
    filter.and_words(&list.query, ["name_key", "email_key"])?;
    Ok(filter)
}

fn count(
    connection: &Connection,
    list: &List,
    mut filter: Filter,
    labels: &LabelConditions<'_>,
) -> rusqlite::Result<i64> {
    if list.is_unfiltered() {
        return row_count(connection, "user_counts", list.deleted);
    }
    labels.add_to_count(&mut filter);
    let sql = format!("SELECT count(*) FROM users {}", filter.sql());
    connection.prepare_cached(&sql)?.query_row(filter.values(), |row| row.get(0))
}

pub(crate) fn by_id(connection: &Connection, id: UserId) -> Result<Option<Person>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id.as_bytes()], person).optional()?)
}

/// Returns the person who has this folded e-mail address and is not deleted.
pub(super) fn by_email_key(connection: &Connection, email_key: &str) -> Result<Option<Person>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE email_key = ?1 AND deleted_at IS NULL");
    Ok(connection.prepare_cached(&sql)?.query_row([email_key], person).optional()?)
}

pub(crate) fn active_admins(connection: &Connection) -> Result<i64, ServiceError> {
    let sql = "SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

pub(crate) fn insert(connection: &Connection, person: &Person) -> Result<(), ServiceError> {
    let address = EmailAddress::stored(&person.email);
    connection
        .prepare_cached(
            "INSERT INTO users (id, email, email_key, name, name_key, role, status, version, created_at, updated_at,
             email_canonical, email_skeleton, email_is_ascii, external_id, labels)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute((
            person.id.as_bytes(),
            &person.email,
            fold(&person.email),
            &person.name,
            fold(&person.name),
            person.role.as_str(),
            person.status.as_str(),
            person.version,
            person.created_at.as_millis(),
            person.updated_at.as_millis(),
            address.canonical(),
            address.skeleton(),
            address.is_ascii(),
            &person.external_id,
            labels_json(&person.labels),
        ))?;
    Ok(())
}

pub(crate) fn update(connection: &Connection, person: &Person) -> Result<(), ServiceError> {
    let address = EmailAddress::stored(&person.email);
    connection
        .prepare_cached(
            "UPDATE users SET email = ?2, email_key = ?3, name = ?4, name_key = ?5, role = ?6, status = ?7,
             version = ?8, updated_at = ?9, deleted_at = ?10, deletion_event = ?11, email_canonical = ?12,
             email_skeleton = ?13, email_is_ascii = ?14, external_id = ?15, labels = ?16 WHERE id = ?1",
        )?
        .execute((
            person.id.as_bytes(),
            &person.email,
            fold(&person.email),
            &person.name,
            fold(&person.name),
            person.role.as_str(),
            person.status.as_str(),
            person.version,
            person.updated_at.as_millis(),
            person.deleted_at.map(Timestamp::as_millis),
            person.deletion_event.as_ref().map(EventId::as_bytes),
            address.canonical(),
            address.skeleton(),
            address.is_ascii(),
            &person.external_id,
            labels_json(&person.labels),
        ))?;
    Ok(())
}

pub(super) fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let text = |index| row.get::<_, String>(index);
    let time = |index| row.get(index).map(Timestamp::from_millis);
    Ok(Person {
        id: UserId::from_bytes(row.get(0)?),
        email: text(1)?,
        name: text(2)?,
        role: Role::from(text(3)?),
        status: Status::from(text(4)?),
        version: row.get(5)?,
        created_at: time(6)?,
        updated_at: time(7)?,
        deleted_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        deletion_event: row.get::<_, Option<[u8; 16]>>(9)?.map(EventId::from_bytes),
        external_id: row.get(10)?,
        labels: labels(row, 11)?,
    })
}

/// Reads labels, which are stored as a JSON object.
fn labels(row: &Row<'_>, index: usize) -> rusqlite::Result<Labels> {
    let json = row.get_ref(index)?.as_str()?;
    if json == "{}" {
        return Ok(Labels::new());
    }
    serde_json::from_str(json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn labels_json(labels: &Labels) -> String {
    serde_json::json!(labels).to_string()
}
