//! Limits of titles, tags, heads and bodies, and malformed HTTP.

use std::fmt::Write as _;

use serde_json::json;

use crate::raw_http::{Response, request, send_bytes};
use crate::test_server::TestServer;

const MEBIBYTE: usize = 1 << 20;

#[tokio::test]
async fn titles_and_tags_are_bounded() {
    let server = TestServer::start().await;
    let tags = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    for (name, title, tags, places) in [
        ("longest", "é".repeat(200), tags(32), ""),
        ("a long tag", "A".to_owned(), vec!["é".repeat(50)], ""),
        ("long title", "é".repeat(201), vec![], "/title"),
        ("empty title", " ".to_owned(), vec![], "/title"),
        ("many tags", "A".to_owned(), tags(33), "/tags"),
        (
            "odd tags",
            "A".to_owned(),
            vec![String::new(), "x".repeat(51), "a,b".to_owned(), " ".to_owned()],
            "/tags/0 /tags/1 /tags/2 /tags/3",
        ),
    ] {
        let body = json!({"title": title, "tags": tags, "document": {}}).to_string();
        let response =
            request("POST /v1/resumes").json(body).bearer(&server.admin.token).send(&server.stack).await;
        if places.is_empty() {
            assert_eq!(response.status, 201, "{name}");
        } else {
            assert_eq!(
                (response.status, response.error_locations().join(" ").as_str()),
                (422, places),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn heads_have_limits() {
    let server = TestServer::start().await;
    let with = |count: usize| {
        (0..count).fold(request("GET /v1/me"), |request, n| request.header(&format!("x-{n}"), "x"))
    };
    // Beside authorization, host and connection.
    for (name, request, status) in [
        ("64 headers", with(61), 200),
        ("65 headers", with(62), 431),
        ("120 headers", with(120), 431),
        ("15 KiB", request("GET /v1/me").header("x", "x".repeat(15 << 10)), 200),
        ("17 KiB", request("GET /v1/me").header("x", "x".repeat(17 << 10)), 431),
        ("4 KiB of URL", request(format!("GET /v1/users?q={}", "x".repeat(4096 - 12))), 200),
        ("one byte more", request(format!("GET /v1/users?q={}", "x".repeat(4097 - 12))), 414),
        ("a long path", request(format!("GET /{}", "x".repeat(5000))), 414),
    ] {
        let rpcs = server.stack.rpc_count();
        let response = request.bearer(&server.admin.token).send(&server.stack).await;
        assert_eq!(response.status, status, "{name}: {}", response.text());
        match status {
            431 => assert_eq!(response.code(), "headers_too_large", "{name}"),
            414 => assert_eq!(response.code(), "uri_too_long", "{name}"),
            _ => continue,
        }
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}");
    }
    // Beyond what is read at all, the status is all that there is.
    for (name, request) in
        [("1,000 headers", with(1000)), ("1 MiB", request("GET /v1/me").header("x", "x".repeat(MEBIBYTE)))]
    {
        let response = request.send(&server.stack).await;
        assert_eq!(response.status, 431, "{name}");
    }
}

/// The body of a creation of so many bytes.
fn of_size(bytes: usize) -> String {
    let around = r#"{"title":"A","document":{"x":""}}"#.len();
    format!(r#"{{"title":"A","document":{{"x":"{}"}}}}"#, "x".repeat(bytes - around))
}

async fn chunked(server: &TestServer, body: &str) -> Response {
    let mut bytes = format!(
        "POST /v1/resumes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        server.admin.token
    );
    for chunk in body.as_bytes().chunks(60_000) {
        write!(bytes, "{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap()).unwrap();
    }
    bytes.push_str("0\r\n\r\n");
    send_bytes(&server.stack, bytes.as_bytes()).await
}

#[tokio::test]
async fn body_is_limited_to_one_mebibyte() {
    let server = TestServer::start().await;
    for (name, bytes, status) in [("as large as may be", MEBIBYTE, 201), ("one byte more", MEBIBYTE + 1, 413)]
    {
        let body = of_size(bytes);
        let with_length = request("POST /v1/resumes").json(&body).bearer(&server.admin.token);
        let rpcs = server.stack.rpc_count();
        for response in [with_length.send(&server.stack).await, chunked(&server, &body).await] {
            assert_eq!(response.status, status, "{name}");
            assert_eq!(response.code(), if status == 413 { "body_too_large" } else { "" }, "{name}");
        }
        assert_eq!(server.stack.rpc_count() == rpcs, status == 413, "{name}");
    }
    // Rejected by its length alone, before any of it comes.
    let head = format!(
        "POST /v1/resumes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n",
        server.admin.token
    );
    assert_eq!(send_bytes(&server.stack, head.as_bytes()).await.code(), "body_too_large");
}

#[tokio::test]
async fn malformed_http_is_rejected() {
    let server = TestServer::start().await;
    let head =
        format!("host: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n", server.admin.token);
    for (name, bytes) in [
        ("noise", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        ("no version", format!("GET /v1/me\r\n{head}\r\n").into_bytes()),
        ("a space in the target", format!("GET /v1/me me HTTP/1.1\r\n{head}\r\n").into_bytes()),
        ("a space before the colon", format!("GET /v1/me HTTP/1.1\r\n{head}x : y\r\n\r\n").into_bytes()),
        ("a nul in a header", format!("GET /v1/me HTTP/1.1\r\n{head}x: \0\r\n\r\n").into_bytes()),
        (
            "two lengths",
            format!("POST /v1/resumes HTTP/1.1\r\n{head}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}x")
                .into_bytes(),
        ),
        (
            "a negative length",
            format!("POST /v1/resumes HTTP/1.1\r\n{head}content-length: -1\r\n\r\n").into_bytes(),
        ),
    ] {
        let rpcs = server.stack.rpc_count();
        let response = send_bytes(&server.stack, &bytes).await;
        assert_eq!(response.status, 400, "{name}");
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}");
    }
    // And goes on serving others.
    let response = request("GET /v1/me").bearer(&server.admin.token).send(&server.stack).await;
    assert_eq!(response.status, 200);
}
