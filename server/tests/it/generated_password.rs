//! Generated passwords at the ports of separate roles: only the own account is accessible.

use rusqlite::Connection;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::auth::v1::{
    ChangePasswordRequest, CreateCredentialRequest, ListSessionsRequest, RevokeSessionsRequest,
    SetPasswordRequest,
};
use vitae_contracts_services::resumes::v1::ListResumesRequest;
use vitae_contracts_services::resumes::v1::resumes_client::ResumesClient;
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_contracts_services::users::v1::{CreateUserRequest, GetUserRequest, ListUsersRequest};
use vitae_sdk::{Client, ExposeSecret as _, UserId};

use crate::system::System;
use crate::vitaed::PASSWORD;

const USERS: usize = 0;
const AUTH: usize = 1;
const RESUMES: usize = 2;
const NEW: &str = "another horse battery staple";

async fn port(system: &System, role: usize) -> Channel {
    Endpoint::from_shared(system.urls[role].clone()).unwrap().connect().await.unwrap()
}

async fn bearer(client: &Client) -> String {
    format!("Bearer {}", client.auth().access_token().await.unwrap().expose_secret())
}

fn with<T>(bearer: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", bearer.parse().unwrap());
    request
}

/// Returns the error code of the contract, empty for a success.
fn reason<T>(outcome: Result<T, Status>) -> String {
    let Err(status) = outcome else { return String::new() };
    status.get_details_error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason)
}

#[tokio::test]
async fn generated_password_allows_only_its_own_change_at_every_role() {
    let mut system = System::start().await;
    system.kill(AUTH).await;
    let auth = Connection::open(system.data().join("auth/auth.db")).unwrap();
    assert_eq!(auth.execute("UPDATE credentials SET generated = 1", []).unwrap(), 1);
    drop(auth);
    system.start_role(AUTH).await;

    let client = system.admin().await;
    let (me, old) = (client.me().get().await.unwrap().id, bearer(&client).await);
    let mut users = UsersClient::new(port(&system, USERS).await);
    let mut auth = AuthClient::new(port(&system, AUTH).await);
    let mut resumes = ResumesClient::new(port(&system, RESUMES).await);
    let list = || ListUsersRequest { page_size: 10, ..ListUsersRequest::default() };
    let own = || ListSessionsRequest { user_id: me.to_string() };
    let ended = || RevokeSessionsRequest { user_id: me.to_string(), session_id: String::new() };
    let set = || SetPasswordRequest { user_id: me.to_string(), password: NEW.to_owned() };
    let credential = |password: &str| CreateCredentialRequest {
        user_id: UserId::new().to_string(),
        password: password.to_owned(),
        email: "ada@example.com".to_owned(),
        name: "Ada Lovelace".to_owned(),
    };
    let denied = [
        reason(users.list_users(with(&old, list())).await),
        reason(users.create_user(with(&old, CreateUserRequest::default())).await),
        reason(auth.list_sessions(with(&old, own())).await),
        reason(auth.revoke_sessions(with(&old, ended())).await),
        reason(auth.set_password(with(&old, set())).await),
        reason(auth.create_credential(with(&old, credential(NEW))).await),
        reason(resumes.list_resumes(with(&old, ListResumesRequest::default())).await),
    ];
    assert_eq!(denied, ["PASSWORD_CHANGE_REQUIRED"; 7]);
    let get = |id: UserId| GetUserRequest { id: id.to_string() };
    assert_eq!(reason(users.get_user(with(&old, get(me))).await), "");
    assert_eq!(reason(users.get_user(with(&old, get(UserId::new()))).await), "NOT_FOUND");

    let change = |current_password: &str, password: &str| ChangePasswordRequest {
        current_password: current_password.to_owned(),
        password: password.to_owned(),
    };
    for (current, new) in [(PASSWORD, PASSWORD), (PASSWORD, "password1"), (PASSWORD, "Administrator1")] {
        let rejected = auth.change_password(with(&old, change(current, new))).await.unwrap_err();
        assert_eq!(rejected.code(), Code::InvalidArgument, "{new}: {rejected:?}");
    }
    auth.change_password(with(&old, change(PASSWORD, NEW))).await.unwrap();
    client.auth().refresh().await.unwrap();
    let new = bearer(&client).await;
    assert_eq!(reason(users.list_users(with(&new, list())).await), "");
    assert_eq!(reason(users.list_users(with(&old, list())).await), "PASSWORD_CHANGE_REQUIRED");
    for (password, expected) in
        [("12345678", "VALIDATION_FAILED"), ("ada-lovelace1", "VALIDATION_FAILED"), (NEW, "")]
    {
        assert_eq!(
            reason(auth.create_credential(with(&new, credential(password))).await),
            expected,
            "{password}"
        );
    }
    system.stop().await;
}
