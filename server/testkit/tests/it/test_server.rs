//! A server with people in it.

use std::fmt;
use std::time::Duration;

use serde_json::value::RawValue;
use vitae_sdk::{
    Client, CreateResume, CreateUser, Error, ExposeSecret as _, Resume, Role, SecretString, User, UserId,
};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

/// What takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server and its first administrator.
pub(crate) struct TestServer {
    pub(crate) stack: Stack,
    pub(crate) admin: Person,
}

/// Somebody who is logged in.
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

    /// Somebody new of this role; each costs two hashes.
    pub(crate) async fn person(&self, role: Role) -> Person {
        let email = new_email();
        let name = format!("The {}", role.as_str());
        let person = CreateUser::new(email.clone(), name).role(role).password(PASSWORD.to_owned());
        self.admin.client.users().create(&person).await.unwrap();
        Person::log_in(&self.stack, &email).await
    }

    /// Somebody new who cannot log in, which costs no hash.
    pub(crate) async fn user(&self) -> User {
        self.user_named("Somebody").await
    }

    /// As [`TestServer::user`], by name.
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

/// A document of exactly this text.
pub(crate) fn document(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

/// The code of a refusal; an response or another failure fails the test.
pub(crate) fn error_code<T: fmt::Debug>(outcome: Result<T, Error>) -> String {
    let error = outcome.expect_err("the server refuses");
    error.code().unwrap_or_else(|| panic!("no refusal but {error:?}")).to_owned()
}

/// Waits until something that takes its time has happened; too long fails the test.
pub(crate) async fn eventually(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !happened().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, asking).await.unwrap_or_else(|_| panic!("it never happened: {what}"));
}
