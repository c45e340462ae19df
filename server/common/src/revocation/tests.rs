//! The cache while its feeds are broken, and its services answer or do not.

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

use super::source::BOUND;
use super::*;
use crate::{RpcCount, in_process};

/// What a service says to everything.
type Say = Arc<Mutex<Result<Vec<u8>, tonic::Code>>>;

/// A cache whose feeds cannot be read, and what the services say.
struct Broken {
    cache: RevocationCache,
    auth: Say,
    users: Say,
    claims: Claims,
}

impl Broken {
    /// Broken for longer than the cache is good, after it had caught up once or never had.
    async fn new(had_caught_up: bool) -> Self {
        let broken = Self::just_now(had_caught_up).await;
        tokio::time::advance(BOUND + Duration::from_secs(1)).await;
        broken
    }

    /// Broken for so short that nothing is asked because of it.
    async fn just_now(had_caught_up: bool) -> Self {
        let feed = || service(&says(Err(tonic::Code::Internal)));
        let claims = Claims::new(UserId::new(), SessionId::new(), Role::Editor, 3, Timestamp::from_millis(0));
        let auth = says(Ok(Session::default().encode_to_vec()));
        let users = says(Ok(account(v1::Role::Editor, v1::Status::Active)));
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

    /// The code with which reading and changing are refused.
    async fn refusals(&self) -> [Option<Code>; 2] {
        let refused = async |reads| self.cache.require(&self.claims, reads).await.err().map(|r| r.code);
        [refused(true).await, refused(false).await]
    }
}

fn says(what: Result<Vec<u8>, tonic::Code>) -> Say {
    Arc::new(Mutex::new(what))
}

fn say(who: &Say, what: Result<Vec<u8>, tonic::Code>) {
    *who.lock().unwrap() = what;
}

fn account(role: v1::Role, status: v1::Status) -> Vec<u8> {
    Account { role: role.into(), status: status.into(), version: 3, ..Account::default() }.encode_to_vec()
}

fn service(say: &Say) -> Backend {
    let say = Arc::clone(say);
    let service = service_fn(move |_| {
        let answer = match say.lock().unwrap().clone() {
            Ok(message) => message_of(&message),
            Err(code) => Status::new(code, "so the test says").into_http(),
        };
        async move { Ok::<_, Infallible>(answer) }
    });
    in_process(service, &RpcCount::default())
}

/// One message as gRPC frames it.
fn message_of(message: &[u8]) -> Response<Body> {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.put_slice(message);
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    let parts = [Ok::<_, Status>(Frame::data(Bytes::from(framed))), Ok(Frame::trailers(trailers))];
    Response::new(Body::new(StreamBody::new(futures_util::stream::iter(parts))))
}

const STANDS: [Option<Code>; 2] = [None; 2];
const ENDED: [Option<Code>; 2] = [Some(Code::InvalidToken); 2];
const UNKNOWN: [Option<Code>; 2] = [None, Some(Code::Unavailable)];
const NEVER_KNOWN: [Option<Code>; 2] = [Some(Code::Unavailable); 2];

#[tokio::test(start_paused = true)]
async fn a_stale_cache_asks_the_services() {
    for had_caught_up in [true, false] {
        let broken = Broken::new(had_caught_up).await;
        assert_eq!(broken.refusals().await, STANDS);
        say(&broken.auth, Err(tonic::Code::NotFound));
        assert_eq!(broken.refusals().await, ENDED, "the session has ended");
        say(&broken.auth, Ok(Session::default().encode_to_vec()));
        for (role, status) in
            [(v1::Role::Viewer, v1::Status::Active), (v1::Role::Editor, v1::Status::Disabled)]
        {
            say(&broken.users, Ok(account(role, status)));
            assert_eq!(broken.refusals().await, ENDED, "{role:?} {status:?}");
        }
        say(&broken.users, Err(tonic::Code::NotFound));
        assert_eq!(broken.refusals().await, ENDED, "the person is deleted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_cannot_know_admits_only_reads_and_only_if_it_has_caught_up_before() {
    for code in [
        tonic::Code::Unavailable,
        tonic::Code::DeadlineExceeded,
        tonic::Code::Internal,
        tonic::Code::Unauthenticated,
    ] {
        for (had_caught_up, expected) in [(true, UNKNOWN), (false, NEVER_KNOWN)] {
            let broken = Broken::new(had_caught_up).await;
            say(&broken.users, Err(code));
            assert_eq!(broken.refusals().await, expected, "{code}, {had_caught_up}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_has_not_caught_up_yet_does_not_wait_for_its_bound() {
    let broken = Broken::new(false).await;
    // As at a start: the feeds broke off this moment.
    for source in broken.cache.sources() {
        *source.broken_since.lock().unwrap() = Instant::now();
    }
    say(&broken.auth, Err(tonic::Code::NotFound));
    assert_eq!(broken.refusals().await, ENDED);
}

#[tokio::test(start_paused = true)]
async fn an_ended_session_is_remembered_as_long_as_its_tokens() {
    let broken = Broken::new(true).await;
    let cache = &broken.cache;
    let (minute, start) = (Duration::from_mins(1), Timestamp::from_millis(1_795_339_800_000));
    let when = |at| When { at, heard: Instant::now() };
    cache.end([broken.claims.sid], when(start));
    // The clock runs ahead by an hour, hears of many others, and is put back.
    let others = || (0..MANY).map(|_| SessionId::new());
    cache.end(others(), when(start.plus(60 * minute)));
    assert!(!cache.accepts(&broken.claims));
    tokio::time::advance(11 * minute).await;
    cache.end(others(), when(start.plus(5 * minute)));
    assert!(!cache.accepts(&broken.claims), "its token has not ended by this clock");
    cache.end(others(), when(start.plus(11 * minute)));
    assert!(cache.accepts(&broken.claims), "no token of it can be left");
}

#[tokio::test(start_paused = true)]
async fn the_object_of_an_unreadable_event_is_asked_about_and_fails_closed() {
    let (sub, sid) = (|claims: &Claims| claims.sub.to_string(), |claims: &Claims| claims.sid.to_string());
    let nobody = |_: &Claims| String::new();
    let objects: [fn(&Claims) -> String; 3] = [sub, sid, nobody];
    let events: [(&str, &str, &str, Vec<u8>, i64); 5] = [
        ("auth", subjects::SESSION_REVOKED, "no protobuf", vec![0xff; 3], 0),
        ("auth", subjects::SESSION_REVOKED, "left out", Vec::new(), 5 << 20),
        ("auth", "\u{fffd}", "no subject", Vec::new(), 0),
        ("users", subjects::USER_DISABLED, "no person", Vec::new(), 0),
        ("users", subjects::USER_DELETED, "left out", Vec::new(), 5 << 20),
    ];
    for (source, subject, why, payload, omitted) in events {
        for object in objects {
            let broken = Broken::just_now(true).await;
            let asked = if source == "auth" { &broken.auth } else { &broken.users };
            let stands = asked.lock().unwrap().clone();
            say(asked, Err(tonic::Code::NotFound));
            assert_eq!(broken.refusals().await, STANDS, "nothing is asked without a reason");
            let mut event = Event {
                source: source.to_owned(),
                subject: subject.to_owned(),
                object_id: UserId::new().to_string(),
                payload: payload.clone(),
                omitted_payload_bytes: omitted,
                ..Event::default()
            };
            broken.cache.hear(&event);
            assert_eq!(broken.refusals().await, STANDS, "{why}: it is about another person");
            event.object_id = object(&broken.claims);
            broken.cache.hear(&event);
            assert_eq!(broken.refusals().await, ENDED, "{why}");
            say(asked, stands);
            assert_eq!(broken.refusals().await, STANDS, "{why}");
            say(asked, Err(tonic::Code::Unavailable));
            assert_eq!(broken.refusals().await, [Some(Code::Unavailable); 2], "{why}");
            // Another event, as it comes when every token of before has ended.
            tokio::time::advance(REMEMBERED).await;
            let at = Timestamp::from_millis(0).plus(REMEMBERED + Duration::from_millis(1));
            let later = Event {
                subject: subjects::SESSION_CREATED.to_owned(),
                source: "auth".to_owned(),
                at: Some(timestamp_to_proto(at)),
                ..Event::default()
            };
            assert_eq!(broken.cache.doubted(&broken.claims), [source == "auth", source == "users"]);
            broken.cache.hear(&later);
            assert_eq!(broken.cache.doubted(&broken.claims), [false; 2], "{why}");
        }
    }
}
