//! The people of the organisation.

mod list;

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::UserId;
use vitae_contracts_gateway::{CreateUser, Session, SessionPage, SetPassword, UpdateUser, User};

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;
use crate::if_match::IfMatch;
use crate::retry::Retry;

pub use list::ListUsers;

/// The maximum attempts of `modify`.
pub(crate) const MAX_MODIFY_ATTEMPTS: u32 = 10;
/// The waits between them: concurrent changes of an object are spread out.
pub(crate) const MODIFY_RETRY: Retry =
    Retry::new().first_wait(Duration::from_millis(10)).longest_wait(Duration::from_secs(2));

/// The people of the organisation; from [`Client::users`].
///
/// Every change has an idempotency key, so the SDK can retry it when the connection fails. If the future
/// of a change is dropped, the change may or may not have happened.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
    key: Option<String>,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, key: None }
    }

    /// Sends this idempotency key with the next change, instead of a new one.
    ///
    /// For a program that repeats a change after a restart: the same key and the same request happen once
    /// and get the same response, for a day. Use the returned value for a single call; the same key with
    /// another request is an error. 1 to 255 visible ASCII characters. [`modify`](Self::modify) uses its
    /// own keys.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let new = vitae_sdk::CreateUser::new("grace@example.com", "Grace");
    /// let user = client.users().with_idempotency_key("hr-import-2026-11/17").create(&new).await?;
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Lists people, newest first by default.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let page = client.users().list().limit(20).sort("name").send().await?;
    /// for user in page.items {
    ///     println!("{} {}", user.id, user.name.escaped());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.client.clone())
    }

    /// Returns a person; a deleted one has `deleted_at`.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// let user = client.users().get(user.id).await?;
    /// # Ok(()) });
    /// ```
    pub async fn get(&self, id: UserId) -> Result<User> {
        self.client.fetch(Call::get(path(id, ""))).await
    }

    /// Creates a person. Without a password, the person cannot log in.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// use vitae_sdk::{CreateUser, Role};
    ///
    /// let new = CreateUser::new("grace@example.com", "Grace Hopper").role(Role::Editor);
    /// let user = client.users().create(&new).await?;
    /// # Ok(()) });
    /// ```
    pub async fn create(&self, user: &CreateUser) -> Result<User> {
        let password = user.password.clone().map(SecretString::from);
        let call = Call::post("/v1/users").json(user)?;
        let call = password.iter().fold(call, Call::redacting);
        self.client.fetch(self.keyed(call)).await
    }

    /// Changes the fields that are set; others stay unchanged.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// use vitae_sdk::{IfMatch, UpdateUser};
    ///
    /// let change = UpdateUser::new().name("Ada King".to_owned());
    /// let user = client.users().update(user.id, &change, IfMatch::Version(user.version)).await?;
    /// # Ok(()) });
    /// ```
    pub async fn update(&self, id: UserId, change: &UpdateUser, based_on: IfMatch) -> Result<User> {
        let call = Call::patch(path(id, "")).json(change)?.if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    /// Reads a person, calls `change`, and writes the result if the person has not changed in between.
    ///
    /// Otherwise repeats both after a random, growing wait, up to ten times. Returns the person unchanged
    /// if `change` returns `None`.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// use vitae_sdk::{Role, UpdateUser};
    ///
    /// let user = client.users().modify(user.id, |user| {
    ///     (user.role == Role::Viewer)
    ///         .then(|| UpdateUser::new().role(Role::Editor))
    /// }).await?;
    /// # Ok(()) });
    /// ```
    pub async fn modify<F>(&self, id: UserId, mut change: F) -> Result<User>
    where
        F: FnMut(&User) -> Option<UpdateUser>,
    {
        let fresh = Self::new(self.client.clone());
        let mut tries: u32 = 0;
        loop {
            tries += 1;
            let user = self.get(id).await?;
            let Some(change) = change(&user) else {
                return Ok(user);
            };
            let based_on = IfMatch::Version(user.version);
            match fresh.update(id, &change, based_on).await {
                Err(error) if error.is_precondition_failed() && tries < MAX_MODIFY_ATTEMPTS => {
                    tokio::time::sleep(MODIFY_RETRY.backoff(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Disables a person: ends their sessions and rejects further logins. No data is deleted.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// use vitae_sdk::IfMatch;
    ///
    /// let user = client.users().disable(user.id, Some(IfMatch::Version(user.version))).await?;
    /// # Ok(()) });
    /// ```
    pub async fn disable(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/disable", based_on).await
    }

    /// Enables a disabled person.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// # client.users().disable(user.id, None).await?;
    /// let user = client.users().enable(user.id, None).await?;
    /// assert_eq!(user.status, vitae_sdk::Status::Active);
    /// # Ok(()) });
    /// ```
    pub async fn enable(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/enable", based_on).await
    }

    /// Deletes a person and their resumes; [`restore`](Self::restore) undoes this.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// client.users().delete(user.id, None).await?;
    /// # Ok(()) });
    /// ```
    pub async fn delete(&self, id: UserId, based_on: Option<IfMatch>) -> Result<()> {
        let call = Call::delete(path(id, "")).if_match(based_on);
        self.client.send_no_content(self.keyed(call)).await
    }

    /// Restores a deleted person, with the resumes that were deleted with them.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// # client.users().delete(user.id, None).await?;
    /// let user = client.users().restore(user.id, None).await?;
    /// assert!(user.deleted_at.is_none());
    /// # Ok(()) });
    /// ```
    pub async fn restore(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/restore", based_on).await
    }

    /// Sets the password of a person, and ends their sessions.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
    /// let password = read_password().into();
    /// client.users().set_password(user.id, &password).await?;
    /// # Ok(()) });
    /// ```
    pub async fn set_password(&self, id: UserId, password: &SecretString) -> Result<()> {
        let call = Call::put(path(id, "/password"))
            .redacting(password)
            .json(&SetPassword::new(password.expose_secret()))?;
        self.client.send_no_content(self.keyed(call)).await
    }

    /// Returns the live sessions of a person, newest first.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// for session in client.users().sessions(user.id).await? {
    ///     println!("{} {}", session.created_at, session.address.escaped());
    /// }
    /// # Ok(()) });
    /// ```
    pub async fn sessions(&self, id: UserId) -> Result<Vec<Session>> {
        let call = Call::get(path(id, "/sessions"));
        let page: SessionPage = self.client.fetch(call).await?;
        Ok(page.items)
    }

    /// Ends all sessions of a person.
    ///
    /// If the future is dropped, the change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// # let user = vitae_server_testkit::example_user(&client).await;
    /// client.users().revoke_sessions(user.id).await?;
    /// # Ok(()) });
    /// ```
    pub async fn revoke_sessions(&self, id: UserId) -> Result<()> {
        let call = Call::delete(path(id, "/sessions"));
        self.client.send_no_content(self.keyed(call)).await
    }

    async fn act(&self, id: UserId, action: &str, based_on: Option<IfMatch>) -> Result<User> {
        let call = Call::post(path(id, action)).if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    fn keyed(&self, call: Call) -> Call {
        call.idempotency_key(self.key.as_deref())
    }
}

fn path(id: UserId, rest: &str) -> String {
    format!("/v1/users/{id}{rest}")
}
