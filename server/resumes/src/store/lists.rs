//! Pages of resumes and of revisions.

use prost::Message;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row};
use vitae_contracts_core::{ResumeId, Timestamp, UserId, fold};
use vitae_contracts_services::resumes::v1::{Revision, RevisionKind};
use vitae_server_common::store::{Filter, row_count};
use vitae_server_common::{Keyset, Page, ServiceError, SortKey, timestamp_to_proto};

use super::rows::{COLUMNS, FROM, body, resume, tags};
use crate::resumes::Resume;

const SORTS: &[(&str, &str)] =
    &[("created_at", "created_at"), ("updated_at", "updated_at"), ("title", "title_key")];

/// The maximum number of rows that are read on an async thread.
const INLINE_ROWS: usize = 100;

/// The filters, order and position of a list.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) query: String,
    /// The owner that the caller asks for.
    pub(crate) owner: Option<UserId>,
    /// The only owner whose resumes the caller may see.
    pub(crate) confined_to: Option<UserId>,
    pub(crate) tag: String,
    pub(crate) title: String,
    /// `None`: deleted and other resumes.
    pub(crate) deleted: Option<bool>,
    pub(crate) sort: String,
    pub(crate) limit: usize,
    pub(crate) token: String,
    /// The number of resumes to skip before the page.
    pub(crate) skip: u32,
    pub(crate) count: bool,
}

impl List {
    /// Returns whether the page is read directly from an index, which takes no longer than a switch to another
    /// thread. Deleted resumes are few and may be anywhere in the index, so a list of them is not short.
    pub(super) fn is_short(&self) -> bool {
        self.limit <= INLINE_ROWS
            && self.skip == 0
            && (!self.count || self.is_unfiltered())
            && self.deleted != Some(true)
            && self.query.is_empty()
            && self.tag.is_empty()
    }

    /// Returns whether there is no filter but that of deletion.
    fn is_unfiltered(&self) -> bool {
        let has_owner = self.owner.is_some() || self.confined_to.is_some();
        !has_owner && self.query.is_empty() && self.tag.is_empty() && self.title.is_empty()
    }
}

/// A page of resumes, with the number of all matches if requested.
pub(crate) struct Listed {
    pub(crate) page: Page<Resume>,
    pub(crate) total: Option<i64>,
}

/// The resume, order and position of a list of revisions.
#[derive(Debug, Clone)]
pub(crate) struct ListRevisions {
    pub(crate) resume: ResumeId,
    pub(crate) sort: String,
    pub(crate) limit: usize,
    pub(crate) token: String,
}

/// A page of revisions, without documents.
pub(crate) type ListedRevisions = Page<Revision>;

pub(super) fn list(connection: &Connection, list: &List) -> Result<Listed, ServiceError> {
    let mut filter = Filter::default();
    match list.deleted {
        Some(false) => filter.and("deleted_at IS NULL", []),
        Some(true) => filter.and("deleted_at IS NOT NULL", []),
        None => {}
    }
    for owner in [list.owner, list.confined_to].into_iter().flatten() {
        filter.and("owner_id = ?", [Value::Blob(owner.as_bytes().to_vec())]);
    }
    if !list.tag.is_empty() {
        let condition = "EXISTS (SELECT 1 FROM resume_tags WHERE tag = ? AND resume_id = resumes.id)";
        filter.and_folded(condition, "tag", &list.tag)?;
    }
    if !list.title.is_empty() {
        filter.and_folded("title_key = ?", "title", &list.title)?;
    }
    filter.and_words(&list.query, ["title_key", "owners.name_key"])?;
    let keyset =
        Keyset::new(&list.sort, SORTS, "resumes.id", list.limit, &list.token, &filter.fingerprint())?;
    let total = list.count.then(|| count(connection, list, &filter)).transpose()?;
    let keyset = match list.skip {
        0 => keyset,
        skip => match keyset.skip(connection, FROM, &filter, skip)? {
            Some(sort_position) => keyset.after(sort_position),
            None => return Ok(Listed { page: Page::empty(), total }),
        },
    };
    keyset.narrow(&mut filter);
    let sql = format!("SELECT {COLUMNS} {FROM} {} {}", filter.sql(), keyset.order());
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(filter.values(), resume)?.collect::<Result<Vec<_>, _>>()?;
    let sort_position = |resume: &Resume| {
        let key = match list.sort.trim_start_matches('-') {
            "title" => SortKey::Text(fold(&resume.title)),
            "updated_at" => SortKey::Number(resume.updated_at.as_millis()),
            _ => SortKey::Number(resume.created_at.as_millis()),
        };
        (key, *resume.id.as_bytes())
    };
    Ok(Listed { page: keyset.page(rows, sort_position, Resume::summary_bytes), total })
}

fn count(connection: &Connection, list: &List, filter: &Filter) -> rusqlite::Result<i64> {
    if list.is_unfiltered() {
        return row_count(connection, "resume_counts", list.deleted);
    }
    let sql = format!("SELECT count(*) {FROM} {}", filter.sql());
    connection.prepare_cached(&sql)?.query_row(filter.values(), |row| row.get(0))
}

const REVISION: &str = "revisions.revision, kind, author_id, owners.name, at, reason, title, tags";
const FROM_REVISIONS: &str = "FROM revisions LEFT JOIN owners ON owners.id = author_id";

pub(super) fn revisions(
    connection: &Connection,
    list: &ListRevisions,
) -> Result<ListedRevisions, ServiceError> {
    let (keyset, filter) = query(list)?;
    let mut statement = connection.prepare_cached(&select(&keyset, &filter))?;
    let rows = statement.query_map(filter.values(), revision_row)?.collect::<Result<Vec<_>, _>>()?;
    Ok(keyset.page(
        rows,
        |revision| (SortKey::Number(revision.revision), *list.resume.as_bytes()),
        Message::encoded_len,
    ))
}

fn query(list: &ListRevisions) -> Result<(Keyset, Filter), ServiceError> {
    let mut filter = Filter::default();
    filter.and("resume_id = ?", [Value::Blob(list.resume.as_bytes().to_vec())]);
    let sorts = [("revision", "revisions.revision")];
    let keyset =
        Keyset::new(&list.sort, &sorts, "resume_id", list.limit, &list.token, &filter.fingerprint())?;
    keyset.narrow(&mut filter);
    Ok((keyset, filter))
}

fn select(keyset: &Keyset, filter: &Filter) -> String {
    format!("SELECT {REVISION} {FROM_REVISIONS} {} {}", filter.sql(), keyset.order())
}

pub(super) fn revision(
    connection: &Connection,
    id: ResumeId,
    revision: i64,
) -> rusqlite::Result<Option<Revision>> {
    let sql = format!(
        "SELECT {REVISION}, body {FROM_REVISIONS}
         JOIN documents ON documents.resume_id = revisions.resume_id AND documents.revision = document_revision
         WHERE revisions.resume_id = ?1 AND revisions.revision = ?2"
    );
    let mut query = connection.prepare_cached(&sql)?;
    query
        .query_row((id.as_bytes(), revision), |row| {
            let mut revision = revision_row(row)?;
            revision.document = body(row, 8)?;
            Ok(revision)
        })
        .optional()
}

fn revision_row(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let kind = match row.get_ref(1)?.as_str()? {
        "created" => RevisionKind::Created,
        "updated" => RevisionKind::Updated,
        "deleted" => RevisionKind::Deleted,
        "restored" => RevisionKind::Restored,
        _ => RevisionKind::Unspecified,
    };
    let author: Option<[u8; 16]> = row.get(2)?;
    Ok(Revision {
        revision: row.get(0)?,
        kind: kind.into(),
        author_id: author.map(|id| UserId::from_bytes(id).to_string()).unwrap_or_default(),
        author_name: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        at: Some(timestamp_to_proto(Timestamp::from_millis(row.get(4)?))),
        reason: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        title: row.get(6)?,
        tags: tags(row, 7)?,
        document: bytes::Bytes::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_revisions_is_read_in_index_order() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("resumes.sql")).unwrap();
        for sort in ["revision", "-revision"] {
            let id = ResumeId::new();
            let list = ListRevisions { resume: id, sort: sort.to_owned(), limit: 1, token: String::new() };
            let (keyset, _) = query(&list).unwrap();
            let next =
                keyset.page(vec![1, 2], |number| (SortKey::Number(*number), *id.as_bytes()), |_| 1).next;
            for token in [String::new(), next] {
                let (keyset, filter) = query(&ListRevisions { token, ..list.clone() }).unwrap();
                let sql = format!("EXPLAIN QUERY PLAN {}", select(&keyset, &filter));
                let mut statement = connection.prepare(&sql).unwrap();
                let steps = statement.query_map(filter.values(), |row| row.get::<_, String>(3)).unwrap();
                let steps: Vec<_> = steps.map(Result::unwrap).collect();
                assert!(!steps.is_empty() && !steps.concat().contains("TEMP B-TREE"), "{sort}: {steps:?}");
            }
        }
    }
}
