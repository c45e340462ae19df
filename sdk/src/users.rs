//! The people of the organisation.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use vitae_contracts_core::{Role, Status, UserId};
use vitae_contracts_gateway::{CreateUser, Page, Session, SessionPage, SetPassword, UpdateUser, User};

use crate::call::Call;
use crate::client::Client;
use crate::error::Result;
use crate::pages::{Deleted, Items, Query};
use crate::retry::Retry;
use crate::version::IfMatch;

/// How often `modify` reads and writes before it gives up.
pub(crate) const TRIES: u32 = 10;
/// The waits between them: many that change one object at once take turns.
pub(crate) const CONFLICT: Retry =
    Retry::new().first_wait(Duration::from_millis(10)).longest_wait(Duration::from_secs(2));

/// The people of the organisation; from [`Client::users`].
///
/// Every change carries an idempotency key, so the SDK repeats it safely when the connection
/// fails. A change that is dropped before it ends may or may not have happened.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
    key: Option<String>,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, key: None }
    }

    /// Sends this idempotency key with the next change, instead of a fresh one.
    ///
    /// For a program that repeats a change after it was restarted: the same key and the same
    /// request happen once and get the same answer, for a day. Use what this returns for one
    /// call alone; the same key with another request is an error. 1 to 255 visible ASCII
    /// characters. [`modify`](Self::modify) makes its own keys.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// let user = client.users().with_idempotency_key("hr-import-2026-11/17").create(&new).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Lists people, newest first unless told.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let page = client.users().list().limit(20).sort("name").send().await?;
    /// for user in page.items {
    ///     println!("{} {}", user.id, user.name.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> ListUsers {
        ListUsers { client: self.client.clone(), query: Query::new("/v1/users") }
    }

    /// One person; a deleted one has `deleted_at`.
    ///
    /// Dropping the future costs nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// let user = client.users().get(user.id).await?;
    /// # Ok(()) }
    /// ```
    pub async fn get(&self, id: UserId) -> Result<User> {
        self.client.fetch(Call::get(path(id, ""))).await
    }

    /// Creates a person. Without a password nobody can log in as them yet.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// use vitae_sdk::{CreateUser, Role};
    ///
    /// let user = client.users().create(&CreateUser {
    ///     email: "grace@example.com".to_owned(),
    ///     name: "Grace Hopper".to_owned(),
    ///     role: Some(Role::Editor),
    ///     password: None,
    /// }).await?;
    /// # Ok(()) }
    /// ```
    pub async fn create(&self, user: &CreateUser) -> Result<User> {
        let password = user.password.clone().map(SecretString::from);
        let call = Call::post("/v1/users").json(user)?;
        let call = password.iter().fold(call, Call::hiding);
        self.client.fetch(self.keyed(call)).await
    }

    /// Changes the fields that are given; the others stay.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// use vitae_sdk::{IfMatch, UpdateUser};
    ///
    /// let change = UpdateUser { name: Some("Ada King".to_owned()), ..UpdateUser::default() };
    /// let user = client.users().update(user.id, &change, IfMatch::Version(user.version)).await?;
    /// # Ok(()) }
    /// ```
    pub async fn update(&self, id: UserId, change: &UpdateUser, based_on: IfMatch) -> Result<User> {
        let call = Call::patch(path(id, "")).json(change)?.if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    /// Reads, lets `change` decide, and writes if nobody else has written meanwhile.
    ///
    /// Reads again and asks again when somebody has, after a random wait that grows, ten times at
    /// most. `None` changes nothing and answers what was read.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// use vitae_sdk::{Role, UpdateUser};
    ///
    /// let user = client.users().modify(user.id, |user| {
    ///     (user.role == Role::Viewer)
    ///         .then(|| UpdateUser { role: Some(Role::Editor), ..UpdateUser::default() })
    /// }).await?;
    /// # Ok(()) }
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
                Err(error) if error.is_precondition_failed() && tries < TRIES => {
                    tokio::time::sleep(CONFLICT.pause(tries)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Ends the person's sessions and lets them log in no more. Nothing of theirs is lost.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// use vitae_sdk::IfMatch;
    ///
    /// let user = client.users().disable(user.id, Some(IfMatch::Version(user.version))).await?;
    /// # Ok(()) }
    /// ```
    pub async fn disable(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/disable", based_on).await
    }

    /// Lets a disabled person log in again.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// # client.users().disable(user.id, None).await?;
    /// let user = client.users().enable(user.id, None).await?;
    /// assert_eq!(user.status, vitae_sdk::Status::Active);
    /// # Ok(()) }
    /// ```
    pub async fn enable(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/enable", based_on).await
    }

    /// Deletes a person and their resumes; [`restore`](Self::restore) brings them back.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// client.users().delete(user.id, None).await?;
    /// # Ok(()) }
    /// ```
    pub async fn delete(&self, id: UserId, based_on: Option<IfMatch>) -> Result<()> {
        let call = Call::delete(path(id, "")).if_match(based_on);
        self.client.tell(self.keyed(call)).await
    }

    /// Brings a deleted person back, with the resumes that went with them.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// # client.users().delete(user.id, None).await?;
    /// let user = client.users().restore(user.id, None).await?;
    /// assert!(user.deleted_at.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn restore(&self, id: UserId, based_on: Option<IfMatch>) -> Result<User> {
        self.act(id, "/restore", based_on).await
    }

    /// Sets somebody's password, and ends their sessions.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// # fn read_password() -> String { vitae_server_testkit::PASSWORD.to_owned() }
    /// let password = read_password().into();
    /// client.users().set_password(user.id, &password).await?;
    /// # Ok(()) }
    /// ```
    pub async fn set_password(&self, id: UserId, password: &SecretString) -> Result<()> {
        let call = Call::put(path(id, "/password"))
            .hiding(password)
            .json(&SetPassword { password: password.expose_secret().to_owned() })?;
        self.client.tell(self.keyed(call)).await
    }

    /// Somebody's live sessions, newest first.
    ///
    /// Dropping the future costs nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// for session in client.users().sessions(user.id).await? {
    ///     println!("{} {}", session.created_at, session.address.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn sessions(&self, id: UserId) -> Result<Vec<Session>> {
        let call = Call::get(path(id, "/sessions"));
        let page: SessionPage = self.client.fetch(call).await?;
        Ok(page.items)
    }

    /// Ends all of somebody's sessions.
    ///
    /// Dropped early, it may have happened or not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// # let new = serde_json::from_str(r#"{"email": "grace@example.com", "name": "Grace"}"#).unwrap();
    /// # let user = client.users().create(&new).await?;
    /// client.users().revoke_sessions(user.id).await?;
    /// # Ok(()) }
    /// ```
    pub async fn revoke_sessions(&self, id: UserId) -> Result<()> {
        let call = Call::delete(path(id, "/sessions"));
        self.client.tell(self.keyed(call)).await
    }

    async fn act(&self, id: UserId, action: &str, based_on: Option<IfMatch>) -> Result<User> {
        let call = Call::post(path(id, action)).if_match(based_on);
        self.client.fetch(self.keyed(call)).await
    }

    fn keyed(&self, call: Call) -> Call {
        call.keyed(self.key.as_deref())
    }
}

/// A list of people; from [`Users::list`]. All filters must hold.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), vitae_sdk::Error> {
/// # let stack = vitae_server_testkit::Stack::start().await;
/// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
/// use vitae_sdk::{Deleted, Role, Status};
///
/// let page = client.users().list()
///     .query("ada")
///     .role(Role::Member)
///     .status(Status::Active)
///     .deleted(Deleted::Exclude)
///     .sort("-updated_at")
///     .limit(10)
///     .count(true)
///     .send().await?;
/// println!("{:?} in all", page.total);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a list is read by `send` or `stream`"]
pub struct ListUsers {
    client: Client,
    query: Query,
}

impl ListUsers {
    /// People on one page, 1 to 500; 50 unless told.
    ///
    /// A page of more than 100 may be shorter, with a cursor, where its objects are large.
    pub fn limit(mut self, limit: u32) -> Self {
        self.query.set("limit", limit);
        self
    }

    /// Begins at the page that a cursor of the same list names.
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.query.set("cursor", cursor.into());
        self
    }

    /// Leaves out as many before the page; not with a cursor.
    ///
    /// The server walks over them, so it costs the more the further it goes; cursors do not.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let middle = client.users().list().skip(50_000).limit(100).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn skip(mut self, skip: u32) -> Self {
        if skip > 0 {
            self.query.set("skip", skip);
        }
        self
    }

    /// Only those in whose name or e-mail every word occurs.
    pub fn query(mut self, words: impl Into<String>) -> Self {
        self.query.set("q", words.into());
        self
    }

    /// Only those with this role.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `Role::Admin`, like every other argument of the builder"
    )]
    pub fn role(mut self, role: Role) -> Self {
        self.query.set("role", role.as_str());
        self
    }

    /// Only those with this status.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `Status::Active`, like every other argument of the builder"
    )]
    pub fn status(mut self, status: Status) -> Self {
        self.query.set("status", status.as_str());
        self
    }

    /// `created_at`, `updated_at`, `name` or `email`; with `-` before it, descending.
    pub fn sort(mut self, key: impl Into<String>) -> Self {
        self.query.set("sort", key.into());
        self
    }

    /// Whether deleted people are shown; not unless told.
    pub fn deleted(mut self, deleted: Deleted) -> Self {
        self.query.set("deleted", deleted.as_str());
        self
    }

    /// Only the one with exactly this e-mail, without regard to case.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let ada = client.users().list().email("ada@example.com").send().await?.items.pop();
    /// # Ok(()) }
    /// ```
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.query.set("email", email.into());
        self
    }

    /// Only people whose e-mail addresses are the same, or look alike with characters outside ASCII.
    ///
    /// Such addresses are rejected today; those that were stored before stay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// for user in client.users().list().similar(true).send().await?.items {
    ///     println!("{} {}", user.id, user.email.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn similar(mut self, similar: bool) -> Self {
        self.query.set("similar", similar);
        self
    }

    /// Whether the page says how many match over all pages.
    pub fn count(mut self, count: bool) -> Self {
        self.query.set("count", count);
        self
    }

    /// Reads one page.
    ///
    /// Dropping the future costs nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let first = client.users().list().send().await?;
    /// if let Some(cursor) = first.next_cursor {
    ///     let second = client.users().list().cursor(cursor).send().await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(&self) -> Result<Page<User>> {
        self.client.fetch(self.query.call()).await
    }

    /// Walks all pages from here on; `limit` is the size of each.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # let stack = vitae_server_testkit::Stack::start().await;
    /// # let client = stack.client_as(vitae_sdk::Role::Admin).await;
    /// let mut admins = client.users().list().role(vitae_sdk::Role::Admin).stream();
    /// while let Some(admin) = admins.next().await {
    ///     println!("{}", admin?.email.escaped());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(self) -> Items<User> {
        Items::new(self.client, self.query)
    }
}

fn path(id: UserId, rest: &str) -> String {
    format!("/v1/users/{id}{rest}")
}
