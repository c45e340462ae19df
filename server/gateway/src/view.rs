//! What the gateway has heard: sessions that ended, people whose tokens are outdated.
//!
//! A token lives for ten minutes; whatever ended earlier is remembered that long. It is
//! filled from the feeds of auth and users, so that no request costs a look-up elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use prost::Message as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vitae_contracts_core::{Code, Role, SessionId, Timestamp, UserId, limits, subjects};
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::users::v1::{self, UserEvent};
use vitae_server_common::{Backend, Claims, Clock, FeedHealth, Reading, Refusal, millis, timestamp};

use crate::wire;

/// How long an access token may outlive what ended it.
const REMEMBERED: Duration = Duration::from_secs(limits::ACCESS_TOKEN_SECONDS as u64);
const WAIT: Duration = Duration::from_millis(200);
/// How long an answer waits for the events of its own change.
const LATEST: Duration = Duration::from_secs(5);
/// Entries that make it worth to look for outdated ones.
const MANY: usize = 1000;

/// The gateway's view of logins.
#[derive(Clone)]
pub(crate) struct View {
    heard: Arc<RwLock<Heard>>,
    /// Changes whenever a login may have ended; for streams that stay open.
    changed: watch::Sender<u64>,
    sources: Arc<[Arc<Source>]>,
}

/// A feed that fills the view.
struct Source {
    name: &'static str,
    feed: Backend,
    /// How far it has been heard.
    heard: watch::Sender<i64>,
}

#[derive(Default)]
struct Heard {
    ended: HashMap<SessionId, Timestamp>,
    people: HashMap<UserId, Person>,
}

struct Person {
    version: i64,
    role: Role,
    may_log_in: bool,
    at: Timestamp,
}

impl View {
    /// A view that has heard nothing yet.
    pub(crate) fn new(auth: Backend, users: Backend) -> Self {
        let source = |name, feed| Arc::new(Source { name, feed, heard: watch::channel(-1).0 });
        Self {
            heard: Arc::default(),
            changed: watch::channel(0).0,
            sources: Arc::new([source("auth", auth), source("users", users)]),
        }
    }

    /// Whether a token that was verified still stands for its person.
    pub(crate) fn accepts(&self, claims: &Claims) -> bool {
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

    fn note(&self, user: &v1::User, now: Timestamp) {
        let Ok(id) = user.id.parse() else { return };
        let may_log_in = user.status() == v1::Status::Active && user.deleted_at.is_none();
        let person = Person { version: user.version, role: wire::role(user.role()), may_log_in, at: now };
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        if heard.people.get(&id).is_none_or(|known| known.version < person.version) {
            heard.people.insert(id, person);
        }
        heard.forget_before(now.minus(REMEMBERED));
    }

    fn end(&self, sessions: impl IntoIterator<Item = SessionId>, now: Timestamp) {
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        heard.ended.extend(sessions.into_iter().map(|session| (session, now)));
        heard.forget_before(now.minus(REMEMBERED));
    }

    /// Ends when a token's login has ended.
    pub(crate) async fn ended(&self, claims: &Claims) {
        let mut changed = self.changed.subscribe();
        while self.accepts(claims) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    fn hear(&self, event: &Event) {
        let at = event.at.map_or(Timestamp::from_millis(0), millis);
        match event.subject.as_str() {
            subjects::SESSION_REVOKED => {
                let Ok(payload) = AuthEvent::decode(event.payload.as_slice()) else { return };
                self.end(payload.session_ids.iter().filter_map(|id| id.parse().ok()), at);
            }
            subject if subject.starts_with("users.user.") => {
                let Ok(payload) = UserEvent::decode(event.payload.as_slice()) else { return };
                if let Some(user) = payload.user {
                    self.note(&user, at);
                }
            }
            _ => {}
        }
    }

    /// Follows every source for ever, and answers once all that was there is heard.
    pub(crate) async fn follow(&self, clock: &Clock, health: &FeedHealth) -> Result<(), Refusal> {
        let mut followers = JoinSet::new();
        for source in self.sources.iter() {
            followers.spawn(self.clone().follow_one(Arc::clone(source), clock.clone(), health.clone()));
        }
        for source in self.sources.iter() {
            // Without the source, dropping the set ends its followers.
            self.settle(source.name).await?;
        }
        followers.detach_all();
        Ok(())
    }

    /// Waits until all that a source has committed so far is heard here.
    ///
    /// After a change that ends logins, so that its answer does not overtake it.
    pub(crate) async fn settle(&self, name: &str) -> Result<(), Refusal> {
        let late = || Refusal::new(Code::Unavailable, format!("the events of {name} do not arrive"));
        let source = self.sources.iter().find(|source| source.name == name).ok_or_else(late)?;
        let tail =
            Reading::open(source.name, source.feed.clone(), Start::AfterPosition(i64::MAX)).await?.tail;
        let mut heard = source.heard.subscribe();
        let arrived = tokio::time::timeout(LATEST, heard.wait_for(|position| *position >= tail)).await;
        arrived.map_err(|_| late())?.map(drop).map_err(|_| late())
    }

    async fn follow_one(self, source: Arc<Source>, clock: Clock, health: FeedHealth) {
        // The first time, what may still matter; after a break, what came since.
        let mut start = Start::Since(timestamp(clock.now().minus(REMEMBERED)));
        loop {
            if let Err(refusal) = self.read(&source, &mut start, &health).await {
                tracing::warn!(source = source.name, %refusal, "the gateway's view broke off");
                health.set("gateway", source.name, Some(refusal.detail));
            }
            tokio::time::sleep(WAIT).await;
        }
    }

    async fn read(&self, source: &Source, start: &mut Start, health: &FeedHealth) -> Result<(), Refusal> {
        let mut reading = Reading::open(source.name, source.feed.clone(), *start).await?;
        health.set("gateway", source.name, None);
        source.heard.send_replace(reading.begins);
        while let Some(event) = reading.events.next().await {
            let event = event.map_err(|status| Refusal::from(&status))?;
            self.hear(&event);
            self.changed.send_modify(|changes| *changes += 1);
            *start = Start::AfterPosition(event.position);
            source.heard.send_replace(event.position);
        }
        Ok(())
    }
}

impl Heard {
    fn forget_before(&mut self, before: Timestamp) {
        if self.ended.len() + self.people.len() < MANY {
            return;
        }
        self.ended.retain(|_, at| *at >= before);
        self.people.retain(|_, person| person.at >= before);
    }
}
