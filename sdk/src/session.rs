//! The login of a client: loading, refresh and logout.

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

/// The exchanges of one refresh, if other programs change the store in between.
const MAX_EXCHANGES: usize = 3;

/// The login of a client. Clones share it.
///
/// Store accesses run on the blocking pool and complete even if the caller stops waiting, so a rotated
/// token is never lost between the server and the store.
#[derive(Clone)]
pub(crate) struct Session(Arc<SessionTokens>);

/// A running refresh that any number of callers wait for.
type RefreshInFlight = Shared<BoxFuture<'static, Result<Arc<StoredLogin>>>>;

struct SessionTokens {
    store: Box<dyn TokenStore>,
    lock: Option<LoginLock>,
    transport: Transport,
    timeout: Duration,
    /// Held by the thread that uses the store.
    store_access: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<StoredLogin>>,
    refresh: Option<(u64, RefreshInFlight)>,
    refreshes_started: u64,
    /// A refreshed login that is not yet saved: the login it replaces, and the new one.
    unsaved: Option<(StoredLogin, StoredLogin)>,
    /// The newest login that this client, not another program, got from the server.
    latest_refreshed: Option<Arc<StoredLogin>>,
}

impl Session {
    /// Creates a session with the login in `store`; `transport` must not share connections with another
    /// runtime.
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

    /// Returns a login for a request, other than one that the server has rejected.
    ///
    /// A login that cannot be refreshed is returned even if it was rejected. Dropping the future leaves a
    /// refresh running for the next caller.
    pub(crate) async fn current(&self, rejected: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let mut login = self.current_or_refreshed(rejected).await?;
        // The refresh may have started before the rejection and for another reason.
        if !is_usable(&login, rejected) {
            login = self.current_or_refreshed(rejected).await?;
        }
        Ok(login)
    }

    /// Whether this is the newest login that this client has refreshed itself.
    pub(crate) fn is_latest_refreshed(&self, login: &Arc<StoredLogin>) -> bool {
        self.0
            .state()
            .latest_refreshed
            .as_ref()
            .is_some_and(|latest_refreshed| Arc::ptr_eq(latest_refreshed, login))
    }

    /// Returns the login in the store.
    pub(crate) async fn stored(&self) -> Result<Option<StoredLogin>> {
        self.with_store(|session| Ok(session.store.load()?)).await
    }

    /// Checks whether a login could be saved.
    pub(crate) async fn probe(&self) -> Result<()> {
        self.with_store(|session| Ok(session.store.probe()?)).await
    }

    /// Returns the device token, which identifies this client to the server, if the store has one.
    ///
    /// An error of the store is ignored: a login works without it.
    pub(crate) async fn device(&self) -> Option<SecretString> {
        self.with_store(|session| Ok(session.store.load_device()?)).await.ok().flatten()
    }

    /// Saves a new login, or ends it at the server if that fails.
    pub(crate) async fn save_login(&self, mut tokens: Tokens, device: Option<SecretString>) -> Result<()> {
        self.with_store(move |session| {
            let new_device = tokens.device_token.take().map(SecretString::from);
            let login = StoredLogin::from_tokens(tokens);
            let saved = session.lock().and_then(|_guard| {
                session.store.save(&login)?;
                if let Some(token) = new_device
                    && text(Some(&token)) != text(device.as_ref())
                {
                    // The login is saved; without this token the next login counts as one of an unknown
                    // device.
                    let _ = session.store.save_device(&token);
                }
                session.state().unsaved = None;
                session.set_current(login.clone());
                Ok(())
            });
            if saved.is_err() {
                // Best effort: the session also expires.
                let _ = session.end_session(&login);
            }
            saved
        })
        .await
    }

    /// Ends the session at the server and removes the login.
    pub(crate) async fn log_out(&self) -> Result<()> {
        self.with_store(|session| {
            let _guard = session.lock()?;
            session.save_unsaved()?;
            match session.store.load() {
                Ok(Some(login)) => session.end_session(&login)?,
                Ok(None) => {}
                // There is no token to end a session with; the login still has to be removed.
                Err(error) if error.kind() == StoreErrorKind::Damaged => {}
                Err(error) => return Err(error.into()),
            }
            session.store.clear()?;
            session.clear_current();
            Ok(())
        })
        .await
    }

    /// Returns the current login if it is acceptable, or the result of a refresh.
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

    /// Starts a refresh. `state` is locked, so the refresh cannot end before it is registered.
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
                // If the task never ran, its guard has not done this.
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

/// Allows the next refresh when dropped, also after a panic.
struct RefreshGuard(Arc<SessionTokens>, u64);

impl Drop for RefreshGuard {
    fn drop(&mut self) {
        self.0.finish_refresh(self.1);
    }
}

/// All methods block; the caller holds `store_access`.
impl SessionTokens {
    fn refresh(&self, rejected: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let _access = self.store_access();
        if self.state().unsaved.is_none() {
            let stored = self.load()?;
            if is_acceptable(&stored, rejected) {
                return Ok(self.set_current(stored));
            }
        }
        let _guard = self.lock()?;
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
                // Another program without the lock has changed the store; its login may be valid.
                Some(other) if !other.is_same(&stored) => stored = other,
                _ => {
                    self.clear_current();
                    // The rejection matters more than an error of the store.
                    let _ = self.store.clear();
                    return Err(error);
                }
            }
        }
        Err(Error::new(Kind::Lock, "the stored login changes faster than it can be refreshed"))
    }

    /// Saves the exchange key of a refresh before it starts.
    ///
    /// A token that could not be saved must not be requested. A program that finds an unfinished exchange
    /// repeats it with the same key; with another key the server would detect a stolen token.
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

    /// Ends the session at the server; an unknown session has already ended.
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

    /// Sends a call on a runtime of its own, which exists until the response.
    ///
    /// The caller's runtime may be dropped or blocked in the meantime.
    fn send(&self, call: &Call) -> Result<Response> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::new(Kind::Client, "cannot start a runtime").because(&e))?;
        let outcome = runtime.block_on(async {
            let deadline = Instant::now() + self.timeout;
            self.transport.send(call, None, deadline).await
        });
        // A name lookup can hang; do not wait for it.
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

    /// Saves the result of an earlier refresh that could not be saved, unless the store has changed since.
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

/// Whether a login needs no refresh.
fn is_acceptable(login: &StoredLogin, rejected: Option<&StoredLogin>) -> bool {
    login.is_fresh() && is_usable(login, rejected)
}

/// Whether the server has not rejected the login, or it cannot be refreshed.
fn is_usable(login: &StoredLogin, rejected: Option<&StoredLogin>) -> bool {
    let access = |login: &StoredLogin| login.access_token().expose_secret().to_owned();
    login.refresh_token().is_none() || rejected.is_none_or(|rejected| access(rejected) != access(login))
}

fn text(secret: Option<&SecretString>) -> String {
    secret.map_or_else(String::new, |secret| secret.expose_secret().to_owned())
}

/// Returns 256 random bits in the format of an exchange key.
fn fresh_key() -> Result<SecretString> {
    let mut bits = [0; 32];
    SystemRandom::new()
        .fill(&mut bits)
        .map_err(|_| Error::new(Kind::Client, "the system has no source of random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits).into())
}

fn task_failure(error: &JoinError) -> Error {
    let what = if error.is_cancelled() {
        "the runtime was shut down before the login was read"
    } else {
        "the token store panicked"
    };
    Error::new(Kind::Client, what)
}
