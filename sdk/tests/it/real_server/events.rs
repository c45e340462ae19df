//! Events of the real server, across restarts and lost connections.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::timeout;
use vitae_sdk::{
    Client, Event, EventDetails, EventStream, IfMatch, MemoryStore, ResumeId, Retry, Role, UpdateUser,
};
use vitae_server_testkit::{ADMIN, CuttingProxy, PASSWORD, Stack};

use super::{LATER, TIMEOUT, person, resume, retrying_client, start};

async fn next(events: &mut EventStream) -> Event {
    let event = timeout(TIMEOUT, events.next()).await.expect("an event arrives");
    event.expect("the stream goes on").unwrap()
}

/// Returns the next event, skipping changes of the connection.
async fn happened(events: &mut EventStream) -> (String, EventDetails) {
    loop {
        match next(events).await {
            Event::Ready { .. } => {}
            Event::Event { subject, details, .. } => return (subject, details),
            other => panic!("{other:?}"),
        }
    }
}

/// Returns the next created resume.
async fn created(events: &mut EventStream) -> ResumeId {
    loop {
        if let (subject, EventDetails::Resume(resume)) = happened(events).await
            && subject == "resumes.resume.created"
        {
            return resume.id;
        }
    }
}

async fn watch(client: &Client) -> EventStream {
    let mut events = client.events().watch().stream();
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    events
}

/// Returns a client of another address of the same server, with the administrator's login.
async fn through(proxy: &CuttingProxy, stack: &Stack) -> Client {
    let store = MemoryStore::new();
    let direct = retrying_client(stack, store.clone());
    direct.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    let retry = Retry::new().attempts(10_000).first_wait(Duration::from_millis(1));
    let retry = retry.longest_wait(Duration::from_millis(10));
    Client::builder().base_url(&proxy.url).token_store(store).retry(retry).build().unwrap()
}

#[tokio::test]
async fn events_have_the_object_after_the_change() {
    let (stack, admin) = start().await;
    let me = admin.me().get().await.unwrap();
    let mut events = watch(&admin).await;
    let ready = events.last_id().unwrap().to_owned();
    let made = resume(&admin, "Told").await;
    let Event::Event { id, subject, actor_id, object, details, at, event_id } = next(&mut events).await
    else {
        panic!("an event")
    };
    assert_eq!((subject.as_str(), actor_id), ("resumes.resume.created", Some(me.id)));
    assert_eq!((object.kind.as_str(), object.version), ("resume", 1));
    assert_eq!((object.id.to_string(), at), (made.id.to_string(), made.created_at));
    let EventDetails::Resume(summary) = details else { panic!("{details:?}") };
    assert_eq!((summary.id, summary.title.as_str()), (made.id, "Told"));
    assert!(events.last_id() == Some(id.as_str()) && id != ready);

    let entries = super::entries(|| admin.audit().list().object(made.id), 1).await;
    assert_eq!(entries[0].event_id, event_id, "the record names it alike");

    // Two services, so the order is not fixed.
    let grace = person(&admin, "grace@example.com", Role::Viewer).await;
    let session = stack.log_in("grace@example.com").await.auth().login_state().await.unwrap().unwrap();
    let (mut person, mut login) = (false, false);
    while !(person && login) {
        match happened(&mut events).await {
            (subject, EventDetails::User(user)) => {
                assert_eq!((subject.as_str(), &user), ("users.user.created", &grace));
                person = true;
            }
            (subject, EventDetails::Session(session_event)) if subject == "auth.session.created" => {
                assert_eq!(session_event.user_id, Some(grace.id));
                assert_eq!(session_event.session_ids, [session.session_id.unwrap()]);
                login = true;
            }
            (subject, EventDetails::Session(_)) => assert_eq!(subject, "auth.credential.created"),
            unexpected => panic!("{unexpected:?}"),
        }
    }
}

#[tokio::test]
async fn stream_resumes_after_an_id() {
    let (_stack, admin) = start().await;
    let mut events = watch(&admin).await;
    let first = resume(&admin, "First").await.id;
    assert_eq!(created(&mut events).await, first);
    let place = events.last_id().unwrap().to_owned();
    drop(events);
    let missed = resume(&admin, "Missed").await.id;

    let mut events = admin.events().watch().after(&place).heartbeat(Duration::from_mins(5)).stream();
    assert!(matches!(next(&mut events).await, Event::Ready { id } if id == place));
    assert_eq!(created(&mut events).await, missed);

    let mut events = admin.events().watch().after("a9999.u9999.r9999").stream();
    assert!(matches!(next(&mut events).await, Event::Reset { .. }), "another epoch of the server");
    let news = resume(&admin, "News").await.id;
    assert_eq!(created(&mut events).await, news);
}

#[tokio::test]
async fn restart_loses_and_repeats_no_event() {
    let mut stack = Stack::start().await;
    let client = retrying_client(&stack, MemoryStore::new());
    client.auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
    let mut events = watch(&client).await;
    for hard in [false, true, false] {
        let before = resume(&client, "Before").await.id;
        if hard {
            stack.kill().await;
        } else {
            stack.stop().await;
        }
        // The login is refreshed in between.
        stack.advance(LATER);
        let (received, ()) = tokio::join!(created(&mut events), stack.restart());
        assert_eq!(received, before);
        let between = resume(&client, "Between").await.id;
        assert_eq!(created(&mut events).await, between);
    }
}

#[tokio::test]
async fn lost_connections_lose_and_repeat_no_event() {
    const RESUMES: usize = 40;
    let (stack, admin) = start().await;
    // Some cuts are in the head, most in a frame.
    let limit = |number: u64| Some(40 + 211 * number % 2503);
    let proxy = CuttingProxy::start(&stack.url(), limit).await;
    let client = through(&proxy, &stack).await;
    let mut events = watch(&client).await;

    let writing = async {
        let mut made = Vec::new();
        for _ in 0..RESUMES {
            made.push(resume(&admin, "Cut").await.id);
        }
        made
    };
    let watching = async {
        let mut received = Vec::new();
        while received.len() < RESUMES {
            received.push(created(&mut events).await);
        }
        received
    };
    let (made, received) = tokio::join!(writing, watching);
    assert_eq!(received, made);
    let last = resume(&admin, "Last").await.id;
    assert_eq!(created(&mut events).await, last);
    assert!(proxy.connections() > 10, "{}", proxy.connections());
}

#[tokio::test]
async fn lost_connection_with_an_expired_token_is_replaced() {
    let (stack, admin) = start().await;
    let proxy = CuttingProxy::start(&stack.url(), |_| None).await;
    let client = through(&proxy, &stack).await;
    let mut events = watch(&client).await;
    for _ in 0..2 {
        stack.advance(LATER);
        let made = resume(&admin, "Renewed").await.id;
        proxy.cut();
        assert_eq!(created(&mut events).await, made);
    }
}

#[tokio::test]
async fn dropping_next_loses_no_event() {
    let (stack, admin) = start().await;
    let proxy = CuttingProxy::start(&stack.url(), |_| None).await;
    let client = through(&proxy, &stack).await;
    let mut events = watch(&client).await;
    let mut made = Vec::new();
    let mut received = Vec::new();
    for number in 0..20 {
        made.push(resume(&admin, "Left").await.id);
        if number % 5 == 0 {
            proxy.cut();
        }
        // Polled once, then dropped, at any step.
        while received.len() < made.len() {
            match events.next().now_or_never() {
                Some(Some(Ok(Event::Event { details: EventDetails::Resume(resume), .. }))) => {
                    received.push(resume.id);
                }
                Some(Some(Ok(_))) => {}
                Some(end) => panic!("{end:?}"),
                None => tokio::task::yield_now().await,
            }
        }
    }
    assert_eq!(received, made);
}

#[tokio::test]
async fn members_receive_only_their_own_events() {
    let (stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Viewer).await;
    let client = stack.log_in("grace@example.com").await;
    let mut events = watch(&client).await;
    let others = resume(&admin, "Not hers").await.id;
    assert_eq!(created(&mut events).await, others);

    let demote = UpdateUser::new().role(Role::Member);
    admin.users().update(user.id, &demote, IfMatch::Any).await.unwrap();
    resume(&admin, "Not hers").await;
    let own = resume(&client, "Hers").await.id;
    let (subject, details) = happened(&mut events).await;
    assert_eq!(subject, "users.user.updated");
    assert!(matches!(details, EventDetails::User(user) if user.role == Role::Member));
    let (_, details) = happened(&mut events).await;
    assert!(matches!(details, EventDetails::Resume(resume) if resume.id == own));
}

#[tokio::test]
async fn stream_ends_with_the_login() {
    let (stack, admin) = start().await;
    let user = person(&admin, "grace@example.com", Role::Viewer).await;
    let client = stack.log_in("grace@example.com").await;
    let mut events = watch(&client).await;
    admin.users().revoke_sessions(user.id).await.unwrap();
    let error = timeout(TIMEOUT, events.next()).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.code(), Some("invalid_refresh_token"), "{error:?}");
    assert!(events.next().await.is_none());

    let mut events = client.events().watch().stream();
    assert!(events.next().await.unwrap().unwrap_err().is_unauthenticated(), "not logged in");
}

#[tokio::test]
async fn rejection_ends_the_stream() {
    let (_stack, admin) = start().await;
    let watch = || admin.events().watch();
    let too_long = Duration::from_secs(301);
    for (name, mut events, code) in [
        ("a place that is none", watch().after("yesterday").stream(), Some("invalid_parameter")),
        ("a heartbeat too slow", watch().heartbeat(too_long).stream(), Some("invalid_parameter")),
        ("no header can hold it", watch().after("a\nb").stream(), None),
    ] {
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!((error.code(), error.is_invalid_input()), (code, true), "{name}: {error:?}");
        assert!(events.next().await.is_none(), "{name}");
    }
}
