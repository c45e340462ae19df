//! The cache while its feeds are interrupted.

use std::convert::Infallible;
use std::sync::Mutex;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::StreamBody;
use hyper::body::Frame;
use prost::Message as _;
use tonic::Status;
use tonic::body::Body;
use tower::service_fn;
use vitae_contracts_core::subjects;
use vitae_contracts_services::auth::v1::Session;
use vitae_contracts_services::events::v1::Event;
use vitae_contracts_services::users::v1::Account;

use super::source::MAX_STALENESS;
use super::*;
use crate::{RpcCount, in_process};

/// The reply of a service to every call.
type Reply = Arc<Mutex<Result<Vec<u8>, tonic::Code>>>;

/// A cache with interrupted feeds, and the replies of the services.
struct Interrupted {
    cache: RevocationCache,
    auth: Reply,
    users: Reply,
    claims: Claims,
}

impl Interrupted {
    /// Interrupted for longer than [`MAX_STALENESS`], after it had caught up once or never had.
    async fn new(had_caught_up: bool) -> Self {
        let interrupted = Self::just_now(had_caught_up).await;
        tokio::time::advance(MAX_STALENESS + Duration::from_secs(1)).await;
        interrupted
    }

    /// Interrupted for so short that the cache alone decides.
    async fn just_now(had_caught_up: bool) -> Self {
        let feed = || service(&reply(Err(tonic::Code::Internal)));
        let claims = Claims::new(UserId::new(), SessionId::new(), Role::Editor, 3, Timestamp::from_millis(0));
        let auth = reply(Ok(Session::default().encode_to_vec()));
        let users = reply(Ok(account(v1::Role::Editor, v1::Status::Active)));
        let sources = RevocationSources {
            auth: service(&auth),
            auth_feed: feed(),
            users: service(&users),
            users_feed: feed(),
        };
        let cache = RevocationCache::new("gateway", sources, Arc::new(|_, _, _| {}));
        cache.catch_up().await.unwrap_err();
        assert!(!cache.has_caught_up());
        for source in cache.sources() {
            source.caught_up.send_replace(had_caught_up);
        }
        Self { cache, auth, users, claims }
    }

    /// The error codes of a request that reads and of one that changes.
    async fn errors(&self) -> [Option<Code>; 2] {
        let rejected = async |reads| self.cache.require(&self.claims, reads).await.err().map(|r| r.code);
        [rejected(true).await, rejected(false).await]
    }
}

fn reply(value: Result<Vec<u8>, tonic::Code>) -> Reply {
    Arc::new(Mutex::new(value))
}

fn set_reply(reply: &Reply, value: Result<Vec<u8>, tonic::Code>) {
    *reply.lock().unwrap() = value;
}

fn account(role: v1::Role, status: v1::Status) -> Vec<u8> {
    Account { role: role.into(), status: status.into(), version: 3, ..Account::default() }.encode_to_vec()
}

fn service(reply: &Reply) -> Backend {
    let reply = Arc::clone(reply);
    let service = service_fn(move |_| {
        let answer = match reply.lock().unwrap().clone() {
            Ok(message) => message_of(&message),
            Err(code) => Status::new(code, "set by the test").into_http(),
        };
        async move { Ok::<_, Infallible>(answer) }
    });
    in_process(service, &RpcCount::default())
}

/// Returns a response with one gRPC message.
fn message_of(message: &[u8]) -> Response<Body> {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.put_slice(message);
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    let parts = [Ok::<_, Status>(Frame::data(Bytes::from(framed))), Ok(Frame::trailers(trailers))];
    Response::new(Body::new(StreamBody::new(futures_util::stream::iter(parts))))
}

const VALID: [Option<Code>; 2] = [None; 2];
const REVOKED: [Option<Code>; 2] = [Some(Code::InvalidToken); 2];
const READ_ONLY: [Option<Code>; 2] = [None, Some(Code::Unavailable)];
const REJECTED: [Option<Code>; 2] = [Some(Code::Unavailable); 2];

#[tokio::test(start_paused = true)]
async fn stale_cache_calls_the_services() {
    for had_caught_up in [true, false] {
        let interrupted = Interrupted::new(had_caught_up).await;
        assert_eq!(interrupted.errors().await, VALID);
        set_reply(&interrupted.auth, Err(tonic::Code::NotFound));
        assert_eq!(interrupted.errors().await, REVOKED, "the session has ended");
        set_reply(&interrupted.auth, Ok(Session::default().encode_to_vec()));
        for (role, status) in
            [(v1::Role::Viewer, v1::Status::Active), (v1::Role::Editor, v1::Status::Disabled)]
        {
            set_reply(&interrupted.users, Ok(account(role, status)));
            assert_eq!(interrupted.errors().await, REVOKED, "{role:?} {status:?}");
        }
        set_reply(&interrupted.users, Err(tonic::Code::NotFound));
        assert_eq!(interrupted.errors().await, REVOKED, "the person is deleted");
    }
}

#[tokio::test(start_paused = true)]
async fn cache_without_reachable_services_admits_only_reads_and_only_after_it_has_caught_up() {
    for code in [
        tonic::Code::Unavailable,
        tonic::Code::DeadlineExceeded,
        tonic::Code::Internal,
        tonic::Code::Unauthenticated,
    ] {
        for (had_caught_up, expected) in [(true, READ_ONLY), (false, REJECTED)] {
            let interrupted = Interrupted::new(had_caught_up).await;
            set_reply(&interrupted.users, Err(code));
            assert_eq!(interrupted.errors().await, expected, "{code}, {had_caught_up}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn cache_that_has_never_caught_up_calls_the_services_at_once() {
    let interrupted = Interrupted::new(false).await;
    // As at a start: the feeds were interrupted just now.
    for source in interrupted.cache.sources() {
        *source.interrupted_since.lock().unwrap() = Instant::now();
    }
    set_reply(&interrupted.auth, Err(tonic::Code::NotFound));
    assert_eq!(interrupted.errors().await, REVOKED);
}

#[tokio::test(start_paused = true)]
async fn ended_session_is_cached_as_long_as_its_tokens_are_valid() {
    let interrupted = Interrupted::new(true).await;
    let cache = &interrupted.cache;
    let (minute, start) = (Duration::from_mins(1), Timestamp::from_millis(1_795_339_800_000));
    let when = |at| When { at, received: Instant::now() };
    cache.end([interrupted.claims.sid], when(start));
    // The clock jumps ahead by an hour, many other sessions end, and the clock is set back.
    let others = || (0..PRUNE_THRESHOLD).map(|_| SessionId::new());
    cache.end(others(), when(start.plus(60 * minute)));
    assert!(!cache.accepts(&interrupted.claims));
    tokio::time::advance(11 * minute).await;
    cache.end(others(), when(start.plus(5 * minute)));
    assert!(!cache.accepts(&interrupted.claims), "its token has not expired by this clock");
    cache.end(others(), when(start.plus(11 * minute)));
    assert!(cache.accepts(&interrupted.claims), "its tokens have expired");
}

#[tokio::test(start_paused = true)]
async fn undecodable_event_causes_calls_about_its_object_and_fails_closed() {
    let (sub, sid) = (|claims: &Claims| claims.sub.to_string(), |claims: &Claims| claims.sid.to_string());
    let empty = |_: &Claims| String::new();
    let objects: [fn(&Claims) -> String; 3] = [sub, sid, empty];
    let events: [(&str, &str, &str, Vec<u8>, i64); 5] = [
        ("auth", subjects::SESSION_REVOKED, "no protobuf", vec![0xff; 3], 0),
        ("auth", subjects::SESSION_REVOKED, "left out", Vec::new(), 5 << 20),
        ("auth", "\u{fffd}", "no subject", Vec::new(), 0),
        ("users", subjects::USER_DISABLED, "no person", Vec::new(), 0),
        ("users", subjects::USER_DELETED, "left out", Vec::new(), 5 << 20),
    ];
    for (source, subject, why, payload, omitted) in events {
        for object in objects {
            let interrupted = Interrupted::just_now(true).await;
            let asked = if source == "auth" { &interrupted.auth } else { &interrupted.users };
            let reply_before = asked.lock().unwrap().clone();
            set_reply(asked, Err(tonic::Code::NotFound));
            assert_eq!(interrupted.errors().await, VALID, "the service is not called without a reason");
            let mut event = Event {
                source: source.to_owned(),
                subject: subject.to_owned(),
                object_id: UserId::new().to_string(),
                payload: payload.clone(),
                omitted_payload_bytes: omitted,
                ..Event::default()
            };
            interrupted.cache.handle(&event);
            assert_eq!(interrupted.errors().await, VALID, "{why}: it affects another person");
            event.object_id = object(&interrupted.claims);
            interrupted.cache.handle(&event);
            assert_eq!(interrupted.errors().await, REVOKED, "{why}");
            set_reply(asked, reply_before);
            assert_eq!(interrupted.errors().await, VALID, "{why}");
            set_reply(asked, Err(tonic::Code::Unavailable));
            assert_eq!(interrupted.errors().await, [Some(Code::Unavailable); 2], "{why}");
            // Another event, after all earlier tokens have expired.
            tokio::time::advance(TOKEN_LIFETIME).await;
            let at = Timestamp::from_millis(0).plus(TOKEN_LIFETIME + Duration::from_millis(1));
            let later = Event {
                subject: subjects::SESSION_CREATED.to_owned(),
                source: "auth".to_owned(),
                at: Some(timestamp_to_proto(at)),
                ..Event::default()
            };
            assert_eq!(
                interrupted.cache.is_in_doubt(&interrupted.claims),
                [source == "auth", source == "users"]
            );
            interrupted.cache.handle(&later);
            assert_eq!(interrupted.cache.is_in_doubt(&interrupted.claims), [false; 2], "{why}");
        }
    }
}
