//! Access tokens, refresh tokens and sessions.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use vitae_sdk::Role;
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::data_files;
use crate::raw_http::{Response, request};
use crate::test_server::TestServer;

const DAY: Duration = Duration::from_hours(24);

/// A rejected token, with its challenge (RFC 6750, section 3).
fn assert_invalid(response: &Response, name: &str) {
    assert_eq!((response.status, response.code().as_str()), (401, "invalid_token"), "{name}");
    assert_eq!(response.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{name}");
}

/// A signer of tokens, with the server's own key or another.
struct Forger {
    key: Ed25519KeyPair,
    /// The claims of the server, signed with another key.
    kid: String,
    /// Those of a good token.
    claims: Value,
}

impl Forger {
    /// Signed with the server's private key, as an attacker who read its disk.
    fn of(server: &TestServer) -> Self {
        let file = data_files::file(&server.stack, "auth");
        let sql = "SELECT private_key, kid FROM signing_keys";
        let (pkcs8, kid): (Vec<u8>, String) =
            file.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let claims = server.admin.token.split('.').nth(1).unwrap();
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        Self { key: Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap(), kid, claims }
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// A token of the server's key whose claims differ in one.
    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header(), &claims)
    }

    fn without_claim(&self, name: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        self.sign(&self.header(), &claims)
    }

    /// A token of the server's key whose header differs in one field.
    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.sign(&header, &self.claims)
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

#[tokio::test]
async fn forged_tokens_are_rejected() {
    let server = TestServer::start().await;
    let ours = Forger::of(&server);
    let get = request("GET /v1/me");
    let good = get.clone().bearer(&ours.sign(&ours.header(), &ours.claims)).send(&server.stack).await;
    assert_eq!(good.status, 200, "the forger's own tokens are good ones");

    let stranger = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    let foreign =
        Forger { key: Ed25519KeyPair::from_pkcs8(stranger.as_ref()).unwrap(), ..Forger::of(&server) };
    let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, ours.key.public_key().as_ref());
    let with_alg = |alg: &str| unsigned(&json!({"alg": alg, "typ": "at+jwt", "kid": ours.kid}), &ours.claims);
    let hs256 = with_alg("HS256");
    let mac = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&hmac, hs256.as_bytes()));
    let signature = server.admin.token.rsplit('.').next().unwrap();
    let [head, claims, _] = server.admin.token.split('.').collect::<Vec<_>>()[..] else { panic!() };

    let cases = [
        ("signed by a stranger", foreign.sign(&foreign.header(), &foreign.claims)),
        ("another key id", ours.with_header("kid", json!("x"))),
        ("no key id", ours.with_header("kid", Value::Null)),
        ("another type", ours.with_header("typ", json!("JWT"))),
        ("no type", ours.with_header("typ", Value::Null)),
        ("alg none, no signature", format!("{}.", with_alg("none"))),
        ("alg none, a signature", format!("{}.{signature}", with_alg("none"))),
        ("alg None", format!("{}.", with_alg("None"))),
        ("alg HS256 with the public key", format!("{hs256}.{mac}")),
        ("alg RS256", format!("{}.{signature}", with_alg("RS256"))),
        ("alg ES256", format!("{}.{signature}", with_alg("ES256"))),
        ("another issuer", ours.with_claim("iss", json!("other"))),
        ("another audience", ours.with_claim("aud", json!("other"))),
        ("no expiry", ours.without_claim("exp")),
        ("expiry as text", ours.with_claim("exp", json!("9999999999"))),
        ("expiry now", ours.with_claim("exp", ours.claims["iat"].clone())),
        ("no subject", ours.without_claim("sub")),
        ("a subject that is no id", ours.with_claim("sub", json!("admin"))),
        ("no session", ours.without_claim("sid")),
        ("an unknown role", ours.with_claim("role", json!("root"))),
        ("no role", ours.without_claim("role")),
        ("no signature", format!("{head}.{claims}.")),
        ("two parts", format!("{head}.{claims}")),
        ("four parts", format!("{}.x", server.admin.token)),
        ("no parts", "x".to_owned()),
        ("dots", "..".to_owned()),
        ("padded", format!("{}=", server.admin.token)),
        ("long", "x".repeat(8000)),
    ];
    for (name, token) in cases {
        let rpcs = server.stack.rpc_count();
        let response = get.clone().bearer(&token).send(&server.stack).await;
        assert_invalid(&response, name);
        assert_eq!(server.stack.rpc_count(), rpcs, "{name}");
    }
}

#[tokio::test]
async fn token_with_one_changed_character_is_rejected() {
    let server = TestServer::start().await;
    let token = &server.admin.token;
    let ends: Vec<_> = token.match_indices('.').map(|(at, _)| at).chain([0, token.len() - 1]).collect();
    // Around the ends of each segment, where the bits of base64 are not all used, and in between.
    let near = |at: usize| ends.iter().any(|end| end.abs_diff(at) <= 2) || at.is_multiple_of(17);
    for at in (0..token.len()).filter(|at| near(*at)) {
        for other in ["A", "B", "_", "."] {
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            if changed != *token {
                let response = request("GET /v1/me").bearer(&changed).send(&server.stack).await;
                assert_invalid(&response, &format!("{other} at {at}"));
            }
        }
    }
}

#[tokio::test]
async fn authorization_header_is_parsed_strictly() {
    let server = TestServer::start().await;
    let token = &server.admin.token;
    let refresh = tokens(&log_in(&server.stack).await).1;
    for (name, value, expected) in [
        ("as it should be", format!("Bearer {token}"), 200),
        ("lower case", format!("bearer {token}"), 200),
        ("upper case", format!("BEARER {token}"), 200),
        ("mixed case", format!("bEaReR {token}"), 200),
        ("two spaces", format!("Bearer  {token}"), 401),
        ("a tab", format!("Bearer\t{token}"), 401),
        ("a word more", format!("Bearer {token} x"), 401),
        ("a comma", format!("Bearer {token},"), 401),
        ("no space", format!("Bearer{token}"), 401),
        ("no token", "Bearer".to_owned(), 401),
        ("no scheme", token.clone(), 401),
        ("a quoted token", format!("Bearer \"{token}\""), 401),
        ("a non-breaking space", format!("Bearer\u{a0}{token}"), 401),
        ("a byte more", format!("Bearer {token}\u{e9}"), 401),
        ("a refresh token", format!("Bearer {refresh}"), 401),
    ] {
        let response = request("GET /v1/me").header("authorization", value).send(&server.stack).await;
        assert_eq!(response.status, expected, "{name}");
        if expected == 401 {
            assert_invalid(&response, name);
        }
    }
    let basic = request("GET /v1/me").header("authorization", "Basic YTpi").send(&server.stack).await;
    assert_eq!(basic.status, 401);
    let twice = request("GET /v1/me").bearer(token).bearer(token).send(&server.stack).await;
    assert_invalid(&twice, "two headers");
}

#[tokio::test]
async fn tokens_outside_the_header_are_ignored() {
    let server = TestServer::start().await;
    let token = &server.admin.token;
    let cases = [
        ("nowhere", request("GET /v1/me")),
        ("query", request(format!("GET /v1/me?access_token={token}"))),
        ("cookie", request("GET /v1/me").header("cookie", format!("access_token={token}"))),
        ("another header", request("GET /v1/me").header("x-access-token", token)),
        ("proxy", request("GET /v1/me").header("proxy-authorization", format!("Bearer {token}"))),
    ];
    for (name, request) in cases {
        let response = request.send(&server.stack).await;
        assert_eq!((response.status, response.code().as_str()), (401, "unauthenticated"), "{name}");
        assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{name}");
    }
}

#[tokio::test]
async fn access_token_expires_after_ten_minutes() {
    let server = TestServer::start().await;
    let get = request("GET /v1/me").bearer(&server.admin.token);
    server.stack.advance(Duration::from_secs(500));
    assert_eq!(get.send(&server.stack).await.status, 200);
    server.stack.advance(Duration::from_secs(100));
    assert_invalid(&get.send(&server.stack).await, "expired");
}

pub(crate) async fn log_in(stack: &Stack) -> Response {
    let body = json!({"email": ADMIN, "password": PASSWORD}).to_string();
    request("POST /v1/auth/login").json(body).send(stack).await
}

pub(crate) async fn refresh(stack: &Stack, token: &str) -> Response {
    let body = json!({"refresh_token": token}).to_string();
    request("POST /v1/auth/refresh").json(body).send(stack).await
}

pub(crate) async fn log_out(stack: &Stack, token: &str) -> Response {
    let body = json!({"refresh_token": token}).to_string();
    request("POST /v1/auth/logout").json(body).send(stack).await
}

/// Access and refresh token of a response, which is not for caches.
pub(crate) fn tokens(response: &Response) -> (String, String) {
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let body = response.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

pub(crate) fn assert_ended(response: &Response) {
    assert_eq!((response.status, response.code().as_str()), (401, "invalid_refresh_token"));
}

#[tokio::test]
async fn refresh_token_is_accepted_once() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, other) = tokens(&log_in(&stack).await);
    let (access, second) = tokens(&refresh(&stack, &first).await);
    assert_eq!(request("GET /v1/me").bearer(&access).send(&stack).await.status, 200);
    let (_, third) = tokens(&refresh(&stack, &second).await);
    assert_ended(&refresh(&stack, &first).await);
    // The token was copied, so the session ends for everyone.
    assert_ended(&refresh(&stack, &third).await);
    tokens(&refresh(&stack, &other).await);
}

#[tokio::test]
async fn at_most_one_of_two_concurrent_refreshes_succeeds() {
    let stack = Stack::start().await;
    for _ in 0..10 {
        let (_, token) = tokens(&log_in(&stack).await);
        let (one, two) = tokio::join!(refresh(&stack, &token), refresh(&stack, &token));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}

#[tokio::test]
async fn malformed_refresh_token_is_rejected() {
    let stack = Stack::start().await;
    let (access, token) = tokens(&log_in(&stack).await);
    let unknown = format!("vr1_{}", "A".repeat(43));
    for text in ["", "x", "vr1_", &unknown, &access, &token[4..], &token.to_uppercase()] {
        assert_ended(&refresh(&stack, text).await);
        assert_eq!(log_out(&stack, text).await.status, 204, "an unknown token is logged out already");
    }
    assert!(token.starts_with("vr1_") && token.len() == 47, "scanners find leaked tokens by their form");
    tokens(&refresh(&stack, &token).await);
}

#[tokio::test]
async fn logout_ends_only_its_session() {
    let stack = Stack::start().await;
    let (_, one) = tokens(&log_in(&stack).await);
    let (_, two) = tokens(&log_in(&stack).await);
    for _ in 0..2 {
        let response = log_out(&stack, &one).await;
        assert_eq!((response.status, response.body.len()), (204, 0));
    }
    assert_ended(&refresh(&stack, &one).await);
    tokens(&refresh(&stack, &two).await);
}

#[tokio::test]
async fn sessions_are_listed_newest_first_and_revoked_one_by_one() {
    let server = TestServer::start().await;
    let person = server.person(Role::Member).await;
    server.stack.advance(Duration::from_secs(1));
    let other = server.stack.log_in(&person.email).await;
    let sessions = person.client.me().sessions().await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.current).collect::<Vec<_>>(), [false, true]);
    assert!(sessions[0].created_at > sessions[1].created_at);
    assert_eq!(sessions[0].address.as_str(), "127.0.0.1");
    assert!(sessions[0].client.as_str().starts_with("vitae"), "{:?}", sessions[0].client);

    person.client.me().revoke_session(sessions[0].id).await.unwrap();
    assert!(other.auth().refresh().await.unwrap_err().is_unauthenticated());
    assert_eq!(person.client.me().sessions().await.unwrap().len(), 1);
    // Again, as the first time.
    person.client.me().revoke_session(sessions[0].id).await.unwrap();

    server.admin.client.users().revoke_sessions(person.id).await.unwrap();
    assert_eq!(server.admin.client.users().sessions(person.id).await.unwrap(), []);
    assert!(person.client.auth().refresh().await.unwrap_err().is_unauthenticated());
}

#[tokio::test]
async fn session_lasts_thirty_idle_and_ninety_total_days() {
    let stack = Stack::start().await;
    let (_, idle) = tokens(&log_in(&stack).await);
    let (_, mut token) = tokens(&log_in(&stack).await);
    for _ in 0..3 {
        stack.advance(29 * DAY);
        token = tokens(&refresh(&stack, &token).await).1;
    }
    assert_ended(&refresh(&stack, &idle).await);
    stack.advance(2 * DAY);
    token = tokens(&refresh(&stack, &token).await).1;
    stack.advance(2 * DAY);
    assert_ended(&refresh(&stack, &token).await);
}

#[tokio::test]
async fn published_key_verifies_tokens() {
    let server = TestServer::start().await;
    let response = request("GET /.well-known/jwks.json").send(&server.stack).await;
    assert_eq!(response.header("content-type"), Some("application/jwk-set+json"));
    let keys = response.json();
    let key = &keys["keys"][0];
    let token: Vec<_> =
        server.admin.token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let header: Value = serde_json::from_slice(&token[0]).unwrap();
    assert_eq!(header, json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key["kid"]}));
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let signed = server.admin.token.rsplit_once('.').unwrap().0;
    let public = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public);
    public.verify(signed.as_bytes(), &token[2]).unwrap();
    let shown = keys.to_string();
    assert!(!shown.contains("\"d\""), "the private key is not shown");
}
