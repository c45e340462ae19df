//! `/v1/events` byte by byte: visibility, resumption, end of streams.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vitae_contracts_core::{limits, subjects};
use vitae_sdk::{EventId, IfMatch, Role, UpdateUser, UserId};
use vitae_server_testkit::Stack;

use crate::data_files::{file, number, rows};
use crate::raw_http::request;
use crate::test_server::{TestServer, new_resume};

/// An event not received within this time is not sent.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One frame; of a comment, nothing is set.
#[derive(Debug, Default)]
struct Frame {
    id: String,
    event: String,
    data: Value,
}

/// An open stream.
struct Listener {
    stream: TcpStream,
    /// Of the connection, with its chunks.
    raw: Vec<u8>,
    /// Of the body.
    text: String,
}

impl Listener {
    /// Opens a stream, and reads its first frame.
    async fn open(stack: &Stack, token: &str, last: Option<&str>) -> (Self, Frame) {
        let mut listener = Self::connect(stack, token, "/v1/events", last).await;
        let first = listener.next().await.expect("a first frame");
        (listener, first)
    }

    async fn connect(stack: &Stack, token: &str, path: &str, last: Option<&str>) -> Self {
        let url = stack.url();
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let last = last.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut listener = Self { stream, raw: Vec::new(), text: String::new() };
        let head = listener.line(b"\r\n\r\n").await.expect("an answer").to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        listener
    }

    /// The next frame; nothing at the end of the stream.
    async fn next(&mut self) -> Option<Frame> {
        let next = async {
            loop {
                if let Some((frame, rest)) = self.text.split_once("\n\n") {
                    let (frame, rest) = (parse(frame), rest.to_owned());
                    self.text = rest;
                    return Some(frame);
                }
                let length = usize::from_str_radix(self.line(b"\r\n").await?.trim(), 16).unwrap();
                if length == 0 || !self.fill(length + 2).await {
                    return None;
                }
                let chunk: Vec<_> = self.raw.drain(..length + 2).collect();
                self.text.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
            }
        };
        tokio::time::timeout(TIMEOUT, next).await.expect("the stream says something, or ends")
    }

    /// All frames up to and with the first that passes.
    async fn until(&mut self, passes: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the stream ended after {frames:?}"));
            frames.push(frame);
            if passes(&frames[frames.len() - 1]) {
                return frames;
            }
        }
    }

    /// Reads on until the stream has ended.
    async fn ends(&mut self) {
        while self.next().await.is_some() {}
    }

    async fn line(&mut self, end: &[u8]) -> Option<String> {
        loop {
            if let Some(at) = self.raw.windows(end.len()).position(|bytes| bytes == end) {
                let line: Vec<_> = self.raw.drain(..at + end.len()).collect();
                return Some(String::from_utf8(line).unwrap());
            }
            if !self.fill(self.raw.len() + 1).await {
                return None;
            }
        }
    }

    async fn fill(&mut self, length: usize) -> bool {
        while self.raw.len() < length {
            // A reset is an end, too.
            if self.stream.read_buf(&mut self.raw).await.unwrap_or(0) == 0 {
                return false;
            }
        }
        true
    }
}

fn parse(text: &str) -> Frame {
    let mut frame = Frame::default();
    for line in text.lines() {
        match line.split_once(':').unwrap() {
            ("id", value) => value.trim().clone_into(&mut frame.id),
            ("event", value) => value.trim().clone_into(&mut frame.event),
            ("data", value) => frame.data = serde_json::from_str(value).unwrap(),
            ("", _) => {}
            _ => panic!("{line}"),
        }
    }
    frame
}

/// The positions in an id: auth, users, resumes.
fn positions(id: &str) -> [i64; 3] {
    let mut parts = id.split('.').zip(["a", "u", "r"]);
    std::array::from_fn(|_| {
        let (part, letter) = parts.next().unwrap_or_else(|| panic!("{id}"));
        part.strip_prefix(letter).unwrap_or_else(|| panic!("{id}")).parse().unwrap()
    })
}

pub(crate) async fn rename(server: &TestServer, id: UserId, name: &str) {
    let change = UpdateUser::new().name(name.to_owned());
    server.admin.client.users().update(id, &change, IfMatch::Any).await.unwrap();
}

/// The ids of the events of all logs behind these positions, source by source.
pub(crate) fn logged(stack: &Stack, after: [i64; 3]) -> [Vec<String>; 3] {
    let sources = ["auth", "users", "resumes"];
    std::array::from_fn(|source| {
        let sql =
            format!("SELECT event_id FROM event_log WHERE position > {} ORDER BY position", after[source]);
        rows(&file(stack, sources[source]), &sql, |row| Ok(EventId::from_bytes(row.get(0)?).to_string()))
    })
}

/// The ids of received events in order, by source.
fn received<'a>(frames: impl Iterator<Item = &'a Frame>) -> [Vec<String>; 3] {
    let mut received: [Vec<String>; 3] = Default::default();
    for frame in frames {
        let source =
            ["auth.", "users.", "resumes."].iter().position(|source| frame.event.starts_with(source));
        received[source.unwrap()].push(frame.data["id"].as_str().unwrap().to_owned());
    }
    received
}

/// The position of every log's last event, as an id.
pub(crate) fn tail(stack: &Stack) -> [i64; 3] {
    ["auth", "users", "resumes"]
        .map(|source| number(&file(stack, source), "SELECT coalesce(max(position), 0) FROM event_log"))
}

#[tokio::test]
async fn stream_starts_with_an_id_and_sends_full_objects() {
    let server = TestServer::start().await;
    let (mut listener, ready) = Listener::open(&server.stack, &server.admin.token, None).await;
    assert_eq!((ready.event.as_str(), positions(&ready.id)), ("ready", tail(&server.stack)));

    let user = server.user().await;
    let frame = listener.next().await.unwrap();
    assert_eq!((frame.event.as_str(), positions(&frame.id)), (subjects::USER_CREATED, tail(&server.stack)));
    assert_eq!(frame.data["subject"], subjects::USER_CREATED);
    assert_eq!(frame.data["actor_id"], server.admin.id.to_string());
    assert_eq!(frame.data["object"], json!({"type": "user", "id": user.id.to_string(), "version": 1}));
    assert_eq!(frame.data["user"], serde_json::to_value(&user).unwrap());

    let resume = server.resume_of(user.id).await;
    let frame = listener.next().await.unwrap();
    assert_eq!(frame.event, subjects::RESUME_CREATED);
    let listed = server.admin.client.resumes().list().owner(user.id).send().await.unwrap();
    assert_eq!(frame.data["resume"], serde_json::to_value(&listed.items[0]).unwrap());
    assert_eq!(frame.data["object"], json!({"type": "resume", "id": resume.id.to_string(), "version": 1}));
}

#[tokio::test]
async fn streams_hold_only_visible_objects() {
    let server = TestServer::start().await;
    let (member, viewer, other) =
        (server.person(Role::Member).await, server.person(Role::Viewer).await, server.user().await.id);
    let (mut admins, _) = Listener::open(&server.stack, &server.admin.token, None).await;
    let (mut members, _) = Listener::open(&server.stack, &member.token, None).await;
    let (mut viewers, _) = Listener::open(&server.stack, &viewer.token, None).await;

    let body = json!({"email": member.email, "password": "not the right one"}).to_string();
    request("POST /v1/auth/login").json(body).send(&server.stack).await;
    let failed = admins.until(|frame| frame.event == subjects::LOGIN_FAILED).await.pop().unwrap();
    assert_eq!(failed.data["session"]["user_id"], member.id.to_string());
    rename(&server, other, "Another").await;
    let others = server.resume_of(other).await.id.to_string();
    let own = member.client.resumes().create(&new_resume("Own")).await.unwrap().id.to_string();

    let object = |frame: &Frame| frame.data["object"]["id"].as_str().unwrap_or_default().to_owned();
    // A frame's id tells what the stream has passed over in silence.
    let past =
        |frame: &Frame| positions(&frame.id).iter().zip(tail(&server.stack)).all(|(at, end)| *at >= end);
    let mut by_member = members.until(|frame| object(frame) == own).await;
    let mut by_viewer = viewers.until(|frame| object(frame) == own).await;
    let mut markers = 0;
    loop {
        markers += 1;
        assert!(markers < 100, "the streams do not get on");
        let marker = format!("Marker {markers}");
        rename(&server, member.id, &marker).await;
        let is_marker = |frame: &Frame| frame.data["user"]["name"] == marker.as_str();
        by_member.extend(members.until(is_marker).await);
        by_viewer.extend(viewers.until(is_marker).await);
        if past(by_member.last().unwrap()) && past(by_viewer.last().unwrap()) {
            break;
        }
    }
    assert!(by_member.iter().all(|frame| [own.clone(), member.id.to_string()].contains(&object(frame))));
    assert!(by_viewer.iter().any(|frame| object(frame) == others));
    assert!(by_viewer.iter().any(|frame| object(frame) == other.to_string()));
    assert!(by_viewer.iter().all(|frame| !frame.event.starts_with("auth.")));
}

#[tokio::test]
async fn stream_resumes_after_the_last_event_id_without_gap_or_duplicate() {
    let mut server = TestServer::start().await;
    let (mut listener, ready) = Listener::open(&server.stack, &server.admin.token, None).await;
    let begins = positions(&ready.id);
    let owner = server.user().await.id;
    let mut frames = Vec::new();
    let mut last = ready.id;
    for round in 0..6 {
        for _ in 0..5 {
            server.resume_of(owner).await;
            rename(&server, owner, &format!("{}", UserId::new())).await;
        }
        // Cut in the middle of the events.
        for _ in 0..4 {
            frames.push(listener.next().await.unwrap());
        }
        frames.last().unwrap().id.clone_into(&mut last);
        drop(listener);
        match round {
            1 => server.stack.restart().await,
            3 => {
                server.stack.kill().await;
                server.stack.restart().await;
            }
            _ => {}
        }
        let again;
        (listener, again) = Listener::open(&server.stack, &server.admin.token, Some(&last)).await;
        assert_eq!((again.event.as_str(), &again.id), ("ready", &last));
    }
    let end = tail(&server.stack);
    frames.extend(listener.until(|frame| positions(&frame.id) == end).await);
    assert_eq!(received(frames.iter()), logged(&server.stack, begins));
}

#[tokio::test]
async fn stream_from_the_start_sends_the_whole_history() {
    let mut server = TestServer::start().await;
    let person = server.person(Role::Viewer).await;
    for _ in 0..300 {
        rename(&server, person.id, &format!("{}", UserId::new())).await;
    }
    server.stack.restart().await;
    let (mut listener, ready) = Listener::open(&server.stack, &server.admin.token, Some("a0.u0.r0")).await;
    assert_eq!((ready.event.as_str(), ready.id.as_str()), ("ready", "a0.u0.r0"));
    let end = tail(&server.stack);
    let frames = listener.until(|frame| positions(&frame.id) == end).await;
    assert_eq!(received(frames.iter()), logged(&server.stack, [0; 3]));
}

#[tokio::test]
async fn foreign_event_id_resets_the_stream_and_garbage_is_rejected() {
    let server = TestServer::start().await;
    for beyond in ["a999999.u0.r0", "a0.u0.r999999", "a0.u9223372036854775807.r0"] {
        let (mut listener, first) = Listener::open(&server.stack, &server.admin.token, Some(beyond)).await;
        assert_eq!((first.event.as_str(), positions(&first.id)), ("reset", tail(&server.stack)), "{beyond}");
        let user = server.user().await;
        assert_eq!(listener.next().await.unwrap().data["object"]["id"], user.id.to_string());
    }
    for garbage in ["", "12", "a1.u2", "a1.u2.r3.x4", "a-1.u2.r3", "a1.u2.r99999999999999999999", "\u{fc}"] {
        let asked = request("GET /v1/events").bearer(&server.admin.token).header("last-event-id", garbage);
        let response = asked.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (400, "invalid_parameter"), "{garbage:?}");
        assert_eq!(response.error_locations(), ["last-event-id:"], "{garbage:?}");
    }
    for query in ["heartbeat=-1", "heartbeat=301", "heartbeat=x", "what=1"] {
        let response =
            request(format!("GET /v1/events?{query}")).bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, 400, "{query}");
    }
}

#[tokio::test]
async fn stream_ends_with_its_login() {
    let server = TestServer::start().await;
    let users = server.admin.client.users();
    for why in ["logout", "revoked", "disabled", "deleted", "role"] {
        let person = server.person(Role::Viewer).await;
        let (mut listener, _) = Listener::open(&server.stack, &person.token, None).await;
        match why {
            "logout" => person.client.auth().logout().await.unwrap(),
            "revoked" => users.revoke_sessions(person.id).await.unwrap(),
            "disabled" => drop(users.disable(person.id, None).await.unwrap()),
            "deleted" => users.delete(person.id, None).await.unwrap(),
            _ => {
                let change = UpdateUser::new().role(Role::Member);
                users.update(person.id, &change, IfMatch::Any).await.unwrap();
            }
        }
        listener.ends().await;
        let response = request("GET /v1/events").bearer(&person.token).send(&server.stack).await;
        assert_eq!(response.status, 401, "{why}");
    }
}

#[tokio::test]
async fn stream_ends_with_its_token_and_with_the_server() {
    let mut server = TestServer::start().await;
    let (mut listener, _) = Listener::open(&server.stack, &server.admin.token, None).await;
    server.stack.stop().await;
    listener.ends().await;

    server.stack.restart().await;
    let lifetime = u64::from(limits::ACCESS_TOKEN_SECONDS);
    let person = server.person(Role::Viewer).await;
    server.stack.advance(Duration::from_secs(lifetime - 3));
    let (mut listener, _) = Listener::open(&server.stack, &person.token, None).await;
    listener.ends().await;
}

#[tokio::test]
async fn heartbeat_is_a_comment_at_the_requested_interval() {
    let server = TestServer::start().await;
    let mut listener =
        Listener::connect(&server.stack, &server.admin.token, "/v1/events?heartbeat=1", None).await;
    assert_eq!(listener.next().await.unwrap().event, "ready");
    let beat = listener.next().await.unwrap();
    assert_eq!((beat.id.as_str(), beat.event.as_str(), beat.data), ("", "", Value::Null));
}
