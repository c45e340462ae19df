//! A running server with people to act as.

use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;
use vitae_sdk::{
    Client, CreateResume, CreateUser, Error, ExposeSecret as _, Resume, Role, SecretString, User, UserId,
};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

/// The longest wait for a condition.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server and its first administrator.
pub(crate) struct TestServer {
    pub(crate) stack: Stack,
    pub(crate) admin: Person,
}

/// A logged-in person.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) client: Client,
    /// The access token of their client.
    pub(crate) token: String,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::from_stack(Stack::start().await).await
    }

    pub(crate) async fn from_stack(stack: Stack) -> Self {
        let admin = Person::log_in(&stack, ADMIN).await;
        Self { stack, admin }
    }

    /// Creates and logs in a person with this role; costs two password hashes.
    pub(crate) async fn person(&self, role: Role) -> Person {
        let email = new_email();
        let name = format!("The {}", role.as_str());
        let person = CreateUser::new(email.clone(), name).role(role).password(PASSWORD.to_owned());
        self.admin.client.users().create(&person).await.unwrap();
        Person::log_in(&self.stack, &email).await
    }

    /// Creates a person without a password; costs no hash.
    pub(crate) async fn user(&self) -> User {
        self.user_named("Somebody").await
    }

    /// Creates a person with this name and without a password.
    pub(crate) async fn user_named(&self, name: &str) -> User {
        self.admin.client.users().create(&new_user(name)).await.unwrap()
    }

    pub(crate) async fn resume_of(&self, owner: UserId) -> Resume {
        let draft = new_resume("A title").owner_id(owner);
        self.admin.client.resumes().create(&draft).await.unwrap()
    }
}

impl Person {
    pub(crate) async fn log_in(stack: &Stack, email: &str) -> Self {
        let client = stack.client();
        let user = client.auth().login(email, &SecretString::from(PASSWORD)).await.unwrap();
        let token = client.auth().access_token().await.unwrap().expose_secret().to_owned();
        Self { id: user.id, email: email.to_owned(), client, token }
    }
}

pub(crate) fn new_email() -> String {
    format!("{}@example.com", UserId::new())
}

pub(crate) fn new_user(name: &str) -> CreateUser {
    CreateUser::new(new_email(), name)
}

pub(crate) fn new_resume(title: &str) -> CreateResume {
    let document = document(r#"{"basics":{"name":"Ada"}}"#);
    CreateResume::new(title, document)
}

/// Returns a document of exactly this text.
pub(crate) fn document(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

/// Returns the error code of a rejected request; panics for a success and for any other error.
pub(crate) fn error_code<T: fmt::Debug>(outcome: Result<T, Error>) -> String {
    let error = outcome.expect_err("the server rejects the request");
    error.code().unwrap_or_else(|| panic!("no problem but {error:?}")).to_owned()
}

/// Waits for a condition; panics after [`TIMEOUT`].
pub(crate) async fn eventually(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !happened().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, asking).await.unwrap_or_else(|_| panic!("timed out waiting until {what}"));
}
