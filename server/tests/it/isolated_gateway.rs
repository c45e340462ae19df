//! A gateway that is cut off from a service: its responses and its status.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use vitae_contracts_core::subjects;
use vitae_sdk::{Client, ExposeSecret as _, Retry, StaticToken};

use crate::raw_http;
use crate::roles::{eventually, resume};
use crate::system::System;
use crate::vitaed::{lines, program, run};

/// A way to a service that can be cut and mended.
struct Way {
    url: String,
    open: watch::Sender<bool>,
}

impl Way {
    async fn to(url: &str) -> Self {
        let target: Arc<str> = url.trim_start_matches("http://").into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = watch::Sender::new(true);
        let opened = open.clone();
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let (target, mut open) = (Arc::clone(&target), opened.subscribe());
                tokio::spawn(async move {
                    if !*open.borrow_and_update() {
                        return;
                    }
                    let Ok(mut to) = TcpStream::connect(&*target).await else { return };
                    tokio::select! {
                        _ = open.wait_for(|open| !open) => {}
                        _ = copy_bidirectional(&mut from, &mut to) => {}
                    }
                });
            }
        });
        Self { url, open }
    }
}

async fn token_of(client: &Client) -> String {
    client.auth().access_token().await.unwrap().expose_secret().to_owned()
}

/// A client of another gateway with the login of this one.
fn with_token(url: &str, token: &str) -> Client {
    let store = StaticToken::new(token.to_owned().into());
    Client::builder().base_url(url).token_store(store).retry(Retry::never()).build().unwrap()
}

/// Returns the response of `/readyz`.
async fn readiness(gateway: SocketAddr) -> (u16, Value) {
    let response =
        raw_http::send_one(gateway, b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .await;
    (response.status, serde_json::from_str(&response.body).unwrap())
}

#[tokio::test]
async fn gateway_without_login_events_eventually_rejects_changes() {
    let system = System::start().await;
    let way = Way::to(&system.urls[1]).await;
    let gateway = system.another_gateway(&way.url).await;
    let (client, other) = (system.admin().await, system.admin().await);
    let through = with_token(&gateway.url(), &token_of(&client).await);
    let logged_out = with_token(&gateway.url(), &token_of(&other).await);
    let made = through.resumes().create(&resume("while all is well")).await.unwrap();
    way.open.send_replace(false);
    // A logout through another gateway: this one cannot know, but the services do.
    other.auth().logout().await.unwrap();
    eventually("the ended login is rejected by the service", async || {
        let read = logged_out.resumes().get(made.id).await;
        read.is_err_and(|error| error.code() == Some("invalid_token"))
    })
    .await;
    eventually("changes are rejected", async || {
        through.resumes().get(made.id).await.expect("reading goes on");
        let changed = through.resumes().create(&resume("while nothing is known")).await;
        changed.is_err_and(|error| error.code() == Some("unavailable"))
    })
    .await;
    let (status, ready) = readiness(gateway.address).await;
    assert_eq!(status, 503, "{ready}");
    assert!(ready["stuck_feeds"]["gateway from auth"].is_string(), "{ready}");
    assert_eq!(ready["services"]["auth"], "unavailable", "{ready}");
    way.open.send_replace(true);
    eventually("changes go on", async || {
        through.resumes().create(&resume("when all is well again")).await.is_ok()
    })
    .await;
    let me = logged_out.me().get().await;
    assert_eq!(me.unwrap_err().code(), Some("invalid_token"), "the gateway has caught up");
    gateway.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn event_parked_in_another_process_is_listed() {
    let mut system = System::start().await;
    let gateway = system.urls[4].trim_start_matches("http://").parse().unwrap();
    eventually("all is ready", async || readiness(gateway).await.0 == 200).await;
    // An event that no consumer can handle.
    system.kill(0).await;
    let users = rusqlite::Connection::open(system.data().join("users/users.db")).unwrap();
    let sql = "INSERT INTO event_log (event_id, subject, object_id, object_version, at, context, payload)
               VALUES (x'00112233445566778899aabbccddeeff', ?1, x'00112233445566778899aabbccddeeff', 1, 0, x'', x'ff')";
    users.execute(sql, [subjects::USER_DELETED]).unwrap();
    drop(users);
    system.start_role(0).await;
    eventually("the parked events are named", async || {
        let (status, ready) = readiness(gateway).await;
        let parked = |name: &str| ready["parked_events"][name].as_str().unwrap_or_default().to_owned();
        status == 200
            && ["resumes from users", "audit from users"]
                .iter()
                .all(|feed| parked(feed).contains("vitaed parked"))
    })
    .await;
    let (_, said) = readiness(gateway).await;
    assert_eq!(said["stuck_feeds"], serde_json::json!({}), "{said}");
    assert_eq!(said["parked_events"].as_object().unwrap().len(), 2, "{said}");
    let metrics = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let metrics = raw_http::send_one(gateway, metrics).await.body;
    assert!(metrics.contains(r#"vitae_parked_events{feed="audit from users"} 1"#), "{metrics}");
    // While the roles run, and after.
    check_parked(&system.data()).await;
    let directory = system.stop().await;
    check_parked(&directory.path().join("data")).await;
}

/// `vitaed parked` lists the event once for each of its two consumers.
async fn check_parked(data: &std::path::Path) {
    let output = run(program().arg("parked").arg("--data").arg(data)).await;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output.stderr), ["vitaed parked events: 2"]);
    let listed = lines(&output.stdout);
    for consumer in ["resumes", "audit"] {
        let of = format!(" {consumer} from users, position ");
        let line = listed.iter().find(|line| line.contains(&of)).unwrap_or_else(|| panic!("{listed:?}"));
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        for part in [subjects::USER_DELETED, id, "cannot be read"] {
            assert!(line.contains(part), "{part:?} is not in {line}");
        }
    }
    assert_eq!(listed.len(), 2);
}
