//! Requests that outlast their login.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use vitae_sdk::{IfMatch, ImportStatus, Role, UpdateUser, UserId};

use crate::raw_http::request;
use crate::test_server::{Person, TestServer, eventually};

/// A server that neither responses nor hangs up has failed its test.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Longer than an access token is valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(630);

/// The reason why an authorization ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Disable,
    Demote,
    Delete,
    LogOut,
    Revoke,
    NewPassword,
    Expire,
}

const ENDS: [End; 7] =
    [End::Disable, End::Demote, End::Delete, End::LogOut, End::Revoke, End::NewPassword, End::Expire];

impl End {
    async fn happen(self, server: &TestServer, person: &Person) {
        let users = server.admin.client.users();
        match self {
            Self::Disable => drop(users.disable(person.id, None).await.unwrap()),
            Self::Demote => {
                let update = UpdateUser::new().role(Role::Viewer);
                users.update(person.id, &update, IfMatch::Any).await.unwrap();
            }
            Self::Delete => users.delete(person.id, None).await.unwrap(),
            Self::LogOut => person.client.auth().logout().await.unwrap(),
            Self::Revoke => users.revoke_sessions(person.id).await.unwrap(),
            Self::NewPassword => {
                users.set_password(person.id, &"an entirely new one".to_owned().into()).await.unwrap();
            }
            Self::Expire => server.stack.advance(TOKEN_LIFETIME),
        }
    }
}

/// A request whose body is sent piece by piece.
struct Upload {
    stream: TcpStream,
    received: String,
}

impl Upload {
    async fn begin(server: &TestServer, line: &str, token: &str, headers: &str) -> Self {
        let url = server.stack.url();
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let head =
            format!("{line} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, received: String::new() }
    }

    async fn import(server: &TestServer, token: &str, owner: UserId) -> Self {
        let line = format!("POST /v1/resumes/import?owner_id={owner}");
        let headers = "content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n";
        Self::begin(server, &line, token, headers).await
    }

    /// Sends a piece; a server that has hung up does not want it.
    async fn send(&mut self, piece: &str) {
        drop(self.stream.write_all(piece.as_bytes()).await);
    }

    /// Sends a line as a chunk of its own.
    async fn line(&mut self, line: &str) {
        self.send(&format!("{:x}\r\n{line}\n\r\n", line.len() + 1)).await;
    }

    /// Reads until this text has arrived, or the server hangs up; tells whether it has arrived.
    async fn read_until(&mut self, text: &str) -> bool {
        let reading = async {
            let mut buffer = vec![0; 4096];
            while !self.received.contains(text) {
                let Ok(count @ 1..) = self.stream.read(&mut buffer).await else { return false };
                self.received.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            }
            true
        };
        tokio::time::timeout(TIMEOUT, reading).await.expect("the server answers or hangs up")
    }
}

async fn resumes_of(server: &TestServer, owner: UserId) -> Option<u64> {
    server.admin.client.resumes().list().owner(owner).count(true).send().await.unwrap().total
}

#[tokio::test]
async fn import_ends_when_its_authorization_ends() {
    let server = TestServer::start().await;
    for end in ENDS {
        let person = server.person(Role::Editor).await;
        let owner = server.user().await.id;
        let mut import = Upload::import(&server, &person.token, owner).await;
        import.line("{}").await;
        assert!(import.read_until("\"created\"").await, "{end:?}: {}", import.received);
        end.happen(&server, &person).await;
        import.line("{}").await;
        import.line("{}").await;
        import.send("0\r\n\r\n").await;
        assert!(import.read_until("\"invalid_token\"").await, "{end:?}: {}", import.received);
        assert!(import.read_until("\r\n0\r\n\r\n").await, "{end:?}: {}", import.received);
        assert_eq!(resumes_of(&server, owner).await, Some(1), "{end:?}: {}", import.received);
    }
}

#[tokio::test]
async fn idle_import_ends_when_the_login_ends() {
    let server = TestServer::start().await;
    for end in [End::Disable, End::Demote, End::LogOut] {
        let person = server.person(Role::Editor).await;
        let mut import = Upload::import(&server, &person.token, server.admin.id).await;
        import.line("{}").await;
        assert!(import.read_until("\"created\"").await, "{end:?}: {}", import.received);
        // An incomplete line.
        import.send("1\r\n{\r\n").await;
        end.happen(&server, &person).await;
        assert!(import.read_until("\"invalid_token\"").await, "{end:?}: {}", import.received);
        assert!(import.read_until("\r\n0\r\n\r\n").await, "{end:?}: {}", import.received);
    }
}

#[tokio::test]
async fn sdk_import_reports_the_line_at_which_it_ended() {
    let server = TestServer::start().await;
    let person = server.person(Role::Editor).await;
    let (lines, next) = tokio::sync::mpsc::unbounded_channel::<&str>();
    let body = stream::unfold(next, async |mut next| Some((next.recv().await?, next)));
    lines.send("{}").unwrap();
    let mut results = person.client.resumes().import().send(body).await.unwrap();
    assert_eq!(results.next().await.unwrap().unwrap().status, ImportStatus::Created);
    End::Disable.happen(&server, &person).await;
    let result = results.next().await.unwrap().unwrap();
    assert_eq!((result.line, result.status), (2, ImportStatus::Refused));
    assert_eq!(result.problem.unwrap().code, "invalid_token");
    assert!(results.next().await.is_none());
    assert_eq!(resumes_of(&server, person.id).await, Some(1));
}

#[tokio::test]
async fn body_received_after_the_login_ended_changes_nothing() {
    let server = TestServer::start().await;
    let body = r#"{"title":"A","document":{}}"#;
    for end in ENDS {
        let person = server.person(Role::Editor).await;
        let headers = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        let mut create = Upload::begin(&server, "POST /v1/resumes", &person.token, &headers).await;
        // The last byte is missing.
        create.send(&body[..body.len() - 1]).await;
        // The scrape counts itself.
        eventually("the request is being read", async || {
            let metrics = request("GET /metrics").send(&server.stack).await;
            metrics.text().contains("vitae_http_requests_in_flight 2")
        })
        .await;
        end.happen(&server, &person).await;
        create.send(&body[body.len() - 1..]).await;
        assert!(create.read_until("\"invalid_token\"").await, "{end:?}: {}", create.received);
        assert_eq!(resumes_of(&server, person.id).await, Some(0), "{end:?}");
    }
}

#[tokio::test]
async fn event_stream_ends_when_its_token_expires() {
    let server = TestServer::start().await;
    let person = server.person(Role::Editor).await;
    let mut events = Upload::begin(&server, "GET /v1/events", &person.token, "").await;
    assert!(events.read_until("event: ready").await, "{}", events.received);
    End::Expire.happen(&server, &person).await;
    server.resume_of(server.admin.id).await;
    assert!(!events.read_until("resumes.resume.created").await, "{}", events.received);
}

/// Resumes of almost the largest size: more than the buffers between two programs hold.
async fn store_much(server: &TestServer) -> usize {
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1_000_000));
    let lines = stream::iter(vec![line; 24]);
    let results = server.admin.client.resumes().import().send(lines).await.unwrap();
    let created = results.filter(|result| {
        std::future::ready(result.as_ref().is_ok_and(|result| result.status == ImportStatus::Created))
    });
    created.count().await * 1_000_000
}

#[tokio::test]
async fn slowly_read_export_is_cut_when_its_authorization_ends() {
    let server = TestServer::start().await;
    let stored = store_much(&server).await;
    assert_eq!(stored, 24_000_000);
    for end in [End::Disable, End::Demote, End::LogOut, End::Delete, End::Expire] {
        let person = server.person(Role::Editor).await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        let address = server.stack.url().strip_prefix("http://").unwrap().parse().unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let head = format!(
            "GET /v1/resumes/export HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            person.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // The export has begun, and its reader reads no further.
        let mut received = vec![0; 1000];
        stream.read_exact(&mut received).await.unwrap();
        assert!(received.starts_with(b"HTTP/1.1 200"), "{end:?}");
        end.happen(&server, &person).await;
        let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut received)).await;
        drop(read.expect("the server hangs up"));
        assert!(!received.ends_with(b"\r\n0\r\n\r\n"), "{end:?}: it looks whole");
        assert!(received.len() < stored, "{end:?}: {} bytes", received.len());
    }
}
