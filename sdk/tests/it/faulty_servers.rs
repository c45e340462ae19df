//! Servers that send wrong or endless responses, or close connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use vitae_sdk::{Client, MemoryStore, Role, TokenStore as _};

use crate::mock::{Reply, SESSION, Server, USER, login, quick, user};

async fn outcome(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (vitae_sdk::Error, usize) {
    let server = Server::always(reply).await;
    let error = server.logged_in().me().get().await.unwrap_err();
    (error, server.requests().len())
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::always(|| Reply::json(&user())).await;
    let target = format!("{}/v1/me", elsewhere.url);
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let (error, requests) = outcome(move || Reply::with(status, &[("location", &target)], "")).await;
        assert_eq!((error.status(), requests), (Some(status), 1));
        assert_eq!(error.next_step(), Some("use the server's own address; redirects are not followed"));
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn body_shorter_than_its_length_is_a_lost_connection() {
    let body = user().to_string();
    let (error, requests) = outcome(move || {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len() + 10
        );
        Reply::raw(vec![head.into_bytes(), body.clone().into_bytes()])
    })
    .await;
    assert!(error.is_unavailable() && error.is_retryable(), "{error:?}");
    assert_eq!(requests, 3, "a read is repeated");
}

#[tokio::test]
async fn body_longer_than_its_length_is_invalid() {
    let (error, requests) = outcome(|| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n";
        Reply::raw(vec![format!("{head}{}", user()).into_bytes()])
    })
    .await;
    assert!(!error.is_retryable() && !error.is_invalid_input(), "{error:?}");
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn truncated_chunked_body_is_a_lost_connection() {
    let body = user().to_string();
    let (error, _) = outcome(move || Reply::chunked("application/json", &[body.as_bytes()]).cut(1)).await;
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn malformed_http_is_not_retried() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let (error, requests) = outcome(move || Reply::raw(vec![garbage.as_bytes().to_vec()])).await;
        assert!(!error.is_retryable(), "{garbage:?}: {error:?}");
        assert_eq!(requests, 1, "{garbage:?}");
        assert!(error.next_step().is_some());
    }
}

#[tokio::test]
async fn responses_of_other_programs_are_errors() {
    for (media_type, body, text) in [
        ("text/html", "<html>", "expected a response of type application/json, found text/html"),
        ("application/json", "", "the response has a form that this version of the SDK does not support"),
        (
            "application/json",
            "{\"a\": 1}",
            "the response has a form that this version of the SDK does not support",
        ),
        (
            "application/json; charset=utf-8",
            "[]",
            "the response has a form that this version of the SDK does not support",
        ),
    ] {
        let (error, requests) = outcome(move || Reply::text(200, media_type, body)).await;
        assert_eq!(error.to_string(), format!("GET /v1/me: {text}"));
        assert_eq!(requests, 1);
    }
}

#[tokio::test]
async fn html_page_of_a_proxy_is_no_success() {
    let server = Server::always(|| Reply::text(200, "text/html", "<html>please pay</html>")).await;
    let store = MemoryStore::holding(login("0", 3600));
    let client = server.client(store.clone());
    let outcomes = [
        client.me().revoke_session(SESSION.parse().unwrap()).await,
        client.users().delete(USER.parse().unwrap(), None).await,
        client.auth().logout().await,
    ];
    for outcome in outcomes {
        assert!(outcome.unwrap_err().to_string().contains("found text/html"));
    }
    assert!(store.load().unwrap().is_some(), "still logged in");
}

#[tokio::test]
async fn unknown_fields_and_values_are_accepted() {
    let server = Server::always(|| {
        let mut user = user();
        user["role"] = json!("auditor");
        user["pronouns"] = json!({"any": ["thing"]});
        Reply::json(&user)
    })
    .await;
    let me = server.logged_in().me().get().await.unwrap();
    assert_eq!(me.role, Role::Other("auditor".to_owned()));
}

/// Sends `head`, then `more` until the client disconnects; returns the number of bytes sent.
async fn endless(head: &'static str, more: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(more).await.is_ok() {
                count.fetch_add(more.len(), Ordering::Relaxed);
            }
        }
    });
    (url, taken)
}

fn client(url: &str) -> Client {
    Client::builder()
        .base_url(url)
        .token_store(MemoryStore::holding(login("0", 3600)))
        .retry(quick())
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_headers_are_an_error() {
    let (url, taken) = endless("HTTP/1.1 200 OK\r\n", b"x-more: and more and more\r\n").await;
    let error = client(&url).me().get().await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
    assert!(taken.load(Ordering::Relaxed) < 64 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_body_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    let (url, _) = endless(head, &[b' '; 16 << 10]).await;
    let error = client(&url).me().get().await.unwrap_err();
    assert_eq!(error.to_string(), "GET /v1/me: the response is larger than 67108864 bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_rejection_keeps_its_status() {
    let head = "HTTP/1.1 403 No\r\ncontent-type: application/problem+json\r\n\r\n";
    let (url, _) = endless(head, &[b' '; 16 << 10]).await;
    let error = client(&url).me().get().await.unwrap_err();
    assert!(error.is_forbidden());
}

#[tokio::test]
async fn login_over_http_to_another_machine_is_rejected() {
    for (url, good) in [
        ("http://127.0.0.1:1", true),
        ("http://localhost:1", true),
        ("http://[::1]:1", true),
        ("http://192.0.2.1:1", false),
        ("http://vitae.example", false),
    ] {
        let build = || Client::builder().base_url(url);
        match build().build() {
            Ok(_) => assert!(good, "{url}"),
            Err(error) => {
                assert!(!good && error.is_invalid_input(), "{url}");
                assert!(error.to_string().contains("unencrypted"), "{error}");
            }
        }
    }
}
