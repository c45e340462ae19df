//! SIGTERM and SIGINT: pending requests are answered, then the server exits.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use vitae_sdk::{Client, CreateResume, RawValue, ResumeId};

use crate::vitaed::{TIMEOUT, Vitaed, start};

/// How long an end may take.
const BOUND: Duration = Duration::from_secs(10);

/// Creates resumes until the server no longer responses; every answered one.
async fn create(client: &Client, answered: &watch::Sender<usize>) -> Vec<ResumeId> {
    let mut ids = Vec::new();
    loop {
        let resume = CreateResume::new("under load", RawValue::from_string("{}".to_owned()).unwrap());
        match client.resumes().create(&resume).await {
            Ok(resume) => ids.push(resume.id),
            // The port is closed, or the connection was idle when the stop came.
            Err(error) if error.status().is_none() => return ids,
            Err(error) => panic!("{error:?}"),
        }
        answered.send_modify(|answered| *answered += 1);
    }
}

/// A connection that has had one response, and says nothing more.
async fn idle_connection(server: &Vitaed) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    stream.read_exact(&mut [0; 12]).await.unwrap();
    stream
}

/// A connection whose client has sent a part of a request.
async fn unfinished_request(server: &Vitaed, part: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(part.as_bytes()).await.unwrap();
    stream
}

async fn check_stops(signal: &str, unfinished: &str) {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path()).await;
    let client = server.admin().await;
    let _idle = idle_connection(&server).await;
    let _unfinished = unfinished_request(&server, unfinished).await;

    let (answered, mut responses) = watch::channel(0);
    let load = join_all((0..16).map(|_| create(&client, &answered)));
    let stop = async {
        responses.wait_for(|answered| *answered >= 100).await.unwrap();
        server.signal(signal).await;
        tokio::time::timeout(BOUND, server.ended()).await.expect("the server ends within the bound")
    };
    let (created, ended) = tokio::join!(load, stop);
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()), "{signal}");

    let again = start(directory.path()).await;
    let client = again.admin().await;
    let created = created.concat();
    assert!(created.len() >= 100);
    let found = join_all(created.iter().map(async |id| client.resumes().get(*id).await)).await;
    assert!(found.into_iter().all(|resume| resume.is_ok()));
}

#[tokio::test]
async fn sigterm_under_load_finishes_requests() {
    check_stops("TERM", "POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\n").await;
}

#[tokio::test]
async fn sigint_under_load_finishes_requests() {
    let head = "POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    check_stops("INT", &format!("{head}content-length: 1000\r\n\r\n{{\"email\": ")).await;
}

#[tokio::test]
async fn idle_server_stops_at_once_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let directory = tempfile::tempdir().unwrap();
        let server = start(directory.path()).await;
        let _idle = idle_connection(&server).await;
        server.signal(signal).await;
        let ended = tokio::time::timeout(TIMEOUT, server.ended()).await.expect("the server ends");
        assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()), "{signal}");
        // Its files are whole without their logs.
        for service in ["users", "auth", "resumes", "audit"] {
            let log = directory.path().join(format!("{service}/{service}.db-wal"));
            assert!(!log.exists(), "{signal}: {}", log.display());
        }
    }
}
