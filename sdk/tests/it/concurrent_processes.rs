//! Many processes with one expired login, some of them killed during its refresh.

mod relay;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{self, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use vitae_sdk::{Client, ExposeSecret as _, FileStore, StoreError, StoredLogin, TokenStore};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use self::relay::{AGENT, Kill, Relay};
#[cfg(all(feature = "keyring", target_os = "linux"))]
use crate::keyring::{UNLOCKED, on_a_bus};
use crate::subprocess;

const KIND: &str = "VITAE_SDK_TEST_STORE";
const HOME: &str = "VITAE_SDK_TEST_HOME";
const SERVER: &str = "VITAE_SDK_TEST_SERVER";
const STEP: &str = "VITAE_SDK_TEST_STEP";

/// The point at which a process kills itself: before or after the n-th call of a method of the store.
const STEPS: [&str; 8] = [
    "after load 1",
    "before load 2",
    "after load 2",
    "before save 1",
    "after save 1",
    "before save 2",
    "after save 2",
    "nowhere",
];

#[tokio::test(flavor = "multi_thread")]
async fn one_of_64_processes_refreshes_the_login_in_a_file() {
    Storm::begin("file").await.all_at_once(64).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_do_not_lose_the_login_in_a_file() {
    let storm = Storm::begin("file").await;
    storm.killed_at_every_step().await;
    storm.killed_at_random(8).await;
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
#[tokio::test]
async fn processes_share_the_login_in_a_keyring() {
    on_a_bus(UNLOCKED, "concurrent_processes::inside_keyring").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test above, on a bus of its own"]
async fn inside_keyring() {
    if !subprocess::is_inside() {
        return;
    }
    let storm = Storm::begin("keyring").await;
    storm.all_at_once(64).await;
    storm.killed_at_every_step().await;
    storm.killed_at_random(4).await;
}

/// A server, a login that processes share, and the proxy between them.
struct Storm {
    _stack: Stack,
    relay: Relay,
    kind: &'static str,
    home: TempDir,
}

impl Storm {
    async fn begin(kind: &'static str) -> Self {
        let stack = Stack::start().await;
        let relay = Relay::start(&stack.url()).await;
        let home = TempDir::new().unwrap();
        let storm = Self { _stack: stack, relay, kind, home };
        storm.client().auth().login(ADMIN, &PASSWORD.to_owned().into()).await.unwrap();
        storm
    }

    fn client(&self) -> Client {
        client(&self.relay.url, self.home.path(), open(self.kind, self.home.path(), &self.relay.url))
    }

    /// Runs many processes with an expired login, which make one exchange.
    async fn all_at_once(&self, processes: usize) {
        self.end_access().await;
        let running: Vec<_> = (0..processes).map(|_| self.start("nowhere")).collect();
        for outcome in join_all(running).await {
            assert!(outcome.success(), "{outcome}");
        }
        assert_eq!(self.relay.take_exchanges(), 1);
        self.check().await;
    }

    /// Kills one process at each possible step; later processes are not affected.
    async fn killed_at_every_step(&self) {
        let kills = [Kill::Before, Kill::Between, Kill::After].map(|kill| ("nowhere", vec![kill]));
        for (step, kills) in STEPS.map(|step| (step, Vec::new())).into_iter().chain(kills) {
            let before = self.relay.bought();
            self.end_access().await;
            self.relay.kill(&kills);
            let outcome = self.start(step).await;
            let dies = step != "nowhere" || !kills.is_empty();
            // A process killed after the response was sent may have read it.
            assert!(outcome.success() != dies || kills == [Kill::After], "{step} {kills:?}: {outcome}");
            let after: Vec<_> = (0..4).map(|_| self.start("nowhere")).collect();
            for outcome in join_all(after).await {
                assert!(outcome.success(), "{step} {kills:?}: {outcome}");
            }
            assert_eq!(self.relay.bought(), before + 1, "{step} {kills:?}");
        }
        self.relay.take_exchanges();
        self.check().await;
    }

    /// Kills some of many processes, one after the other, at random points.
    async fn killed_at_random(&self, rounds: u64) {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut draw = |below: u64| {
            // The middle bits of a linear congruential generator are random enough here.
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((random >> 33) % below).unwrap()
        };
        for round in 0..rounds {
            let before = self.relay.bought();
            self.end_access().await;
            let kills: Vec<_> =
                (0..draw(4)).map(|_| [Kill::Before, Kill::Between, Kill::After][draw(3)]).collect();
            self.relay.kill(&kills);
            let steps: Vec<_> = (0..16).map(|_| STEPS[draw(16).min(STEPS.len() - 1)]).collect();
            join_all(steps.iter().map(|step| self.start(step))).await;
            self.relay.kill(&[]);
            assert!(self.start("nowhere").await.success(), "round {round}: {kills:?} {steps:?}");
            assert_eq!(self.relay.bought(), before + 1, "round {round}: {kills:?} {steps:?}");
        }
        self.relay.take_exchanges();
        self.check().await;
    }

    /// Makes the access token look expired to every process.
    async fn end_access(&self) {
        let store = open(self.kind, self.home.path(), &self.relay.url);
        let work = move || {
            let text = store.load().unwrap().unwrap().to_text();
            let mut login: Value = serde_json::from_str(text.expose_secret()).unwrap();
            login["expires_at"] = json!("2026-01-01T00:00:00.000Z");
            store.save(&StoredLogin::from_text(&login.to_string()).unwrap()).unwrap();
        };
        spawn_blocking(work).await.unwrap();
    }

    /// A process that calls `me`, and the point at which it kills itself.
    fn start(&self, step: &str) -> impl Future<Output = ExitStatus> + use<> {
        let mut command = subprocess::command(&[], "concurrent_processes::inside_process");
        command.env(KIND, self.kind).env(HOME, self.home.path()).env(SERVER, &self.relay.url).env(STEP, step);
        self.relay.watch(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Checks that the session is alive and the store has its tokens.
    async fn check(&self) {
        let client = self.client();
        assert_eq!(client.me().sessions().await.unwrap().len(), 1);
        client.auth().refresh().await.unwrap();
        assert_eq!(self.relay.take_exchanges(), 1);
        assert_eq!(self.relay.kills_left(), 0);
    }
}

fn client(server: &str, home: &Path, store: Box<dyn TokenStore>) -> Client {
    Client::builder()
        .base_url(server)
        .token_store(Deadly {
            store,
            step: env::var(STEP).unwrap_or_default(),
            calls: <[AtomicUsize; 2]>::default(),
        })
        .lock_dir(home.join("locks"))
        .user_agent(format!("{AGENT}{}", process::id()))
        .build()
        .unwrap()
}

fn open(kind: &str, home: &Path, server: &str) -> Box<dyn TokenStore> {
    match kind {
        #[cfg(feature = "keyring")]
        "keyring" => Box::new(vitae_sdk::KeyringStore::new(ADMIN, server).unwrap()),
        _ => Box::new(FileStore::new(home.join("login"), ADMIN)),
    }
}

#[tokio::test]
#[ignore = "run by the tests above, as one of many processes"]
async fn inside_process() {
    if !subprocess::is_inside() {
        return;
    }
    let home = PathBuf::from(env::var_os(HOME).unwrap());
    let (kind, server) = (env::var(KIND).unwrap(), env::var(SERVER).unwrap());
    let client = client(&server, &home, open(&kind, &home, &server));
    assert_eq!(client.me().get().await.unwrap().email.as_str(), ADMIN);
}

/// A store whose process is killed at one of its calls.
#[derive(Debug)]
struct Deadly {
    store: Box<dyn TokenStore>,
    step: String,
    calls: [AtomicUsize; 2],
}

impl Deadly {
    fn around<T>(&self, call: usize, name: &str, work: impl FnOnce() -> T) -> T {
        let number = self.calls[call].fetch_add(1, Ordering::Relaxed) + 1;
        let is_here = |when: &str| self.step == format!("{when} {name} {number}");
        if is_here("before") {
            process::abort();
        }
        let outcome = work();
        if is_here("after") {
            process::abort();
        }
        outcome
    }
}

impl TokenStore for Deadly {
    fn load(&self) -> Result<Option<StoredLogin>, StoreError> {
        self.around(0, "load", || self.store.load())
    }

    fn save(&self, login: &StoredLogin) -> Result<(), StoreError> {
        self.around(1, "save", || self.store.save(login))
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.store.clear()
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.store.probe()
    }

    fn source(&self) -> String {
        self.store.source()
    }

    fn account(&self) -> Option<String> {
        self.store.account()
    }
}
