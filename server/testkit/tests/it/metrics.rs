//! The metrics of the gateway, as a scraper reads them.

use std::collections::BTreeMap;

use vitae_contracts_core::subjects;
use vitae_sdk::{Event, SecretString};

use crate::raw_http::request;
use crate::test_server::{TestServer, error_code, eventually};

/// Every sample by its name with labels.
type Samples = BTreeMap<String, String>;

async fn scrape(server: &TestServer) -> Samples {
    let response = request("GET /metrics").send(&server.stack).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4"));
    let text = String::from_utf8(response.body).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.map(|line| line.rsplit_once(' ').unwrap());
    samples.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// How many; nothing was counted yet where there is no sample.
fn count(samples: &Samples, name: &str) -> i64 {
    samples.get(name).map_or(0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn requests_are_counted_by_route_without_request_data() {
    let server = TestServer::start().await;
    let user = server.user().await;
    let before = scrape(&server).await;
    let get = |path: String| request(format!("GET {path}")).bearer(&server.admin.token);
    for _ in 0..3 {
        assert_eq!(get(format!("/v1/users/{}", user.id)).send(&server.stack).await.status, 200);
    }
    assert_eq!(get("/v1/users/nobody".to_owned()).send(&server.stack).await.status, 404);
    assert_eq!(get("/a-path-of-my-own".to_owned()).send(&server.stack).await.status, 404);
    assert_eq!(request("BREW /v1/users").send(&server.stack).await.status, 405);
    let after = scrape(&server).await;
    let route = r#"method="GET",route="/v1/users/{id}""#;
    let requests = |status| format!(r#"vitae_http_requests_total{{{route},status="{status}"}}"#);
    let grown = |name: &str| count(&after, name) - count(&before, name);
    assert_eq!(grown(&requests(200)), 3);
    assert_eq!(grown(&requests(404)), 1);
    assert_eq!(grown(&format!("vitae_http_request_duration_seconds_count{{{route}}}")), 4);
    assert_eq!(grown(r#"vitae_http_requests_total{method="other",route="other",status="404"}"#), 1);
    assert!(after.keys().all(|name| !name.contains("a-path") && !name.contains("BREW")), "{after:?}");
    // The scrape itself is under way.
    assert_eq!(count(&after, "vitae_http_requests_in_flight"), 1);
    for service in ["auth", "users", "resumes", "audit"] {
        assert_eq!(count(&after, &format!(r#"vitae_service_up{{service="{service}"}}"#)), 1, "{service}");
    }
}

#[tokio::test]
async fn logins_streams_and_events_are_counted() {
    let server = TestServer::start().await;
    let before = scrape(&server).await;
    let wrong = SecretString::from("not the password");
    let rejected = server.stack.client().auth().login(&server.admin.email, &wrong).await;
    assert_eq!(error_code(rejected), "invalid_credentials");
    let mut stream = server.admin.client.events().watch().stream();
    stream.next().await.unwrap().unwrap();
    server.user().await;
    // Also the failed login may come first: it is an event of auth.
    while !matches!(stream.next().await.unwrap().unwrap(), Event::Event { subject, .. } if subject == subjects::USER_CREATED)
    {
    }
    let after = scrape(&server).await;
    let grown = |name: &str| count(&after, name) - count(&before, name);
    assert_eq!(grown(r#"vitae_logins_total{outcome="refused"}"#), 1);
    assert_eq!(count(&after, r#"vitae_logins_total{outcome="accepted"}"#), 1);
    assert_eq!(count(&after, "vitae_event_streams"), 1);
    // The delay is counted after the event was sent.
    let delays = r#"vitae_event_delay_seconds_count{source="users"}"#;
    eventually("the delay is counted", async || {
        count(&scrape(&server).await, delays) > count(&before, delays)
    })
    .await;
    drop(stream);
    eventually("the stream is gone", async || count(&scrape(&server).await, "vitae_event_streams") < 1).await;
}
