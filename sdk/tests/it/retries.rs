//! Which requests are retried, and when.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use futures_util::stream;
use tokio::net::TcpListener;
use vitae_sdk::{Client, Code, CreateUser, Error, IfMatch, MemoryStore, Retry, UpdateUser, User};

use crate::mock::{Gate, Reply, Server, causes, login, quick, user};

/// The bytes of a fault.
type Fault = fn() -> Reply;

const PASSING: [(&str, Fault); 5] = [
    ("503", || Reply::problem(Code::Unavailable)),
    ("504", || Reply::problem(Code::Timeout)),
    ("429", || Reply::problem(Code::RateLimited)),
    ("502 of a proxy", || Reply::text(502, "text/html", "<h1>bad gateway</h1>")),
    ("cut before the answer", Reply::nothing),
];

async fn failing(times: usize, fault: Fault) -> Server {
    Server::start(move |_, before| if before < times { fault() } else { Reply::json(&user()) }).await
}

fn new_user() -> CreateUser {
    CreateUser::new("ada@example.com", "Ada")
}

async fn update(client: &Client) -> Result<User, Error> {
    let id = crate::mock::USER.parse().unwrap();
    let users = client.users();
    users.update(id, &UpdateUser::default(), IfMatch::Any).await
}

#[tokio::test]
async fn reads_are_retried() {
    for (name, fault) in PASSING {
        let server = failing(2, fault).await;
        server.logged_in().me().get().await.expect(name);
        let ids: HashSet<_> = server
            .requests()
            .iter()
            .map(|request| request.header("x-request-id").unwrap().to_owned())
            .collect();
        assert_eq!((server.requests().len(), ids.len()), (3, 1), "{name}");
    }
}

#[tokio::test]
async fn attempts_are_bounded() {
    for (name, fault) in PASSING {
        let server = failing(usize::MAX, fault).await;
        let error = server.logged_in().me().get().await.unwrap_err();
        assert!(error.is_retryable(), "{name}");
        assert_eq!(server.requests().len(), 3, "{name}");

        let client = server.builder(MemoryStore::holding(login("0", 3600)));
        let client = client.retry(Retry::never()).build().unwrap();
        client.me().get().await.unwrap_err();
        assert_eq!(server.requests().len(), 4, "{name}");
    }
}

#[tokio::test]
async fn changes_are_retried_with_the_same_key() {
    for (name, fault) in PASSING {
        let server = failing(2, fault).await;
        let client = server.logged_in();
        client.users().create(&new_user()).await.expect(name);
        update(&client).await.expect(name);
        let keys: Vec<_> = server
            .requests()
            .iter()
            .map(|request| request.header("idempotency-key").unwrap().to_owned())
            .collect();
        assert_eq!(keys.len(), 4, "{name}");
        assert!(keys[0] == keys[1] && keys[1] == keys[2], "{name}");
        assert_ne!(keys[2], keys[3], "a fresh key for each call");
    }
}

#[tokio::test]
async fn idempotency_key_of_the_caller_is_used() {
    let server = failing(1, PASSING[0].1).await;
    let users = server.logged_in().users().with_idempotency_key("row-17");
    users.create(&new_user()).await.unwrap();
    for request in server.requests() {
        assert_eq!(request.header("idempotency-key"), Some("row-17"));
    }
    let users = server.logged_in().users().with_idempotency_key("with space");
    assert!(users.create(&new_user()).await.unwrap_err().is_invalid_input());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn requests_without_a_key_are_not_retried() {
    for (name, fault) in PASSING {
        let server = failing(usize::MAX, fault).await;
        let client = server.logged_in();
        let password = "correct horse".to_owned().into();
        let login = client.auth().login("ada@example.com", &password).await;
        assert!(login.is_err(), "{name}");
        assert_eq!(server.count("POST /v1/auth/login"), 1, "{name}");

        let change = client.me().change_password(&password, &password).await;
        assert!(change.is_err(), "{name}");
        assert_eq!(server.count("PUT /v1/me/password"), 1, "{name}");

        let import = client.resumes().import().send(stream::iter(["{}"])).await;
        assert!(import.is_err(), "{name}");
        assert_eq!(server.count("POST /v1/resumes/import"), 1, "{name}");
    }
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for code in Code::ALL {
        let passing = matches!(code, Code::Unavailable | Code::Timeout | Code::RateLimited);
        // After these two the login is refreshed, once.
        if passing || matches!(code, Code::InvalidToken | Code::PasswordChangeRequired) {
            continue;
        }
        let server = Server::always(|| Reply::problem(*code)).await;
        server.logged_in().me().get().await.unwrap_err();
        assert_eq!(server.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn retry_after_is_respected() {
    let server = Server::start(|_, before| match before {
        0 => Reply::problem_with(Code::RateLimited, &[("retry-after", "0")]),
        _ => Reply::json(&user()),
    })
    .await;
    // The client would have to wait beyond the deadline, so it does not wait.
    let hour = Duration::from_hours(1);
    let patient = Retry::new().first_wait(hour).longest_wait(hour);
    let client = server.builder(MemoryStore::holding(login("0", 3600)));
    client.retry(patient).build().unwrap().me().get().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn no_wait_beyond_the_deadline() {
    let server = Server::always(|| Reply::problem_with(Code::Unavailable, &[("retry-after", "3600")])).await;
    let error = server.logged_in().me().get().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert_eq!(error.status(), Some(503));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn unresponsive_server_times_out() {
    let gate = Gate::closed();
    let held = gate.clone();
    let server = Server::always(move || Reply::json(&user()).behind(&held)).await;
    let client = server.logged_in().with_timeout(Duration::from_millis(50));
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_timeout() && error.is_unavailable() && error.is_retryable());
    assert!(error.request_id().is_some());
    assert!(server.requests().len() < 2);
}

#[tokio::test]
async fn refused_connection_names_server_and_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder()
        .base_url(&url)
        .token_store(MemoryStore::holding(login("0", 3600)))
        .retry(quick())
        .build()
        .unwrap();
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unavailable() && error.is_retryable());
    assert_eq!(error.to_string(), format!("GET /v1/me: cannot connect to {url}"));
    let kinds: Vec<_> = causes(&error)
        .into_iter()
        .filter_map(|link| link.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .collect();
    assert_eq!(kinds, [io::ErrorKind::ConnectionRefused]);
}

#[tokio::test]
async fn connections_are_reused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        // One connection for all requests.
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let body = user().to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut buffer = [0; 4096];
        while stream.read(&mut buffer).await.unwrap() > 0 {
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let client =
        Client::builder().base_url(&url).token_store(MemoryStore::holding(login("0", 3600))).build().unwrap();
    for _ in 0..10 {
        client.me().get().await.unwrap();
    }
    drop(client);
    server.await.unwrap();
}
