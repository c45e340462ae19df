//! `/v1/users`: people.

use http::StatusCode;
use vitae_contracts_core::{Code, Role, Status, UserId, limits, quoted};
use vitae_contracts_document::scan;
use vitae_contracts_gateway::Patch;
use vitae_contracts_services::auth::v1::{
    CreateCredentialRequest, RevokeSessionsRequest, SetPasswordRequest,
};
use vitae_contracts_services::users::v1::users_client::UsersClient;
use vitae_contracts_services::users::v1::{
    ChangeUserRequest, CreateUserRequest, Deleted, GetUserRequest, ListUsersRequest, UpdateUserRequest, User,
};
use vitae_server_common::Backend;

use crate::body::Fields;
use crate::call::{Call, HandlerResult, created, empty, json, not_modified, with_etag};
use crate::error::ApiError;
use crate::headers::{if_match, required_if_match};
use crate::{convert, labels, me, query};

const JSON: &[&str] = &["application/json"];

/// Fields of a person that only administrators can change.
const ADMIN_FIELDS: [&str; 4] = ["email", "role", "external_id", "labels"];

/// The default role of a new person.
const MEMBER: i32 = vitae_contracts_services::users::v1::Role::Member as i32;

pub(crate) async fn list(call: Call) -> HandlerResult {
    let mut query = call.query();
    let message = ListUsersRequest {
        page_size: query.limit(),
        page_token: query.text("cursor"),
        skip: query.skip(),
        query: query.text("q"),
        role: query.one_of("role", Role::parse_known).map_or(0, |role| convert::role_message(&role).into()),
        status: query
            .one_of("status", Status::parse_known)
            .map_or(0, |status| convert::status_message(&status).into()),
        sort: query.text("sort"),
        deleted: match query.deleted() {
            query::Deleted::Exclude => Deleted::Exclude.into(),
            query::Deleted::Only => Deleted::Only.into(),
            query::Deleted::Include => Deleted::Include.into(),
        },
        email: query.text("email"),
        similar: query.flag("similar"),
        external_id: query.value("external_id"),
        labels: labels::take_filters(&mut query),
        count: query.flag("count"),
    };
    query.finish()?;
    let listed = call.gateway.users.clone().list_users(call.rpc_request(message)).await?.into_inner();
    let cursors = (listed.next_page_token, listed.previous_page_token);
    json(StatusCode::OK, &convert::page(listed.users, convert::user, cursors, listed.total)?)
}

pub(crate) async fn get(call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    require_self_as_member(&call, id)?;
    let request = call.rpc_request(GetUserRequest { id: id.to_string() });
    let user = call.gateway.users.clone().get_user(request).await?.into_inner();
    match not_modified(&call.headers, user.version) {
        Some(response) => Ok(response),
        None => user_response(user),
    }
}

/// With a password, creates first the credential and then the person: a crash between the two
/// leaves an unusable credential, never a person without their password.
pub(crate) async fn create(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let mut message = CreateUserRequest {
        id: UserId::new().to_string(),
        email: fields.required("email", limits::check_email),
        name: fields.required("name", limits::check_single_line),
        role: role(&mut fields).map_or(MEMBER, |role| convert::role_message(&role).into()),
        external_id: match fields.removable("external_id", limits::check_external_id) {
            Patch::Set(external_id) => Some(external_id),
            Patch::Keep | Patch::Remove => None,
        },
        labels: labels::take_new(&mut fields),
    };
    let password = fields.optional("password", limits::check_password);
    fields.finish()?;
    // Spawned, so that a client that disconnects does not interrupt it between the two steps.
    let create = tokio::spawn(async move {
        if let Some(password) = password {
            let credential = CreateCredentialRequest {
                user_id: message.id.clone(),
                password,
                email: message.email.clone(),
                name: message.name.clone(),
            };
            let request = call.rpc_request(credential);
            // A repeated request gets the id of the first one.
            message.id = call.gateway.auth.clone().create_credential(request).await?.into_inner().user_id;
        }
        let request = call.rpc_request(message);
        Ok::<_, ApiError>(call.gateway.users.clone().create_user(request).await?.into_inner())
    });
    let user = create
        .await
        .map_err(|_| ApiError::new(Code::Internal, "the creation was interrupted by an internal error"))??;
    let (location, version) = (format!("/v1/users/{}", user.id), user.version);
    Ok(created(json(StatusCode::CREATED, &convert::user(user)?)?, &location, version))
}

pub(crate) async fn update(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    require_self_as_member(&call, id)?;
    if !call.has_role(&Role::Admin) && !call.is(id) {
        return Err(ApiError::new(Code::Forbidden, "only an administrator can change other people"));
    }
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let email = fields.optional("email", limits::check_email);
    let name = fields.optional("name", limits::check_single_line);
    let role = role(&mut fields);
    // To the service, an empty id removes it.
    let external_id = match fields.removable("external_id", limits::check_external_id) {
        Patch::Keep => None,
        Patch::Remove => Some(String::new()),
        Patch::Set(external_id) => Some(external_id),
    };
    let labels = labels::take_patch(&mut fields);
    let admin_only = ADMIN_FIELDS.iter().any(|field| scanned.get(field).is_some());
    if admin_only && !call.has_role(&Role::Admin) {
        let detail = format!("only an administrator can change {}", ADMIN_FIELDS.join(", "));
        return Err(ApiError::new(Code::Forbidden, detail));
    }
    fields.finish()?;
    let request = call.rpc_request(UpdateUserRequest {
        id: id.to_string(),
        expected_version: required_if_match(&call.headers)?,
        email,
        name,
        role: role.map_or(0, |role| convert::role_message(&role).into()),
        external_id,
        labels,
    });
    let user = call.gateway.users.clone().update_user(request).await?.into_inner();
    call.gateway.revocations.wait_for_users_events().await?;
    user_response(user)
}

pub(crate) async fn delete(call: Call) -> HandlerResult {
    change_state(call, async |mut users, request| users.delete_user(request).await).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(crate) async fn disable(call: Call) -> HandlerResult {
    user_response(change_state(call, async |mut users, request| users.disable_user(request).await).await?)
}

pub(crate) async fn enable(call: Call) -> HandlerResult {
    user_response(change_state(call, async |mut users, request| users.enable_user(request).await).await?)
}

pub(crate) async fn restore(call: Call) -> HandlerResult {
    user_response(change_state(call, async |mut users, request| users.restore_user(request).await).await?)
}

pub(crate) async fn set_password(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let password = fields.required("password", limits::check_password);
    fields.finish()?;
    require_live(&call, id).await?;
    let request = call.rpc_request(SetPasswordRequest { user_id: id.to_string(), password });
    call.gateway.auth.clone().set_password(request).await?;
    call.gateway.revocations.wait_for_auth_events().await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(crate) async fn sessions(call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    require_own_sessions(&call, id)?;
    require_exists(&call, id).await?;
    me::sessions_of(&call, id).await
}

pub(crate) async fn revoke_sessions(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    require_own_sessions(&call, id)?;
    call.read_empty_body().await?;
    require_exists(&call, id).await?;
    let request =
        call.rpc_request(RevokeSessionsRequest { user_id: id.to_string(), session_id: String::new() });
    call.gateway.auth.clone().revoke_sessions(request).await?;
    call.gateway.revocations.wait_for_auth_events().await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Changes a person's state with the given RPC.
async fn change_state<F>(mut call: Call, rpc: F) -> Result<User, ApiError>
where
    F: AsyncFnOnce(
        UsersClient<Backend>,
        tonic::Request<ChangeUserRequest>,
    ) -> Result<tonic::Response<User>, tonic::Status>,
{
    call.reject_query()?;
    let id: UserId = call.id("user")?;
    let expected_version = if_match(&call.headers)?.unwrap_or(0);
    call.read_empty_body().await?;
    let request = call.rpc_request(ChangeUserRequest { id: id.to_string(), expected_version });
    let user = rpc(call.gateway.users.clone(), request).await?.into_inner();
    call.gateway.revocations.wait_for_users_events().await?;
    Ok(user)
}

fn user_response(user: User) -> HandlerResult {
    let version = user.version;
    Ok(with_etag(json(StatusCode::OK, &convert::user(user)?)?, version))
}

fn role(fields: &mut Fields<'_>) -> Option<Role> {
    let check = |text: &str| match Role::parse_known(text) {
        Some(_) => Ok(()),
        None => Err(format!("expected admin, editor, viewer or member, found {}", quoted(text))),
    };
    fields.optional("role", check).and_then(|text| Role::parse_known(&text))
}

/// Rejects members who access another person.
fn require_self_as_member(call: &Call, id: UserId) -> Result<(), ApiError> {
    if call.has_role(&Role::Member) && !call.is(id) {
        return Err(ApiError::new(Code::NotFound, format!("there is no user {id} that you may see")));
    }
    Ok(())
}

/// Rejects access to another person's sessions, except by administrators.
fn require_own_sessions(call: &Call, id: UserId) -> Result<(), ApiError> {
    require_self_as_member(call, id)?;
    if call.has_role(&Role::Admin) || call.is(id) {
        return Ok(());
    }
    Err(ApiError::new(Code::Forbidden, "only an administrator can see other people's sessions"))
}

async fn require_exists(call: &Call, id: UserId) -> Result<User, ApiError> {
    let request = call.rpc_request(GetUserRequest { id: id.to_string() });
    Ok(call.gateway.users.clone().get_user(request).await?.into_inner())
}

async fn require_live(call: &Call, id: UserId) -> Result<(), ApiError> {
    if require_exists(call, id).await?.deleted_at.is_none() {
        return Ok(());
    }
    Err(ApiError::new(Code::Deleted, format!("user {id} is deleted; restore them first")))
}
