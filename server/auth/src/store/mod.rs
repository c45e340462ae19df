//! Credentials, sessions and keys in SQLite. Each use case writes its change and its event in one transaction.

mod credentials;
mod denials;
mod event_details;
mod keys;
pub(crate) mod rows;
mod session_limit;
pub(crate) mod throttles;

use std::sync::Arc;
use std::time::Duration;

use ring::hmac;
use rusqlite::Connection;
use tokio::sync::watch;
use vitae_contracts_core::{SessionId, Timestamp, UserId, subjects};
use vitae_contracts_services::auth::v1::RevokeSessionsResponse;
use vitae_server_common::store::{
    Counts, DAILY_CHANGES, DailyLimit, Options, PRODUCER_TABLES, Store, count_today, idempotent, in_steps,
    prune_idempotency_keys, replayed,
};
use vitae_server_common::{
    CONSUMER_TABLES, Caller, Clock, FeedSource, PARKED_TABLE, STEP_ROWS, ServiceError, Step,
};

use event_details::{AuthEventDetails, record};

pub(crate) use credentials::{FirstPassword, GeneratedPasswords};
pub(crate) use rows::{Credential, SessionRow};
use rows::{Spent, TokenRow};
use session_limit::{STEP_SESSIONS, make_room};
use throttles::Device;

use crate::StartError;
use crate::attempt_queue::AccountKey;

/// How long an exchange can be repeated; the same time as for idempotency keys.
const EXCHANGE_REPEATABLE_FOR: Duration = Duration::from_hours(24);
/// How long a duplicate of a request may take to arrive over the network.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(1);
/// How often one session may be refreshed in a day (UTC), because each refresh stores a spent token. A client that
/// refreshes when its access token expires does so 144 times.
const MAX_REFRESHES_PER_DAY: i64 = 2000;
/// How often an account may log in within a day (UTC), because each login stores a session and its events.
const MAX_LOGINS_PER_DAY: i64 = 20_000;
/// `Retry-After` of a request over a daily limit.
const DAILY_LIMIT_RETRY_AFTER: Duration = Duration::from_hours(1);
/// Retention of a credential whose person does not exist yet.
const UNCONFIRMED_LIFETIME: Duration = Duration::from_hours(24);

/// Sessions of one person in a list; ending sessions is not limited by it.
const MAX_LISTED_SESSIONS: usize = 500;

/// The migrations of the service's tables, oldest first.
pub const SCHEMA: &[&str] = &[
    PRODUCER_TABLES,
    include_str!("auth.sql"),
    CONSUMER_TABLES,
    INITIAL_CONSUMERS,
    include_str!("barred.sql"),
    include_str!("exchanges.sql"),
    include_str!("generated.sql"),
    DAILY_CHANGES,
    PARKED_TABLE,
    include_str!("live_sessions.sql"),
    include_str!("throttle.sql"),
    include_str!("session_devices.sql"),
];
/// The consumers of this event log from its beginning: no event is pruned before all of them have processed it.
const INITIAL_CONSUMERS: &str = "INSERT INTO consumers (name, position, at) VALUES ('audit', 0, 0)
  ON CONFLICT (name) DO NOTHING";

/// The outcome of an exchange of a refresh token.
pub(crate) enum Rotation {
    /// The token was exchanged for the next one.
    Continued(SessionRow),
    /// The token was spent by this same exchange before; holds the encrypted new token.
    Repeated(SessionRow, [u8; 32]),
    /// The session has ended, possibly by this exchange because the token had been spent before.
    Ended,
}

/// The data that makes an exchange repeatable.
pub(crate) struct Seal {
    /// The hash of the exchange key.
    pub(crate) key: [u8; 32],
    /// The new token, encrypted with that key.
    pub(crate) sealed_token: [u8; 32],
}

/// A login whose password was verified. The check takes time, so it may be outdated when the session is opened.
pub(crate) struct VerifiedLogin {
    pub(crate) user: UserId,
    /// The person's version when they were allowed to log in.
    pub(crate) version: i64,
    /// The hash that the password was checked against.
    pub(crate) phc: String,
    /// The hash that replaces it, if it is outdated.
    pub(crate) replacement: Option<String>,
}

impl VerifiedLogin {
    /// Returns whether since the check the person's logins were not revoked and their password was not replaced.
    fn is_still_valid(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let revoked =
            rows::revoked_version(connection, self.user)?.is_some_and(|revoked| revoked > self.version);
        let credential = rows::credential(connection, self.user)?;
        Ok(!revoked && credential.is_some_and(|credential| credential.phc == self.phc))
    }
}

#[derive(Clone)]
pub(crate) struct AuthStore {
    store: Store,
    clock: Clock,
    /// The key of the hashes that budgets are stored under.
    throttle_secret: Arc<hmac::Key>,
    /// Incremented with every password that is set.
    passwords_set: watch::Sender<u64>,
    /// The limit of changes by one person in a day.
    pub(crate) daily: DailyLimit,
}

impl AuthStore {
    pub(crate) fn open(options: &Options, clock: Clock) -> Result<Self, StartError> {
        let store = Store::open(options, "auth", SCHEMA)?;
        let secret = store.read(|connection| Ok(throttles::secret(connection)?));
        let throttle_secret = Arc::new(secret.map_err(|error| StartError::Read(error.detail))?);
        let (passwords_set, daily) = (watch::channel(0).0, DailyLimit::default());
        Ok(Self { store, clock, throttle_secret, passwords_set, daily })
    }

    pub(crate) fn counts(&self) -> Counts {
        self.store.counts()
    }

    pub(crate) fn feed(&self) -> FeedSource {
        FeedSource::new(self.store.clone(), "auth", self.clock.clone())
    }

    /// Returns the store and clock for the effects of other services' events.
    pub(crate) fn file(&self) -> (Store, Clock) {
        (self.store.clone(), self.clock.clone())
    }

    /// Deletes sessions that ended long ago, expired idempotency keys and old events; ends sessions beyond
    /// the limit.
    pub(crate) async fn run_maintenance(&self) {
        let now = self.clock.now();
        prune_idempotency_keys(&self.store, now).await;
        self.feed().prune().await;
        for result in
            [self.delete_outdated(now).await, self.end_surplus().await, self.delete_surplus_tokens().await]
        {
            if let Err(error) = result {
                tracing::warn!(%error, "old sessions could not be deleted; trying again later");
            }
        }
    }

    /// Finds outdated rows outside the writer, and deletes them in steps.
    async fn delete_outdated(&self, now: Timestamp) -> Result<(), ServiceError> {
        let before = now.minus(UNCONFIRMED_LIFETIME);
        let unconfirmed =
            self.store.scan(move |connection| Ok(rows::unconfirmed(connection, before)?)).await?;
        for users in unconfirmed.chunks(STEP_ROWS as usize).map(<[_]>::to_vec) {
            self.store
                .write_essential(move |connection| Ok(rows::delete_unconfirmed(connection, &users, before)?))
                .await?;
        }
        self.store
            .write_essential(move |connection| Ok(throttles::delete_outdated(connection, now)?))
            .await?;
        let ended = self.store.scan(move |connection| Ok(rows::ended(connection, now)?)).await?;
        for sessions in ended.chunks(STEP_ROWS as usize).map(<[_]>::to_vec) {
            in_steps(&self.store, move |connection| Ok(rows::delete_ended(connection, &sessions, now)?))
                .await?;
        }
        Ok(())
    }

    /// Returns the stored response of this request, if it is a repeat.
    pub(crate) fn repeated<A: prost::Message + Default>(
        &self,
        caller: &Caller,
    ) -> Result<Option<A>, ServiceError> {
        self.store.read(|connection| replayed(connection, caller))
    }

    /// Opens a session; returns `None` if the verified login is no longer valid.
    pub(crate) async fn open_session(
        &self,
        caller: &Caller,
        verified: VerifiedLogin,
        token: [u8; 32],
        device: Device,
        unlock: Option<AccountKey>,
    ) -> Result<Option<SessionRow>, ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        let session = SessionRow::new(verified.user, &caller, now);
        self.store
            .write_essential(move |connection| {
                if !verified.is_still_valid(connection)? {
                    return Ok(None);
                }
                if count_today(connection, login_counter_key(verified.user), now)? > MAX_LOGINS_PER_DAY {
                    let detail = format!(
                        "an account can log in at most {MAX_LOGINS_PER_DAY} times a day; refresh an existing session instead"
                    );
                    return Err(ServiceError::throttled(detail, DAILY_LIMIT_RETRY_AFTER));
                }
                if let Some(phc) = &verified.replacement {
                    rows::replace_hash(connection, verified.user, phc)?;
                }
                make_room(connection, &caller, now, &session)?;
                rows::insert_session(connection, &session, device.hash())?;
                rows::insert_token(connection, token, &session, now)?;
                throttles::record_device(connection, verified.user, device, now)?;
                if let Some(account) = unlock {
                    throttles::delete_unlock(connection, account)?;
                    let used = AuthEventDetails::credential(subjects::LOGIN_UNLOCKED, verified.user);
                    record(connection, &caller, now, &used)?;
                }
                let event = AuthEventDetails {
                    subject: subjects::SESSION_CREATED,
                    user: Some(verified.user),
                    sessions: vec![session.id],
                    by: Some(session.id),
                    ..AuthEventDetails::default()
                };
                record(connection, &caller, now, &event)?;
                Ok(Some(session.clone()))
            })
            .await
    }

    /// Returns the person whose refresh token this is.
    pub(crate) fn user_of(&self, token: [u8; 32]) -> Result<Option<UserId>, ServiceError> {
        self.store.read(|connection| Ok(rows::token(connection, token)?.map(|row| row.session.user)))
    }

    pub(crate) async fn rotate(
        &self,
        caller: &Caller,
        token: [u8; 32],
        next: [u8; 32],
        seal: Option<Seal>,
    ) -> Result<Rotation, ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        self.store
            .write_essential(move |connection| {
                let Some(TokenRow { mut session, spent }) = rows::token(connection, token)? else {
                    return Ok(Rotation::Ended);
                };
                if !session.is_live(now) {
                    return Ok(Rotation::Ended);
                }
                if let Some(spent) = spent {
                    return handle_spent_token(connection, &caller, now, session, &spent, seal.as_ref());
                }
                if count_today(connection, *session.id.as_bytes(), now)? > MAX_REFRESHES_PER_DAY {
                    let detail = format!(
                        "a session can be refreshed at most {MAX_REFRESHES_PER_DAY} times a day; use the access token until it expires"
                    );
                    return Err(ServiceError::throttled(detail, DAILY_LIMIT_RETRY_AFTER));
                }
                session.extend(now);
                rows::delete_seals(connection, session.id)?;
                rows::spend_token(connection, token, now, seal.as_ref())?;
                rows::insert_token(connection, next, &session, now)?;
                rows::update_session_use(connection, &session)?;
                Ok(Rotation::Continued(session))
            })
            .await
    }

    pub(crate) async fn log_out(&self, caller: &Caller, token: [u8; 32]) -> Result<(), ServiceError> {
        let (caller, now) = (caller.clone(), self.clock.now());
        self.store
            .write_essential(move |connection| match rows::token(connection, token)? {
                Some(TokenRow { session, .. }) if session.is_live(now) => {
                    let cause = Cause { reason: "logout", by: Some(session.id) };
                    revoke(connection, &caller, now, session.user, &[session], cause)
                }
                _ => Ok(()),
            })
            .await
    }

    pub(crate) fn sessions(&self, user: UserId) -> Result<Vec<SessionRow>, ServiceError> {
        let now = self.clock.now();
        let mut sessions = self.store.read(|connection| Ok(rows::live_sessions(connection, user, now)?))?;
        sessions.truncate(MAX_LISTED_SESSIONS);
        Ok(sessions)
    }

    /// Returns a session that has not ended.
    pub(crate) fn session(&self, id: SessionId) -> Result<Option<SessionRow>, ServiceError> {
        let now = self.clock.now();
        let session = self.store.read(|connection| Ok(rows::session_by_id(connection, id)?))?;
        Ok(session.filter(|session| session.is_live(now)))
    }

    /// Ends one session of a person, or all; returns how many were live.
    pub(crate) async fn revoke(
        &self,
        caller: &Caller,
        user: UserId,
        one: Option<SessionId>,
        reason: &'static str,
    ) -> Result<RevokeSessionsResponse, ServiceError> {
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily.essential());
        self.store
            .write_essential(move |connection| {
                idempotent(connection, &caller, now, daily, || {
                    let mut sessions = rows::live_sessions(connection, user, now)?;
                    if let Some(one) = one {
                        if !rows::has_session(connection, user, one)? {
                            return Err(ServiceError::not_found("session", one));
                        }
                        sessions.retain(|session| session.id == one);
                    }
                    revoke(connection, &caller, now, user, &sessions, reason)?;
                    let revoked = i32::try_from(sessions.len()).unwrap_or(i32::MAX);
                    Ok(RevokeSessionsResponse { revoked })
                })
            })
            .await
    }
}

/// Returns the key under which the logins of a person are counted; it differs from the key of their changes.
fn login_counter_key(user: UserId) -> [u8; 16] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(b"logins");
    context.update(user.as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&context.finish().as_ref()[..16]);
    key
}

/// Handles a spent token: a repeat of its own exchange, or a copy of the token.
fn handle_spent_token(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    session: SessionRow,
    spent: &Spent,
    seal: Option<&Seal>,
) -> Result<Rotation, ServiceError> {
    if seal.is_some_and(|seal| spent.exchange == Some(seal.key)) {
        match spent.sealed {
            Some(sealed_token) if now < spent.at.plus(EXCHANGE_REPEATABLE_FOR) => {
                return Ok(Rotation::Repeated(session, sealed_token));
            }
            // The client has refreshed again since: this is a delayed duplicate, not a stolen token.
            None if now < spent.at.plus(DUPLICATE_WINDOW) => return Ok(Rotation::Ended),
            _ => {}
        }
    }
    // There is a copy of the token, and the thief cannot be distinguished from the owner.
    revoke(connection, caller, now, session.user, &[session], "reuse")?;
    Ok(Rotation::Ended)
}

/// Performs one step of ending every live session of a person, including sessions being opened for an earlier
/// version of the person; for the effect of an event.
pub(crate) fn revoke_logins(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    (user, version): (UserId, i64),
    reason: &'static str,
) -> Result<Step, ServiceError> {
    rows::put_revocation(connection, user, version)?;
    throttles::delete_devices(connection, user)?;
    let mut sessions = rows::live_sessions(connection, user, now)?;
    let is_last = sessions.len() <= STEP_ROWS as usize;
    sessions.truncate(STEP_ROWS as usize);
    revoke(connection, caller, now, user, &sessions, reason)?;
    Ok(if is_last { Step::last(STEP_ROWS) } else { Step::more(STEP_ROWS) })
}

/// Ends every live session, person by person, and deletes the key that signs access tokens.
///
/// The key is deleted because sessions that began after the backup are not in it, and their access tokens would
/// be accepted until they expire (ten minutes). The next start generates a new key. Returns how many sessions were
/// live.
pub(crate) fn revoke_all_sessions(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
) -> Result<usize, ServiceError> {
    let mut ended = 0;
    for user in rows::users_with_live_sessions(connection, now)? {
        let sessions = rows::live_sessions(connection, user, now)?;
        ended += sessions.len();
        for sessions in sessions.chunks(MAX_LISTED_SESSIONS) {
            revoke(connection, caller, now, user, sessions, "restored")?;
        }
    }
    rows::delete_keys(connection)?;
    Ok(ended)
}

fn revoke(
    connection: &Connection,
    caller: &Caller,
    now: Timestamp,
    user: UserId,
    sessions: &[SessionRow],
    cause: impl Into<Cause>,
) -> Result<(), ServiceError> {
    let Cause { reason, by } = cause.into();
    for step in sessions.chunks(STEP_SESSIONS) {
        for session in step {
            rows::revoke_session(connection, session.id, now, reason)?;
        }
        let sessions = step.iter().map(|session| session.id).collect();
        let subject = subjects::SESSION_REVOKED;
        let event = AuthEventDetails {
            subject,
            user: Some(user),
            sessions,
            reason,
            by,
            ..AuthEventDetails::default()
        };
        record(connection, caller, now, &event)?;
    }
    Ok(())
}

/// The reason why sessions end.
struct Cause {
    reason: &'static str,
    /// As in [`AuthEventDetails`].
    by: Option<SessionId>,
}

impl From<&'static str> for Cause {
    fn from(reason: &'static str) -> Self {
        Self { reason, by: None }
    }
}
