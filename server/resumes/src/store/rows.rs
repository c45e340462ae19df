//! The SQL of resumes.

use std::sync::LazyLock;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Result, Row};
use vitae_contracts_core::{EventId, ResumeId, Timestamp, UserId, fold};

use crate::resumes::Resume;

/// The only media type that is stored; the column allows for others later.
const MEDIA_TYPE: &str = "application/json";

pub(super) const COLUMNS: &str = "resumes.id, owner_id, owners.name, title, tags, resumes.revision,
     document_revision, created_at, updated_at, deleted_at";

pub(super) const FROM: &str = "FROM resumes LEFT JOIN owners ON owners.id = resumes.owner_id";

/// The text of the most frequent query, formatted once.
static WITH_DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS}, body {FROM}
         JOIN documents ON documents.resume_id = resumes.id AND documents.revision = document_revision
         WHERE resumes.id = ?1"
    )
});

pub(super) fn resume(row: &Row<'_>) -> Result<Resume> {
    let time = |index| row.get(index).map(Timestamp::from_millis);
    Ok(Resume {
        id: ResumeId::from_bytes(row.get(0)?),
        owner: UserId::from_bytes(row.get(1)?),
        owner_name: row.get(2)?,
        title: row.get(3)?,
        tags: tags(row, 4)?,
        revision: row.get(5)?,
        document_revision: row.get(6)?,
        created_at: time(7)?,
        updated_at: time(8)?,
        deleted_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_millis),
    })
}

/// Reads tags, which are stored as a JSON array.
pub(super) fn tags(row: &Row<'_>, index: usize) -> Result<Vec<String>> {
    let json = row.get_ref(index)?.as_str()?;
    if json == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn tags_json(tags: &[String]) -> String {
    serde_json::Value::from(tags).to_string()
}

pub(super) fn by_id(connection: &Connection, id: ResumeId) -> Result<Option<Resume>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE resumes.id = ?1");
    connection.prepare_cached(&sql)?.query_row([id.as_bytes()], resume).optional()
}

pub(super) fn with_document(connection: &Connection, id: ResumeId) -> Result<Option<(Resume, Bytes)>> {
    let mut query = connection.prepare_cached(&WITH_DOCUMENT)?;
    query.query_row([id.as_bytes()], |row| Ok((resume(row)?, body(row, 10)?))).optional()
}

/// Returns the next resumes of a person after a position in the order of creation, each with the event of the owner's
/// deletion that deleted it.
pub(super) fn of_owner(
    connection: &Connection,
    owner: UserId,
    (created_at, id): (Timestamp, ResumeId),
    limit: u32,
) -> Result<Vec<(Resume, Option<EventId>)>> {
    let sql = format!(
        "SELECT {COLUMNS}, resumes.deletion_event {FROM}
         WHERE owner_id = ?1 AND (created_at, resumes.id) > (?2, ?3) ORDER BY created_at, resumes.id LIMIT ?4"
    );
    connection
        .prepare_cached(&sql)?
        .query_map((owner.as_bytes(), created_at.as_millis(), id.as_bytes(), limit), |row| {
            Ok((resume(row)?, row.get::<_, Option<[u8; 16]>>(10)?.map(EventId::from_bytes)))
        })?
        .collect()
}

/// Returns the document of a revision.
pub(super) fn document_at(connection: &Connection, id: ResumeId, revision: i64) -> Result<Option<Bytes>> {
    let sql = "SELECT body FROM revisions v
               JOIN documents d ON d.resume_id = v.resume_id AND d.revision = v.document_revision
               WHERE v.resume_id = ?1 AND v.revision = ?2";
    connection.prepare_cached(sql)?.query_row((id.as_bytes(), revision), |row| body(row, 0)).optional()
}

/// Deletes the row of a resume and its tags, but not its revisions and documents.
pub(super) fn delete(connection: &Connection, id: ResumeId) -> Result<()> {
    for sql in ["DELETE FROM resume_tags WHERE resume_id = ?1", "DELETE FROM resumes WHERE id = ?1"] {
        connection.prepare_cached(sql)?.execute([id.as_bytes()])?;
    }
    Ok(())
}

pub(super) fn body(row: &Row<'_>, index: usize) -> Result<Bytes> {
    row.get::<_, Vec<u8>>(index).map(Bytes::from)
}

pub(super) fn insert(connection: &Connection, resume: &Resume) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO resumes (id, owner_id, title, title_key, tags, revision, document_revision, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            resume.id.as_bytes(),
            resume.owner.as_bytes(),
            &resume.title,
            fold(&resume.title),
            tags_json(&resume.tags),
            resume.revision,
            resume.document_revision,
            resume.created_at.as_millis(),
            resume.updated_at.as_millis(),
        ))?;
    insert_tags(connection, resume)
}

/// Writes a changed resume; `deletion` is the event of the owner's deletion, if that deletes the resume.
pub(super) fn update(connection: &Connection, resume: &Resume, deletion: Option<EventId>) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE resumes SET title = ?2, title_key = ?3, tags = ?4, revision = ?5, document_revision = ?6,
             updated_at = ?7, deleted_at = ?8, deletion_event = ?9 WHERE id = ?1",
        )?
        .execute((
            resume.id.as_bytes(),
            &resume.title,
            fold(&resume.title),
            tags_json(&resume.tags),
            resume.revision,
            resume.document_revision,
            resume.updated_at.as_millis(),
            resume.deleted_at.map(Timestamp::as_millis),
            deletion.as_ref().map(EventId::as_bytes),
        ))?;
    connection
        .prepare_cached("DELETE FROM resume_tags WHERE resume_id = ?1")?
        .execute([resume.id.as_bytes()])?;
    insert_tags(connection, resume)
}

fn insert_tags(connection: &Connection, resume: &Resume) -> Result<()> {
    for tag in &resume.tags {
        connection
            .prepare_cached("INSERT INTO resume_tags (tag, resume_id) VALUES (?1, ?2)")?
            .execute((tag, resume.id.as_bytes()))?;
    }
    Ok(())
}

/// Stores the document that the current revision introduced.
pub(super) fn insert_document(connection: &Connection, resume: &Resume, document: &[u8]) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO documents (resume_id, revision, media_type, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((resume.id.as_bytes(), resume.revision, MEDIA_TYPE, document))
        .map(drop)
}

/// Writes the revision of a change; returns the size of its title, tags and reason in bytes.
pub(super) fn insert_revision(
    connection: &Connection,
    resume: &Resume,
    kind: &str,
    author: Option<UserId>,
    reason: &str,
) -> Result<usize> {
    let tags = tags_json(&resume.tags);
    let bytes = resume.title.len() + tags.len() + reason.len();
    connection
        .prepare_cached(
            "INSERT INTO revisions (resume_id, revision, kind, document_revision, title, tags, author_id, at, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ''))",
        )?
        .execute((
            resume.id.as_bytes(),
            resume.revision,
            kind,
            resume.document_revision,
            &resume.title,
            tags,
            author.as_ref().map(UserId::as_bytes),
            resume.updated_at.as_millis(),
            reason,
        ))?;
    Ok(bytes)
}
