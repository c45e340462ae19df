//! Revoked tokens at the port of each role, without a service key: as a program that has the
//! `.proto` files and a token.

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use vitae_contracts_core::Role;
use vitae_contracts_services::audit::v1::ListEntriesRequest;
use vitae_contracts_services::audit::v1::audit_client::AuditClient;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_contracts_services::auth::v1::{CreateCredentialRequest, ListSessionsRequest, SetPasswordRequest};
use vitae_contracts_services::resumes::v1::resumes_client::ResumesClient;
use vitae_contracts_services::resumes::v1::{CreateResumeRequest, ListResumesRequest};
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_contracts_services::users::v1::{
    self, ChangeUserRequest, CreateUserRequest, GetUserRequest, ListUsersRequest,
};
use vitae_sdk::{Client, CreateUser, ExposeSecret as _, IfMatch, UpdateUser, User, UserId};

use crate::roles::eventually;
use crate::system::System;
use crate::vitaed::{PASSWORD, client_of};

/// The ports of the four services, called with one token.
struct Ports {
    users: UsersClient<Channel>,
    auth: AuthClient<Channel>,
    resumes: ResumesClient<Channel>,
    audit: AuditClient<Channel>,
    token: String,
}

/// The code of a call.
fn code<T>(response: Result<Response<T>, Status>) -> Code {
    response.map_or_else(|status| status.code(), |_| Code::Ok)
}

impl Ports {
    fn new(system: &System, token: &str) -> Self {
        let [users, auth, resumes, audit] = [0, 1, 2, 3]
            .map(|role: usize| Endpoint::from_shared(system.urls[role].clone()).unwrap().connect_lazy());
        Self {
            users: UsersClient::new(users),
            auth: AuthClient::new(auth),
            resumes: ResumesClient::new(resumes),
            audit: AuditClient::new(audit),
            token: format!("Bearer {token}"),
        }
    }

    fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.parse().unwrap());
        request
    }

    /// One call at each port that changes nothing.
    async fn reads(&mut self) -> [Code; 4] {
        let user = UserId::new().to_string();
        let list_users = self.ask(ListUsersRequest { page_size: 1, ..ListUsersRequest::default() });
        let list_sessions = self.ask(ListSessionsRequest { user_id: user });
        let list_resumes = self.ask(ListResumesRequest { page_size: 1, ..ListResumesRequest::default() });
        let list_entries = self.ask(ListEntriesRequest { page_size: 1, ..ListEntriesRequest::default() });
        [
            code(self.users.list_users(list_users).await),
            code(self.auth.list_sessions(list_sessions).await),
            code(self.resumes.list_resumes(list_resumes).await),
            code(self.audit.list_entries(list_entries).await),
        ]
    }

    /// Changes at each port that takes any, and further reads.
    async fn changes(&mut self, victim: UserId) -> [Code; 6] {
        let user_id = victim.to_string();
        let create_user = self.ask(CreateUserRequest {
            email: format!("{}@example.com", UserId::new()),
            name: "Made by a dead token".to_owned(),
            role: v1::Role::Admin.into(),
            ..CreateUserRequest::default()
        });
        let disable = self.ask(ChangeUserRequest { id: user_id.clone(), expected_version: 0 });
        let get_user = self.ask(GetUserRequest { id: user_id.clone() });
        let password = "a password of the attacker".to_owned();
        let set_password = self.ask(SetPasswordRequest { user_id, password: password.clone() });
        let credential = CreateCredentialRequest {
            user_id: UserId::new().to_string(),
            password,
            ..CreateCredentialRequest::default()
        };
        let create_credential = self.ask(credential);
        let create_resume = self.ask(CreateResumeRequest {
            title: "Made by a dead token".to_owned(),
            document: "{}".into(),
            ..CreateResumeRequest::default()
        });
        [
            code(self.users.create_user(create_user).await),
            code(self.users.get_user(get_user).await),
            code(self.auth.set_password(set_password).await),
            code(self.auth.create_credential(create_credential).await),
            code(self.resumes.create_resume(create_resume).await),
            // Last, because no other user may be able to do anything afterwards.
            code(self.users.disable_user(disable).await),
        ]
    }
}

async fn token_of(client: &Client) -> String {
    client.auth().access_token().await.unwrap().expose_secret().to_owned()
}

async fn make(admin: &Client, name: &str, role: Role) -> User {
    let person =
        CreateUser::new(format!("{name}@example.com"), name).role(role).password(PASSWORD.to_owned());
    admin.users().create(&person).await.unwrap()
}

#[tokio::test]
async fn revoked_token_is_rejected_by_every_role() {
    let system = System::start().await;
    let admin = system.admin().await;
    let victim = make(&admin, "victim", Role::Member).await;
    for how in ["logout", "disable", "demote", "delete"] {
        let person = make(&admin, how, Role::Admin).await;
        let client = client_of(&system.urls[4]);
        client.auth().login(&format!("{how}@example.com"), &PASSWORD.to_owned().into()).await.unwrap();
        let mut ports = Ports::new(&system, &token_of(&client).await);
        assert_eq!(ports.reads().await, [Code::Ok; 4], "before {how}");
        match how {
            "logout" => client.auth().logout().await.unwrap(),
            "disable" => drop(admin.users().disable(person.id, None).await.unwrap()),
            "demote" => {
                let change = UpdateUser::new().role(Role::Member);
                admin.users().update(person.id, &change, IfMatch::Version(person.version)).await.unwrap();
            }
            _ => admin.users().delete(person.id, None).await.unwrap(),
        }
        eventually(&format!("every port knows of the {how}"), async || {
            ports.reads().await == [Code::Unauthenticated; 4]
        })
        .await;
        assert_eq!(ports.changes(victim.id).await, [Code::Unauthenticated; 6], "after {how}");
    }
    // A live token of the same kind does all of it.
    let person = make(&admin, "live", Role::Admin).await;
    let client = client_of(&system.urls[4]);
    client.auth().login("live@example.com", &PASSWORD.to_owned().into()).await.unwrap();
    let mut ports = Ports::new(&system, &token_of(&client).await);
    assert_eq!(ports.changes(victim.id).await, [Code::Ok; 6], "{}", person.id);
    system.stop().await;
}

/// A change of a person whom there is not: it changes nothing whether it is admitted or not.
async fn change_nobody(ports: &mut Ports) -> Code {
    let id = UserId::new().to_string();
    let request = ports.ask(ChangeUserRequest { id, expected_version: 0 });
    code(ports.users.enable_user(request).await)
}

async fn read(ports: &mut Ports) -> Code {
    let request = ports.ask(ListUsersRequest { page_size: 1, ..ListUsersRequest::default() });
    code(ports.users.list_users(request).await)
}

#[tokio::test]
async fn role_without_revocation_data_rejects_changes() {
    let mut system = System::start().await;
    let admin = system.admin().await;
    let mut ports = Ports::new(&system, &token_of(&admin).await);
    assert_eq!(change_nobody(&mut ports).await, Code::NotFound);
    system.kill(1).await;
    eventually("changes are rejected", async || {
        assert_eq!(read(&mut ports).await, Code::Ok, "reading goes on");
        change_nobody(&mut ports).await == Code::Unavailable
    })
    .await;

    // One that starts without auth has never known anything.
    system.kill(0).await;
    system.start_role(0).await;
    assert_eq!(read(&mut ports).await, Code::Unavailable);
    assert_eq!(change_nobody(&mut ports).await, Code::Unavailable);

    system.start_role(1).await;
    eventually("everything goes on", async || {
        change_nobody(&mut ports).await == Code::NotFound && read(&mut ports).await == Code::Ok
    })
    .await;
    system.stop().await;
}

#[tokio::test]
async fn role_without_a_service_key_rejects_every_token() {
    let system = System::start().await;
    let admin = system.admin().await;
    let token = token_of(&admin).await;
    let directory = tempfile::tempdir().unwrap();
    let mut command = crate::vitaed::program();
    command.args(["users", "--listen", "127.0.0.1:0", "--auth", &system.urls[1]]);
    command.arg("--data").arg(directory.path());
    let users = crate::vitaed::Vitaed::spawn(&mut command).await;
    let mut ports = Ports::new(&system, &token);
    ports.users = UsersClient::new(Endpoint::from_shared(users.url()).unwrap().connect_lazy());
    assert_eq!(read(&mut ports).await, Code::Unavailable);
    assert_eq!(change_nobody(&mut ports).await, Code::Unavailable);
    users.stop().await;
    system.stop().await;
}
