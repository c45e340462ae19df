//! Keyset pagination: a cursor holds the sort key of the first or last object of a page, not an offset.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Code, limits, quoted};

use crate::ServiceError;
use crate::store::Filter;

/// The maximum bytes of the objects of one page, encoded as a message.
///
/// It is below [`RESPONSE_BYTES`](crate::message_limits::RESPONSE_BYTES), which is also the default limit of
/// gRPC implementations, with space for cursors; and above what [`limits::GUARANTEED_PAGE`] of the
/// largest objects need, which tests of each service check.
pub const PAGE_BYTES: usize = 3 << 20;

/// The direction from the cursor to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// The page after the cursor.
    Forward,
    /// The page before the cursor.
    Backward,
}

/// The sort key of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortKey {
    /// A time in milliseconds, or a count.
    Number(i64),
    /// Folded text.
    Text(String),
}

impl From<SortKey> for Value {
    fn from(key: SortKey) -> Self {
        match key {
            SortKey::Number(number) => Self::Integer(number),
            SortKey::Text(text) => Self::Text(text),
        }
    }
}

/// The content of a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    v: u8,
    sort: String,
    direction: Direction,
    key: SortKey,
    /// The id, which breaks ties.
    id: [u8; 16],
    hash: u64,
}

/// The error for a cursor that is damaged or belongs to another query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is damaged, or was made by a query with other filters or another sort; start without it")]
pub struct InvalidCursor;

impl From<InvalidCursor> for ServiceError {
    fn from(invalid: InvalidCursor) -> Self {
        Self::new(Code::InvalidCursor, invalid.to_string())
    }
}

/// The position of one page in a sort order.
#[derive(Debug, Clone)]
pub struct Keyset {
    sort: String,
    column: &'static str,
    tie: &'static str,
    descending: bool,
    limit: usize,
    hash: u64,
    from: Option<Cursor>,
}

/// A page with the cursors of the adjacent pages; a cursor is empty if there is no such page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The objects in forward order.
    pub items: Vec<T>,
    /// The cursor of the page after this one.
    pub next: String,
    /// The cursor of the page before this one.
    pub previous: String,
}

impl<T> Page<T> {
    /// Returns an empty page.
    pub fn empty() -> Self {
        Self { items: Vec::new(), next: String::new(), previous: String::new() }
    }
}

impl Keyset {
    /// Returns the position of the requested page.
    ///
    /// `sorts` holds the supported sort names with their columns; `tie` is the column of the id that breaks
    /// ties. `filters` is a text that is equal for equal queries; a cursor is valid for its own query only.
    pub fn new(
        sort: &str,
        sorts: &[(&'static str, &'static str)],
        tie: &'static str,
        limit: usize,
        token: &str,
        filters: &str,
    ) -> Result<Self, ServiceError> {
        let (descending, name) = sort.strip_prefix('-').map_or((false, sort), |name| (true, name));
        let Some((_, column)) = sorts.iter().find(|(offered, _)| *offered == name) else {
            let offered: Vec<_> = sorts.iter().map(|(offered, _)| *offered).collect();
            let message =
                format!("expected {} (with - to descend), found {}", offered.join(", "), quoted(name));
            return Err(ServiceError::parameter("sort", message));
        };
        // `tie` differs between lists, so a cursor is not valid for another list.
        let hash = hash(&format!("{tie} {filters}"));
        let from = match token {
            "" => None,
            token => {
                let cursor = parse(token).filter(|c| c.v == 1 && c.sort == sort && c.hash == hash);
                Some(cursor.ok_or(InvalidCursor)?)
            }
        };
        Ok(Self { sort: sort.to_owned(), column, tie, descending, limit, hash, from })
    }

    /// Returns the position of the page after an object.
    #[must_use]
    pub fn after(self, (key, id): (SortKey, [u8; 16])) -> Self {
        let (sort, hash) = (self.sort.clone(), self.hash);
        Self { from: Some(Cursor { v: 1, sort, direction: Direction::Forward, key, id, hash }), ..self }
    }

    /// Returns the sort key and id of the last skipped object of a query; `None` if there are fewer objects.
    ///
    /// This reads every skipped row, from an index if one has this order.
    pub fn skip(
        &self,
        connection: &Connection,
        from: &str,
        filter: &Filter,
        skip: u32,
    ) -> rusqlite::Result<Option<(SortKey, [u8; 16])>> {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let (column, tie) = (self.column, self.tie);
        let sql = format!(
            "SELECT {column}, {tie} {from} {} ORDER BY {column} {direction}, {tie} {direction} LIMIT 1 OFFSET {}",
            filter.sql(),
            skip.saturating_sub(1)
        );
        let edge = |row: &rusqlite::Row<'_>| {
            let key = match row.get_ref(0)? {
                ValueRef::Integer(number) => SortKey::Number(number),
                text => SortKey::Text(text.as_str()?.to_owned()),
            };
            Ok((key, row.get(1)?))
        };
        connection.prepare(&sql)?.query_row(filter.values(), edge).optional()
    }

    /// Restricts a query to the rows after the cursor (before it, for a backward cursor).
    pub fn narrow(&self, filter: &mut Filter) {
        if let Some(cursor) = &self.from {
            let side = if self.ascends() { '>' } else { '<' };
            let condition = format!("({}, {}) {side} (?, ?)", self.column, self.tie);
            filter.and(&condition, [cursor.key.clone().into(), Value::Blob(cursor.id.to_vec())]);
        }
    }

    /// Returns the `ORDER BY` and `LIMIT` clauses.
    pub fn order(&self) -> String {
        let direction = if self.ascends() { "ASC" } else { "DESC" };
        let (column, tie) = (self.column, self.tie);
        format!("ORDER BY {column} {direction}, {tie} {direction} LIMIT {}", self.limit + 1)
    }

    /// Makes a page from the rows that the query returned: one more than the limit if there are more.
    ///
    /// `size` returns an upper bound of the bytes of a row as a message. A page of more than
    /// [`limits::GUARANTEED_PAGE`] rows ends where it would exceed [`PAGE_BYTES`].
    pub fn page<T>(
        &self,
        mut rows: Vec<T>,
        edge: impl Fn(&T) -> (SortKey, [u8; 16]),
        size: impl Fn(&T) -> usize,
    ) -> Page<T> {
        let fitting = fitting(&rows, self.limit, size);
        let more = rows.len() > fitting;
        rows.truncate(fitting);
        let backward = self.is_backward();
        if backward {
            rows.reverse();
        }
        let cursor = |row: Option<&T>, direction, exists: bool| match row {
            Some(row) if exists => self.cursor(edge(row), direction),
            _ => String::new(),
        };
        // There is at least the object of the cursor on its other side.
        let (after, before) = if backward { (true, more) } else { (more, self.from.is_some()) };
        let next = cursor(rows.last(), Direction::Forward, after);
        let previous = cursor(rows.first(), Direction::Backward, before);
        Page { items: rows, next, previous }
    }

    fn is_backward(&self) -> bool {
        self.from.as_ref().is_some_and(|c| c.direction == Direction::Backward)
    }

    fn ascends(&self) -> bool {
        self.descending == self.is_backward()
    }

    fn cursor(&self, (key, id): (SortKey, [u8; 16]), direction: Direction) -> String {
        let cursor = Cursor { v: 1, sort: self.sort.clone(), direction, key, id, hash: self.hash };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }
}

/// Parses the number of objects to skip before a page.
///
/// # Errors
///
/// Returns `invalid_parameter` for a negative number, or for a skip together with a cursor.
pub fn decode_skip(skip: i32, token: &str) -> Result<u32, ServiceError> {
    match u32::try_from(skip) {
        Ok(0) => Ok(0),
        Ok(_) if !token.is_empty() => Err(ServiceError::parameter("skip", "expected no cursor beside it")),
        Ok(skip) => Ok(skip),
        Err(_) => Err(ServiceError::parameter("skip", format!("expected 0 or more, found {skip}"))),
    }
}

/// The maximum bytes of a cursor; its longest part is the folded form of a name or title.
const TOKEN_BYTES: usize = 16 << 10;

/// Returns the number of rows on a page: `limit`, or fewer if they exceed [`PAGE_BYTES`].
///
/// It is at least 1, so that every page makes progress.
fn fitting<T>(rows: &[T], limit: usize, size: impl Fn(&T) -> usize) -> usize {
    let rows = &rows[..rows.len().min(limit)];
    if rows.len() <= limits::GUARANTEED_PAGE as usize {
        return rows.len();
    }
    let mut bytes = 0;
    let exceeds = |row| {
        // Plus the tag and the length of a repeated field.
        bytes += size(row) + 5;
        bytes > PAGE_BYTES
    };
    rows.iter().position(exceeds).unwrap_or(rows.len()).max(1)
}

fn parse(token: &str) -> Option<Cursor> {
    if token.len() > TOKEN_BYTES {
        return None;
    }
    let json = URL_SAFE_NO_PAD.decode(token).ok()?;
    serde_json::from_slice(&json).ok()
}

fn hash(filters: &str) -> u64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, filters.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_ref()[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SORTS: &[(&str, &str)] = &[("size", "size")];

    fn page(sort: &str, token: &str, filters: &str) -> Result<Keyset, ServiceError> {
        Keyset::new(sort, SORTS, "id", 2, token, filters)
    }

    fn condition(page: &Keyset) -> String {
        let mut filter = Filter::default();
        page.narrow(&mut filter);
        filter.sql().to_owned()
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that `slice` takes")]
    fn edge(row: &i64) -> (SortKey, [u8; 16]) {
        (SortKey::Number(*row), [0; 16])
    }

    #[test]
    fn forward_and_backward_cursors_return_the_same_pages() {
        let first = page("size", "", "f").unwrap();
        let one = first.page(vec![1, 2, 3], edge, |_| 1);
        assert_eq!((one.items.as_slice(), one.previous.as_str()), ([1, 2].as_slice(), ""));
        let second = page("size", &one.next, "f").unwrap();
        assert_eq!(condition(&second), "WHERE (size, id) > (?, ?)");
        let two = second.page(vec![3, 4], edge, |_| 1);
        assert_eq!((two.items.as_slice(), two.next.as_str()), ([3, 4].as_slice(), ""));
        let back = page("size", &two.previous, "f").unwrap();
        assert_eq!(condition(&back), "WHERE (size, id) < (?, ?)");
        assert_eq!(back.order(), "ORDER BY size DESC, id DESC LIMIT 3");
        let again = back.page(vec![2, 1], edge, |_| 1);
        assert_eq!((again.items, again.previous), (one.items, one.previous));
    }

    #[test]
    fn page_of_large_rows_is_shortened_and_has_a_next_cursor() {
        let page = |token: &str| Keyset::new("size", SORTS, "id", 500, token, "f").unwrap();
        let rows = || (0..501).collect::<Vec<i64>>();
        let one = page("").page(rows(), edge, |_| 20_000);
        // 157 × (20,000 + 5) bytes are below 3 MiB, 158 are not.
        assert_eq!((one.items.len(), one.items.first(), one.items.last()), (157, Some(&0), Some(&156)));
        let condition = |page: &Keyset| condition(page);
        assert_eq!(condition(&page(&one.next)), "WHERE (size, id) > (?, ?)");
        assert_eq!(one.previous, "");

        // Backwards, the rows are read from the cursor on, and the most distant ones are dropped.
        let back = page(&page(&one.next).page(vec![157], edge, |_| 1).previous);
        let two = back.page((0..157).rev().collect(), edge, |_| 30_000);
        assert_eq!((two.items.len(), two.items.first(), two.items.last()), (104, Some(&53), Some(&156)));
        assert!(!two.previous.is_empty() && !two.next.is_empty());

        let whole = page("").page((0..100).collect(), edge, |_| PAGE_BYTES);
        assert_eq!((whole.items.len(), whole.next.as_str()), (100, ""), "up to 100 rows are never cut");
        let huge = page("").page(rows(), edge, |_| 2 * PAGE_BYTES);
        assert_eq!((huge.items.len(), huge.next.is_empty()), (1, false));
    }

    #[test]
    fn cursor_of_another_query_is_rejected() {
        let next = page("size", "", "f").unwrap().page(vec![1, 2, 3], edge, |_| 1).next;
        assert!(page("size", &next, "f").is_ok());
        for (sort, token, filters) in [
            ("-size", next.as_str(), "f"),
            ("size", &next, "g"),
            ("size", "x", "f"),
            ("size", &next[1..], "f"),
        ] {
            assert_eq!(page(sort, token, filters).unwrap_err().code, Code::InvalidCursor);
        }
        assert_eq!(page("colour", "", "").unwrap_err().code, Code::InvalidParameter);
    }
}
