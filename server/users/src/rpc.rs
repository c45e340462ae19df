//! `vitae.users.v1.Users`: decode, call, encode.

use tonic::{Request, Response, Status as RpcStatus};
use vitae_contracts_core::{Code, Role, Status, UserId, limits, quoted};
use vitae_contracts_services::users::v1::users_server::Users as Rpc;
use vitae_contracts_services::users::v1::{
    Account, ChangeUserRequest, CreateUserRequest, Deleted, GetStatsRequest, GetStatsResponse,
    GetUserRequest, ListUsersRequest, ListUsersResponse, ResolveAccountRequest, UpdateUserRequest, User,
    resolve_account_request,
};
use vitae_server_common::{Caller, ServiceError, decode_skip};

use crate::Users;
use crate::labels::{self, LabelsPatch};
use crate::store::List;
use crate::users::{self, Person, Update};

type RpcResult<T> = Result<Response<T>, RpcStatus>;

#[tonic::async_trait]
impl Rpc for Users {
    async fn list_users(&self, request: Request<ListUsersRequest>) -> RpcResult<ListUsersResponse> {
        let (caller, message) = Caller::take(request)?;
        caller.require_role(&[Role::Admin, Role::Editor, Role::Viewer])?;
        let listed = self.store.list(decode_list(message)?).await?;
        Ok(Response::new(ListUsersResponse {
            users: listed.page.items.iter().map(Person::message).collect(),
            next_page_token: listed.page.next,
            previous_page_token: listed.page.previous,
            total: listed.total,
        }))
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> RpcResult<User> {
        let (caller, message) = Caller::take(request)?;
        caller.require_login()?;
        let id = decode_id(&message.id)?;
        let person = if users::may_see(&caller, id) { self.store.get(id)? } else { None };
        let person = person.ok_or_else(|| ServiceError::not_found("user", id))?;
        Ok(Response::new(person.message()))
    }

    async fn create_user(&self, request: Request<CreateUserRequest>) -> RpcResult<User> {
        let (caller, message) = Caller::take(request)?;
        caller.require_role(&[Role::Admin])?;
        if let Some(answer) = self.store.replayed_response(&caller)? {
            return Ok(Response::new(answer));
        }
        let person = self.decode_new(message)?;
        Ok(Response::new(self.store.create(&caller, person).await?))
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> RpcResult<User> {
        let (caller, message) = Caller::take(request)?;
        caller.require_login()?;
        let id = decode_id(&message.id)?;
        let role = users::role_of(message.role());
        let update = Update {
            email: message.email,
            name: message.name,
            role,
            external_id: message.external_id,
            labels: message.labels.map(LabelsPatch::from),
        };
        users::require_may_update(&caller, id, &update)?;
        users::check(&update)?;
        Ok(Response::new(self.store.update(&caller, id, message.expected_version, update).await?))
    }

    async fn disable_user(&self, request: Request<ChangeUserRequest>) -> RpcResult<User> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.set_status(&caller, id, expected, Status::Disabled).await?))
    }

    async fn enable_user(&self, request: Request<ChangeUserRequest>) -> RpcResult<User> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.set_status(&caller, id, expected, Status::Active).await?))
    }

    async fn delete_user(&self, request: Request<ChangeUserRequest>) -> RpcResult<User> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.delete(&caller, id, expected).await?))
    }

    async fn restore_user(&self, request: Request<ChangeUserRequest>) -> RpcResult<User> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.restore(&caller, id, expected).await?))
    }

    async fn get_stats(&self, request: Request<GetStatsRequest>) -> RpcResult<GetStatsResponse> {
        let (caller, _) = Caller::take(request)?;
        caller.require_role(&[Role::Admin, Role::Editor, Role::Viewer])?;
        Ok(Response::new(self.store.stats().await?))
    }

    async fn resolve_account(&self, request: Request<ResolveAccountRequest>) -> RpcResult<Account> {
        let (caller, message) = Caller::take(request)?;
        caller.require_system()?;
        let person = match message.by {
            // Longer than any address, so no account has it. Folding it would be expensive.
            Some(resolve_account_request::By::Email(email)) if email.len() > limits::TEXT_BYTES => None,
            Some(resolve_account_request::By::Email(email)) => self.store.by_email(&email)?,
            Some(resolve_account_request::By::UserId(id)) => self.store.get(decode_id(&id)?)?,
            None => None,
        };
        let person = person.filter(|person| person.deleted_at.is_none());
        // The message does not contain the e-mail: it may be a password that was typed into the wrong field.
        let person = person.ok_or_else(|| ServiceError::new(Code::NotFound, "the account does not exist"))?;
        Ok(Response::new(Account {
            user_id: person.id.to_string(),
            role: users::role_message(&person.role).into(),
            status: users::status_message(&person.status).into(),
            version: person.version,
        }))
    }
}

impl Users {
    fn decode_new(&self, message: CreateUserRequest) -> Result<Person, ServiceError> {
        let id = if message.id.is_empty() { UserId::new() } else { decode_id(&message.id)? };
        let role = users::role_of(message.role()).unwrap_or(Role::Member);
        users::check_new(&message)?;
        let now = self.store.now();
        Ok(Person {
            id,
            email: message.email,
            name: message.name,
            role,
            status: Status::Active,
            version: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            deletion_event: None,
            external_id: message.external_id,
            labels: message.labels,
        })
    }
}

fn decode_id(text: &str) -> Result<UserId, ServiceError> {
    text.parse().map_err(|_| ServiceError::new(Code::NotFound, format!("there is no user {}", quoted(text))))
}

/// Decodes a change of a person's state. Only administrators may make one.
fn decode_change(
    request: Request<ChangeUserRequest>,
) -> Result<(std::sync::Arc<Caller>, UserId, i64), RpcStatus> {
    let (caller, message) = Caller::take(request)?;
    caller.require_role(&[Role::Admin])?;
    Ok((caller, decode_id(&message.id)?, message.expected_version))
}

fn decode_list(message: ListUsersRequest) -> Result<List, ServiceError> {
    let limit = u32::try_from(message.page_size).unwrap_or(0);
    if !(1..=limits::PAGE).contains(&limit) {
        let message = format!("expected 1 to {}, found {}", limits::PAGE, message.page_size);
        return Err(ServiceError::parameter("limit", message));
    }
    let deleted = match message.deleted() {
        Deleted::Unspecified | Deleted::Exclude => Some(false),
        Deleted::Only => Some(true),
        Deleted::Include => None,
    };
    Ok(List {
        role: users::role_of(message.role()),
        status: users::status_of(message.status()),
        deleted,
        sort: if message.sort.is_empty() { "-created_at".to_owned() } else { message.sort },
        limit: limit as usize,
        query: message.query,
        email: message.email,
        similar: message.similar,
        external_id: message.external_id,
        labels: labels::decode_filters(message.labels)?,
        skip: decode_skip(message.skip, &message.page_token)?,
        token: message.page_token,
        count: message.count,
    })
}
