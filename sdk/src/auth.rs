//! Logging in and out.

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::{Code, SessionId, Timestamp, UserId};
use vitae_contracts_gateway::{Login, Tokens, User};

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::store::StoredLogin;

/// Logging in and out; from [`Client::auth`].
#[derive(Debug, Clone)]
pub struct Auth {
    client: Client,
}

/// The login that a client would use, as far as this machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginState {
    /// Whose login it is, as the token store was told.
    pub account: Option<String>,
    /// Where it is kept: `keyring`, a path, the name of a variable.
    pub source: String,
    /// Who is logged in, as the access token says.
    pub user_id: Option<UserId>,
    /// The session at the server.
    pub session_id: Option<SessionId>,
    /// When the access token ends, by this machine's clock; it is renewed by then if it can be.
    pub expires_at: Option<Timestamp>,
    /// Whether the login can be continued after that.
    pub renewable: bool,
    /// Whether the account's generated first password must be changed before anything else, with
    /// [`Me::change_password`](crate::Me::change_password).
    pub password_change_required: bool,
}

impl Auth {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Logs in, and keeps the login in the token store.
    ///
    /// The store is tried before the password is sent. A wrong password, an unknown e-mail and a
    /// disabled person get the same error, [`is_unauthenticated`](Error::is_unauthenticated). After too many
    /// failed logins it is 429, and [`retry_after`](Error::retry_after) says when to try again; a store that has
    /// kept the login of this account before keeps a device token, by which such a limit is not shared with others.
    /// Never repeated by itself. Dropped early, it may leave a session at the server that
    /// nobody uses. An account with a generated first password can log in, and can do nothing but change it; see
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
            // A server that is older than the one that gave the token.
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

    /// Whether the account's generated first password must be changed before anything else.
    ///
    /// Until then every other call fails with [`Code::PasswordChangeRequired`](crate::Code);
    /// [`Me::change_password`](crate::Me::change_password) changes it. Asks the server only if the login has to be
    /// renewed.
    ///
    /// Dropped early, a renewal still runs to its end, and is kept.
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

    /// Ends the login at the server, then forgets it.
    ///
    /// A login that the server does not know any more is forgotten, too. When the server cannot
    /// be reached, that is the error, and the login stays. No error when nobody is logged in.
    /// Runs to its end even when it is dropped.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// client.auth().logout().await?;
    /// # Ok(()) });
    /// ```
    pub async fn logout(&self) -> Result<()> {
        self.client.session().log_out().await
    }

    /// The login in the token store; does not ask the server.
    ///
    /// Dropping the future costs nothing.
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

    /// Renews the login now; calls do that by themselves when it is time.
    ///
    /// Dropped early, a renewal still runs to its end, and is kept.
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
            let what = format!("the login from {source} cannot be renewed");
            return Err(Error::input(what).with_next_step("get a new token"));
        }
        let login = session.current(Some(&login)).await?;
        Ok(self.state(&login))
    }

    /// An access token that is good for at least half a minute, for requests made elsewhere.
    ///
    /// Dropped early, a renewal still runs to its end, and is kept.
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
