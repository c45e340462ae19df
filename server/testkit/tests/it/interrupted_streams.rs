//! Ten event streams behind a proxy that cuts connections, during changes and a server restart.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use vitae_sdk::{Client, Event, MemoryStore, Retry, SecretString};
use vitae_server_testkit::{ADMIN, CuttingProxy, PASSWORD};

use crate::events::{logged, rename, tail};
use crate::test_server::TestServer;

/// Listeners with the SDK; one more is written by hand.
const PROGRAMS: usize = 9;
const ROUNDS: usize = 30;
/// An event not received within this time is not sent.
const TIMEOUT: Duration = Duration::from_mins(1);
const SOURCES: [&str; 3] = ["auth.", "users.", "resumes."];

/// The ids of received events in order, by source.
type Received = [Vec<String>; 3];

fn note(received: &mut Received, subject: &str, id: String) {
    let source = SOURCES.iter().position(|source| subject.starts_with(source));
    received[source.unwrap_or_else(|| panic!("{subject} has no source"))].push(id);
}

/// Returns a client that connects through the proxy, logged in as the administrator.
async fn through(proxy: &CuttingProxy, server: &TestServer) -> Client {
    let store = MemoryStore::new();
    let direct = Client::builder().base_url(server.stack.url()).token_store(store.clone()).build().unwrap();
    direct.auth().login(ADMIN, &SecretString::from(PASSWORD)).await.unwrap();
    let retry = Retry::new().attempts(10_000).first_wait(Duration::from_millis(1));
    let retry = retry.longest_wait(Duration::from_millis(20));
    Client::builder().base_url(&proxy.url).token_store(store).retry(retry).build().unwrap()
}

/// Receives events up to the ids in `end`.
async fn listen(client: &Client, begins: &str, mut end: watch::Receiver<String>) -> Received {
    let mut received = Received::default();
    let mut last = begins.to_owned();
    let mut events = client.events().watch().after(begins).stream();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = end.wait_for(|end| *end == last) => return received,
        };
        let event = event.expect("the stream goes on").unwrap();
        event.id().clone_into(&mut last);
        match event {
            Event::Ready { .. } => {}
            Event::Event { subject, event_id, .. } => note(&mut received, &subject, event_id.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

/// An event stream parser that implements only section 9.2 of the HTML Standard.
#[derive(Default)]
struct EventSource {
    last_event_id: String,
    /// The bytes of the connection, with head and chunks.
    raw: Vec<u8>,
    in_body: bool,
    /// The body after the last read line.
    text: Vec<u8>,
    /// The buffers of the event that has not ended yet: id, type and data.
    id: String,
    kind: String,
    data: String,
}

impl EventSource {
    /// Reconnects until it has received the ids in `end`.
    async fn listen(mut self, address: &str, token: &str, mut end: watch::Receiver<String>) -> Received {
        let mut received = Received::default();
        while *end.borrow_and_update() != self.last_event_id {
            let known = end.borrow().clone();
            // Reconnects after a connection that was cut, reset or refused.
            tokio::select! {
                _ = self.connect(address, token, &known, &mut received) => {}
                _ = end.changed() => {}
            }
            tokio::task::yield_now().await;
        }
        received
    }

    /// Receives events until the connection ends or the ids in `end` have arrived.
    async fn connect(
        &mut self,
        address: &str,
        token: &str,
        end: &str,
        received: &mut Received,
    ) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "GET /v1/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
             authorization: Bearer {token}\r\nlast-event-id: {}\r\n\r\n",
            self.last_event_id
        );
        stream.write_all(request.as_bytes()).await?;
        // An incomplete event of the previous connection is discarded.
        *self = Self {
            last_event_id: self.last_event_id.clone(),
            id: self.last_event_id.clone(),
            ..Self::default()
        };
        while self.last_event_id != end && stream.read_buf(&mut self.raw).await? > 0 {
            match self.in_body || self.skip_head() {
                false if self.is_rejected() => return Ok(()),
                false => continue,
                true => self.take_chunks(),
            }
            while let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                self.interpret(std::str::from_utf8(&line[..end]).unwrap(), received);
            }
        }
        Ok(())
    }

    /// Takes the head of a stream away once it is there.
    fn skip_head(&mut self) -> bool {
        let Some(end) = self.raw.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
        let head = String::from_utf8_lossy(&self.raw[..end]).to_lowercase();
        self.in_body = head.starts_with("http/1.1 200") && head.contains("transfer-encoding: chunked");
        if self.in_body {
            self.raw.drain(..end + 4);
        }
        self.in_body
    }

    /// Whether a whole head says that the server is not there yet; the caller then starts again.
    fn is_rejected(&self) -> bool {
        let rejected = self.raw.starts_with(b"HTTP/1.1 503") || self.raw.starts_with(b"HTTP/1.1 504");
        let whole = self.raw.windows(4).any(|four| four == b"\r\n\r\n");
        assert!(rejected || !whole, "{}", String::from_utf8_lossy(&self.raw));
        rejected && whole
    }

    /// Moves the whole chunks of the body into the text.
    fn take_chunks(&mut self) {
        while let Some(end) = self.raw.windows(2).position(|two| two == b"\r\n") {
            let length = usize::from_str_radix(std::str::from_utf8(&self.raw[..end]).unwrap(), 16).unwrap();
            let next = end + 2 + length + 2;
            if self.raw.len() < next {
                return;
            }
            self.text.extend_from_slice(&self.raw[end + 2..end + 2 + length]);
            self.raw.drain(..next);
        }
    }

    /// One line of the stream; the server ends them with LF alone.
    fn interpret(&mut self, line: &str, received: &mut Received) {
        if line.is_empty() {
            return self.dispatch(received);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            _ => {}
        }
    }

    fn dispatch(&mut self, received: &mut Received) {
        self.id.clone_into(&mut self.last_event_id);
        let (kind, data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
        match kind.as_str() {
            "" | "ready" => {}
            "reset" => panic!("the server has forgotten {}", self.id),
            subject => {
                let data: Value = serde_json::from_str(&data).unwrap();
                note(received, subject, data["id"].as_str().unwrap().to_owned());
            }
        }
    }
}

/// Changes of every source, with cuts and restarts in between.
async fn changes(server: &mut TestServer, proxy: &CuttingProxy) {
    let owner = server.user().await.id;
    for round in 0..ROUNDS {
        for _ in 0..4 {
            server.resume_of(owner).await;
            rename(server, owner, &format!("Name {}", vitae_sdk::UserId::new())).await;
        }
        server.stack.log_in(ADMIN).await;
        if round % 3 == 0 {
            proxy.cut();
        }
        match round {
            10 | 25 => server.stack.restart().await,
            18 => {
                server.stack.kill().await;
                server.stack.restart().await;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn ten_streams_behind_a_cutting_proxy_receive_each_event_once() {
    let mut server = TestServer::start().await;
    // Some connections end in the head, most in a frame, all of them soon.
    let proxy = CuttingProxy::start(&server.stack.url(), |number| Some(300 + 1987 * number % 16_001)).await;
    let mut clients = Vec::new();
    for _ in 0..PROGRAMS {
        clients.push(through(&proxy, &server).await);
    }
    let begins = tail(&server.stack);
    let id = |[auth, users, resumes]: [i64; 3]| format!("a{auth}.u{users}.r{resumes}");
    let (end, ended) = watch::channel(String::new());
    let programs = join_all(clients.iter().map(|client| {
        let (begins, ended) = (id(begins), ended.clone());
        async move { listen(client, &begins, ended).await }
    }));
    let by_hand = EventSource { last_event_id: id(begins), ..EventSource::default() };
    let address = proxy.url.strip_prefix("http://").unwrap();
    let token = server.admin.token.clone();
    let by_hand = by_hand.listen(address, &token, ended);
    let work = async {
        changes(&mut server, &proxy).await;
        end.send_replace(id(tail(&server.stack)));
    };
    let all = async { tokio::join!(programs, by_hand, work) };
    let (mut received, by_hand, ()) =
        tokio::time::timeout(TIMEOUT, all).await.expect("every event is received");
    received.push(by_hand);
    let logged = logged(&server.stack, begins);
    for (listener, received) in received.iter().enumerate() {
        assert!(*received == logged, "listener {listener} of {}", received.len());
    }
    assert!(proxy.connections() > 50, "{}", proxy.connections());
}
