//! The event logs with decoded payloads, as tables for the rules.

use prost::Message as _;
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use vitae_contracts_core::{EventId, fold};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::{Change, Context};
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_contracts_services::users::v1::{Role, Status, UserEvent};

use super::texts;

/// `state` is the object after the event, in the form in which the rules read the row;
/// `entry` is the expected audit entry.
const TABLES: &str = "
    CREATE TEMP TABLE events (
        source TEXT, position INTEGER, event_id BLOB, subject TEXT, object_id BLOB, version INTEGER,
        actor_kind TEXT, actor_id BLOB, request_id TEXT, entry TEXT,
        state TEXT, person BLOB, name TEXT, blocked INTEGER, deletion_event BLOB);
    CREATE TEMP TABLE session_events (event_id BLOB, subject TEXT, session_id BLOB, reason TEXT);
    CREATE TEMP TABLE positions (consumer TEXT, source TEXT, position INTEGER);";

/// Derived tables and the indexes for the rules.
const DERIVED: &str = "
    CREATE INDEX temp.events_object ON events (object_id, position);
    CREATE INDEX temp.events_request ON events (request_id);
    CREATE INDEX temp.events_event ON events (event_id);
    CREATE INDEX temp.events_session ON session_events (session_id);
    INSERT INTO positions SELECT 'auth', source, position FROM auth.feed_positions;
    INSERT INTO positions SELECT 'resumes', source, position FROM resumes.feed_positions;
    INSERT INTO positions SELECT 'audit', source, position FROM audit.feed_positions;
    -- The newest event of each object; with max(), SQLite returns the other columns of the same row.
    CREATE TEMP TABLE latest AS SELECT *, max(position) FROM events GROUP BY source, object_id;
    CREATE INDEX temp.latest_object ON latest (object_id);
    -- The newest event of each person, up to a consumer's position.
    CREATE TEMP TABLE known_people AS
        SELECT positions.consumer, events.*, max(events.position) FROM events JOIN positions USING (source)
        WHERE events.source = 'users' AND events.position <= positions.position
        GROUP BY positions.consumer, events.object_id;
    CREATE INDEX temp.known_people_object ON known_people (object_id);
    -- Effects of people's events on resumes, with the causing event.
    CREATE TEMP TABLE effects AS
        SELECT effect.object_id AS resume, effect.version, effect.position, effect.person, effect.subject,
               cause.event_id AS cause, cause.position AS caused_at, cause.deletion_event
        FROM events AS effect LEFT JOIN events AS cause
            ON cause.source = 'users' AND cause.request_id = effect.request_id
            AND cause.object_id = effect.person
            AND replace(cause.subject, 'users.user', 'resumes.resume') = effect.subject
        WHERE effect.source = 'resumes' AND effect.actor_kind = 'system';
    CREATE INDEX temp.effects_resume ON effects (resume, version);
    CREATE INDEX temp.effects_cause ON effects (cause);";

/// Creates and fills the tables; an event that cannot be read is an inconsistency.
pub(super) fn read(stores: &Connection) -> Vec<String> {
    stores.execute_batch(TABLES).unwrap();
    let mut inconsistencies = Vec::new();
    for source in ["users", "auth", "resumes"] {
        let sql = format!(
            "SELECT position, event_id, subject, object_id, object_version, at, context, payload
             FROM {source}.event_log ORDER BY position"
        );
        let mut query = stores.prepare(&sql).unwrap();
        let events = query.query_map([], Logged::of).unwrap();
        for event in events.map(Result::unwrap) {
            if event.insert(stores, source).is_none() {
                let (position, subject) = (event.position, event.subject);
                inconsistencies.push(format!("{source}: events that cannot be read: {position} ({subject})"));
            }
        }
    }
    stores.execute_batch(DERIVED).unwrap();
    inconsistencies.extend(misfolded(stores));
    inconsistencies
}

/// A row of a log.
struct Logged {
    position: i64,
    id: [u8; 16],
    subject: String,
    object: [u8; 16],
    version: i64,
    at: i64,
    context: Vec<u8>,
    payload: Vec<u8>,
}

/// The decoded payload.
#[derive(Default)]
struct Payload {
    state: String,
    /// The owner or user.
    person: Option<[u8; 16]>,
    name: String,
    /// Whether the person may not log in.
    blocked: bool,
    deletion: Option<[u8; 16]>,
    changes: Vec<Change>,
}

impl Logged {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: row.get(0)?,
            id: row.get(1)?,
            subject: row.get(2)?,
            object: row.get(3)?,
            version: row.get(4)?,
            at: row.get(5)?,
            context: row.get(6)?,
            payload: row.get(7)?,
        })
    }

    /// Inserts the event into the tables; `None` if it cannot be read.
    fn insert(&self, stores: &Connection, source: &str) -> Option<()> {
        let context = Context::decode(self.context.as_slice()).ok()?;
        let payload = match source {
            "users" => self.of_person()?,
            "resumes" => self.of_resume()?,
            _ => self.of_login(stores)?,
        };
        let (actor, session) = (optional(&context.actor_id)?, optional(&context.session_id)?);
        let entry = json!([
            self.at,
            self.subject,
            context.actor_kind,
            actor.map_or(String::new(), |id| hex(&id)),
            session.map_or(String::new(), |id| hex(&id)),
            self.subject.split('.').nth(1)?,
            hex(&self.object),
            self.version,
            context.request_id,
            context.client_address,
            context.user_agent,
            changes(&payload.changes),
        ]);
        let sql =
            "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let row = params![
            source,
            self.position,
            self.id,
            self.subject,
            self.object,
            self.version,
            context.actor_kind,
            actor,
            context.request_id,
            entry.to_string(),
            payload.state,
            payload.person,
            payload.name,
            payload.blocked,
            payload.deletion,
        ];
        stores.prepare_cached(sql).unwrap().execute(row).unwrap();
        Some(())
    }

    fn of_person(&self) -> Option<Payload> {
        let event = UserEvent::decode(self.payload.as_slice()).ok()?;
        let user = event.user?;
        let role = match user.role() {
            Role::Unspecified => return None,
            Role::Admin => "admin",
            Role::Editor => "editor",
            Role::Viewer => "viewer",
            Role::Member => "member",
        };
        let status = if user.status() == Status::Active { "active" } else { "disabled" };
        let deleted_at = user.deleted_at.map(millis);
        let state = json!([
            hex(&id(&user.id)?),
            user.email,
            user.name,
            role,
            status,
            user.version,
            millis(user.created_at?),
            millis(user.updated_at?),
            deleted_at,
            user.external_id,
            user.labels
        ]);
        Some(Payload {
            state: state.to_string(),
            person: Some(self.object),
            name: user.name,
            blocked: status == "disabled" || deleted_at.is_some(),
            deletion: optional(&event.deletion_event_id)?,
            changes: event.changes,
        })
    }

    fn of_resume(&self) -> Option<Payload> {
        let event = ResumeEvent::decode(self.payload.as_slice()).ok()?;
        if self.subject.starts_with("resumes.export.") {
            return Some(Payload { changes: event.changes, ..Payload::default() });
        }
        let resume = event.resume?;
        let owner = id(&resume.owner?.id)?;
        let state = json!([
            hex(&id(&resume.id)?),
            hex(&owner),
            resume.title,
            resume.tags,
            resume.revision,
            millis(resume.created_at?),
            millis(resume.updated_at?),
            resume.deleted_at.map(millis)
        ]);
        Some(Payload {
            state: state.to_string(),
            person: Some(owner),
            changes: event.changes,
            ..Payload::default()
        })
    }

    fn of_login(&self, stores: &Connection) -> Option<Payload> {
        let event = AuthEvent::decode(self.payload.as_slice()).ok()?;
        let sql = "INSERT INTO session_events VALUES (?1, ?2, ?3, ?4)";
        for session in &event.session_ids {
            let row = params![self.id, self.subject, id(session)?, event.reason];
            stores.prepare_cached(sql).unwrap().execute(row).unwrap();
        }
        Some(Payload { person: optional(&event.user_id)?, ..Payload::default() })
    }
}

/// Returns changes as field, before and after.
fn changes(changes: &[Change]) -> Value {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    changes.iter().map(|change| json!([change.field, some(&change.before), some(&change.after)])).collect()
}

/// Returns texts whose folded copy, the key for searching and sorting, is wrong.
fn misfolded(stores: &Connection) -> Vec<String> {
    let mut inconsistencies = Vec::new();
    for (store, table, text) in [
        ("users", "users", "email"),
        ("users", "users", "name"),
        ("resumes", "owners", "name"),
        ("resumes", "resumes", "title"),
    ] {
        let of = |column: &str| texts(stores, &format!("SELECT {column} FROM {store}.{table} ORDER BY id"));
        let (typed, folded) = (of(text), of(&format!("{text}_key")));
        let wrong = typed.iter().zip(&folded).filter(|(typed, folded)| fold(typed) != **folded).count();
        if wrong > 0 {
            inconsistencies.push(format!("{store}: {text} and its folded copy differ: {wrong} of {table}"));
        }
    }
    inconsistencies
}

fn id(text: &str) -> Option<[u8; 16]> {
    text.parse::<EventId>().ok().map(|id| *id.as_bytes())
}

/// Parses an id that may be absent; `None` if it is invalid.
#[expect(clippy::option_option, reason = "absent and invalid ids differ")]
fn optional(text: &str) -> Option<Option<[u8; 16]>> {
    if text.is_empty() { Some(None) } else { id(text).map(Some) }
}

fn hex(id: &[u8; 16]) -> String {
    EventId::from_bytes(*id).to_string().replace('-', "")
}

fn millis(at: prost_types::Timestamp) -> i64 {
    at.seconds * 1000 + i64::from(at.nanos) / 1_000_000
}
