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
use crate::lock::{Held, LoginLock};
use crate::store::{StoreErrorKind, StoredLogin, TokenStore};
use crate::transport::{Received, Transport};

/// How often a renewal follows a store that others change meanwhile.
const EXCHANGES: usize = 3;

/// The login of one client. Clones share it.
///
/// Whatever reads or writes the store runs on the blocking pool, to its end, whether or not
/// the caller still waits: a rotated token is never lost between the server and the store.
#[derive(Clone)]
pub(crate) struct Session(Arc<Keeper>);

/// A renewal under way, which any number of callers wait for.
type Flight = Shared<BoxFuture<'static, Result<Arc<StoredLogin>>>>;

struct Keeper {
    store: Box<dyn TokenStore>,
    lock: Option<LoginLock>,
    transport: Transport,
    patience: Duration,
    /// Held by the one thread that works with the store.
    turn: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Arc<StoredLogin>>,
    flight: Option<(u64, Flight)>,
    flights: u64,
    /// Bought, and not yet in the store: what it replaces, and what it is.
    unsaved: Option<(StoredLogin, StoredLogin)>,
    /// The newest login that this client, and not another program, got from the server.
    bought: Option<Arc<StoredLogin>>,
}

impl Session {
    /// The login in `store`; `transport` must not share connections with another runtime.
    pub(crate) fn new(
        store: Box<dyn TokenStore>,
        lock: Option<LoginLock>,
        transport: Transport,
        patience: Duration,
    ) -> Self {
        Self(Arc::new(Keeper {
            store,
            lock,
            transport,
            patience,
            turn: Mutex::default(),
            state: Mutex::default(),
        }))
    }

    pub(crate) fn store(&self) -> &dyn TokenStore {
        self.0.store.as_ref()
    }

    /// A login to make a request with, other than one that the server has refused.
    ///
    /// One that cannot be renewed is answered although it was refused. Dropping the future
    /// leaves a renewal running for the next caller.
    pub(crate) async fn current(&self, refused: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let mut login = self.join(refused).await?;
        // The renewal may have begun before the refusal, and for another reason.
        if !is_usable(&login, refused) {
            login = self.join(refused).await?;
        }
        Ok(login)
    }

    /// Whether a login is the newest that this client has renewed itself.
    pub(crate) fn has_bought(&self, login: &Arc<StoredLogin>) -> bool {
        self.0.state().bought.as_ref().is_some_and(|bought| Arc::ptr_eq(bought, login))
    }

    /// What the store holds.
    pub(crate) async fn stored(&self) -> Result<Option<StoredLogin>> {
        self.work(|keeper| Ok(keeper.store.load()?)).await
    }

    /// Finds out whether a login could be kept.
    pub(crate) async fn probe(&self) -> Result<()> {
        self.work(|keeper| Ok(keeper.store.probe()?)).await
    }

    /// The token by which the server knows this client, if the store keeps one.
    ///
    /// A store that cannot read it does not stop a login, which works without.
    pub(crate) async fn device(&self) -> Option<SecretString> {
        self.work(|keeper| Ok(keeper.store.load_device()?)).await.ok().flatten()
    }

    /// Keeps a login that has just begun, or gives it back to the server.
    pub(crate) async fn begin(&self, mut tokens: Tokens, device: Option<SecretString>) -> Result<()> {
        self.work(move |keeper| {
            let new_device = tokens.device_token.take().map(SecretString::from);
            let login = StoredLogin::of_answer(tokens);
            let kept = keeper.hold().and_then(|_held| {
                keeper.store.save(&login)?;
                if let Some(token) = new_device
                    && text(Some(&token)) != text(device.as_ref())
                {
                    // The login is kept; without this token the next one is merely from an unknown device.
                    let _ = keeper.store.save_device(&token);
                }
                keeper.state().unsaved = None;
                keeper.remember(login.clone());
                Ok(())
            });
            if kept.is_err() {
                // Best effort: the session ends by itself, too.
                let _ = keeper.tell_end(&login);
            }
            kept
        })
        .await
    }

    /// Ends the login at the server, then forgets it.
    pub(crate) async fn end(&self) -> Result<()> {
        self.work(|keeper| {
            let _held = keeper.hold()?;
            keeper.save_late()?;
            match keeper.store.load() {
                Ok(Some(login)) => keeper.tell_end(&login)?,
                Ok(None) => {}
                // Nothing to tell the server, and still to be forgotten.
                Err(error) if error.kind() == StoreErrorKind::Damaged => {}
                Err(error) => return Err(error.into()),
            }
            keeper.store.clear()?;
            keeper.forget();
            Ok(())
        })
        .await
    }

    /// The known login if it will do, else the outcome of a renewal.
    async fn join(&self, refused: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let flight = {
            let mut state = self.0.state();
            match &state.known {
                Some(known) if state.unsaved.is_none() && will_do(known, refused) => {
                    return Ok(Arc::clone(known));
                }
                _ => {}
            }
            match &state.flight {
                Some((_, flight)) => flight.clone(),
                None => self.take_off(&mut state, refused.cloned()),
            }
        };
        flight.await
    }

    /// Begins a renewal; `state` is locked, so the renewal cannot end before it is entered.
    fn take_off(&self, state: &mut State, refused: Option<StoredLogin>) -> Flight {
        state.flights += 1;
        let number = state.flights;
        let landing = Landing(Arc::clone(&self.0), number);
        let task = spawn_blocking(move || {
            let landing = landing;
            landing.0.renew(refused.as_ref())
        });
        let keeper = Arc::clone(&self.0);
        let flight = task
            .map(move |outcome| {
                // Where the task never ran, nobody else has cleared the way.
                keeper.land(number);
                outcome.unwrap_or_else(|e| Err(broken(&e)))
            })
            .boxed()
            .shared();
        state.flight = Some((number, flight.clone()));
        flight
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Keeper) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let keeper = Arc::clone(&self.0);
        let task = spawn_blocking(move || {
            let _turn = keeper.turn();
            work(&keeper)
        });
        task.await.unwrap_or_else(|e| Err(broken(&e)))
    }
}

/// Clears the way for the next renewal, also when this one panics.
struct Landing(Arc<Keeper>, u64);

impl Drop for Landing {
    fn drop(&mut self) {
        self.0.land(self.1);
    }
}

/// Everything here blocks, and is called with the turn taken.
impl Keeper {
    fn renew(&self, refused: Option<&StoredLogin>) -> Result<Arc<StoredLogin>> {
        let _turn = self.turn();
        if self.state().unsaved.is_none() {
            let stored = self.load()?;
            if will_do(&stored, refused) {
                return Ok(self.remember(stored));
            }
        }
        let _held = self.hold()?;
        self.save_late()?;
        let mut stored = self.load()?;
        for _ in 0..EXCHANGES {
            if will_do(&stored, refused) {
                return Ok(self.remember(stored));
            }
            stored = self.prepare(stored)?;
            let error = match self.exchange(&stored) {
                Ok(tokens) => return self.keep(stored, StoredLogin::of_answer(tokens)),
                Err(error) => error,
            };
            if error.known_code() != Some(Code::InvalidRefreshToken) {
                return Err(error);
            }
            match self.store.load()? {
                // Somebody who does not use the lock was here: theirs may be good.
                Some(other) if !other.is_same(&stored) => stored = other,
                _ => {
                    self.forget();
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
    /// A token that could not be kept must not be bought; and whoever finds the exchange unfinished
    /// makes the same one again, instead of one that the server takes for a thief's.
    fn prepare(&self, login: StoredLogin) -> Result<StoredLogin> {
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
        let call = secrets.into_iter().flatten().fold(call, Call::hiding);
        let call =
            call.json(&Refresh::new(text(login.refresh_token())).exchange_key(text(login.exchange_key())))?;
        let received = self.send(&call)?;
        call.decode(&received)
    }

    /// Ends the session at the server; one that it does not know has ended already.
    fn tell_end(&self, login: &StoredLogin) -> Result<()> {
        let Some(token) = login.refresh_token() else {
            return Ok(());
        };
        let call = Call::post("/v1/auth/logout").secret().repeatable().hiding(token);
        let call = call.json(&RefreshToken::new(text(Some(token))))?;
        match self.send(&call).and_then(|received| call.done(&received)) {
            Err(error) if error.code().is_none() => Err(error),
            Err(error) if error.is_unauthenticated() || error.is_invalid_input() => Ok(()),
            other => other,
        }
    }

    /// Sends on a runtime of its own, which lives as long as the answer takes.
    ///
    /// The caller's runtime may be dropped, or stand still, in the middle of this.
    fn send(&self, call: &Call) -> Result<Received> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::new(Kind::Client, "cannot start a runtime").because(&e))?;
        let outcome = runtime.block_on(async {
            let deadline = Instant::now() + self.patience;
            self.transport.send(call, None, deadline).await
        });
        // A name look-up can hang on; nobody waits for it.
        runtime.shutdown_background();
        Ok(outcome?)
    }

    fn keep(&self, spent: StoredLogin, login: StoredLogin) -> Result<Arc<StoredLogin>> {
        if let Err(error) = self.store.save(&login) {
            self.state().unsaved = Some((spent, login));
            return Err(error.into());
        }
        let login = self.remember(login);
        let mut state = self.state();
        state.unsaved = None;
        state.bought = Some(Arc::clone(&login));
        Ok(login)
    }

    /// Saves what an earlier renewal bought and could not save, if it still continues the store.
    fn save_late(&self) -> Result<()> {
        let Some((spent, login)) = self.state().unsaved.clone() else {
            return Ok(());
        };
        match self.store.load()? {
            Some(stored) if stored.is_same(&spent) => self.keep(spent, login).map(drop),
            _ => {
                self.state().unsaved = None;
                Ok(())
            }
        }
    }

    fn load(&self) -> Result<StoredLogin> {
        self.store.load()?.ok_or_else(|| {
            self.forget();
            Error::not_logged_in()
        })
    }

    fn hold(&self) -> Result<Option<Held>> {
        let lock = self.lock.as_ref();
        lock.map(|lock| lock.hold(self.patience)).transpose()
    }

    fn remember(&self, login: StoredLogin) -> Arc<StoredLogin> {
        let login = Arc::new(login);
        self.state().known = Some(Arc::clone(&login));
        login
    }

    fn forget(&self) {
        let mut state = self.state();
        state.known = None;
        state.unsaved = None;
    }

    fn land(&self, number: u64) {
        let mut state = self.state();
        state.flight.take_if(|(flying, _)| *flying == number);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a login is good enough to stop looking for another.
fn will_do(login: &StoredLogin, refused: Option<&StoredLogin>) -> bool {
    login.is_fresh() && is_usable(login, refused)
}

/// Whether the server has not refused it, or nothing can be done about that.
fn is_usable(login: &StoredLogin, refused: Option<&StoredLogin>) -> bool {
    let access = |login: &StoredLogin| login.access_token().expose_secret().to_owned();
    login.refresh_token().is_none() || refused.is_none_or(|refused| access(refused) != access(login))
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

fn broken(error: &JoinError) -> Error {
    let what = if error.is_cancelled() {
        "the runtime ended before the login could be read"
    } else {
        "the token store broke"
    };
    Error::new(Kind::Client, what)
}
