//! E-mail addresses of people: lookup, uniqueness, similar addresses.

use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, Timestamp, UserId, fold, limits};
use vitae_server_common::{EmailAddress, ServiceError};

use super::rows::{self, COLUMNS, person};
use crate::users::Person;

/// The number of people whose addresses are computed in one transaction.
const STEP: usize = 1000;

/// Computes the canonical addresses of people who were stored before the migration `addresses.sql`.
///
/// Returns whether there may be more of them. SQL alone cannot compute the canonical form.
pub(super) fn complete(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = format!("SELECT id, email FROM users WHERE email_canonical IS NULL LIMIT {STEP}");
    let rows: Vec<([u8; 16], String)> = connection
        .prepare(&sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut update = connection.prepare(
        "UPDATE users SET email_canonical = ?2, email_skeleton = ?3, email_is_ascii = ?4 WHERE id = ?1",
    )?;
    for (id, email) in &rows {
        let address = EmailAddress::stored(email);
        update.execute((id, address.canonical(), address.skeleton(), address.is_ascii()))?;
    }
    Ok(rows.len() == STEP)
}

/// Returns the person who has this e-mail address and is not deleted.
///
/// The address as typed takes precedence: people who have had the same canonical address since before such
/// duplicates were rejected are each found by their own spelling only.
pub(super) fn by_email(connection: &Connection, email: &str) -> Result<Option<Person>, ServiceError> {
    if limits::check_text_length(email).is_err() {
        return Ok(None);
    }
    if let Some(person) = rows::by_email_key(connection, &fold(email))? {
        return Ok(Some(person));
    }
    let Ok(address) = EmailAddress::parse(email) else { return Ok(None) };
    let sql =
        format!("SELECT {COLUMNS} FROM users WHERE email_canonical = ?1 AND deleted_at IS NULL LIMIT 2");
    let mut query = connection.prepare_cached(&sql)?;
    let mut found = query.query_map([address.canonical()], person)?.collect::<Result<Vec<_>, _>>()?;
    let only = found.pop().filter(|_| found.is_empty());
    Ok(only)
}

/// Rejects an address that another person has, or that looks like another person's address.
///
/// For a person who is restored, `deleted_at` is the time until which they had the address. A similar address of a
/// person who has not changed since then is ignored: both existed before similar addresses were rejected.
pub(super) fn require_free(
    connection: &Connection,
    id: UserId,
    email: &str,
    deleted_at: Option<Timestamp>,
) -> Result<(), ServiceError> {
    let taken = |detail: &str| Err(ServiceError::new(Code::EmailTaken, detail));
    let address = EmailAddress::stored(email);
    let same_key = rows::by_email_key(connection, &fold(email))?.is_some_and(|person| person.id != id);
    if same_key {
        return taken(SAME);
    }
    let mut query = connection.prepare_cached(
        "SELECT email FROM users
         WHERE email_skeleton = ?1 AND (NOT ?2 OR NOT email_is_ascii OR email_canonical = ?3)
         AND deleted_at IS NULL AND id != ?4 AND updated_at >= ?5 LIMIT 1",
    )?;
    let since = deleted_at.map_or(i64::MIN, Timestamp::as_millis);
    let parameters = (address.skeleton(), address.is_ascii(), address.canonical(), id.as_bytes(), since);
    let other: Option<String> = query.query_row(parameters, |row| row.get(0)).optional()?;
    match other.map(|other| EmailAddress::stored(&other)) {
        None => Ok(()),
        Some(other) if other.canonical() == address.canonical() => taken(SAME),
        Some(_) => taken(
            "the e-mail looks like that of another person, with characters of another script; \
             choose another, or change theirs",
        ),
    }
}

const SAME: &str = "another person has this e-mail; choose another, or change theirs";
