//! Access checks: every route, role and kind of object against the access table of the contract.

use std::collections::BTreeSet;

use serde_json::json;
use vitae_sdk::{ResumeId, Role, SecretString, SessionId, UserId};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::raw_http::{Request, request};
use crate::test_server::{Person, TestServer, new_email};

/// Routes that ask for no token.
const OPEN: &[&str] = &[
    "POST /v1/auth/login",
    "POST /v1/auth/refresh",
    "POST /v1/auth/logout",
    "GET /.well-known/jwks.json",
    "GET /openapi.json",
    "GET /livez",
    "GET /readyz",
    "GET /metrics",
];

/// Routes that work while a generated password must be changed.
const BEFORE_PASSWORD_CHANGE: &[&str] = &["GET /v1/me", "PUT /v1/me/password"];

/// The expected statuses for admin, editor, viewer and member; all others get 401.
///
/// One status, or three: for an object of their own, of another person, and none.
const TABLE: &[(&str, [&str; 4])] = &[
    ("GET /v1/me", ["200", "200", "200", "200"]),
    ("PUT /v1/me/password", ["204", "204", "204", "204"]),
    ("GET /v1/me/sessions", ["200", "200", "200", "200"]),
    ("DELETE /v1/me/sessions/{id}", ["204 404 404", "204 404 404", "204 404 404", "204 404 404"]),
    ("GET /v1/users", ["200", "200", "200", "403"]),
    ("POST /v1/users", ["201", "403", "403", "403"]),
    ("GET /v1/users/{id}", ["200 200 404", "200 200 404", "200 200 404", "200 404 404"]),
    ("PATCH /v1/users/{id}", ["200 200 404", "200 403 403", "200 403 403", "200 404 404"]),
    ("DELETE /v1/users/{id}", ["204 204 404", "403 403 403", "403 403 403", "403 403 403"]),
    ("POST /v1/users/{id}/disable", ["200 200 404", "403 403 403", "403 403 403", "403 403 403"]),
    ("POST /v1/users/{id}/enable", ["200 200 404", "403 403 403", "403 403 403", "403 403 403"]),
    ("POST /v1/users/{id}/restore", ["200 200 404", "403 403 403", "403 403 403", "403 403 403"]),
    ("PUT /v1/users/{id}/password", ["204 204 404", "403 403 403", "403 403 403", "403 403 403"]),
    ("GET /v1/users/{id}/sessions", ["200 200 404", "200 403 403", "200 403 403", "200 404 404"]),
    ("DELETE /v1/users/{id}/sessions", ["204 204 404", "204 403 403", "204 403 403", "204 404 404"]),
    ("GET /v1/resumes", ["200", "200", "200", "200"]),
    // The owner that the body names: the caller, another person, none.
    ("POST /v1/resumes", ["201 201 422", "201 201 422", "403 403 403", "201 403 403"]),
    ("GET /v1/resumes/export", ["200", "200", "200", "200"]),
    ("POST /v1/resumes/import", ["200", "200", "403", "200"]),
    ("GET /v1/resumes/{id}", ["200 200 404", "200 200 404", "200 200 404", "200 404 404"]),
    ("PUT /v1/resumes/{id}", ["200 200 404", "200 200 404", "403 403 403", "200 404 404"]),
    ("PATCH /v1/resumes/{id}", ["200 200 404", "200 200 404", "403 403 403", "200 404 404"]),
    ("DELETE /v1/resumes/{id}", ["204 204 404", "204 204 404", "403 403 403", "204 404 404"]),
    ("POST /v1/resumes/{id}/restore", ["200 200 404", "200 200 404", "403 403 403", "200 404 404"]),
    ("POST /v1/resumes/{id}/purge", ["204 204 404", "204 204 404", "403 403 403", "204 404 404"]),
    ("GET /v1/resumes/{id}/revisions", ["200 200 404", "200 200 404", "200 200 404", "200 404 404"]),
    ("GET /v1/events", ["200", "200", "200", "200"]),
    ("GET /v1/audit", ["200", "403", "403", "403"]),
    ("GET /v1/stats", ["200", "200", "200", "403"]),
    (
        "GET /v1/resumes/{id}/revisions/{revision}",
        ["200 200 404", "200 200 404", "200 200 404", "200 404 404"],
    ),
];

const ROLES: [Role; 4] = [Role::Admin, Role::Editor, Role::Viewer, Role::Member];

/// Whom the object of a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Others,
    Nobodys,
}

#[test]
fn every_route_is_in_the_access_table() {
    let routes = vitae_server_gateway::routes();
    let routes: BTreeSet<_> = routes.into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let known = OPEN.iter().copied().chain(TABLE.iter().map(|(route, _)| *route));
    let known: BTreeSet<_> = known.map(str::to_owned).collect();
    assert_eq!(routes, known);
}

#[tokio::test]
async fn each_role_has_the_access_in_the_table() {
    let server = TestServer::start().await;
    let mut wrong = Vec::new();
    for (at, role) in ROLES.into_iter().enumerate() {
        let caller = server.person(role.clone()).await;
        for (route, row) in TABLE {
            let cells = row[at].split(' ').zip([Whose::Own, Whose::Others, Whose::Nobodys]);
            for (expected, whose) in cells {
                // Some routes end the login they are called with.
                let spent;
                let caller = if changes_people(route) && whose == Whose::Own {
                    spent = server.person(role.clone()).await;
                    &spent
                } else {
                    &caller
                };
                let prepared = prepare(&server, caller, route, whose).await.bearer(&caller.token);
                let rpcs = server.stack.rpc_count();
                let response = prepared.send(&server.stack).await;
                let asked = server.stack.rpc_count() != rpcs;
                let asks = asked && response.status == 403 && !the_service_decides(route, &role);
                if response.status.to_string() != expected || asks {
                    let found = response.status;
                    wrong.push(format!("{role} {route} {whose:?}: {found} for {expected}, asked: {asked}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn requests_without_a_token_are_rejected_before_parsing() {
    let server = TestServer::start().await;
    for (route, _) in TABLE {
        for whose in [Whose::Others, Whose::Nobodys] {
            let request = prepare(&server, &server.admin, route, whose).await;
            let rpcs = server.stack.rpc_count();
            let response = request.send(&server.stack).await;
            assert_eq!((response.status, response.code().as_str()), (401, "unauthenticated"), "{route}");
            assert_eq!(server.stack.rpc_count(), rpcs, "{route}");
        }
    }
}

#[tokio::test]
async fn generated_password_must_be_changed_first() {
    let stack = Stack::start_with_generated_password().await;
    let admin = Person::log_in(&stack, ADMIN).await;
    assert!(admin.client.auth().password_change_required().await.unwrap());
    for (route, _) in TABLE.iter().filter(|(route, _)| !BEFORE_PASSWORD_CHANGE.contains(route)) {
        let line = route.replace("{id}", &ResumeId::new().to_string()).replace("{revision}", "1");
        let rpcs = stack.rpc_count();
        let response = request(line).bearer(&admin.token).send(&stack).await;
        assert_eq!((response.status, response.code().as_str()), (403, "password_change_required"), "{route}");
        assert_eq!(stack.rpc_count(), rpcs, "{route}");
    }
    for route in OPEN.iter().filter(|route| route.starts_with("GET")) {
        assert_eq!(request(*route).bearer(&admin.token).send(&stack).await.status, 200, "{route}");
    }
    let me = request("GET /v1/me").bearer(&admin.token).send(&stack).await;
    assert_eq!((me.status, me.json()["role"].as_str()), (200, Some("admin")));
    let same = json!({"current_password": PASSWORD, "password": PASSWORD}).to_string();
    let same = request("PUT /v1/me/password").json(same).bearer(&admin.token).send(&stack).await;
    assert_eq!(
        (same.code().as_str(), same.error_locations()),
        ("validation_failed", vec!["/password".to_owned()])
    );
}

#[tokio::test]
async fn changing_a_generated_password_grants_full_access() {
    let mut stack = Stack::start_with_generated_password().await;
    stack.restart().await;
    let admin = Person::log_in(&stack, ADMIN).await;
    let elsewhere = Person::log_in(&stack, ADMIN).await;
    admin.client.auth().refresh().await.unwrap();
    assert!(
        admin.client.users().list().send().await.unwrap_err().is_forbidden(),
        "a refresh changes nothing"
    );

    let new = SecretString::from("another horse battery staple");
    admin.client.me().change_password(&SecretString::from(PASSWORD), &new).await.unwrap();
    assert!(!admin.client.auth().password_change_required().await.unwrap());
    admin.client.users().list().send().await.unwrap();
    let old = request("GET /v1/users").bearer(&admin.token).send(&stack).await;
    assert_eq!(old.code(), "password_change_required", "the token of before the change stays what it is");
    assert!(elsewhere.client.me().get().await.unwrap_err().is_unauthenticated());

    let body = json!({"email": ADMIN, "password": "another horse battery staple"}).to_string();
    let again = request("POST /v1/auth/login").json(body).send(&stack).await;
    assert!(again.json()["access_token"].is_string() && again.json()["password_change_required"].is_null());
}

#[tokio::test]
async fn logout_is_allowed_before_the_password_change() {
    let stack = Stack::start_with_generated_password().await;
    let body = json!({"email": ADMIN, "password": PASSWORD}).to_string();
    let login = request("POST /v1/auth/login").json(body).send(&stack).await.json();
    assert_eq!(login["password_change_required"], true);
    let logout = json!({"refresh_token": login["refresh_token"]}).to_string();
    assert_eq!(request("POST /v1/auth/logout").json(logout).send(&stack).await.status, 204);
    let me = request("GET /v1/me").bearer(login["access_token"].as_str().unwrap()).send(&stack).await;
    assert_eq!(me.code(), "invalid_token");
}

#[tokio::test]
async fn public_routes_ignore_tokens() {
    let server = TestServer::start().await;
    let member = server.person(Role::Member).await;
    for route in OPEN {
        for token in [None, Some(member.token.as_str()), Some("broken")] {
            let mut request = prepare(&server, &member, route, Whose::Own).await;
            if let Some(token) = token {
                request = request.bearer(token);
            }
            let response = request.send(&server.stack).await;
            let expected = match *route {
                "POST /v1/auth/logout" => 204,
                // Its token is none.
                "POST /v1/auth/refresh" => 401,
                _ => 200,
            };
            assert_eq!(response.status, expected, "{route} {token:?}");
            assert_ne!(response.code(), "invalid_token", "{route} {token:?}");
        }
    }
}

#[tokio::test]
async fn role_is_checked_before_the_request_is_parsed() {
    let server = TestServer::start().await;
    let viewer = server.person(Role::Viewer).await;
    let large = vec![b' '; (1 << 20) + 1];
    let cases = [
        ("broken JSON", request("POST /v1/resumes").json("{")),
        ("no media type", request("POST /v1/resumes").body("{}")),
        ("too large", request("POST /v1/resumes").json(large)),
        ("unknown parameter", request("POST /v1/resumes?x=1").json("{}")),
        ("no id", request("DELETE /v1/users/x")),
        ("no condition", request(format!("PUT /v1/resumes/{}", ResumeId::new())).json("{}")),
        ("two keys", request("POST /v1/resumes").key("a").key("b").json("{}")),
        ("not utf-8", request("POST /v1/resumes/import").header("content-type", "text/plain").body(b"\xff")),
    ];
    for (name, request) in cases {
        let rpcs = server.stack.rpc_count();
        let anonymous = request.clone().send(&server.stack).await;
        assert_eq!(anonymous.status, 401, "{name}");
        let response = request.bearer(&viewer.token).send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (403, "forbidden"), "{name}");
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}");
    }
}

#[tokio::test]
async fn people_can_change_only_their_own_name() {
    let server = TestServer::start().await;
    for (role, field, expected) in [
        (Role::Admin, r#""email":"new@example.com""#, 200),
        (Role::Admin, r#""role":"admin""#, 200),
        (Role::Editor, r#""name":"New""#, 200),
        (Role::Editor, r#""email":"newer@example.com""#, 403),
        (Role::Editor, r#""role":"admin""#, 403),
        (Role::Viewer, r#""name":"New""#, 200),
        (Role::Viewer, r#""name":"New","role":"viewer""#, 403),
        (Role::Member, r#""name":"New""#, 200),
        (Role::Member, r#""email":"newest@example.com""#, 403),
        (Role::Member, r#""name":"New","email":"x""#, 403),
        (Role::Member, r#""role":"admin""#, 403),
        (Role::Member, r#""role":7"#, 403),
    ] {
        let person = server.person(role.clone()).await;
        let patch = request(format!("PATCH /v1/users/{}", person.id)).json(format!("{{{field}}}"));
        let response = patch.bearer(&person.token).if_match("*").send(&server.stack).await;
        assert_eq!(response.status, expected, "{role} {field}");
    }
}

/// Whether a success of the route can end the caller's login, or the caller.
fn changes_people(route: &str) -> bool {
    !route.starts_with("GET") && (route.contains("/v1/users/{id}") || route.contains("/v1/me"))
}

/// Whose resume may be created, only the resumes service says.
fn the_service_decides(route: &str, role: &Role) -> bool {
    route == "POST /v1/resumes" && *role == Role::Member
}

/// A good request of a route on such an object.
async fn prepare(server: &TestServer, caller: &Person, route: &str, whose: Whose) -> Request {
    let (method, path) = route.split_once(' ').unwrap();
    let user = match whose {
        Whose::Own => caller.id,
        Whose::Others => server.user().await.id,
        Whose::Nobodys => UserId::new(),
    };
    let id = if path.starts_with("/v1/resumes/") {
        match whose {
            Whose::Nobodys => ResumeId::new().to_string(),
            Whose::Own | Whose::Others => {
                let id = server.resume_of(user).await.id;
                if path.ends_with("/purge") {
                    server.admin.client.resumes().delete(id, None).await.unwrap();
                }
                id.to_string()
            }
        }
    } else if path.starts_with("/v1/me/sessions/") {
        match whose {
            Whose::Nobodys => SessionId::new().to_string(),
            Whose::Own => caller.client.me().sessions().await.unwrap()[0].id.to_string(),
            Whose::Others => server.admin.client.me().sessions().await.unwrap()[0].id.to_string(),
        }
    } else {
        user.to_string()
    };
    let request = request(format!("{method} {}", path.replace("{id}", &id).replace("{revision}", "1")));
    let resume = r#""title":"Another title","document":{"basics":{"name":"Grace"}}"#;
    match route {
        "POST /v1/auth/login" => request.json(format!(r#"{{"email":"{ADMIN}","password":"{PASSWORD}"}}"#)),
        "POST /v1/auth/refresh" | "POST /v1/auth/logout" => request.json(r#"{"refresh_token":"vr1_x"}"#),
        "PUT /v1/me/password" => {
            request.json(format!(r#"{{"current_password":"{PASSWORD}","password":"{PASSWORD}"}}"#))
        }
        "POST /v1/users" => request.json(format!(r#"{{"email":"{}","name":"Ada"}}"#, new_email())),
        "PATCH /v1/users/{id}" => request.if_match("*").json(r#"{"name":"Another name"}"#),
        "PUT /v1/users/{id}/password" => request.json(format!(r#"{{"password":"{PASSWORD}"}}"#)),
        "POST /v1/resumes" => request.json(format!(r#"{{"owner_id":"{user}",{resume}}}"#)),
        "POST /v1/resumes/import" => request.header("content-type", "application/x-ndjson").body("{}\n"),
        "PUT /v1/resumes/{id}" => request.if_match("*").json(format!("{{{resume}}}")),
        "PATCH /v1/resumes/{id}" => request.if_match("*").json(r#"{"title":"Another title"}"#),
        _ => request,
    }
}
