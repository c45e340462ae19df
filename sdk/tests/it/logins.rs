//! Login, refresh and logout.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;
use vitae_sdk::{
    Code, Error, ExposeSecret as _, MemoryStore, SecretString, StaticToken, StoreError, StoreErrorKind,
    StoredLogin, TokenStore,
};

use crate::mock::{Gate, Reply, Request, SESSION, Server, USER, login, tokens, user};

const REFRESH: &str = "POST /v1/auth/refresh";
const LOGOUT: &str = "POST /v1/auth/logout";
const ME: &str = "GET /v1/me";

/// Exchanges `refresh-0` for login `1`, and accepts only `access-1`.
fn rotating(request: &Request, _: usize) -> Reply {
    match request.line().as_str() {
        REFRESH if request.json()["refresh_token"] == "refresh-0" => Reply::json(&tokens("1")),
        REFRESH => Reply::problem(Code::InvalidRefreshToken),
        LOGOUT => Reply::empty(),
        _ if request.bearer() == Some("access-1") => Reply::json(&user()),
        _ => Reply::problem(Code::InvalidToken),
    }
}

fn access(store: &MemoryStore) -> Option<String> {
    let login = store.load().unwrap()?;
    Some(login.access_token().expose_secret().to_owned())
}

fn password() -> SecretString {
    "correct horse".to_owned().into()
}

async fn hundred_callers() {
    let server = Server::start(rotating).await;
    let client = server.client(MemoryStore::holding(login("0", 0)));
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.me().get().await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.count(REFRESH), 1);
    assert_eq!(server.count(ME), 100);
}

#[tokio::test]
async fn hundred_callers_make_one_refresh_on_one_thread() {
    hundred_callers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hundred_callers_make_one_refresh_on_many_threads() {
    hundred_callers().await;
}

#[tokio::test]
async fn expiring_token_is_refreshed_before_use() {
    for (seconds, renewed) in [(20, true), (600, false)] {
        let server = Server::start(move |request, before| match request.line().as_str() {
            ME => Reply::json(&user()),
            _ => rotating(request, before),
        })
        .await;
        let client = server.client(MemoryStore::holding(login("0", seconds)));
        client.me().get().await.unwrap();
        assert_eq!(server.count(REFRESH) == 1, renewed, "{seconds} s left");
        assert_eq!(server.count(ME), 1);
    }
}

#[tokio::test]
async fn export_starts_with_a_long_lived_token() {
    for (seconds, renewed) in [(300, true), (590, false)] {
        let server = Server::start(|request, before| match request.line().as_str() {
            REFRESH => rotating(request, before),
            _ => Reply::text(200, "application/x-ndjson", ""),
        })
        .await;
        let client = server.client(MemoryStore::holding(login("0", seconds)));
        assert!(client.resumes().export().send().await.unwrap().next().await.is_none());
        assert_eq!(server.count(REFRESH) == 1, renewed, "{seconds} s left");
        let bearer = if renewed { "access-1" } else { "access-0" };
        assert_eq!(server.requests().last().unwrap().bearer(), Some(bearer));
    }
}

#[tokio::test]
async fn dropped_caller_does_not_lose_the_refresh() {
    let gate = Gate::closed();
    let held = gate.clone();
    let server = Server::start(move |request, before| rotating(request, before).behind(&held)).await;
    let client = server.client(MemoryStore::holding(login("0", 0)));
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.me().get().await });
    server.wait_for_requests(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    gate.open();
    client.me().get().await.unwrap();
    assert_eq!(server.lines(), [REFRESH, ME]);
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_of_the_runtime_does_not_lose_the_refresh() {
    let gate = Gate::closed();
    let held = gate.clone();
    let server = Server::start(move |request, before| rotating(request, before).behind(&held)).await;
    let server = Arc::new(server);
    let store = MemoryStore::holding(login("0", 0));
    let (client, heard) = (server.client(store.clone()), Arc::clone(&server));
    let program = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.spawn(async move { client.me().get().await });
        runtime.block_on(heard.wait_for_requests(1));
        gate.open();
        drop(runtime);
    });
    tokio::task::spawn_blocking(|| program.join().unwrap()).await.unwrap();
    assert_eq!(access(&store).as_deref(), Some("access-1"));
}

#[tokio::test]
async fn rejected_token_is_refreshed_and_the_call_retried() {
    let server = Server::start(rotating).await;
    let client = server.client(MemoryStore::holding(login("0", 3600)));
    client.me().get().await.unwrap();
    assert_eq!(server.lines(), [ME, REFRESH, ME]);
    let requests = server.requests();
    let id = |at: usize| requests[at].header("x-request-id");
    assert_eq!(id(0), id(2), "one call, one request id");
    assert_ne!(id(0), id(1));
}

#[tokio::test]
async fn token_rejected_twice_is_an_error() {
    let server = Server::start(|request, _| match request.line().as_str() {
        REFRESH => Reply::json(&tokens("1")),
        _ => Reply::problem(Code::InvalidToken),
    })
    .await;
    let client = server.client(MemoryStore::holding(login("0", 3600)));
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(server.lines(), [ME, REFRESH, ME]);
}

#[tokio::test]
async fn newer_token_in_the_store_is_used_without_a_refresh() {
    let server = Server::start(|request, before| match request.bearer() {
        Some("access-0") if before == 0 => Reply::json(&user()),
        _ => rotating(request, before),
    })
    .await;
    let store = MemoryStore::holding(login("0", 3600));
    let client = server.client(store.clone());
    client.me().get().await.unwrap();
    // Another program refreshes the login.
    store.save(&login("1", 3600)).unwrap();
    client.me().get().await.unwrap();
    assert_eq!(server.lines(), [ME, ME, ME]);
}

#[tokio::test]
async fn expired_newer_token_in_the_store_is_refreshed() {
    let server = Server::start(|request, before| match (request.line().as_str(), request.bearer()) {
        (REFRESH, _) => Reply::json(&tokens("2")),
        (_, Some("access-0")) if before == 0 => Reply::json(&user()),
        (_, Some("access-2")) => Reply::json(&user()),
        _ => Reply::problem(Code::InvalidToken),
    })
    .await;
    let store = MemoryStore::holding(login("0", 3600));
    let client = server.client(store.clone());
    client.me().get().await.unwrap();
    // Another program has refreshed the login, and the person's role has changed since.
    store.save(&login("1", 3600)).unwrap();
    client.me().get().await.unwrap();
    assert_eq!(server.lines(), [ME, ME, ME, REFRESH, ME]);
    assert_eq!(access(&store).as_deref(), Some("access-2"));
}

#[tokio::test]
async fn used_refresh_token_ends_the_login() {
    let server = Server::start(rotating).await;
    let store = MemoryStore::holding(login("spent", 0));
    let client = server.client(store.clone());
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.known_code(), Some(Code::InvalidRefreshToken));
    assert_eq!(error.next_step(), Some("log in again"));
    assert_eq!(access(&store), None);
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated() && error.status().is_none());
    assert_eq!(server.lines(), [REFRESH]);
}

#[tokio::test]
async fn only_the_rejected_login_is_removed() {
    let store = MemoryStore::holding(login("0", 0));
    let other = store.clone();
    let server = Server::start(move |request, _| match request.line().as_str() {
        // A program that ignores the lock was faster.
        REFRESH => {
            other.save(&login("1", 3600)).unwrap();
            Reply::problem(Code::InvalidRefreshToken)
        }
        _ => Reply::json(&user()),
    })
    .await;
    server.client(store.clone()).me().get().await.unwrap();
    assert_eq!(access(&store).as_deref(), Some("access-1"));
    assert_eq!(server.requests()[1].bearer(), Some("access-1"));
}

#[tokio::test]
async fn failed_refresh_keeps_the_login() {
    let server = Server::always(|| Reply::problem(Code::Unavailable)).await;
    let store = MemoryStore::holding(login("0", 0));
    let error = server.client(store.clone()).me().get().await.unwrap_err();
    assert!(error.is_unavailable() && error.is_retryable());
    assert!(error.to_string().starts_with("POST /v1/auth/refresh: 503 unavailable"));
    assert_eq!(access(&store).as_deref(), Some("access-0"));
}

#[tokio::test]
async fn call_without_a_login_sends_nothing() {
    let server = Server::start(rotating).await;
    let client = server.client(MemoryStore::new());
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.to_string(), "GET /v1/me: not logged in");
    assert_eq!(error.next_step(), Some("log in first"));
    assert_eq!(client.auth().login_state().await.unwrap(), None);
    assert!(client.auth().refresh().await.unwrap_err().is_unauthenticated());
    client.auth().logout().await.unwrap();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn static_token_is_never_refreshed() {
    let server = Server::start(rotating).await;
    let client = server.client(StaticToken::new("access-0".to_owned().into()));
    let error = client.me().get().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(error.next_step(), Some("a given token has expired; get a new one"));
    assert_eq!(server.lines(), [ME]);
    let state = client.auth().login_state().await.unwrap().unwrap();
    assert!(!state.renewable);
    let failures = [
        client.auth().refresh().await.map(drop),
        client.auth().logout().await,
        client.auth().login("ada@example.com", &password()).await.map(drop),
    ];
    assert!(failures.iter().all(Result::is_err), "{failures:?}");
    assert_eq!(server.lines(), [ME]);
}

#[tokio::test]
async fn login_is_saved_and_used() {
    let server = Server::start(|request, before| match request.line().as_str() {
        "POST /v1/auth/login" => Reply::json(&tokens("1")),
        _ => rotating(request, before),
    })
    .await;
    let store = MemoryStore::new();
    let client = server.client(store.clone());
    let user = client.auth().login("ada@example.com", &password()).await.unwrap();
    assert_eq!(user.id.to_string(), USER);
    client.me().get().await.unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.json(), json!({"email": "ada@example.com", "password": "correct horse"}));
    assert_eq!((sent.bearer(), sent.header("idempotency-key")), (None, None));
    assert_eq!(access(&store).as_deref(), Some("access-1"));
    let state = client.auth().login_state().await.unwrap().unwrap();
    assert_eq!(state.source, "memory");
    assert!(state.renewable && state.expires_at.is_some());
}

#[tokio::test]
async fn login_sends_the_stored_device_token() {
    let server = Server::start(|request: &Request, number: usize| match request.line().as_str() {
        LOGOUT => Reply::empty(),
        _ => {
            let mut tokens = tokens("1");
            tokens["device_token"] = format!("vd1_{number}").into();
            Reply::json(&tokens)
        }
    })
    .await;
    let client = server.client(MemoryStore::new());
    for _ in 0..2 {
        client.auth().login("ada@example.com", &password()).await.unwrap();
        client.auth().logout().await.unwrap();
    }
    client.auth().login("ada@example.com", &password()).await.unwrap();
    let sent = |number: usize| server.requests()[number].json()["device_token"].clone();
    assert_eq!((sent(0), sent(2), sent(4)), (json!(null), json!("vd1_0"), json!("vd1_2")));
}

#[tokio::test]
async fn device_token_is_omitted_for_older_servers() {
    let server = Server::start(|request: &Request, _: usize| {
        let is_old = request.json()["device_token"].is_null();
        if is_old { Reply::json(&tokens("1")) } else { Reply::problem(Code::UnknownField) }
    })
    .await;
    let store = MemoryStore::new();
    store.save_device(&"vd1_newer".to_owned().into()).unwrap();
    server.client(store.clone()).auth().login("ada@example.com", &password()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(access(&store).as_deref(), Some("access-1"));
}

#[tokio::test]
async fn throttled_login_is_not_retried_and_has_retry_after() {
    let server = Server::always(|| Reply::problem_with(Code::RateLimited, &[("retry-after", "1")])).await;
    let error = server.client(MemoryStore::new()).auth().login("ada@example.com", &password()).await;
    assert_eq!(error.unwrap_err().retry_after(), Some(std::time::Duration::from_secs(1)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_session_is_read_from_the_access_token() {
    // {"sid": SESSION, "sub": USER, "exp": 0}
    let claims = "eyJzaWQiOiIwMTk5YzJmMC0xYjJhLTdjM2QtOGU0Zi01YTZiN2M4ZDllMDMiLCJzdWIiOiIwMTk5YzJmMC0xYjJhLTdjM2QtOGU0Zi01YTZiN2M4ZDllMDEiLCJleHAiOjB9";
    let server = Server::always(move || {
        let mut tokens = tokens("1");
        tokens["access_token"] = format!("e30.{claims}.c2ln").into();
        Reply::json(&tokens)
    })
    .await;
    let client = server.client(MemoryStore::new());
    client.auth().login("ada@example.com", &password()).await.unwrap();
    let state = client.auth().login_state().await.unwrap().unwrap();
    assert_eq!(state.session_id.unwrap().to_string(), SESSION);
    assert_eq!(state.user_id.unwrap().to_string(), USER);
    // The server's clock may be wrong: only `expires_in` counts.
    assert!(state.expires_at.unwrap().as_secs() > 0);
}

#[tokio::test]
async fn logout_ends_the_session_and_removes_the_login() {
    let server = Server::start(rotating).await;
    let store = MemoryStore::holding(login("0", 3600));
    server.client(store.clone()).auth().logout().await.unwrap();
    assert_eq!(server.lines(), [LOGOUT]);
    assert_eq!(server.requests()[0].json(), json!({"refresh_token": "refresh-0"}));
    assert_eq!(access(&store), None);
}

#[tokio::test]
async fn logout_removes_a_login_unknown_to_the_server() {
    for (code, forgotten) in [
        (Code::InvalidRefreshToken, true),
        (Code::ValidationFailed, true),
        (Code::NotFound, false),
        (Code::RateLimited, false),
        (Code::Internal, false),
        (Code::Unavailable, false),
    ] {
        let server = Server::always(move || Reply::problem(code)).await;
        let store = MemoryStore::holding(login("0", 3600));
        let outcome = server.client(store.clone()).auth().logout().await;
        assert_eq!(outcome.is_ok(), forgotten, "{code}");
        assert_eq!(access(&store).is_none(), forgotten, "{code}");
    }
}

#[tokio::test]
async fn access_token_is_available_for_other_uses() {
    let server = Server::start(rotating).await;
    let client = server.client(MemoryStore::holding(login("0", 0)));
    let token = client.auth().access_token().await.unwrap();
    assert_eq!(token.expose_secret(), "access-1");
    let state = client.auth().refresh().await.unwrap_err();
    assert_eq!(state.known_code(), Some(Code::InvalidRefreshToken));
    assert_eq!(server.lines(), [REFRESH, REFRESH]);
}

/// A store with some failing operations.
#[derive(Debug, Clone)]
struct Moody {
    inner: MemoryStore,
    saves: Arc<AtomicUsize>,
    /// The saves that fail.
    failing: Range<usize>,
    probe: Arc<Mutex<Result<(), StoreError>>>,
}

impl Moody {
    fn holding(login: StoredLogin, failing: Range<usize>) -> Self {
        Self {
            inner: MemoryStore::holding(login),
            saves: Arc::default(),
            failing,
            probe: Arc::new(Mutex::new(Ok(()))),
        }
    }
}

fn full() -> StoreError {
    StoreError::new(StoreErrorKind::Failed, "the disk is full", "free some space")
}

impl TokenStore for Moody {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        self.inner.load()
    }

    fn save(&self, login: &StoredLogin) -> Result<(), StoreError> {
        let number = self.saves.fetch_add(1, Ordering::SeqCst);
        if self.failing.contains(&number) { Err(full()) } else { self.inner.save(login) }
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.inner.clear()
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.probe.lock().unwrap().clone()
    }

    fn source(&self) -> String {
        "a moody store".to_owned()
    }

    fn is_shared(&self) -> bool {
        false
    }
}

fn is_full(error: &Error) -> bool {
    error.store_error().is_some() && error.next_step() == Some("free some space")
}

#[tokio::test]
async fn no_refresh_without_a_writable_store() {
    let server = Server::start(rotating).await;
    let store = Moody::holding(login("0", 0), 0..usize::MAX);
    *store.probe.lock().unwrap() = Err(full());
    let client = server.client(store);
    assert!(is_full(&client.me().get().await.unwrap_err()));
    let login = client.auth().login("ada@example.com", &password()).await;
    assert!(is_full(&login.unwrap_err()));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn refreshed_login_that_was_not_saved_is_saved_later() {
    let server = Server::start(rotating).await;
    // The first save records that an exchange has started.
    let store = Moody::holding(login("0", 0), 1..3);
    let client = server.client(store.clone());
    for _ in 0..2 {
        assert!(is_full(&client.me().get().await.unwrap_err()));
    }
    client.me().get().await.unwrap();
    assert_eq!(access(&store.inner).as_deref(), Some("access-1"));
    assert_eq!(server.lines(), [REFRESH, ME]);
}

#[tokio::test]
async fn failed_exchange_is_repeated_with_the_same_key() {
    let server = Server::start(|request, before| match before {
        0..3 => Reply::nothing(),
        3..6 => Reply::problem(Code::Unavailable),
        _ => rotating(request, before),
    })
    .await;
    let store = MemoryStore::holding(login("0", 0));
    for _ in 0..2 {
        server.client(store.clone()).me().get().await.unwrap_err();
    }
    // Like another program that finds the unfinished exchange.
    server.client(store.clone()).me().get().await.unwrap();
    let exchanges: Vec<_> = server.requests().iter().take(7).map(Request::json).collect();
    let key = exchanges[0]["exchange_key"].as_str().unwrap();
    assert_eq!(key.len(), 43);
    assert!(exchanges.iter().all(|exchange| exchange["exchange_key"] == key));
    let text = store.load().unwrap().unwrap().to_text();
    assert!(!text.expose_secret().contains("exchange_key"), "it is over");
}

#[tokio::test]
async fn new_login_that_cannot_be_saved_is_ended() {
    let server = Server::start(|request, before| match request.line().as_str() {
        "POST /v1/auth/login" => Reply::json(&tokens("1")),
        _ => rotating(request, before),
    })
    .await;
    let store = Moody::holding(login("0", 3600), 0..1);
    let client = server.client(store.clone());
    let login = client.auth().login("ada@example.com", &password()).await;
    assert!(is_full(&login.unwrap_err()));
    assert_eq!(server.lines(), ["POST /v1/auth/login", LOGOUT]);
    assert_eq!(server.requests()[1].json(), json!({"refresh_token": "refresh-1"}));
    assert_eq!(access(&store.inner).as_deref(), Some("access-0"));
}

/// Refreshes the login to `access-1`, and denies everything to other tokens.
async fn denying(allowed: &'static str) -> Server {
    Server::start(move |request, _| match request.line().as_str() {
        REFRESH => Reply::json(&tokens("1")),
        _ if request.bearer() == Some(allowed) => Reply::json(&user()),
        _ => Reply::problem(Code::PasswordChangeRequired),
    })
    .await
}

#[tokio::test]
async fn token_from_before_the_password_change_is_refreshed_once() {
    // Another client of the login has changed the password: the next token is valid for all calls.
    let server = denying("access-1").await;
    let client = server.client(MemoryStore::holding(login("0", 600)));
    client.me().get().await.unwrap();
    assert_eq!((server.count(REFRESH), server.count(ME)), (1, 2));
    // The password is unchanged: the refresh changes nothing and is not repeated.
    let server = denying("access-9").await;
    let client = server.client(MemoryStore::holding(login("0", 600)));
    let error = client.me().get().await.unwrap_err();
    assert_eq!(error.known_code(), Some(Code::PasswordChangeRequired));
    assert_eq!((server.count(REFRESH), server.count(ME)), (1, 2));
}

#[tokio::test]
async fn required_password_change_is_saved_with_the_login() {
    let mut answer = tokens("0");
    answer["password_change_required"] = json!(true);
    let server = Server::start(move |request, _| match request.line().as_str() {
        "POST /v1/auth/login" => Reply::json(&answer),
        REFRESH => Reply::json(&tokens("1")),
        _ => Reply::empty(),
    })
    .await;
    let store = MemoryStore::new();
    let client = server.client(store.clone());
    client.auth().login("ada@example.com", &password()).await.unwrap();
    assert!(client.auth().password_change_required().await.unwrap());
    assert!(client.auth().login_state().await.unwrap().unwrap().password_change_required);
    assert!(
        store
            .load()
            .unwrap()
            .unwrap()
            .to_text()
            .expose_secret()
            .contains(r#""password_change_required":true"#)
    );
    client.me().change_password(&password(), &"another".to_owned().into()).await.unwrap();
    assert!(!client.auth().password_change_required().await.unwrap());
    assert_eq!((server.count(REFRESH), access(&store)), (1, Some("access-1".to_owned())));
}
