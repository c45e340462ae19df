//! Revoked sessions and people whose tokens are outdated, kept in memory.
//!
//! An access token is valid for ten minutes; a revocation is kept that long. The cache is
//! filled from the feeds of auth and users, so that no request costs a look-up elsewhere.

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

/// How long an access token may outlive what ended it.
const REMEMBERED: Duration = Duration::from_secs(limits::ACCESS_TOKEN_SECONDS as u64);
const WAIT: Duration = Duration::from_millis(200);
/// How long an answer waits for the events of its own change.
const LATEST: Duration = Duration::from_secs(5);
/// How long the start waits for one more event of what is to be heard.
const NEXT: Duration = Duration::from_secs(5);
/// Entries that make it worth to look for outdated ones.
const MANY: usize = 1000;

/// The services that a cache learns of revocations from.
#[derive(Clone)]
pub struct RevocationSources {
    /// The auth service, to be asked while its feed is broken.
    pub auth: Backend,
    /// The feed of the auth service.
    pub auth_feed: Backend,
    /// The users service, to be asked while its feed is broken.
    pub users: Backend,
    /// The feed of the users service.
    pub users_feed: Backend,
}

/// Called for each new event with its source, when it happened, and when it arrived.
pub type EventObserver = Arc<dyn Fn(&'static str, Timestamp, Timestamp) + Send + Sync>;

/// Tells whether a verified access token has been revoked since it was issued.
#[derive(Clone)]
pub struct RevocationCache {
    /// The role that keeps the cache, as feeds and logs name it.
    consumer: &'static str,
    heard: Arc<RwLock<Heard>>,
    observer: EventObserver,
    /// Changes whenever a login may have ended; for streams that stay open.
    changed: watch::Sender<u64>,
    /// The feed of auth, and who to ask while it is broken.
    sessions: (Arc<Source>, AuthClient<Backend>),
    /// The feed of users, and who to ask while it is broken.
    people: (Arc<Source>, UsersClient<Backend>),
}

#[derive(Default)]
struct Heard {
    ended: HashMap<SessionId, When>,
    people: HashMap<UserId, Person>,
    /// Events of auth that could not be read.
    unread_sessions: Doubts,
    /// Events of users that could not be read.
    unread_people: Doubts,
    /// Entries that were left when outdated ones were looked for last.
    left: usize,
}

struct Person {
    version: i64,
    role: Role,
    may_log_in: bool,
    when: When,
}

/// When something happened, and when it was heard: clocks jump, and tokens live by them.
#[derive(Clone, Copy)]
struct When {
    at: Timestamp,
    heard: Instant,
}

impl When {
    /// Whether a token may have outlived it, by our clock or by the world's.
    fn matters(self, now: Self) -> bool {
        self.at >= now.at.minus(REMEMBERED) || now.heard.duration_since(self.heard) < REMEMBERED
    }
}

impl RevocationCache {
    /// An empty cache for this consumer.
    pub fn new(consumer: &'static str, sources: RevocationSources, observer: EventObserver) -> Self {
        let source = |name, feed| Arc::new(Source::new(name, feed));
        let auth = AuthClient::new(sources.auth).max_decoding_message_size(RESPONSE_BYTES);
        let users = UsersClient::new(sources.users).max_decoding_message_size(RESPONSE_BYTES);
        Self {
            consumer,
            heard: Arc::default(),
            observer,
            changed: watch::channel(0).0,
            sessions: (source("auth", sources.auth_feed), auth),
            people: (source("users", sources.users_feed), users),
        }
    }

    /// Rejects a verified token whose session has ended or whose person it no longer describes.
    ///
    /// The cache decides, without a call. While a feed is broken for longer than its bound, or
    /// has never been read to its end, the service is asked. If it does not answer either,
    /// changes are rejected; requests that only read are admitted by what the cache has, and
    /// rejected as well if it has never caught up. The service is also asked about
    /// the object of an event that could not be read; if it does not answer then, everything is rejected.
    pub async fn require(&self, claims: &Claims, only_reads: bool) -> Result<(), ServiceError> {
        if !self.accepts(claims) {
            return Err(InvalidToken.into());
        }
        let doubted = self.doubted(claims);
        let mut stands = [Some(true); 2];
        if doubted[0] || self.sessions.0.is_stale() {
            stands[0] = self.ask_session(claims).await;
        }
        if doubted[1] || self.people.0.is_stale() {
            stands[1] = self.ask_person(claims).await;
        }
        if stands.contains(&Some(false)) {
            return Err(InvalidToken.into());
        }
        let only_by_the_cache = only_reads && self.has_caught_up() && !doubted.contains(&true);
        if !stands.contains(&None) || only_by_the_cache {
            return Ok(());
        }
        let detail = if only_reads {
            "whether this login has been revoked is not known yet; try again shortly"
        } else {
            "whether this login has been revoked cannot be found out, so nothing is changed; try again shortly"
        };
        Err(ServiceError::new(Code::Unavailable, detail))
    }

    /// Whether an event of auth, and one of users, that could not be read may concern a token.
    fn doubted(&self, claims: &Claims) -> [bool; 2] {
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        [heard.unread_sessions.cover(claims), heard.unread_people.cover(claims)]
    }

    async fn ask_session(&self, claims: &Claims) -> Option<bool> {
        let (source, auth) = &self.sessions;
        let request = ResolveSessionRequest { session_id: claims.sid.to_string() };
        let answer = async { stands(auth.clone().resolve_session(as_system(request)).await, |_| true) };
        source.ask(answer).await
    }

    async fn ask_person(&self, claims: &Claims) -> Option<bool> {
        let (source, users) = &self.people;
        let request = ResolveAccountRequest { by: Some(By::UserId(claims.sub.to_string())) };
        let agrees = |account: v1::Account| {
            account.status() == v1::Status::Active && role_from_proto(account.role()) == claims.role
        };
        let answer = async { stands(users.clone().resolve_account(as_system(request)).await, agrees) };
        source.ask(answer).await
    }

    fn accepts(&self, claims: &Claims) -> bool {
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        if heard.ended.contains_key(&claims.sid) {
            return false;
        }
        match heard.people.get(&claims.sub) {
            // A changed name makes no token outdated.
            Some(person) if person.version > claims.ver => person.may_log_in && person.role == claims.role,
            _ => true,
        }
    }

    fn note(&self, user: &v1::User, when: When) {
        let Ok(id) = user.id.parse() else { return };
        let may_log_in = user.status() == v1::Status::Active && user.deleted_at.is_none();
        let person = Person { version: user.version, role: role_from_proto(user.role()), may_log_in, when };
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        if heard.people.get(&id).is_none_or(|known| known.version < person.version) {
            heard.people.insert(id, person);
        }
        heard.forget(when);
    }

    fn end(&self, sessions: impl IntoIterator<Item = SessionId>, when: When) {
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        heard.ended.extend(sessions.into_iter().map(|session| (session, when)));
        heard.forget(when);
    }

    /// Waits until a token is revoked.
    pub async fn wait_for_revocation(&self, claims: &Claims) {
        let mut changed = self.changed.subscribe();
        while self.accepts(claims) {
            let doubted = self.doubted(claims);
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

    /// Follows both feeds in tasks that end when the returned set is dropped.
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

    /// Waits until all that both services have committed so far is in the cache.
    ///
    /// Fails if a service does not answer, or if none of its events arrives for 5 s.
    pub async fn catch_up(&self) -> Result<(), ServiceError> {
        for source in self.sources() {
            source.catch_up(NEXT).await?;
        }
        Ok(())
    }

    /// Whether both feeds have been read to their end once, at whatever time.
    pub fn has_caught_up(&self) -> bool {
        self.sources().iter().all(|source| source.has_caught_up())
    }

    /// Waits until both feeds have been read to their end once.
    pub async fn wait_until_caught_up(&self) {
        for source in self.sources() {
            source.wait_until_caught_up().await;
        }
    }

    /// Waits until a service rejects the reader of its feed, as it does for a wrong service key.
    pub async fn wait_for_rejection(&self) -> ServiceError {
        let [auth, users] = self.sources();
        tokio::select! {
            refusal = auth.wait_for_rejection() => refusal,
            refusal = users.wait_for_rejection() => refusal,
        }
    }

    /// Waits until all that users has committed so far is in the cache.
    ///
    /// After a change that ends logins, so that its answer does not overtake it.
    pub async fn wait_for_users_events(&self) -> Result<(), ServiceError> {
        self.people.0.settle(LATEST).await
    }

    /// As [`RevocationCache::wait_for_users_events`], of auth.
    pub async fn wait_for_auth_events(&self) -> Result<(), ServiceError> {
        self.sessions.0.settle(LATEST).await
    }

    fn sources(&self) -> [&Arc<Source>; 2] {
        [&self.sessions.0, &self.people.0]
    }

    async fn follow_one(&self, source: &Source, clock: &Clock, health: &FeedHealth) {
        // After a panic, nothing is heard until the stream is open again.
        source.broke();
        // The first time, what may still matter; after a break, what came since.
        let recent = || Start::Since(timestamp_to_proto(clock.now().minus(REMEMBERED)));
        let mut start = recent();
        loop {
            let hear = |event: &Event, is_news| {
                self.hear(event);
                if is_news {
                    let happened = event.at.map_or(clock.now(), timestamp_from_proto);
                    (self.observer)(source.name, happened, clock.now());
                }
                self.changed.send_modify(|changes| *changes += 1);
            };
            let opened = || health.set(self.consumer, source.name, None);
            let read = source.read(&mut start, recent(), hear, opened).await;
            source.broke();
            if let Err(refusal) = read {
                source.log(self.consumer, &refusal);
                health.set(self.consumer, source.name, Some(refusal.detail));
            }
            tokio::time::sleep(WAIT).await;
        }
    }
}

impl Heard {
    /// Forgets what no token can have outlived, neither by our clock nor by the world's.
    fn forget(&mut self, now: When) {
        // Looking through all of them for each event would make many events slow.
        if self.ended.len() + self.people.len() < MANY.max(2 * self.left) {
            return;
        }
        self.ended.retain(|_, when| when.matters(now));
        self.people.retain(|_, person| person.when.matters(now));
        self.left = self.ended.len() + self.people.len();
    }
}

/// What a service's answer says of a token; who is not found there is gone.
fn stands<T>(
    answer: Result<tonic::Response<T>, tonic::Status>,
    agrees: impl FnOnce(T) -> bool,
) -> Result<bool, ServiceError> {
    match answer {
        Ok(response) => Ok(agrees(response.into_inner())),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(false),
        Err(status) => Err(ServiceError::from(&status)),
    }
}

fn as_system<T>(message: T) -> tonic::Request<T> {
    Arc::new(Caller::system()).attach(message)
}
