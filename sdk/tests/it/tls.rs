//! TLS: trusted certificates, without process-wide setup.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};
use vitae_sdk::{Client, ClientBuilder, MemoryStore};

use crate::mock::{login, quick, user};
use crate::subprocess;

const AUTHORITY: &[u8] = include_bytes!("certificates/authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("certificates/server.pem");
const KEY: &[u8] = include_bytes!("certificates/server.key");

/// Starts a thread that responds to every request over TLS; returns its address.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let body = user().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            let mut line = String::new();
            // A client that does not trust the server closes the connection during the handshake.
            while stream.read_line(&mut line).is_ok_and(|length| length > 2) {
                line.clear();
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let _ = write!(stream.get_mut(), "{head}content-length: {}\r\n\r\n{body}", body.len());
            stream.get_mut().conn.send_close_notify();
            let _ = stream.get_mut().flush();
        }
    });
    url
}

/// A server without TLS; no token must be sent to it.
fn start_plain() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut hello = [0; 16 << 10];
            let length = stream.read(&mut hello).unwrap();
            assert!(!hello[..length].windows(6).any(|word| word == b"Bearer"));
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    url
}

fn builder(url: &str) -> ClientBuilder {
    Client::builder().base_url(url).token_store(MemoryStore::holding(login("0", 3600))).retry(quick())
}

fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

/// Runs a test that trusts only the root certificate in this file.
async fn trusting(authority: &str, test: &str) {
    let mut command = subprocess::command(&[], test);
    let file = format!("{}/tests/it/certificates/{authority}", env!("CARGO_MANIFEST_DIR"));
    command.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR");
    subprocess::run(command).await;
}

#[tokio::test]
async fn certificate_trusted_by_the_platform_is_accepted() {
    trusting("authority.pem", "tls::inside_trusted").await;
}

#[tokio::test]
#[ignore = "run by the test above, which sets the trusted certificates"]
async fn inside_trusted() {
    if !subprocess::is_inside() {
        return;
    }
    client(&start()).me().get().await.unwrap();
    assert!(crypto::CryptoProvider::get_default().is_none(), "nothing was set up for the whole process");

    let error = client(&start_plain()).me().get().await.unwrap_err();
    check_distrust(&error);
}

#[tokio::test]
async fn untrusted_certificate_is_rejected() {
    // The server's own certificate is not a root certificate.
    trusting("server.pem", "tls::inside_distrusted").await;
}

#[tokio::test]
#[ignore = "run by the test above, which sets the trusted certificates"]
async fn inside_distrusted() {
    if !subprocess::is_inside() {
        return;
    }
    let url = start().replace("127.0.0.1", "127.0.0.2");
    let error = client(&url).me().get().await.unwrap_err();
    assert!(error.is_unavailable());
    let error = client(&start()).me().get().await.unwrap_err();
    check_distrust(&error);
}

#[tokio::test]
async fn additional_root_certificate_is_trusted() {
    // The platform does not trust the server's certificate.
    trusting("server.pem", "tls::inside_own_authority").await;
}

#[tokio::test]
#[ignore = "run by the test above, which sets the trusted certificates"]
async fn inside_own_authority() {
    if !subprocess::is_inside() {
        return;
    }
    let url = start();
    check_distrust(&client(&url).me().get().await.unwrap_err());
    let trusting = builder(&url).add_root_certificate_pem(AUTHORITY).build().unwrap();
    trusting.me().get().await.unwrap();
}

#[test]
fn invalid_root_certificate_is_rejected() {
    let cut = &AUTHORITY[..AUTHORITY.len() - 40];
    let empty = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in [b"".as_slice(), b"text", cut, empty, KEY] {
        for url in ["http://127.0.0.1:1", "https://vitae.invalid"] {
            let error = builder(url).add_root_certificate_pem(pem).build().unwrap_err();
            assert!(error.is_invalid_input() && error.next_step().is_some(), "{error:?}");
        }
    }
}

fn check_distrust(error: &vitae_sdk::Error) {
    assert!(error.is_unavailable() && !error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains("no trusted TLS connection to https://127.0.0.1"), "{error}");
    assert_eq!(error.next_step(), Some("check the server's address and its certificate"));
}
