//! Login, logout and refresh.

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::{Code, SessionId, Timestamp, UserId};
use vitae_contracts_gateway::{Login, Tokens, User};

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::store::StoredLogin;

/// Login, logout and refresh; from [`Client::auth`].
#[derive(Debug, Clone)]
pub struct Auth {
    client: Client,
}

/// The stored login of a client, as known on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginState {
    /// The account that the token store was created for.
    pub account: Option<String>,
    /// The place of the login: `keyring`, a path or the name of a variable.
    pub source: String,
    /// The id of the user, from the access token.
    pub user_id: Option<UserId>,
    /// The id of the session at the server.
    pub session_id: Option<SessionId>,
    /// The end of the access token, by this machine's clock; the login is refreshed before it if possible.
    pub expires_at: Option<Timestamp>,
    /// Whether the login can be refreshed.
    pub renewable: bool,
    /// Whether the account's generated first password must be changed, with
    /// [`Me::change_password`](crate::Me::change_password), before anything else.
    pub password_change_required: bool,
}

impl Auth {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Logs in and saves the login in the token store.
    ///
    /// The store is tested before the password is sent. A wrong password, an unknown e-mail address and a
    /// disabled person give the same error, [`is_unauthenticated`](Error::is_unauthenticated). Too many
    /// failed logins give 429, and [`retry_after`](Error::retry_after) is the time to wait. After a first
    /// login the store keeps a device token of the account, and failed logins of other devices then do not
    /// count against this one.
    ///
    /// Never retried. Dropping the future may leave an unused session at the server. An account with a
    /// generated first password can log in, but only to change it; see
    /// [`password_change_required`](Self::password_change_required).
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
    /// # let email = vitae_server_testkit::ADMIN;
    /// let password = read_password().into();
    /// let user = client.auth().login(email, &password).await?;
    /// println!("logged in as {}", user.name.escaped());
    /// # Ok(()) });
    /// ```
    pub async fn login(&self, email: &str, password: &SecretString) -> Result<User> {
        let session = self.client.session();
        session.probe().await?;
        let device = session.device().await;
        let tokens = match self.send_login(email, password, device.as_ref()).await {
            // An older server than the one that issued the device token.
            Err(error) if device.is_some() && error.known_code() == Some(Code::UnknownField) => {
                self.send_login(email, password, None).await?
            }
            sent => sent?,
        };
        let user = tokens.user.clone();
        session.save_login(tokens, device).await?;
        Ok(user)
    }

    async fn send_login(
        &self,
        email: &str,
        password: &SecretString,
        device: Option<&SecretString>,
    ) -> Result<Tokens> {
        let call = [Some(password), device].into_iter().flatten();
        let call = call.fold(Call::post("/v1/auth/login").secret(), Call::redacting).json(
            &Login::new(email, password.expose_secret())
                .device_token(device.map(|token| token.expose_secret().to_owned())),
        )?;
        self.client.fetch_anonymous(call).await
    }

    /// Returns whether the account's generated first password must be changed before anything else.
    ///
    /// Until then every other call fails with [`Code::PasswordChangeRequired`](crate::Code);
    /// [`Me::change_password`](crate::Me::change_password) changes the password. Contacts the server only
    /// if the login has to be refreshed.
    ///
    /// Dropping the future does not stop a refresh that has started; its result is saved.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// if client.auth().password_change_required().await? {
    ///     println!("choose a password of your own first");
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn password_change_required(&self) -> Result<bool> {
        Ok(self.client.session().current(None).await?.password_change_required())
    }

    /// Ends the session at the server, then removes the login from the token store.
    ///
    /// The login is also removed if the server does not know its session. If the server cannot be reached,
    /// the call fails and the login stays. No error if there is no login. Runs to completion even if the
    /// future is dropped.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// client.auth().logout().await?;
    /// # Ok(()) });
    /// ```
    pub async fn logout(&self) -> Result<()> {
        self.client.session().log_out().await
    }

    /// Returns the login in the token store, without contacting the server.
    ///
    /// Dropping the future has no effect.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// match client.auth().login_state().await? {
    ///     Some(login) => println!("logged in, kept in {}", login.source),
    ///     None => println!("not logged in"),
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn login_state(&self) -> Result<Option<LoginState>> {
        let login = self.client.session().stored().await?;
        Ok(login.map(|login| self.state(&login)))
    }

    /// Refreshes the login now; calls do so themselves when necessary.
    ///
    /// Dropping the future does not stop a refresh that has started; its result is saved.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let login = client.auth().refresh().await?;
    /// println!("good until {:?}", login.expires_at);
    /// # Ok(()) });
    /// ```
    pub async fn refresh(&self) -> Result<LoginState> {
        let session = self.client.session();
        let Some(login) = session.stored().await? else {
            return Err(Error::not_logged_in());
        };
        if login.refresh_token().is_none() {
            let source = session.store().source();
            let what = format!("the login from {source} cannot be refreshed");
            return Err(Error::input(what).with_next_step("get a new token"));
        }
        let login = session.current(Some(&login)).await?;
        Ok(self.state(&login))
    }

    /// Returns an access token that is valid for at least 30 s, for requests made outside of this crate.
    ///
    /// Dropping the future does not stop a refresh that has started; its result is saved.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use vitae_sdk::ExposeSecret as _;
    ///
    /// let token = client.auth().access_token().await?;
    /// println!("Authorization: Bearer {}", token.expose_secret());
    /// # Ok(()) });
    /// ```
    pub async fn access_token(&self) -> Result<SecretString> {
        let login = self.client.session().current(None).await?;
        Ok(login.access_token().clone())
    }

    fn state(&self, login: &StoredLogin) -> LoginState {
        let store = self.client.session().store();
        LoginState {
            account: store.account(),
            source: store.source(),
            user_id: login.user_id(),
            session_id: login.session_id(),
            expires_at: login.expires_at(),
            renewable: login.refresh_token().is_some(),
            password_change_required: login.password_change_required(),
        }
    }
}
