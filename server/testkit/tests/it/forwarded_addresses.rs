//! Client addresses behind proxies.

use vitae_contracts_core::subjects;
use vitae_sdk::Role;
use vitae_server_stack::{HeaderName, TrustedProxies};
use vitae_server_testkit::{PASSWORD, Stack};

use crate::audit::wait_for_events;
use crate::raw_http::request;
use crate::test_server::{Person, TestServer};

/// The address from which the newest login of a person came, by the audit and by their sessions.
async fn address_of_login(server: &TestServer, person: &Person, headers: &[(&str, &str)]) -> String {
    let body = serde_json::json!({"email": person.email, "password": PASSWORD}).to_string();
    let mut login = request("POST /v1/auth/login").json(body);
    for (name, value) in headers {
        login = login.header(name, value);
    }
    let response = login.send(&server.stack).await;
    assert_eq!(response.status, 200, "{headers:?}");
    wait_for_events(server).await;
    let list = server.admin.client.audit().list().actor(person.id).action(subjects::SESSION_CREATED).limit(1);
    let audited = list.send().await.unwrap().items.remove(0).client_address.unwrap();
    let sessions = server.admin.client.users().sessions(person.id).await.unwrap();
    assert_eq!(sessions[0].address.as_str(), audited.as_str());
    audited.as_str().to_owned()
}

#[tokio::test]
async fn client_address_is_read_from_one_header_of_a_trusted_proxy() {
    let trusted = vec!["10.0.0.0/8".parse().unwrap()];
    let forwarded = TrustedProxies::new(Vec::new(), HeaderName::from_static("forwarded"));
    let x_forwarded_for = TrustedProxies::new(trusted, HeaderName::from_static("x-forwarded-for"));
    for (proxies, cases) in [
        (
            x_forwarded_for,
            &[
                (&[][..], "127.0.0.1"),
                (&[("x-forwarded-for", "192.0.2.7")][..], "192.0.2.7"),
                (&[("x-forwarded-for", "198.51.100.9, 192.0.2.7, 10.1.2.3")], "192.0.2.7"),
                (&[("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "2001:db8::7")], "2001:db8::7"),
                (&[("x-forwarded-for", "192.0.2.7, nonsense")], "127.0.0.1"),
                (&[("forwarded", "for=192.0.2.7"), ("x-real-ip", "192.0.2.7")], "127.0.0.1"),
            ][..],
        ),
        (
            forwarded,
            &[
                (&[("forwarded", "for=\"[2001:db8::7]:443\";proto=https")][..], "2001:db8::7"),
                (&[("x-forwarded-for", "192.0.2.7")], "127.0.0.1"),
            ],
        ),
    ] {
        let server =
            TestServer::from_stack(Stack::start_configured(|config| config.edge.proxies = proxies).await)
                .await;
        let person = server.person(Role::Member).await;
        for (headers, expected) in cases {
            assert_eq!(address_of_login(&server, &person, headers).await, *expected, "{headers:?}");
        }
    }
}
