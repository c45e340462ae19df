//! Limits of the live sessions of a person and of the spent tokens of a session.

use rusqlite::Connection;
use vitae_contracts_core::{SessionId, Timestamp, UserId};
use vitae_server_common::{Caller, ServiceError};

use super::{AuthStore, Cause, SessionRow, revoke, rows};

/// Live sessions of one person. A login that exceeds the limit ends the least recently refreshed one.
const MAX_LIVE_SESSIONS: usize = 100;
/// Maximum number of spent refresh tokens stored per session to recognize copies: the number
/// that a client spends if it
/// refreshes every ten minutes for 90 days, the maximum lifetime of a session.
const MAX_SPENT_TOKENS: usize = 13_000;
/// Sessions listed in one event, and ended in one step of maintenance.
pub(super) const STEP_SESSIONS: usize = 500;
/// Tokens of one session deleted in one run of maintenance.
const MAX_TOKENS_PER_RUN: usize = 100 * STEP_SESSIONS;

impl AuthStore {
    /// Deletes the oldest spent tokens of sessions that were refreshed far more often than tokens expire.
    ///
    /// A deleted token is unknown from then on: it is rejected, but no longer ends its session.
    pub(super) async fn delete_surplus_tokens(&self) -> Result<(), ServiceError> {
        let sessions =
            self.store.scan(|connection| Ok(rows::with_tokens(connection, MAX_SPENT_TOKENS)?)).await?;
        for session in sessions {
            let oldest = move |connection: &Connection| {
                Ok(rows::spent_tokens(connection, session, MAX_SPENT_TOKENS, MAX_TOKENS_PER_RUN)?)
            };
            for step in self.store.scan(oldest).await?.chunks(STEP_SESSIONS) {
                let step = step.to_vec();
                let delete = move |connection: &Connection| {
                    step.iter().try_for_each(|hash| Ok(rows::delete_spent_token(connection, *hash)?))
                };
                self.store.write_essential(delete).await?;
            }
        }
        Ok(())
    }

    /// Ends sessions beyond the limit, which databases of earlier versions contain.
    pub(super) async fn end_surplus(&self) -> Result<(), ServiceError> {
        let people =
            self.store.scan(|connection| Ok(rows::with_surplus(connection, MAX_LIVE_SESSIONS)?)).await?;
        for user in people {
            let now = self.clock.now();
            while self
                .store
                .write_essential(move |connection| {
                    keep_newest(connection, &Caller::system(), now, (user, None), MAX_LIVE_SESSIONS)
                })
                .await?
                == STEP_SESSIONS
            {}
        }
        Ok(())
    }
}

/// Ends the least recently refreshed sessions of a person so that a new one is within the limit; at most
/// [`STEP_SESSIONS`] if an earlier version left more.
pub(super) fn make_room(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    new: &SessionRow,
) -> Result<(), ServiceError> {
    keep_newest(connection, caller, now, (new.user, Some(new.id)), MAX_LIVE_SESSIONS - 1).map(drop)
}

/// Ends the least recently refreshed sessions of a person until `left` remain, at most [`STEP_SESSIONS`] of
/// them; returns how many ended. `by` is the session by which the person acts, as in [`super::AuthEventDetails`].
fn keep_newest(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    (user, by): (UserId, Option<SessionId>),
    left: usize,
) -> Result<usize, ServiceError> {
    let surplus = rows::count_live(connection, user, now, left + STEP_SESSIONS)?.saturating_sub(left);
    if surplus == 0 {
        return Ok(0);
    }
    let sessions = rows::least_recently_used(connection, user, now, surplus)?;
    revoke(connection, caller, now, user, &sessions, Cause { reason: "session_limit", by })?;
    Ok(sessions.len())
}
