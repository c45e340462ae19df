//! An in-memory cache of revoked sessions, and of people whose tokens are outdated.
//!
//! An access token is valid for ten minutes; a revocation is cached for the same time. The cache is
//! filled from the feeds of auth and users, so that a request needs no call to another service.

mod doubts;
mod events;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use vitae_contracts_core::{Code, Role, SessionId, Timestamp, UserId, limits};
use vitae_contracts_services::auth::v1::ResolveSessionRequest;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::users::v1::resolve_account_request::By;
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_contracts_services::users::v1::{self, ResolveAccountRequest};

use crate::message_limits::RESPONSE_BYTES;
use crate::{
    Backend, Caller, Claims, Clock, FeedHealth, InvalidToken, ServiceError, role_from_proto, supervise,
    timestamp_from_proto, timestamp_to_proto,
};
use doubts::Doubts;
use source::Source;

/// The time after which no access token issued before a revocation is valid any more.
const TOKEN_LIFETIME: Duration = Duration::from_secs(limits::ACCESS_TOKEN_SECONDS as u64);
/// The delay before a stream that ended is opened again.
const RECONNECT_DELAY: Duration = Duration::from_millis(200);
/// The maximum time that a response waits for the events of its own change.
const OWN_EVENTS_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum time between two events while the cache catches up at the start.
const NEXT_EVENT_TIMEOUT: Duration = Duration::from_secs(5);
/// The minimum number of entries before outdated ones are removed.
const PRUNE_THRESHOLD: usize = 1000;

/// The services whose events a cache consumes.
#[derive(Clone)]
pub struct RevocationSources {
    /// The auth service, called while its feed is interrupted.
    pub auth: Backend,
    /// The feed of the auth service.
    pub auth_feed: Backend,
    /// The users service, called while its feed is interrupted.
    pub users: Backend,
    /// The feed of the users service.
    pub users_feed: Backend,
}

/// A callback for each new event, with its source, its time, and the time of its arrival.
pub type EventObserver = Arc<dyn Fn(&'static str, Timestamp, Timestamp) + Send + Sync>;

/// A cache that decides whether a verified access token was revoked after it was issued.
///
/// Clones share the entries.
#[derive(Clone)]
pub struct RevocationCache {
    /// The name of the role with this cache, for feeds and logs.
    consumer: &'static str,
    entries: Arc<RwLock<Entries>>,
    observer: EventObserver,
    /// Notified whenever a session may have ended; for long-lived streams.
    changed: watch::Sender<u64>,
    /// The feed of auth, and its client for calls while the feed is interrupted.
    sessions: (Arc<Source>, AuthClient<Backend>),
    /// The feed of users, and its client for calls while the feed is interrupted.
    people: (Arc<Source>, UsersClient<Backend>),
}

#[derive(Default)]
struct Entries {
    ended: HashMap<SessionId, When>,
    people: HashMap<UserId, Person>,
    /// Events of auth that could not be decoded.
    unread_sessions: Doubts,
    /// Events of users that could not be decoded.
    unread_people: Doubts,
    /// The number of entries after the last removal of outdated ones.
    after_prune: usize,
}

struct Person {
    version: i64,
    role: Role,
    may_log_in: bool,
    when: When,
}

/// The time of an event and of its arrival. Both are needed: clocks can jump, and the lifetime of tokens
/// depends on clocks.
#[derive(Clone, Copy)]
struct When {
    at: Timestamp,
    received: Instant,
}

impl When {
    /// Whether a token issued before it may still be valid, by the wall clock or by the monotonic clock.
    fn is_relevant(self, now: Self) -> bool {
        self.at >= now.at.minus(TOKEN_LIFETIME) || now.received.duration_since(self.received) < TOKEN_LIFETIME
    }
}

impl RevocationCache {
    /// Returns an empty cache for this consumer.
    pub fn new(consumer: &'static str, sources: RevocationSources, observer: EventObserver) -> Self {
        let source = |name, feed| Arc::new(Source::new(name, feed));
        let auth = AuthClient::new(sources.auth).max_decoding_message_size(RESPONSE_BYTES);
        let users = UsersClient::new(sources.users).max_decoding_message_size(RESPONSE_BYTES);
        Self {
            consumer,
            entries: Arc::default(),
            observer,
            changed: watch::channel(0).0,
            sessions: (source("auth", sources.auth_feed), auth),
            people: (source("users", sources.users_feed), users),
        }
    }

    /// Returns an error for a verified token whose session has ended or whose person has changed since.
    ///
    /// Normally the cache decides without a call. While a feed is interrupted for too long, or has never been
    /// read to its end, the service is called. If it does not respond either, changes are rejected; requests
    /// that only read are decided by the cache, and rejected as well if it has never caught up. The service
    /// is also called if an event about this session or person could not be decoded; if it does not respond
    /// then, every request is rejected.
    pub async fn require(&self, claims: &Claims, only_reads: bool) -> Result<(), ServiceError> {
        if !self.accepts(claims) {
            return Err(InvalidToken.into());
        }
        let doubted = self.is_in_doubt(claims);
        let mut is_valid = [Some(true); 2];
        if doubted[0] || self.sessions.0.is_stale() {
            is_valid[0] = self.ask_session(claims).await;
        }
        if doubted[1] || self.people.0.is_stale() {
            is_valid[1] = self.ask_person(claims).await;
        }
        if is_valid.contains(&Some(false)) {
            return Err(InvalidToken.into());
        }
        let decided_by_cache = only_reads && self.has_caught_up() && !doubted.contains(&true);
        if !is_valid.contains(&None) || decided_by_cache {
            return Ok(());
        }
        let detail = if only_reads {
            "whether this login has been revoked is not known yet; try again shortly"
        } else {
            "whether this login has been revoked is not known, so nothing was changed; try again shortly"
        };
        Err(ServiceError::new(Code::Unavailable, detail))
    }

    /// Whether an undecodable event of auth, and one of users, may affect a token.
    fn is_in_doubt(&self, claims: &Claims) -> [bool; 2] {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        [entries.unread_sessions.affect(claims), entries.unread_people.affect(claims)]
    }

    async fn ask_session(&self, claims: &Claims) -> Option<bool> {
        let (source, auth) = &self.sessions;
        let request = ResolveSessionRequest { session_id: claims.sid.to_string() };
        let check = async { is_confirmed(auth.clone().resolve_session(as_system(request)).await, |_| true) };
        source.ask(check).await
    }

    async fn ask_person(&self, claims: &Claims) -> Option<bool> {
        let (source, users) = &self.people;
        let request = ResolveAccountRequest { by: Some(By::UserId(claims.sub.to_string())) };
        let agrees = |account: v1::Account| {
            account.status() == v1::Status::Active && role_from_proto(account.role()) == claims.role
        };
        let check = async { is_confirmed(users.clone().resolve_account(as_system(request)).await, agrees) };
        source.ask(check).await
    }

    fn accepts(&self, claims: &Claims) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if entries.ended.contains_key(&claims.sid) {
            return false;
        }
        match entries.people.get(&claims.sub) {
            // A changed name makes no token outdated.
            Some(person) if person.version > claims.ver => person.may_log_in && person.role == claims.role,
            _ => true,
        }
    }

    fn note(&self, user: &v1::User, when: When) {
        let Ok(id) = user.id.parse() else { return };
        let may_log_in = user.status() == v1::Status::Active && user.deleted_at.is_none();
        let person = Person { version: user.version, role: role_from_proto(user.role()), may_log_in, when };
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.people.get(&id).is_none_or(|known| known.version < person.version) {
            entries.people.insert(id, person);
        }
        entries.prune(when);
    }

    fn end(&self, sessions: impl IntoIterator<Item = SessionId>, when: When) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.ended.extend(sessions.into_iter().map(|session| (session, when)));
        entries.prune(when);
    }

    /// Waits until a token is revoked.
    pub async fn wait_for_revocation(&self, claims: &Claims) {
        let mut changed = self.changed.subscribe();
        while self.accepts(claims) {
            let doubted = self.is_in_doubt(claims);
            if doubted[0] && self.ask_session(claims).await == Some(false)
                || doubted[1] && self.ask_person(claims).await == Some(false)
            {
                return;
            }
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Consumes both feeds in tasks that end when the returned set is dropped.
    pub fn follow(&self, clock: &Clock, health: &FeedHealth) -> JoinSet<()> {
        let mut followers = JoinSet::new();
        for source in self.sources() {
            let (cache, source) = (self.clone(), Arc::clone(source));
            let (clock, health) = (clock.clone(), health.clone());
            followers.spawn(async move {
                let name = format!("{}-revocations-from-{}", cache.consumer, source.name);
                supervise(name, || cache.follow_one(&source, &clock, &health)).await;
            });
        }
        followers
    }

    /// Waits until the cache has all events that both services have committed so far.
    ///
    /// # Errors
    ///
    /// Returns an error if a service does not respond, or if none of its events arrives for 5 s.
    pub async fn catch_up(&self) -> Result<(), ServiceError> {
        for source in self.sources() {
            source.catch_up(NEXT_EVENT_TIMEOUT).await?;
        }
        Ok(())
    }

    /// Whether both feeds have been read to their end at least once.
    pub fn has_caught_up(&self) -> bool {
        self.sources().iter().all(|source| source.has_caught_up())
    }

    /// Waits until both feeds have been read to their end at least once.
    pub async fn wait_until_caught_up(&self) {
        for source in self.sources() {
            source.wait_until_caught_up().await;
        }
    }

    /// Waits until a service rejects the consumer of its feed, for example because of a wrong service key.
    pub async fn wait_for_rejection(&self) -> ServiceError {
        let [auth, users] = self.sources();
        tokio::select! {
            error = auth.wait_for_rejection() => error,
            error = users.wait_for_rejection() => error,
        }
    }

    /// Waits until the cache has all events that users has committed so far.
    ///
    /// Called after a change that ends sessions, so that they are rejected before its response is sent.
    pub async fn wait_for_users_events(&self) -> Result<(), ServiceError> {
        self.people.0.wait_for_events(OWN_EVENTS_TIMEOUT).await
    }

    /// Like [`RevocationCache::wait_for_users_events`], for auth.
    pub async fn wait_for_auth_events(&self) -> Result<(), ServiceError> {
        self.sessions.0.wait_for_events(OWN_EVENTS_TIMEOUT).await
    }

    fn sources(&self) -> [&Arc<Source>; 2] {
        [&self.sessions.0, &self.people.0]
    }

    async fn follow_one(&self, source: &Source, clock: &Clock, health: &FeedHealth) {
        // After a panic, no events arrive until the stream is open again.
        source.set_interrupted();
        // At first, events that may still be relevant; after an interruption, those since then.
        let recent = || Start::Since(timestamp_to_proto(clock.now().minus(TOKEN_LIFETIME)));
        let mut start = recent();
        loop {
            let handle = |event: &Event, is_new| {
                self.handle(event);
                if is_new {
                    let happened = event.at.map_or(clock.now(), timestamp_from_proto);
                    (self.observer)(source.name, happened, clock.now());
                }
                self.changed.send_modify(|changes| *changes += 1);
            };
            let opened = || health.set(self.consumer, source.name, None);
            let read = source.read(&mut start, recent(), handle, opened).await;
            source.set_interrupted();
            if let Err(error) = read {
                source.log(self.consumer, &error);
                health.set(self.consumer, source.name, Some(error.detail));
            }
            tokio::time::sleep(RECONNECT_DELAY).await;
        }
    }
}

impl Entries {
    /// Removes entries that are no longer relevant for any valid token.
    fn prune(&mut self, now: When) {
        // Not for each event: the search reads all entries.
        if self.ended.len() + self.people.len() < PRUNE_THRESHOLD.max(2 * self.after_prune) {
            return;
        }
        self.ended.retain(|_, when| when.is_relevant(now));
        self.people.retain(|_, person| person.when.is_relevant(now));
        self.after_prune = self.ended.len() + self.people.len();
    }
}

/// Decides from a service's response whether a token is valid; it is not if its object does not exist.
fn is_confirmed<T>(
    response: Result<tonic::Response<T>, tonic::Status>,
    agrees: impl FnOnce(T) -> bool,
) -> Result<bool, ServiceError> {
    match response {
        Ok(response) => Ok(agrees(response.into_inner())),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(false),
        Err(status) => Err(ServiceError::from(&status)),
    }
}

fn as_system<T>(message: T) -> tonic::Request<T> {
    Arc::new(Caller::system()).attach(message)
}
