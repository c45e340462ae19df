//! Entries in SQLite: written only by the event consumer, read in pages.

use prost::Message;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Code, EventId, SessionId, Timestamp, UserId};
use vitae_contracts_services::audit::v1::Entry;
use vitae_contracts_services::events::v1::{Change, Context, Event};
use vitae_server_common::store::{Filter, OpenError, Options, Store};
use vitae_server_common::{
    CONSUMER_TABLES, Keyset, PARKED_TABLE, Page, ServiceError, SortKey, timestamp_from_proto,
    timestamp_to_proto,
};

/// The migrations of the schema, oldest first.
pub const SCHEMA: &[&str] =
    &[CONSUMER_TABLES, include_str!("audit.sql"), PARKED_TABLE, include_str!("related.sql")];

const SORTS: &[(&str, &str)] = &[("sequence", "sequence")];

const COLUMNS: &str =
    "sequence, event_id, at, action, actor_kind, actor_id, session_id, object_type, object_id,
     object_version, request_id, client_address, user_agent, changes";

/// The filters, order and position of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) actor: Option<UserId>,
    /// An action, or a prefix if it ends with a dot.
    pub(crate) action: String,
    pub(crate) object: Option<EventId>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) sort: String,
    pub(crate) limit: usize,
    pub(crate) token: String,
}

#[derive(Clone)]
pub(crate) struct AuditStore {
    store: Store,
}

impl AuditStore {
    pub(crate) fn open(options: &Options) -> Result<Self, OpenError> {
        Ok(Self { store: Store::open(options, "audit", SCHEMA)? })
    }

    /// Returns the store for handlers of events.
    pub(crate) fn event_store(&self) -> Store {
        self.store.clone()
    }

    pub(crate) async fn list(&self, list: List) -> Result<Page<Entry>, ServiceError> {
        self.store.scan(move |connection| page(connection, &list)).await
    }
}

/// The decoded payload of an event.
#[derive(Default)]
pub(crate) struct Payload {
    pub(crate) changes: Vec<Change>,
    /// The person of the event, if they are not its object.
    pub(crate) person: Option<UserId>,
}

/// Copies an event. A repeated call has no effect.
pub(crate) fn insert(connection: &Connection, event: &Event, payload: &Payload) -> Result<(), ServiceError> {
    let unreadable =
        || ServiceError::new(Code::Internal, format!("event {} contains an invalid id", event.id));
    let context = event.context.clone().unwrap_or_default();
    let event_id: EventId = event.id.parse().map_err(|_| unreadable())?;
    let object_id: EventId = event.object_id.parse().map_err(|_| unreadable())?;
    let actor_id = optional::<UserId>(&context.actor_id).map_err(|()| unreadable())?;
    let session_id = optional::<SessionId>(&context.session_id).map_err(|()| unreadable())?;
    let changes: Vec<_> = payload.changes.iter().map(StoredChange::from).collect();
    let changes = serde_json::to_string(&changes).map_err(|_| unreadable())?;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO entries (event_id, at, action, actor_kind, actor_id, session_id, object_type, object_id,
             object_version, request_id, client_address, user_agent, changes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, ''), nullif(?11, ''), nullif(?12, ''), ?13)
             ON CONFLICT (event_id) DO NOTHING",
        )?
        .execute((
            event_id.as_bytes(),
            event.at.map_or(0, |at| timestamp_from_proto(at).as_millis()),
            &event.subject,
            &context.actor_kind,
            actor_id.as_ref().map(UserId::as_bytes),
            session_id.as_ref().map(SessionId::as_bytes),
            // The second part of a subject such as users.user.deleted.
            event.subject.split('.').nth(1).unwrap_or_default(),
            object_id.as_bytes(),
            event.object_version,
            &context.request_id,
            &context.client_address,
            &context.user_agent,
            changes,
        ))?;
    let person = payload.person.filter(|person| person.as_bytes() != object_id.as_bytes());
    if let (1, Some(person)) = (inserted, person) {
        let sql = "INSERT INTO related (person_id, sequence) VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute((person.as_bytes(), connection.last_insert_rowid()))?;
    }
    Ok(())
}

fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| ()) }
}

fn page(connection: &Connection, list: &List) -> Result<Page<Entry>, ServiceError> {
    let Query { keyset, sql, values } = query(list)?;
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), entry)?.collect::<Result<Vec<_>, _>>()?;
    Ok(keyset.page(rows, sort_position, Message::encoded_len))
}

fn sort_position(entry: &Entry) -> (SortKey, [u8; 16]) {
    let id = entry.event_id.parse::<EventId>().map_or([0; 16], |id| *id.as_bytes());
    (SortKey::Number(entry.sequence), id)
}

/// A page with the statement that reads its rows.
struct Query {
    keyset: Keyset,
    sql: String,
    values: Vec<Value>,
}

/// Builds the statement of a page.
///
/// The entries of a person are read from two indexes and merged in order: entries whose object is the person, and
/// entries of their sessions.
fn query(list: &List) -> Result<Query, ServiceError> {
    let mut of_object = filter(list, "object_id = ?");
    let keyset =
        Keyset::new(&list.sort, SORTS, "event_id", list.limit, &list.token, &of_object.fingerprint())?;
    keyset.narrow(&mut of_object);
    let mut sql = format!("SELECT {COLUMNS} FROM entries {}", of_object.sql());
    let mut values = of_object.into_values();
    if list.object.is_some() {
        let mut related = filter(list, "person_id = ?");
        keyset.narrow(&mut related);
        let tables = "related CROSS JOIN entries USING (sequence)";
        sql = format!("{sql} UNION ALL SELECT {COLUMNS} FROM {tables} {}", related.sql());
        values.extend(related.into_values());
    }
    sql = format!("{sql} {}", keyset.order());
    Ok(Query { keyset, sql, values })
}

/// Returns the conditions of a list.
fn filter(list: &List, object: &str) -> Filter {
    let mut filter = Filter::default();
    if let Some(id) = list.object {
        filter.and(object, [Value::Blob(id.as_bytes().to_vec())]);
    }
    if let Some(actor) = list.actor {
        filter.and("actor_id = ?", [Value::Blob(actor.as_bytes().to_vec())]);
    }
    match list.action.as_str() {
        "" => {}
        prefix if prefix.ends_with('.') => {
            filter.and(
                "substr(action, 1, length(?)) = ?",
                [prefix, prefix].map(|text| Value::Text(text.to_owned())),
            );
        }
        action => filter.and("action = ?", [Value::Text(action.to_owned())]),
    }
    if let Some(since) = list.since {
        filter.and("at >= ?", [Value::Integer(since.as_millis())]);
    }
    if let Some(until) = list.until {
        filter.and("at < ?", [Value::Integer(until.as_millis())]);
    }
    filter
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let id = |index| row.get(index).map(|bytes| EventId::from_bytes(bytes).to_string());
    let optional_id = |index| {
        let bytes: Option<[u8; 16]> = row.get(index)?;
        Ok::<_, rusqlite::Error>(
            bytes.map(|bytes| EventId::from_bytes(bytes).to_string()).unwrap_or_default(),
        )
    };
    let optional = |index| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
    let changes: Vec<StoredChange> = serde_json::from_str(row.get_ref(13)?.as_str()?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(13, rusqlite::types::Type::Text, Box::new(error))
    })?;
    Ok(Entry {
        sequence: row.get(0)?,
        event_id: id(1)?,
        at: Some(timestamp_to_proto(Timestamp::from_millis(row.get(2)?))),
        action: row.get(3)?,
        context: Some(Context {
            actor_kind: row.get(4)?,
            actor_id: optional_id(5)?,
            session_id: optional_id(6)?,
            request_id: optional(10)?,
            client_address: optional(11)?,
            user_agent: optional(12)?,
        }),
        object_type: row.get(7)?,
        object_id: id(8)?,
        object_version: row.get(9)?,
        changes: changes.into_iter().map(Change::from).collect(),
    })
}

/// A change as stored in the column; `before` and `after` are JSON texts.
#[derive(Serialize, Deserialize)]
struct StoredChange {
    field: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    before: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    after: String,
}

impl From<&Change> for StoredChange {
    fn from(change: &Change) -> Self {
        Self { field: change.field.clone(), before: change.before.clone(), after: change.after.clone() }
    }
}

impl From<StoredChange> for Change {
    fn from(change: StoredChange) -> Self {
        Self { field: change.field, before: change.before, after: change.after }
    }
}

#[cfg(test)]
mod tests {
    use vitae_contracts_core::limits;
    use vitae_server_common::PAGE_BYTES;

    use super::*;

    fn change(field: &str, value: &serde_json::Value) -> Change {
        Change { field: field.to_owned(), before: value.to_string(), after: value.to_string() }
    }

    /// The longest title, name or external id.
    fn line() -> serde_json::Value {
        "\u{10384}".repeat(200).into()
    }

    /// The largest change of a resume: the title and all tags.
    fn largest_resume_change() -> Vec<Change> {
        let tags = vec!["\u{10384}".repeat(50); limits::TAGS];
        vec![change("title", &line()), change("tags", &tags.into()), change("document", &"".into())]
    }

    /// The largest change of a person: labels of characters that JSON escapes.
    fn largest_person_change() -> Vec<Change> {
        let value = "\"".repeat(limits::LABELS_BYTES / limits::LABELS - 2);
        let labels = (0..limits::LABELS).map(|number| (format!("{number:02}"), value.clone().into()));
        let labels = serde_json::Value::Object(labels.collect());
        let email = format!("{}@b", "\"".repeat(252)).into();
        vec![
            change("email", &email),
            change("name", &line()),
            change("external_id", &line()),
            change("labels", &labels),
        ]
    }

    fn largest(changes: Vec<Change>) -> Entry {
        let id = UserId::new().to_string();
        Entry {
            sequence: i64::MAX,
            event_id: id.clone(),
            at: Some(timestamp_to_proto(Timestamp::from_millis(i64::from(u32::MAX) * 1000))),
            action: "resumes.resume.restored".to_owned(),
            context: Some(Context {
                actor_kind: "anonymous".to_owned(),
                actor_id: id.clone(),
                session_id: id.clone(),
                request_id: "x".repeat(64),
                client_address: "x".repeat(64),
                user_agent: "x".repeat(200),
            }),
            object_type: "resume".to_owned(),
            object_id: id,
            object_version: i64::MAX,
            changes,
        }
    }

    #[test]
    fn guaranteed_page_of_the_largest_entries_fits_the_size_limit() {
        for changes in [largest_resume_change(), largest_person_change()] {
            assert!((largest(changes).encoded_len() + 5) * limits::GUARANTEED_PAGE as usize <= PAGE_BYTES);
        }
    }

    #[test]
    fn every_page_is_read_in_index_order() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&SCHEMA.concat()).unwrap();
        for sort in ["sequence", "-sequence"] {
            let list = || List { sort: sort.to_owned(), limit: 1, ..List::default() };
            for list in [
                list(),
                List { actor: Some(UserId::new()), ..list() },
                List { object: Some(EventId::new()), ..list() },
                List { actor: Some(UserId::new()), object: Some(EventId::new()), ..list() },
                List { action: "auth.".to_owned(), since: Some(Timestamp::from_millis(1)), ..list() },
            ] {
                let row =
                    |sequence| Entry { sequence, event_id: EventId::new().to_string(), ..Entry::default() };
                let next = query(&list)
                    .unwrap()
                    .keyset
                    .page(vec![row(1), row(2)], sort_position, Message::encoded_len)
                    .next;
                for token in [String::new(), next] {
                    let list = List { token, ..list.clone() };
                    let Query { sql, values, .. } = query(&list).unwrap();
                    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                    let steps = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3));
                    let steps = steps.unwrap();
                    let steps: Vec<_> = steps.map(Result::unwrap).collect();
                    assert!(
                        !steps.is_empty() && !steps.concat().contains("TEMP B-TREE"),
                        "{list:?}: {steps:?}"
                    );
                }
            }
        }
    }
}
