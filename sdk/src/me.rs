//! The logged-in person.

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::SessionId;
use vitae_contracts_gateway::{ChangePassword, Session, SessionPage, User};

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;

/// The logged-in person; from [`Client::me`].
#[derive(Debug, Clone)]
pub struct Me {
    client: Client,
}

impl Me {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the logged-in person, from the server.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let me = client.me().get().await?;
    /// println!("{} ({})", me.name.escaped(), me.role);
    /// # Ok(()) });
    /// ```
    pub async fn get(&self) -> Result<User> {
        self.client.fetch(Call::get("/v1/me")).await
    }

    /// Changes the password; the current one is required.
    ///
    /// A wrong current password is [`is_unauthenticated`](crate::Error::is_unauthenticated). Never
    /// retried: after a success the current password is another. A login that required this change is
    /// refreshed at once, so that it is valid for all calls.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
    /// let current = read_password().into();
    /// let new = read_password().into();
    /// client.me().change_password(&current, &new).await?;
    /// # Ok(()) });
    /// ```
    pub async fn change_password(&self, current: &SecretString, new: &SecretString) -> Result<()> {
        let call = Call::put("/v1/me/password")
            .redacting(current)
            .redacting(new)
            .json(&ChangePassword::new(current.expose_secret(), new.expose_secret()))?;
        self.client.send_no_content(call).await?;
        let session = self.client.session();
        if let Ok(login) = session.current(None).await
            && login.password_change_required()
        {
            // The password is changed. If this fails, the next call refreshes the login.
            drop(session.current(Some(&login)).await);
        }
        Ok(())
    }

    /// Returns the live sessions of the logged-in person, newest first.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// for session in client.me().sessions().await? {
    ///     let mark = if session.current { "*" } else { " " };
    ///     println!("{mark} {} {}", session.last_used_at, session.client.escaped());
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn sessions(&self) -> Result<Vec<Session>> {
        let page: SessionPage = self.client.fetch(Call::get("/v1/me/sessions")).await?;
        Ok(page.items)
    }

    /// Ends a session of the logged-in person.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// for session in client.me().sessions().await? {
    ///     if !session.current {
    ///         client.me().revoke_session(session.id).await?;
    ///     }
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn revoke_session(&self, id: SessionId) -> Result<()> {
        let call = Call::delete(format!("/v1/me/sessions/{id}"));
        self.client.send_no_content(call).await
    }
}
