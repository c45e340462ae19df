//! The life of a login: read, used, renewed by one, ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;
use vitae_contracts_core::Code;
use vitae_contracts_gateway::{Refresh, RefreshToken, Tokens};

use crate::call::Call;
use crate::error::{Error, Kind, Result};
use crate::lock::{LockGuard, LoginLock};
use crate::store::{StoreErrorKind, StoredLogin, TokenStore};
use crate::transport::{Response, Transport};

/// How often a renewal follows a store that others change meanwhile.
const MAX_EXCHANGES: usize = 3;

/// The login of one client. Clones share it.
///
/// Whatever reads or writes the store runs on the blocking pool, to its end, whether or not
/// the caller still waits: a rotated token is never lost between the server and the store.
#[derive(Clone)]
pub(crate) struct Session(Arc<SessionTokens>);

/// A renewal under way, which any number of callers wait for.
type RefreshInFlight = Shared<BoxFuture<'static, Result<Arc<StoredLogin>>>>;

struct SessionTokens {
    store: Box<dyn TokenStore>,
    lock: Option<LoginLock>,
    transport: Transport,
    timeout: Duration,
    /// LockGuard by the one thread that works with the store.
    store_access: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<StoredLogin>>,
    refresh: Option<(u64, RefreshInFlight)>,
    refreshes_started: u64,
    /// Bought, and not yet in the store: what it replaces, and what it is.
    unsaved: Option<(StoredLogin, StoredLogin)>,
    /// The newest login that this client, and not another program, got from the server.
    latest_refreshed: Option<Arc<StoredLogin>>,
}

impl Session {
    /// The login in `store`; `transport` must not share connections with another runtime.
    pub(crate) fn new(
        store: Box<dyn TokenStore>,
        lock: Option<LoginLock>,
        transport: Transport,
        timeout: Duration,
    ) -> Self {
        Self(Arc::new(SessionTokens {
            store,
            lock,
            transport,
            timeout,
            store_access: Mutex::default(),
            state: Mutex::default(),
        }))
    }

    pub(crate) fn store(&self) -> &dyn TokenStore {
        self.0.store.as_ref()
    }

    /// A login to make a request with, other than one that the server has rejected.
    ///
    /// One that cannot be renewed is answered although it was rejected. Dropping the future
    /// leaves a renewal running for the next caller.
    pub(crate) async fn current(&self, rejected: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let mut login = self.current_or_refreshed(rejected).await?;
        // The renewal may have begun before the refusal, and for another reason.
        if !is_usable(&login, rejected) {
            login = self.current_or_refreshed(rejected).await?;
        }
        Ok(login)
    }

    /// Whether a login is the newest that this client has renewed itself.
    pub(crate) fn is_latest_refreshed(&self, login: &Arc<StoredLogin>) -> bool {
        self.0
            .state()
            .latest_refreshed
            .as_ref()
            .is_some_and(|latest_refreshed| Arc::ptr_eq(latest_refreshed, login))
    }

    /// What the store holds.
    pub(crate) async fn stored(&self) -> Result<Option<StoredLogin>> {
        self.with_store(|session| Ok(session.store.load()?)).await
    }

    /// Finds out whether a login could be kept.
    pub(crate) async fn probe(&self) -> Result<()> {
        self.with_store(|session| Ok(session.store.probe()?)).await
    }

    /// The token by which the server knows this client, if the store keeps one.
    ///
    /// A store that cannot read it does not stop a login, which works without.
    pub(crate) async fn device(&self) -> Option<SecretString> {
        self.with_store(|session| Ok(session.store.load_device()?)).await.ok().flatten()
    }

    /// Keeps a login that has just begun, or gives it back to the server.
    pub(crate) async fn save_login(&self, mut tokens: Tokens, device: Option<SecretString>) -> Result<()> {
        self.with_store(move |session| {
            let new_device = tokens.device_token.take().map(SecretString::from);
            let login = StoredLogin::from_tokens(tokens);
            let kept = session.lock().and_then(|_held| {
                session.store.save(&login)?;
                if let Some(token) = new_device
                    && text(Some(&token)) != text(device.as_ref())
                {
                    // The login is kept; without this token the next one is merely from an unknown device.
                    let _ = session.store.save_device(&token);
                }
                session.state().unsaved = None;
                session.set_current(login.clone());
                Ok(())
            });
            if kept.is_err() {
                // Best effort: the session ends by itself, too.
                let _ = session.end_session(&login);
            }
            kept
        })
        .await
    }

    /// Ends the login at the server, then forgets it.
    pub(crate) async fn log_out(&self) -> Result<()> {
        self.with_store(|session| {
            let _held = session.lock()?;
            session.save_unsaved()?;
            match session.store.load() {
                Ok(Some(login)) => session.end_session(&login)?,
                Ok(None) => {}
                // Nothing to tell the server, and still to be forgotten.
                Err(error) if error.kind() == StoreErrorKind::Damaged => {}
                Err(error) => return Err(error.into()),
            }
            session.store.clear()?;
            session.clear_current();
            Ok(())
        })
        .await
    }

    /// The known login if it will do, else the outcome of a renewal.
    async fn current_or_refreshed(&self, rejected: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let refresh = {
            let mut state = self.0.state();
            match &state.current {
                Some(current) if state.unsaved.is_none() && is_acceptable(current, rejected) => {
                    return Ok(Arc::clone(current));
                }
                _ => {}
            }
            match &state.refresh {
                Some((_, refresh)) => refresh.clone(),
                None => self.start_refresh(&mut state, rejected.cloned()),
            }
        };
        refresh.await
    }

    /// Begins a renewal; `state` is locked, so the renewal cannot end before it is entered.
    fn start_refresh(&self, state: &mut State, rejected: Option<StoredLogin>) -> RefreshInFlight {
        state.refreshes_started += 1;
        let number = state.refreshes_started;
        let guard = RefreshGuard(Arc::clone(&self.0), number);
        let task = spawn_blocking(move || {
            let guard = guard;
            guard.0.refresh(rejected.as_ref())
        });
        let session = Arc::clone(&self.0);
        let refresh = task
            .map(move |outcome| {
                // Where the task never ran, nobody else has cleared the way.
                session.finish_refresh(number);
                outcome.unwrap_or_else(|e| Err(task_failure(&e)))
            })
            .boxed()
            .shared();
        state.refresh = Some((number, refresh.clone()));
        refresh
    }

    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SessionTokens) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let session = Arc::clone(&self.0);
        let task = spawn_blocking(move || {
            let _access = session.store_access();
            work(&session)
        });
        task.await.unwrap_or_else(|e| Err(task_failure(&e)))
    }
}

/// Clears the way for the next renewal, also when this one panics.
struct RefreshGuard(Arc<SessionTokens>, u64);

impl Drop for RefreshGuard {
    fn drop(&mut self) {
        self.0.finish_refresh(self.1);
    }
}

/// Everything here blocks, and is called with the store_access taken.
impl SessionTokens {
    fn refresh(&self, rejected: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let _access = self.store_access();
        if self.state().unsaved.is_none() {
            let stored = self.load()?;
            if is_acceptable(&stored, rejected) {
                return Ok(self.set_current(stored));
            }
        }
        let _held = self.lock()?;
        self.save_unsaved()?;
        let mut stored = self.load()?;
        for _ in 0..MAX_EXCHANGES {
            if is_acceptable(&stored, rejected) {
                return Ok(self.set_current(stored));
            }
            stored = self.save_exchange_key(stored)?;
            let error = match self.exchange(&stored) {
                Ok(tokens) => return self.save_refreshed(stored, StoredLogin::from_tokens(tokens)),
                Err(error) => error,
            };
            if error.known_code() != Some(Code::InvalidRefreshToken) {
                return Err(error);
            }
            match self.store.load()? {
                // Somebody who does not use the lock was here: theirs may be good.
                Some(other) if !other.is_same(&stored) => stored = other,
                _ => {
                    self.clear_current();
                    // The refusal matters more than a store that cannot forget it.
                    let _ = self.store.clear();
                    return Err(error);
                }
            }
        }
        Err(Error::new(Kind::Lock, "the stored login changes faster than it can be renewed"))
    }

    /// Writes down that the login is being renewed, and by which key.
    ///
    /// A token that could not be kept must not be latest_refreshed; and whoever finds the exchange unfinished
    /// makes the same one again, instead of one that the server takes for a thief's.
    fn save_exchange_key(&self, login: StoredLogin) -> Result<StoredLogin> {
        if login.exchange_key().is_some() {
            self.store.probe()?;
            return Ok(login);
        }
        let login = login.with_exchange_key(fresh_key()?);
        self.store.save(&login)?;
        Ok(login)
    }

    fn exchange(&self, login: &StoredLogin) -> Result<Tokens> {
        let call = Call::post("/v1/auth/refresh").secret().repeatable();
        let secrets = [login.refresh_token(), login.exchange_key()];
        let call = secrets.into_iter().flatten().fold(call, Call::redacting);
        let call =
            call.json(&Refresh::new(text(login.refresh_token())).exchange_key(text(login.exchange_key())))?;
        let response = self.send(&call)?;
        call.decode(&response)
    }

    /// Ends the session at the server; one that it does not know has ended already.
    fn end_session(&self, login: &StoredLogin) -> Result<()> {
        let Some(token) = login.refresh_token() else {
            return Ok(());
        };
        let call = Call::post("/v1/auth/logout").secret().repeatable().redacting(token);
        let call = call.json(&RefreshToken::new(text(Some(token))))?;
        match self.send(&call).and_then(|response| call.expect_no_content(&response)) {
            Err(error) if error.code().is_none() => Err(error),
            Err(error) if error.is_unauthenticated() || error.is_invalid_input() => Ok(()),
            other => other,
        }
    }

    /// Sends on a runtime of its own, which lives as long as the answer takes.
    ///
    /// The caller's runtime may be dropped, or stand still, in the middle of this.
    fn send(&self, call: &Call) -> Result<Response> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::new(Kind::Client, "cannot start a runtime").because(&e))?;
        let outcome = runtime.block_on(async {
            let deadline = Instant::now() + self.timeout;
            self.transport.send(call, None, deadline).await
        });
        // A name look-up can hang on; nobody waits for it.
        runtime.shutdown_background();
        Ok(outcome?)
    }

    fn save_refreshed(&self, replaced: StoredLogin, login: StoredLogin) -> Result<Arc<StoredLogin>> {
        if let Err(error) = self.store.save(&login) {
            self.state().unsaved = Some((replaced, login));
            return Err(error.into());
        }
        let login = self.set_current(login);
        let mut state = self.state();
        state.unsaved = None;
        state.latest_refreshed = Some(Arc::clone(&login));
        Ok(login)
    }

    /// Saves what an earlier renewal latest_refreshed and could not save, if it still continues the store.
    fn save_unsaved(&self) -> Result<()> {
        let Some((replaced, login)) = self.state().unsaved.clone() else {
            return Ok(());
        };
        match self.store.load()? {
            Some(stored) if stored.is_same(&replaced) => self.save_refreshed(replaced, login).map(drop),
            _ => {
                self.state().unsaved = None;
                Ok(())
            }
        }
    }

    fn load(&self) -> Result<StoredLogin> {
        self.store.load()?.ok_or_else(|| {
            self.clear_current();
            Error::not_logged_in()
        })
    }

    fn lock(&self) -> Result<Option<LockGuard>> {
        let lock = self.lock.as_ref();
        lock.map(|lock| lock.acquire(self.timeout)).transpose()
    }

    fn set_current(&self, login: StoredLogin) -> Arc<StoredLogin> {
        let login = Arc::new(login);
        self.state().current = Some(Arc::clone(&login));
        login
    }

    fn clear_current(&self) {
        let mut state = self.state();
        state.current = None;
        state.unsaved = None;
    }

    fn finish_refresh(&self, number: u64) {
        let mut state = self.state();
        state.refresh.take_if(|(running, _)| *running == number);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_access(&self) -> MutexGuard<'_, ()> {
        self.store_access.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a login is good enough to stop looking for another.
fn is_acceptable(login: &StoredLogin, rejected: Option<&StoredLogin>) -> bool {
    login.is_fresh() && is_usable(login, rejected)
}

/// Whether the server has not rejected it, or nothing can be done about that.
fn is_usable(login: &StoredLogin, rejected: Option<&StoredLogin>) -> bool {
    let access = |login: &StoredLogin| login.access_token().expose_secret().to_owned();
    login.refresh_token().is_none() || rejected.is_none_or(|rejected| access(rejected) != access(login))
}

fn text(secret: Option<&SecretString>) -> String {
    secret.map_or_else(String::new, |secret| secret.expose_secret().to_owned())
}

/// 256 random bits, as the server wants them.
fn fresh_key() -> Result<SecretString> {
    let mut bits = [0; 32];
    SystemRandom::new()
        .fill(&mut bits)
        .map_err(|_| Error::new(Kind::Client, "the system gives no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits).into())
}

fn task_failure(error: &JoinError) -> Error {
    let what = if error.is_cancelled() {
        "the runtime ended before the login could be read"
    } else {
        "the token store broke"
    };
    Error::new(Kind::Client, what)
}
