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

/// `state` is the object after the event, as the rules write down the row that should be it;
/// `entry` is the event as the audit record should have it.
const TABLES: &str = "
    CREATE TEMP TABLE told (
        source TEXT, position INTEGER, event_id BLOB, subject TEXT, object_id BLOB, version INTEGER,
        actor_kind TEXT, actor_id BLOB, request_id TEXT, entry TEXT,
        state TEXT, person BLOB, name TEXT, barred INTEGER, deletion_event BLOB);
    CREATE TEMP TABLE told_sessions (event_id BLOB, subject TEXT, session_id BLOB, reason TEXT);
    CREATE TEMP TABLE heard (consumer TEXT, source TEXT, position INTEGER);";

/// Filled from the first ones, and then asked again and again.
const DERIVED: &str = "
    CREATE INDEX temp.told_object ON told (object_id, position);
    CREATE INDEX temp.told_request ON told (request_id);
    CREATE INDEX temp.told_event ON told (event_id);
    CREATE INDEX temp.told_session ON told_sessions (session_id);
    INSERT INTO heard SELECT 'auth', source, position FROM auth.feed_positions;
    INSERT INTO heard SELECT 'resumes', source, position FROM resumes.feed_positions;
    INSERT INTO heard SELECT 'audit', source, position FROM audit.feed_positions;
    -- The newest event of each object; beside max(), SQLite takes the columns of its row.
    CREATE TEMP TABLE latest AS SELECT *, max(position) FROM told GROUP BY source, object_id;
    CREATE INDEX temp.latest_object ON latest (object_id);
    -- The newest event of each person, as far as a consumer has heard.
    CREATE TEMP TABLE heard_people AS
        SELECT heard.consumer, told.*, max(told.position) FROM told JOIN heard USING (source)
        WHERE told.source = 'users' AND told.position <= heard.position
        GROUP BY heard.consumer, told.object_id;
    CREATE INDEX temp.heard_people_object ON heard_people (object_id);
    -- What events of people have done to resumes, with the event that should have done it.
    CREATE TEMP TABLE effects AS
        SELECT effect.object_id AS resume, effect.version, effect.position, effect.person, effect.subject,
               cause.event_id AS cause, cause.position AS caused_at, cause.deletion_event
        FROM told AS effect LEFT JOIN told AS cause
            ON cause.source = 'users' AND cause.request_id = effect.request_id
            AND cause.object_id = effect.person
            AND replace(cause.subject, 'users.user', 'resumes.resume') = effect.subject
        WHERE effect.source = 'resumes' AND effect.actor_kind = 'system';
    CREATE INDEX temp.effects_resume ON effects (resume, version);
    CREATE INDEX temp.effects_cause ON effects (cause);";

/// Makes the tables; an event that cannot be read is an inconsistency.
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
            if event.tell(stores, source).is_none() {
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

/// What the payload says.
#[derive(Default)]
struct Told {
    state: String,
    /// Whose it is.
    person: Option<[u8; 16]>,
    name: String,
    /// Whether the person may not log in.
    barred: bool,
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

    /// Writes the event into the tables, unless it cannot be read.
    fn tell(&self, stores: &Connection, source: &str) -> Option<()> {
        let context = Context::decode(self.context.as_slice()).ok()?;
        let told = match source {
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
            changes(&told.changes),
        ]);
        let sql =
            "INSERT INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
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
            told.state,
            told.person,
            told.name,
            told.barred,
            told.deletion,
        ];
        stores.prepare_cached(sql).unwrap().execute(row).unwrap();
        Some(())
    }

    fn of_person(&self) -> Option<Told> {
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
        Some(Told {
            state: state.to_string(),
            person: Some(self.object),
            name: user.name,
            barred: status == "disabled" || deleted_at.is_some(),
            deletion: optional(&event.deletion_event_id)?,
            changes: event.changes,
        })
    }

    fn of_resume(&self) -> Option<Told> {
        let event = ResumeEvent::decode(self.payload.as_slice()).ok()?;
        if self.subject.starts_with("resumes.export.") {
            return Some(Told { changes: event.changes, ..Told::default() });
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
        Some(Told {
            state: state.to_string(),
            person: Some(owner),
            changes: event.changes,
            ..Told::default()
        })
    }

    fn of_login(&self, stores: &Connection) -> Option<Told> {
        let event = AuthEvent::decode(self.payload.as_slice()).ok()?;
        let sql = "INSERT INTO told_sessions VALUES (?1, ?2, ?3, ?4)";
        for session in &event.session_ids {
            let row = params![self.id, self.subject, id(session)?, event.reason];
            stores.prepare_cached(sql).unwrap().execute(row).unwrap();
        }
        Some(Told { person: optional(&event.user_id)?, ..Told::default() })
    }
}

/// Changes as field, before and after.
fn changes(changes: &[Change]) -> Value {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    changes.iter().map(|change| json!([change.field, some(&change.before), some(&change.after)])).collect()
}

/// Texts whose folded copy, which is searched and sorted by, is not theirs.
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

/// The id that may be absent; nothing if it is there and no id.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn optional(text: &str) -> Option<Option<[u8; 16]>> {
    if text.is_empty() { Some(None) } else { id(text).map(Some) }
}

fn hex(id: &[u8; 16]) -> String {
    EventId::from_bytes(*id).to_string().replace('-', "")
}

fn millis(at: prost_types::Timestamp) -> i64 {
    at.seconds * 1000 + i64::from(at.nanos) / 1_000_000
}
