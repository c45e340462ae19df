//! The log lines of requests with `VITAE_LOG`, without secrets.

use vitae_sdk::{CreateUser, ExposeSecret as _};

use crate::raw_http::send_one;
use crate::vitaed::{PASSWORD, Vitaed, client_of, lines, program, run, serve};

#[tokio::test]
async fn requests_are_logged_without_bodies_queries_or_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let mut command = serve(&directory.path().join("data"));
    command.env("VITAE_ADMIN_PASSWORD_FILE", &password).env("VITAE_LOG", "debug");
    let vitaed = Vitaed::spawn(&mut command).await;
    let client = vitaed.admin().await;
    let me = client.me().get().await.unwrap();
    let person = CreateUser::new("email-in-a-body@example.com", "Name in a body")
        .password("password in a body".to_owned());
    client.users().create(&person).await.unwrap();
    client.resumes().list().query("word-in-a-query").send().await.unwrap();
    let wrong = vitae_sdk::SecretString::from("a wrong password");
    client_of(&vitaed.url()).auth().login("typed-in-vain@example.com", &wrong).await.unwrap_err();
    let head = b"GET /path-of-nobody?x=1 HTTP/1.1\r\nhost: localhost\r\nx-request-id: mine-1\r\nconnection: close\r\n\r\n";
    send_one(vitaed.address, head).await;
    let token = client.auth().access_token().await.unwrap().expose_secret().to_owned();
    let ended = vitaed.stop().await;

    let requests: Vec<_> = ended.stderr.iter().filter(|line| line.contains("route=")).collect();
    let has = |parts: &[&str]| requests.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    let id = me.id.to_string();
    for parts in [
        &["method=\"GET\"", "route=\"/v1/me\"", "status=200", "milliseconds=", "request_id=", id.as_str()][..],
        &["method=\"POST\"", "route=\"/v1/users\"", "status=201", id.as_str()],
        &["method=\"GET\"", "route=\"/v1/resumes\"", "status=200"],
        &["method=\"POST\"", "route=\"/v1/auth/login\"", "status=401", "actor_id=\"-\""],
        &["method=\"-\"", "route=\"-\"", "status=404", "mine-1"],
    ] {
        assert!(has(parts), "{parts:?} is not in {requests:#?}");
    }
    let all = ended.stderr.join("\n");
    for secret in [
        PASSWORD,
        "password in a body",
        "a wrong password",
        "email-in-a-body",
        "Name in a body",
        "word-in-a-query",
        "typed-in-vain",
        "path-of-nobody",
        token.as_str(),
        "vr1_",
        "argon2",
    ] {
        assert!(!all.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn rejected_credentials_are_logged_at_info_without_address_or_password() {
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let mut command = serve(&directory.path().join("data"));
    command.env("VITAE_ADMIN_PASSWORD_FILE", &password).env("VITAE_LOG", "info");
    let vitaed = Vitaed::spawn(&mut command).await;
    let client = vitaed.admin().await;
    client.me().get().await.unwrap();
    let wrong = vitae_sdk::SecretString::from("a wrong password");
    client_of(&vitaed.url()).auth().login("typed-in-vain@example.com", &wrong).await.unwrap_err();
    let request = |path: &str, token: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{token}connection: close\r\n\r\n").into_bytes()
    };
    send_one(vitaed.address, &request("/v1/me", "")).await;
    send_one(vitaed.address, &request("/v1/me", "authorization: Bearer made-up-token\r\n")).await;
    send_one(vitaed.address, &request("/path-of-nobody", "")).await;
    let ended = vitaed.stop().await;

    let requests: Vec<_> = ended.stderr.iter().filter(|line| line.contains("route=")).collect();
    let codes: Vec<_> =
        requests.iter().filter_map(|line| line.split("code=\"").nth(1)?.split('"').next()).collect();
    assert_eq!(codes, ["invalid_credentials", "unauthenticated", "invalid_token"], "{requests:#?}");
    assert!(
        requests.iter().all(|line| line.contains(" INFO ") && line.contains("status=401")),
        "{requests:#?}"
    );
    let all = ended.stderr.join("\n");
    for secret in [PASSWORD, "a wrong password", "typed-in-vain", "made-up-token", "path-of-nobody"] {
        assert!(!all.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn proxy_options_are_validated_at_startup() {
    for (arguments, part) in [
        (["--trusted-proxy", "10.0.0.0/33"], "CIDR"),
        (["--trusted-proxy", "proxy.example"], "CIDR"),
        (["--forwarded-header", "not a name"], "--forwarded-header"),
    ] {
        for role in ["serve", "gateway"] {
            let output = run(program().arg(role).args(arguments)).await;
            assert_eq!(output.status.code(), Some(2), "{role} {arguments:?}");
            assert!(lines(&output.stderr).concat().contains(part), "{role} {arguments:?}");
        }
    }
}
