//! SQL of credentials, sessions and keys.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Result, Row};
use vitae_contracts_core::{SessionId, Timestamp, UserId};
use vitae_server_common::{Caller, STEP_ROWS};

use super::{GeneratedPasswords, Seal};

/// Lifetime of a session after its last use.
const IDLE_LIFETIME: Duration = Duration::from_hours(30 * 24);
/// Maximum lifetime of a session.
const MAX_LIFETIME: Duration = Duration::from_hours(90 * 24);
/// Retention of an ended session, so that its tokens are still recognized as spent.
const ENDED_RETENTION: Duration = Duration::from_hours(7 * 24);

/// A stored session.
#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) client: String,
    pub(crate) address: String,
    revoked: bool,
}

impl SessionRow {
    /// Creates a session that begins now.
    pub(crate) fn new(user: UserId, caller: &Caller, now: Timestamp) -> Self {
        Self {
            id: SessionId::new(),
            user,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(IDLE_LIFETIME),
            client: caller.user_agent.chars().take(200).collect(),
            address: caller.client_address.clone(),
            revoked: false,
        }
    }

    /// Returns whether the session can still be refreshed.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }

    /// Extends the session because it was used.
    pub(crate) fn extend(&mut self, now: Timestamp) {
        self.last_used_at = now;
        self.expires_at = now.plus(IDLE_LIFETIME).min(self.created_at.plus(MAX_LIFETIME));
    }
}

const SESSION: &str =
    "s.id, s.user_id, s.created_at, s.last_used_at, s.expires_at, s.client, s.address, s.revoked_at";

fn session(row: &Row<'_>) -> Result<SessionRow> {
    let time = |index| row.get(index).map(Timestamp::from_millis);
    Ok(SessionRow {
        id: SessionId::from_bytes(row.get(0)?),
        user: UserId::from_bytes(row.get(1)?),
        created_at: time(2)?,
        last_used_at: time(3)?,
        expires_at: time(4)?,
        client: row.get(5)?,
        address: row.get(6)?,
        revoked: row.get::<_, Option<i64>>(7)?.is_some(),
    })
}

/// A stored password.
pub(crate) struct Credential {
    pub(crate) phc: String,
    /// Whether it was generated and must be changed before any other request.
    pub(crate) must_change: bool,
}

pub(crate) fn credential(connection: &Connection, user: UserId) -> Result<Option<Credential>> {
    let mut query =
        connection.prepare_cached("SELECT phc, generated = 1 FROM credentials WHERE user_id = ?1")?;
    let credential = |row: &Row<'_>| Ok(Credential { phc: row.get(0)?, must_change: row.get(1)? });
    query.query_row([user.as_bytes()], credential).optional()
}

/// Marks a person's password as generated.
pub(crate) fn require_change(connection: &Connection, user: UserId) -> Result<()> {
    connection
        .prepare_cached("UPDATE credentials SET generated = 1 WHERE user_id = ?1")?
        .execute([user.as_bytes()])
        .map(drop)
}

/// Returns the state of all generated passwords; `None` if there is none.
pub(crate) fn generated(connection: &Connection) -> Result<Option<GeneratedPasswords>> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(generated) FROM credentials WHERE generated > 0")?
        .query_row([], |row| row.get(0))?;
    Ok(first.map(|first| if first == 1 { GeneratedPasswords::InUse } else { GeneratedPasswords::Changed }))
}

/// Replaces the hash of an unchanged password.
pub(crate) fn replace_hash(connection: &Connection, user: UserId, phc: &str) -> Result<()> {
    connection
        .prepare_cached("UPDATE credentials SET phc = ?2 WHERE user_id = ?1")?
        .execute((user.as_bytes(), phc))
        .map(drop)
}

pub(crate) fn put_password(connection: &Connection, user: UserId, phc: &str, now: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO credentials (user_id, phc, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (user_id) DO UPDATE SET phc = excluded.phc, updated_at = excluded.updated_at,
               generated = CASE generated WHEN 0 THEN 0 ELSE 2 END",
        )?
        .execute((user.as_bytes(), phc, now.as_millis()))
        .map(drop)
}

/// Records that the person of a credential exists.
pub(crate) fn confirm(connection: &Connection, user: UserId) -> Result<()> {
    connection
        .prepare_cached("UPDATE credentials SET confirmed = 1 WHERE user_id = ?1")?
        .execute([user.as_bytes()])
        .map(drop)
}

/// Returns the users of credentials whose person was never created.
pub(crate) fn unconfirmed(connection: &Connection, before: Timestamp) -> Result<Vec<UserId>> {
    connection
        .prepare_cached("SELECT user_id FROM credentials WHERE confirmed = 0 AND created_at < ?1")?
        .query_map([before.as_millis()], |row| row.get(0).map(UserId::from_bytes))?
        .collect()
}

/// Deletes those of these credentials whose person still does not exist.
pub(crate) fn delete_unconfirmed(connection: &Connection, users: &[UserId], before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM credentials WHERE user_id = ?1 AND confirmed = 0 AND created_at < ?2";
    let mut delete = connection.prepare_cached(sql)?;
    users.iter().try_for_each(|user| delete.execute((user.as_bytes(), before.as_millis())).map(drop))
}

/// Records the person's version at which their logins were revoked.
pub(crate) fn put_revocation(connection: &Connection, user: UserId, version: i64) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO barred (user_id, version) VALUES (?1, ?2)
             ON CONFLICT (user_id) DO UPDATE SET version = excluded.version",
        )?
        .execute((user.as_bytes(), version))
        .map(drop)
}

/// Returns the person's version at which their logins were last revoked.
pub(crate) fn revoked_version(connection: &Connection, user: UserId) -> Result<Option<i64>> {
    let mut query = connection.prepare_cached("SELECT version FROM barred WHERE user_id = ?1")?;
    query.query_row([user.as_bytes()], |row| row.get(0)).optional()
}

/// Inserts a session with the hash of its device's token.
pub(crate) fn insert_session(connection: &Connection, session: &SessionRow, device: [u8; 32]) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, client, address, device)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            session.id.as_bytes(),
            session.user.as_bytes(),
            session.created_at.as_millis(),
            session.last_used_at.as_millis(),
            session.expires_at.as_millis(),
            &session.client,
            &session.address,
            device,
        ))
        .map(drop)
}

pub(crate) fn update_session_use(connection: &Connection, session: &SessionRow) -> Result<()> {
    connection
        .prepare_cached("UPDATE sessions SET last_used_at = ?2, expires_at = ?3 WHERE id = ?1")?
        .execute((session.id.as_bytes(), session.last_used_at.as_millis(), session.expires_at.as_millis()))
        .map(drop)
}

pub(crate) fn revoke_session(
    connection: &Connection,
    id: SessionId,
    now: Timestamp,
    reason: &str,
) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE sessions SET revoked_at = ?2, revoked_reason = ?3 WHERE id = ?1 AND revoked_at IS NULL",
        )?
        .execute((id.as_bytes(), now.as_millis(), reason))
        .map(drop)
}

/// Returns a person's live sessions, newest first.
pub(crate) fn live_sessions(
    connection: &Connection,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionRow>> {
    // The unary plus keeps SQLite from using the index by creation, which would read all ended sessions as well.
    // The other index is not named because a restored database of an earlier version does not have it yet.
    let sql = format!(
        "SELECT {SESSION} FROM sessions s
         WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2 ORDER BY +created_at DESC, +id DESC"
    );
    connection.prepare_cached(&sql)?.query_map((user.as_bytes(), now.as_millis()), session)?.collect()
}

/// Returns the users who have a live session.
pub(crate) fn users_with_live_sessions(connection: &Connection, now: Timestamp) -> Result<Vec<UserId>> {
    let sql =
        "SELECT DISTINCT user_id FROM sessions WHERE revoked_at IS NULL AND expires_at > ?1 ORDER BY user_id";
    let users = |row: &Row<'_>| row.get(0).map(UserId::from_bytes);
    connection.prepare_cached(sql)?.query_map([now.as_millis()], users)?.collect()
}

fn bound(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn count(row: &Row<'_>) -> Result<usize> {
    row.get::<_, i64>(0).map(|count| usize::try_from(count).unwrap_or(0))
}

/// Counts a person's live sessions, up to `most`.
pub(crate) fn count_live(
    connection: &Connection,
    user: UserId,
    now: Timestamp,
    most: usize,
) -> Result<usize> {
    let sql = "SELECT count(*) FROM (
                   SELECT 1 FROM sessions INDEXED BY sessions_live
                   WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2 LIMIT ?3)";
    connection.prepare_cached(sql)?.query_row((user.as_bytes(), now.as_millis(), bound(most)), count)
}

/// Returns a person's least recently refreshed live sessions.
pub(crate) fn least_recently_used(
    connection: &Connection,
    user: UserId,
    now: Timestamp,
    most: usize,
) -> Result<Vec<SessionRow>> {
    let sql = format!(
        "SELECT {SESSION} FROM sessions s INDEXED BY sessions_live
         WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2 ORDER BY last_used_at, id LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map((user.as_bytes(), now.as_millis(), bound(most)), session)?.collect()
}

/// Returns the users with more than `limit` sessions that were not revoked, including expired ones.
pub(crate) fn with_surplus(connection: &Connection, limit: usize) -> Result<Vec<UserId>> {
    let sql = "SELECT user_id FROM sessions INDEXED BY sessions_live WHERE revoked_at IS NULL
               GROUP BY user_id HAVING count(*) > ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map([bound(limit)], |row| row.get(0).map(UserId::from_bytes))?.collect()
}

pub(crate) fn session_by_id(connection: &Connection, id: SessionId) -> Result<Option<SessionRow>> {
    let sql = format!("SELECT {SESSION} FROM sessions s WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id.as_bytes()], session).optional()
}

pub(crate) fn has_session(connection: &Connection, user: UserId, id: SessionId) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sessions WHERE id = ?1 AND user_id = ?2")?
        .exists((id.as_bytes(), user.as_bytes()))
}

/// A refresh token.
pub(crate) struct TokenRow {
    pub(crate) session: SessionRow,
    pub(crate) spent: Option<Spent>,
}

/// The exchange that spent a refresh token.
pub(crate) struct Spent {
    pub(crate) at: Timestamp,
    /// The hash of the exchange key.
    pub(crate) exchange: Option<[u8; 32]>,
    /// The new token, encrypted; `None` once that is spent.
    pub(crate) sealed: Option<[u8; 32]>,
}

pub(crate) fn token(connection: &Connection, hash: [u8; 32]) -> Result<Option<TokenRow>> {
    let sql = format!(
        "SELECT {SESSION}, t.spent_at, t.exchange, t.sealed
         FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?1"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let token = |row: &Row<'_>| {
        let spent = row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis);
        let (exchange, sealed) = (row.get(9)?, row.get(10)?);
        let spent = spent.map(|at| Spent { at, exchange, sealed });
        Ok(TokenRow { session: session(row)?, spent })
    };
    query.query_row([hash], token).optional()
}

pub(crate) fn insert_token(
    connection: &Connection,
    hash: [u8; 32],
    session: &SessionRow,
    now: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((hash, session.id.as_bytes(), now.as_millis(), session.expires_at.as_millis()))
        .map(drop)
}

pub(crate) fn spend_token(
    connection: &Connection,
    hash: [u8; 32],
    now: Timestamp,
    seal: Option<&Seal>,
) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE refresh_tokens SET spent_at = ?2, exchange = ?3, sealed = ?4 WHERE hash = ?1",
        )?
        .execute((hash, now.as_millis(), seal.map(|seal| seal.key), seal.map(|seal| seal.sealed_token)))
        .map(drop)
}

/// Deletes the encrypted tokens of a session's earlier exchanges, which then cannot be repeated.
pub(crate) fn delete_seals(connection: &Connection, session: SessionId) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE refresh_tokens SET sealed = NULL WHERE session_id = ?1 AND sealed IS NOT NULL",
        )?
        .execute([session.as_bytes()])
        .map(drop)
}

/// Returns the sessions that ended before [`ENDED_RETENTION`].
pub(crate) fn ended(connection: &Connection, now: Timestamp) -> Result<Vec<SessionId>> {
    connection
        .prepare_cached("SELECT id FROM sessions WHERE expires_at < ?1 OR revoked_at < ?1")?
        .query_map([now.minus(ENDED_RETENTION).as_millis()], |row| row.get(0).map(SessionId::from_bytes))?
        .collect()
}

/// Performs one step of deleting sessions that ended long ago, with their tokens; returns whether more are left.
pub(crate) fn delete_ended(connection: &Connection, ids: &[SessionId], now: Timestamp) -> Result<bool> {
    let before = now.minus(ENDED_RETENTION).as_millis();
    let mut tokens = connection.prepare_cached(
        "DELETE FROM refresh_tokens WHERE hash IN
         (SELECT hash FROM refresh_tokens WHERE session_id = ?1 LIMIT ?2)",
    )?;
    let mut session = connection
        .prepare_cached("DELETE FROM sessions WHERE id = ?1 AND (expires_at < ?2 OR revoked_at < ?2)")?;
    let mut refreshes = connection.prepare_cached("DELETE FROM daily_changes WHERE principal = ?1")?;
    let mut left = STEP_ROWS;
    for id in ids {
        left -= u32::try_from(tokens.execute((id.as_bytes(), left))?).unwrap_or(left);
        if left == 0 {
            return Ok(true);
        }
        session.execute((id.as_bytes(), before))?;
        refreshes.execute([id.as_bytes()])?;
    }
    Ok(false)
}

/// Returns the sessions with more than `limit` refresh tokens.
pub(crate) fn with_tokens(connection: &Connection, limit: usize) -> Result<Vec<SessionId>> {
    let sql = "SELECT session_id FROM refresh_tokens GROUP BY session_id HAVING count(*) > ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map([bound(limit)], |row| row.get(0).map(SessionId::from_bytes))?.collect()
}

/// Returns the hashes of a session's spent tokens, without the newest ones.
pub(crate) fn spent_tokens(
    connection: &Connection,
    session: SessionId,
    newest: usize,
    most: usize,
) -> Result<Vec<[u8; 32]>> {
    let sql = "SELECT hash FROM refresh_tokens WHERE session_id = ?1 AND spent_at IS NOT NULL
               ORDER BY issued_at DESC LIMIT ?3 OFFSET ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let row = (session.as_bytes(), bound(newest), bound(most));
    statement.query_map(row, |row| row.get(0))?.collect()
}

pub(crate) fn delete_spent_token(connection: &Connection, hash: [u8; 32]) -> Result<()> {
    let sql = "DELETE FROM refresh_tokens WHERE hash = ?1 AND spent_at IS NOT NULL";
    connection.prepare_cached(sql)?.execute([hash]).map(drop)
}

pub(crate) fn signing_key(connection: &Connection) -> Result<Option<Vec<u8>>> {
    let sql =
        "SELECT private_key FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC LIMIT 1";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
}

pub(crate) fn insert_key(
    connection: &Connection,
    kid: &str,
    private: &[u8],
    public: &[u8],
    now: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO signing_keys (kid, private_key, public_key, created_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((kid, private, public, now.as_millis()))
        .map(drop)
}

/// Deletes every key: access tokens signed with them are rejected from then on.
pub(crate) fn delete_keys(connection: &Connection) -> Result<()> {
    connection.prepare_cached("DELETE FROM signing_keys")?.execute([]).map(drop)
}

pub(crate) fn public_keys(connection: &Connection) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT public_key FROM signing_keys ORDER BY created_at DESC";
    connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_sessions_query_uses_the_partial_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&crate::store::SCHEMA.join(";")).unwrap();
        let sql = "EXPLAIN QUERY PLAN SELECT * FROM sessions s
                   WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2 ORDER BY +created_at DESC, +id DESC";
        let mut statement = connection.prepare(sql).unwrap();
        let steps = statement.query_map(([1_u8; 16], 0), |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<_> = steps.map(Result::unwrap).collect();
        assert!(steps[0].contains("sessions_live (user_id=?)"), "{steps:?}");
    }
}
