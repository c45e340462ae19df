//! Roles whose peers are missing: their responses, their log, and how they reconnect.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::process::Command;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use vitae_sdk::SecretString;

use crate::raw_http::{self, Response};
use crate::roles::eventually;
use crate::system::{ROLES, System};
use crate::vitaed::{PASSWORD, TIMEOUT, all, client_of, lines, run, spawn_until};

async fn get(address: SocketAddr, path: &str) -> Response {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    raw_http::send_one(address, request.as_bytes()).await
}

async fn terminate(child: &tokio::process::Child) {
    let id = child.id().expect("the role runs").to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().await.unwrap().success());
}

#[tokio::test]
async fn gateway_without_peers_answers_at_once() {
    let system = System::new();
    let (mut child, stderr, line) = spawn_until(&mut system.command(4), "vitaed listening on http://").await;
    assert!(line.ends_with("; waiting for auth and users"), "{line}");
    let gateway = system.urls[4].strip_prefix("http://").unwrap().parse().unwrap();

    assert_eq!(get(gateway, "/livez").await.status, 200);
    let ready = get(gateway, "/readyz").await;
    let said: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!((ready.status, &said["status"]), (503, &Value::from("unavailable")), "{said}");
    for service in ["auth", "users", "resumes", "audit"] {
        assert_eq!(said["services"][service], "unavailable", "{said}");
    }
    assert_eq!(get(gateway, "/metrics").await.status, 200);
    assert_eq!(get(gateway, "/openapi.json").await.status, 200);
    for path in ["/v1/me", "/v1/resumes", "/v1/users", "/v1/events", "/.well-known/jwks.json"] {
        let response = get(gateway, path).await;
        assert_eq!((response.status, response.code().as_str()), (503, "unavailable"), "{path}");
        assert!(response.head.contains("retry-after: 1"), "{path}: {}", response.head);
    }
    let login = client_of(&system.urls[4]).auth().login("a@b.c", &SecretString::from(PASSWORD)).await;
    assert_eq!(login.unwrap_err().code(), Some("unavailable"));
    assert_eq!(get(gateway, "/v1/nowhere").await.status, 404);

    terminate(&child).await;
    let ended = tokio::time::timeout(TIMEOUT, child.wait()).await.expect("it stops");
    assert_eq!(ended.unwrap().code(), Some(0));
    let said = all(stderr).await;
    for peer in ["auth", "users"] {
        let lines = said.iter().filter(|line| line.contains(&format!("peer=\"{peer}\""))).count();
        assert!(lines <= 2, "one line says that {peer} is missing: {said:#?}");
    }
    assert!(said.len() <= 8, "{said:#?}");
}

#[tokio::test]
async fn missing_peer_is_logged_once_and_again_when_found() {
    let mut system = System::new();
    let (mut child, mut stderr, _) = spawn_until(&mut system.command(4), "vitaed listening").await;
    let mut said = Vec::new();
    let mut until = async |part: &str| {
        loop {
            let line = stderr.next_line().await.unwrap().expect("the gateway runs");
            said.push(line);
            if said.last().unwrap().contains(part) {
                return said.clone();
            }
        }
    };
    let begun = tokio::time::timeout(TIMEOUT, until("cannot be reached")).await.expect("it is logged");
    assert!(begun.last().unwrap().contains("trying again"), "{begun:?}");
    for role in 0..4 {
        system.start_role(role).await;
    }
    let said = tokio::time::timeout(TIMEOUT, until("vitaed ready on")).await.expect("it becomes ready");
    for peer in ["auth", "users"] {
        let of = |what: &str| {
            said.iter()
                .filter(|line| line.contains(what) && line.contains(&format!("peer=\"{peer}\"")))
                .count()
        };
        assert!(of("cannot be reached") <= 2, "{said:#?}");
        assert_eq!(of("can be reached again"), usize::from(of("cannot be reached") > 0), "{said:#?}");
    }
    child.kill().await.unwrap();
    system.stop().await;
}

#[tokio::test]
async fn roles_start_in_any_order() {
    for order in [[4, 3, 2, 1, 0], [1, 4, 0, 3, 2]] {
        let system = System::start_in_order(order).await;
        let gateway = system.urls[4].strip_prefix("http://").unwrap().parse().unwrap();
        eventually("all is ready", async || get(gateway, "/readyz").await.status == 200).await;
        let admin = system.admin().await;
        admin.resumes().create(&crate::roles::resume("Made")).await.unwrap();
        system.stop().await;
    }
}

#[tokio::test]
async fn gateway_reconnects_to_peers_that_start_later_or_restart() {
    let mut system = System::new();
    let (mut child, _stderr, _) = spawn_until(&mut system.command(4), "vitaed listening").await;
    let gateway = system.urls[4].strip_prefix("http://").unwrap().parse().unwrap();
    for role in [3, 2] {
        system.start_role(role).await;
        eventually(&format!("{} is found", ROLES[role]), async || {
            let said: Value = serde_json::from_str(&get(gateway, "/readyz").await.body).unwrap();
            said["services"][ROLES[role]] == "ready" && said["status"] == "unavailable"
        })
        .await;
    }
    for role in [0, 1] {
        system.start_role(role).await;
    }
    eventually("all is ready", async || get(gateway, "/readyz").await.status == 200).await;
    for role in 0..4 {
        system.kill(role).await;
        let said: Value = serde_json::from_str(&get(gateway, "/readyz").await.body).unwrap();
        assert_eq!(said["services"][ROLES[role]], "unavailable", "{said}");
        system.start_role(role).await;
        eventually("all is ready again", async || get(gateway, "/readyz").await.status == 200).await;
    }
    child.kill().await.unwrap();
    system.stop().await;
}

#[tokio::test]
async fn auth_answers_and_stops_while_waiting_for_users() {
    let system = System::new();
    let (mut child, stderr, line) = spawn_until(&mut system.command(1), "vitaed listening on http://").await;
    assert!(line.ends_with("; waiting for users"), "{line}");
    assert_eq!(health(&system.urls[1]).await, ServingStatus::NotServing);
    terminate(&child).await;
    let ended = tokio::time::timeout(TIMEOUT, child.wait()).await.expect("it stops");
    assert_eq!(ended.unwrap().code(), Some(0));
    let said = all(stderr).await;
    assert!(!said.iter().any(|line| line.contains("ready")), "{said:?}");
}

async fn health(url: &str) -> ServingStatus {
    let channel = Endpoint::from_shared(url.to_owned()).unwrap().connect().await.unwrap();
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(channel).check(request).await.unwrap().into_inner().status()
}

#[tokio::test]
async fn second_role_on_a_directory_in_use_exits_before_it_is_ready() {
    let system = System::start().await;
    for (role, name) in ROLES.iter().enumerate().take(4) {
        let output = run(&mut system.command_at(role, "127.0.0.1:0")).await;
        let lines = lines(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{lines:?}");
        let directory = system.data().join(name);
        let process = format!("(process {})", system.process(role));
        for part in [directory.to_str().unwrap(), "in use by another vitaed", &process] {
            assert!(lines.len() == 1 && lines[0].contains(part), "{part}: {lines:?}");
        }
    }
    system.stop().await;
}
