//! A client of the server, with the settings it was created from.

use vitae_sdk::{Client, Error};

use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::{exit, runtime};

/// A client and the settings it was created from.
pub(crate) struct Connection {
    pub(crate) context: Context,
    pub(crate) client: Client,
}

impl Context {
    /// Creates a client that uses the login.
    pub(crate) fn connect(self) -> Result<Connection, Failure> {
        let store = self.login_store()?;
        self.connect_with(store)
    }

    /// Creates a client with this credential store.
    pub(crate) fn connect_with(self, store: LoginStore) -> Result<Connection, Failure> {
        let builder = store.configure(Client::builder());
        let client = self.client(builder)?;
        Ok(Connection { context: self, client })
    }
}

impl Connection {
    /// Converts a failed SDK call into a failure with a next step.
    pub(crate) fn explain(&self, doing: &str, error: &Error) -> Failure {
        let Context { server, profile, .. } = &self.context;
        if let Some(store) = error.store_error() {
            return Failure::store(doing, store);
        }
        if error.is_unauthenticated() && error.problem().is_none() {
            return self.context.not_logged_in();
        }
        let mut failure = Failure::call(doing, &server.value, error);
        failure.attempts = error.request_id().and_then(|id| self.context.network.tracer.attempts(id));
        if failure.exit == exit::UNREACHABLE && error.status().is_none() && !error.is_timeout() {
            failure = failure.next(format!(
                "start the server with `vitaed serve`, or choose another with --server or VITAE_SERVER (this address is {})",
                self.context.server_source()
            ));
        }
        if failure.exit == exit::NOT_LOGGED_IN && profile.account.is_some() && !self.context.has_token() {
            failure = failure.next(format!("run `{}`", self.context.login_command()));
        }
        failure
    }
}

/// Runs the asynchronous part of a command with a client that uses the login.
pub(crate) fn run(
    global: &Global,
    work: impl AsyncFnOnce(&Connection) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let connection = Context::of(global, false)?.connect()?;
    runtime::block_on(work(&connection))
}
