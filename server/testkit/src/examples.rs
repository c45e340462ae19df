//! A server for the examples in the SDK's documentation.

use tokio::runtime;
use vitae_contracts_core::Role;
use vitae_sdk::{Client, CreateResume, CreateUser, Error, RawValue, Resume, User};

use crate::Stack;

/// Runs an example as the administrator of a new stack; panics if it fails.
///
/// ```
/// vitae_server_testkit::example(async |client| {
///     assert_eq!(client.me().get().await?.email.as_str(), vitae_server_testkit::ADMIN);
///     Ok(())
/// });
/// ```
pub fn example(run: impl AsyncFnOnce(Client) -> Result<(), Error>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system has resources for a runtime").block_on(async {
        let stack = Stack::start().await;
        let client = stack.client_as(Role::Admin).await;
        run(client).await.unwrap_or_else(|error| panic!("the example failed: {error:?}"));
    });
}

/// Creates the person that an example reads or changes.
pub async fn example_user(client: &Client) -> User {
    let new = CreateUser::new("grace@example.com", "Grace");
    client.users().create(&new).await.expect("the stack of an example has no such person yet")
}

/// Creates the resume that an example reads or changes.
pub async fn example_resume(client: &Client) -> Resume {
    let document = RawValue::from_string(r#"{"basics": {"name": "Ada"}}"#.to_owned());
    let new = CreateResume::new("Ada", document.expect("the document is JSON"));
    client.resumes().create(&new).await.expect("the administrator may create a resume")
}
