//! `/v1/events`: the events of all services as server-sent events (HTML Standard, section 9.2).
//!
//! An event's id contains the position in every source after it (`a12.u5.r88`), so that a
//! client can resume from it, also after a restart of the server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, select_all};
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, Response, StatusCode, header};
use prost::Message as _;
use tokio::time::{Interval, interval};
use vitae_contracts_core::{Code, Role, Timestamp, UserId};
use vitae_contracts_gateway as public;
use vitae_contracts_services::auth::v1::AuthEvent;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::resumes::v1::ResumeEvent;
use vitae_contracts_services::users::v1::UserEvent;
use vitae_server_common::{Caller, FeedStream, Principal, ServiceError, timestamp_from_proto};

use crate::Gateway;
use crate::authorization::Authorization;
use crate::call::{Body, Call, HandlerResult};
use crate::convert;
use crate::error::ApiError;
use crate::metrics::InFlight;

const LAST_EVENT_ID: &str = "last-event-id";
/// Default interval of heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A position past the end of every log: a stream from there begins with the next event.
const NOW: i64 = i64::MAX;

pub(crate) async fn watch(call: Call) -> HandlerResult {
    let mut query = call.query();
    let heartbeat = query.heartbeat().or(call.gateway.options.heartbeat).unwrap_or(HEARTBEAT);
    query.finish()?;
    let authorization = call
        .authorization()
        .ok_or_else(|| ApiError::new(Code::Unauthenticated, "an access token is required"))?;
    let asked = last_event_id(&call)?;
    let (events, begins, first) = subscribe(&call.gateway, asked).await?;
    let stream_state = EventStream {
        events,
        reached: begins,
        caller: call.caller,
        heartbeat: (!heartbeat.is_zero()).then(|| heartbeat_interval(heartbeat)),
        _counted: call.gateway.metrics.start_stream(),
        gateway: call.gateway,
        authorization,
    };
    let first = Ok::<_, std::convert::Infallible>(frame(begins, first, "{}"));
    let rest = stream::unfold(stream_state, async |mut stream_state| {
        stream_state.next().await.map(|line| (Ok(line), stream_state))
    });
    Ok(event_stream(Body::from_stream(stream::iter([first]).chain(rest))))
}

/// The position in each source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Positions {
    auth: i64,
    users: i64,
    resumes: i64,
}

impl Positions {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = |letter: char| parts.next()?.strip_prefix(letter)?.parse().ok().filter(|at| *at >= 0);
        let positions = Self { auth: next('a')?, users: next('u')?, resumes: next('r')? };
        parts.next().is_none().then_some(positions)
    }

    fn advance(&mut self, event: &Event) {
        match event.source.as_str() {
            "auth" => self.auth = event.position,
            "users" => self.users = event.position,
            _ => self.resumes = event.position,
        }
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}.u{}.r{}", self.auth, self.users, self.resumes)
    }
}

fn last_event_id(call: &Call) -> Result<Option<Positions>, ApiError> {
    let Some(value) = call.headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let positions = value.to_str().ok().and_then(Positions::parse);
    let expected = "expected the id of an event, as in a12.u5.r88";
    positions.map(Some).ok_or_else(|| ApiError::header(Code::InvalidParameter, LAST_EVENT_ID, expected))
}

type Events = BoxStream<'static, Result<Event, tonic::Status>>;

/// Subscribes to all sources; returns the events, the positions where they begin, and the name of the first frame.
async fn subscribe(
    gateway: &Gateway,
    asked: Option<Positions>,
) -> Result<(Events, Positions, &'static str), ApiError> {
    if let Some(asked) = asked {
        let positions = [asked.auth, asked.users, asked.resumes];
        let readings = subscribe_all(gateway, positions).await?;
        // The positions are older than the retained events, or of another database: the client has to reload.
        let known = readings.iter().zip(positions).all(|(reading, position)| reading.start == position);
        if known {
            return Ok((merged(readings), asked, "ready"));
        }
    }
    let readings = subscribe_all(gateway, [NOW; 3]).await?;
    let [auth, users, resumes] = [0, 1, 2].map(|source| readings[source].start);
    let first = if asked.is_some() { "reset" } else { "ready" };
    Ok((merged(readings), Positions { auth, users, resumes }, first))
}

async fn subscribe_all(gateway: &Gateway, positions: [i64; 3]) -> Result<[FeedStream; 3], ServiceError> {
    let [auth, users, resumes] = positions.map(Start::AfterPosition);
    Ok([
        FeedStream::open("auth", gateway.feeds.auth.clone(), auth).await?,
        FeedStream::open("users", gateway.feeds.users.clone(), users).await?,
        FeedStream::open("resumes", gateway.feeds.resumes.clone(), resumes).await?,
    ])
}

fn merged(readings: [FeedStream; 3]) -> Events {
    select_all(readings.map(|reading| reading.events)).boxed()
}

/// The stream of one client.
struct EventStream {
    events: Events,
    reached: Positions,
    gateway: Arc<Gateway>,
    caller: Arc<Caller>,
    authorization: Authorization,
    heartbeat: Option<Interval>,
    _counted: InFlight,
}

impl EventStream {
    /// Returns the next frame; `None` once the login, the server or a source has ended.
    async fn next(&mut self) -> Option<Bytes> {
        let mut stopping = self.gateway.stopping.clone();
        loop {
            let event = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                () = self.authorization.ended() => return None,
                event = self.events.next() => event?.ok()?,
                () = tick(self.heartbeat.as_mut()) => return Some(Bytes::from_static(b":\n\n")),
            };
            if self.authorization.has_ended() {
                return None;
            }
            self.reached.advance(&event);
            if let Some(data) = visible_data(&event, &self.caller) {
                return Some(frame(self.reached, &event.subject, &data));
            }
        }
    }
}

fn heartbeat_interval(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // Skips the first tick, which is due at once.
    ticks.reset();
    ticks
}

async fn tick(heartbeat: Option<&mut Interval>) {
    match heartbeat {
        Some(heartbeat) => drop(heartbeat.tick().await),
        None => std::future::pending().await,
    }
}

/// Formats one frame; `data` contains no line breaks.
fn frame(id: Positions, event: &str, data: &str) -> Bytes {
    Bytes::from(format!("id: {id}\nevent: {event}\ndata: {data}\n\n"))
}

/// Returns the data of an event as JSON, or `None` if the caller could not GET its object.
fn visible_data(event: &Event, caller: &Caller) -> Option<String> {
    let Principal::User { id: own, role, .. } = &caller.principal else { return None };
    let may_read = |owner: UserId| *role != Role::Member || owner == *own;
    if event.omitted_payload_bytes > 0 {
        return None;
    }
    let payload = event.payload.as_slice();
    let mut data = common_data(event)?;
    match event.source.as_str() {
        "users" => {
            let user = convert::user(UserEvent::decode(payload).ok()?.user?).ok()?;
            data.user = Some(user).filter(|user| may_read(user.id));
        }
        "resumes" => {
            let resume = convert::summary(ResumeEvent::decode(payload).ok()?.resume?).ok()?;
            data.resume = Some(resume).filter(|resume| may_read(resume.owner.id));
        }
        _ => data.session = Some(session(AuthEvent::decode(payload).ok()?)).filter(|_| *role == Role::Admin),
    }
    let is_visible = data.user.is_some() || data.resume.is_some() || data.session.is_some();
    is_visible.then(|| serde_json::to_string(&data).ok())?
}

/// Returns the fields that all events share.
fn common_data(event: &Event) -> Option<public::EventData> {
    let context = event.context.clone().unwrap_or_default();
    Some(public::EventData {
        id: event.id.parse().ok()?,
        subject: event.subject.clone(),
        at: event.at.map_or(Timestamp::from_millis(0), timestamp_from_proto),
        actor_id: context.actor_id.parse().ok(),
        object: public::AuditedObject {
            kind: event.subject.split('.').nth(1).unwrap_or_default().to_owned(),
            id: event.object_id.parse().ok()?,
            version: event.object_version.unsigned_abs(),
        },
        user: None,
        resume: None,
        session: None,
    })
}

fn session(event: AuthEvent) -> public::SessionEvent {
    public::SessionEvent {
        user_id: event.user_id.parse().ok(),
        session_ids: event.session_ids.iter().filter_map(|id| id.parse().ok()).collect(),
        reason: event.reason,
        client: event.client.into(),
        address: event.address.into(),
    }
}

fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_round_trip_and_malformed_ones_are_rejected() {
        let text = "a12.u5.r88";
        assert_eq!(Positions::parse(text).unwrap().to_string(), text);
        for text in ["", "a1.u2", "a1.u2.r3.x4", "u1.a2.r3", "a-1.u2.r3", "a1.u2.rx", "12"] {
            assert_eq!(Positions::parse(text), None, "{text}");
        }
    }
}
