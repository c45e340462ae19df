//! Malformed, slow and oversized requests at the public port.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vitae_contracts_core::limits::{BODY_BYTES, HEADER_BYTES, HEADERS, URL_BYTES};
use vitae_sdk::ExposeSecret as _;

use crate::raw_http::{send, send_one};
use crate::vitaed::{PASSWORD, TIMEOUT, Vitaed, lines, run, serve, start};

/// A server on a directory of its own.
async fn server() -> (tempfile::TempDir, Vitaed) {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path()).await;
    (directory, server)
}

/// A whole request that asks for the connection to be closed.
fn request(line: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n{body}").into_bytes()
}

/// A request with a JSON body of declared length.
fn post(path: &str, body: &str) -> Vec<u8> {
    let headers = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    request(&format!("POST {path}"), &headers, body)
}

/// A body in chunks of a size.
fn chunked(body: &str, size: usize) -> String {
    let chunks = body.as_bytes().chunks(size).map(|chunk| std::str::from_utf8(chunk).unwrap());
    let chunks: Vec<_> = chunks.map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
    chunks.concat() + "0\r\n\r\n"
}

const CHUNKED: &str = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";

fn login() -> String {
    format!(r#"{{"email": "admin@localhost", "password": "{PASSWORD}"}}"#)
}

#[tokio::test]
async fn slow_clients_are_disconnected_while_others_are_served() {
    let (_directory, server) = server().await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let trickling = TcpStream::connect(server.address).await.unwrap();
    let (mut response, mut trickle) = trickling.into_split();
    let drip = async {
        trickle.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
        let mut pace = tokio::time::interval(Duration::from_millis(250));
        loop {
            pace.tick().await;
            // Until the server hangs up.
            if trickle.write_all(b"x").await.is_err() {
                break;
            }
        }
    };
    let slow = async {
        // Neither is answered; both are closed, by an end or by a reset.
        let (mut to_silent, mut to_trickling) = (Vec::new(), Vec::new());
        let closed = async {
            tokio::join!(silent.read_to_end(&mut to_silent), response.read_to_end(&mut to_trickling), drip)
        };
        drop(tokio::time::timeout(TIMEOUT, closed).await.expect("slow clients are closed"));
        (to_silent, to_trickling)
    };
    let others = async {
        loop {
            assert_eq!(send_one(server.address, &request("GET /livez", "", "")).await.status, 200);
        }
    };
    let closed = tokio::select! {
        closed = slow => closed,
        () = others => unreachable!("others never end"),
    };
    assert_eq!(closed, (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn heads_have_limits() {
    let (_directory, server) = server().await;
    let many = |count| "x-many: 1\r\n".repeat(count);
    // `host` and `connection` are two more.
    let (most, long) = (HEADERS - 2, format!("x-long: {}\r\n", "1".repeat(HEADER_BYTES)));
    let url = |bytes: usize| format!("GET /livez?{}", "a".repeat(bytes - "/livez?".len()));
    for (name, line, headers, status, code) in [
        ("as many headers as allowed", "GET /livez".to_owned(), many(most), 200, ""),
        ("one header more", "GET /livez".to_owned(), many(most + 1), 431, "headers_too_large"),
        ("more headers than are read at all", "GET /livez".to_owned(), many(4 * HEADERS), 431, ""),
        ("a long header", "GET /livez".to_owned(), long, 431, "headers_too_large"),
        ("as long a URL as allowed", url(URL_BYTES), String::new(), 400, "unknown_parameter"),
        ("a URL of one byte more", url(URL_BYTES + 1), String::new(), 414, "uri_too_long"),
        ("a URL of many bytes more", url(10 * URL_BYTES), String::new(), 414, "uri_too_long"),
    ] {
        let response = send_one(server.address, &request(&line, &headers, "")).await;
        assert_eq!((response.status, response.code().as_str()), (status, code), "{name}");
    }
}

#[tokio::test]
async fn bodies_are_limited_in_every_encoding() {
    let (_directory, server) = server().await;
    let body = |bytes: usize| format!("{{{}", " ".repeat(bytes - 1));
    let declared = |bytes: usize| {
        // Rejected by the declared length, before any of it is sent.
        let headers = format!("content-type: application/json\r\ncontent-length: {bytes}\r\n");
        request("POST /v1/auth/login", &headers, "")
    };
    let in_chunks = |bytes: usize| request("POST /v1/auth/login", CHUNKED, &chunked(&body(bytes), 8192));
    for (name, bytes, status, code) in [
        ("the largest body", post("/v1/auth/login", &body(BODY_BYTES)), 400, "malformed_json"),
        ("one byte more", post("/v1/auth/login", &body(BODY_BYTES + 1)), 413, "body_too_large"),
        ("one byte more, declared alone", declared(BODY_BYTES + 1), 413, "body_too_large"),
        ("much more, declared alone", declared(usize::MAX / 4), 413, "body_too_large"),
        ("the largest body in chunks", in_chunks(BODY_BYTES), 400, "malformed_json"),
        ("one byte more in chunks", in_chunks(BODY_BYTES + 1), 413, "body_too_large"),
    ] {
        let response = send_one(server.address, &bytes).await;
        assert_eq!((response.status, response.code().as_str()), (status, code), "{name}");
    }
}

#[tokio::test]
async fn valid_http_variants_are_accepted() {
    let (_directory, server) = server().await;
    let in_chunks = |size| request("POST /v1/auth/login", CHUNKED, &chunked(&login(), size));
    let old = |headers: &str| format!("GET /livez HTTP/1.0\r\n{headers}\r\n").into_bytes();
    for (name, bytes) in [
        ("a body of declared length", post("/v1/auth/login", &login())),
        ("a body in one chunk", in_chunks(4096)),
        ("a body in many chunks", in_chunks(1)),
        ("HTTP/1.0", old("")),
        ("HTTP/1.0 with a host", old("host: localhost\r\n")),
        ("the absolute form", request("GET http://vitae.example/livez", "", "")),
    ] {
        let response = send_one(server.address, &bytes).await;
        assert_eq!(response.status, 200, "{name}: {response:?}");
    }
}

#[tokio::test]
async fn public_hosts_are_set_on_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = serve(directory.path());
    command.args(["--public-host", "vitae.example", "--public-host", "Other.Example"]);
    let server = Vitaed::spawn(&mut command).await;
    let get = |host: &str| format!("GET /readyz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    for (host, status) in
        [("vitae.example:443", 200), ("other.example", 200), ("localhost", 200), ("third.example", 400)]
    {
        assert_eq!(send_one(server.address, get(host).as_bytes()).await.status, status, "{host}");
    }
    let mut wrong = serve(directory.path());
    let output = run(wrong.args(["--public-host", "https://vitae.example"])).await;
    assert!(lines(&output.stderr).concat().contains("expected a host name without a port"), "{output:?}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (_directory, server) = server().await;
    let ids = ["first", "second", "third"];
    let mut bytes = Vec::new();
    for (id, path) in ids.iter().zip(["/livez", "/nowhere", "/readyz"]) {
        bytes.extend(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-request-id: {id}\r\n\r\n").bytes());
    }
    bytes.extend(request("POST /v1/auth/login", CHUNKED, &chunked(&login(), 10)));
    let responses = send(server.address, &bytes).await;
    let statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [200, 404, 200, 200]);
    for (response, id) in responses.iter().zip(ids) {
        assert!(response.head.contains(&format!("x-request-id: {id}")), "{response:?}");
    }
}

#[tokio::test]
async fn malformed_http_is_rejected_without_affecting_others() {
    let (_directory, server) = server().await;
    for (name, bytes) in [
        ("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("zeros", vec![0; 100_000]),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("another protocol", b"EHLO vitae\r\nMAIL FROM:<a@example.com>\r\n".to_vec()),
        ("a header without a name", request("GET /livez", ": nothing\r\n", "")),
        ("a header with a zero byte", request("GET /livez", "x-zero: a\0b\r\n", "")),
        ("a folded header", request("GET /livez", "x-folded: a\r\n b\r\n", "")),
        ("another version", b"GET /livez HTTP/3.0\r\nhost: localhost\r\n\r\n".to_vec()),
    ] {
        let responses = send(server.address, &bytes).await;
        let rejected = responses.iter().all(|response| response.status == 400);
        assert!(rejected && responses.len() <= 1, "{name}: {responses:?}");
    }
    assert_eq!(send_one(server.address, &request("GET /livez", "", "")).await.status, 200);
}

#[tokio::test]
async fn request_with_ambiguous_length_is_rejected() {
    let (_directory, server) = server().await;
    // A server that ends it elsewhere than a proxy does reads a second, smuggled request.
    let hidden = "GET /livez HTTP/1.1\r\nhost: localhost\r\nx-request-id: hidden\r\n\r\n";
    let (length, whole) = (login().len(), login());
    for (name, headers, body) in [
        ("a short length and chunks", format!("content-length: 5\r\n{CHUNKED}"), "0\r\n\r\n".to_owned()),
        ("two lengths", format!("content-length: {length}\r\ncontent-length: 0\r\n"), whole.clone()),
        ("a list of lengths", format!("content-length: {length}, 0\r\n"), whole.clone()),
        ("a length with a sign", format!("content-length: +{length}\r\n"), whole.clone()),
        ("a length in hexadecimal", "content-length: 0x10\r\n".to_owned(), whole.clone()),
        (
            "chunks before something else",
            "transfer-encoding: chunked, identity\r\n".to_owned(),
            whole.clone(),
        ),
        ("an unknown encoding", "transfer-encoding: xchunked\r\n".to_owned(), chunked(&whole, 4096)),
        ("a space before the colon", "transfer-encoding : chunked\r\n".to_owned(), chunked(&whole, 4096)),
        ("a chunk that is no number", CHUNKED.to_owned(), "zz\r\n{}\r\n0\r\n\r\n".to_owned()),
        ("a chunk larger than any", CHUNKED.to_owned(), "fffffffffffffffff\r\n{}\r\n".to_owned()),
    ] {
        let json = if headers.contains("content-type") { "" } else { "content-type: application/json\r\n" };
        let head = format!("POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\n{json}{headers}\r\n");
        let responses = send(server.address, format!("{head}{body}{hidden}").as_bytes()).await;
        let rejected = responses.first().is_none_or(|response| response.status == 400);
        assert!(rejected && responses.len() <= 1, "{name}: {responses:?}");
    }
    // With both, the chunks count and nothing is read behind them (RFC 9112, section 6.3).
    for headers in [format!("content-length: 5\r\n{CHUNKED}"), format!("{CHUNKED}content-length: 5\r\n")] {
        let head = format!("POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        let bytes = format!("{head}{}{hidden}", chunked(&whole, 4096));
        let response = send_one(server.address, bytes.as_bytes()).await;
        assert!(response.status == 200 && response.head.contains("connection: close"), "{response:?}");
    }
    // With HTTP/1.0 there are no chunks.
    let old = format!("POST /v1/auth/login HTTP/1.0\r\n{CHUNKED}\r\n{}", chunked(&whole, 4096));
    assert_eq!(send_one(server.address, old.as_bytes()).await.status, 400);
}

#[tokio::test]
async fn paths_are_not_normalized() {
    let (_directory, server) = server().await;
    let token = server.admin().await.auth().access_token().await.unwrap();
    let bearer = format!("authorization: Bearer {}\r\n", token.expose_secret());
    for (target, status) in [
        ("/v1/me", 200),
        ("http://localhost/v1/me", 200),
        ("//v1/me", 404),
        ("//elsewhere.example/v1/me", 404),
        ("/v1//me", 404),
        ("/v1/me/", 404),
        ("/V1/me", 404),
        ("/v1/%6de", 404),
        ("/v1/../v1/me", 404),
        ("/v1/%2e%2e/v1/me", 404),
        ("/v1/users/..%2fme", 404),
        ("/v1/users/%2e%2e%2fme", 404),
        ("/v1/resumes/%2e%2e%2f%2e%2e%2fv1%2fme", 404),
        ("/v1/resumes/..;/me", 404),
        ("/v1/me%00", 404),
        ("/v1/me%20", 404),
        ("http://localhost//v1/me", 404),
    ] {
        let response = send_one(server.address, &request(&format!("GET {target}"), &bearer, "")).await;
        assert_eq!(response.status, status, "{target}: {response:?}");
        let code = if status == 200 { "" } else { "not_found" };
        assert_eq!(response.code(), code, "{target}");
    }
    for line in ["OPTIONS *", "CONNECT elsewhere.example:443", "TRACE /v1/me", "GET livez"] {
        let responses = send(server.address, &request(line, "", "")).await;
        assert!(responses.iter().all(|response| response.status >= 400), "{line}: {responses:?}");
    }
}
