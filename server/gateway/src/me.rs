//! `/v1/me`: the calling person.

use http::StatusCode;
use vitae_contracts_core::{SessionId, UserId, limits};
use vitae_contracts_document::scan;
use vitae_contracts_gateway as public;
use vitae_contracts_services::auth::v1::{ChangePasswordRequest, ListSessionsRequest, RevokeSessionsRequest};
use vitae_contracts_services::users::v1::GetUserRequest;
use vitae_server_common::Principal;

use crate::body::Fields;
use crate::call::{Call, HandlerResult, empty, json, not_modified, with_etag};
use crate::convert;

pub(crate) async fn get(call: Call) -> HandlerResult {
    call.reject_query()?;
    let request = call.rpc_request(GetUserRequest { id: call.user()?.to_string() });
    let user = call.gateway.users.clone().get_user(request).await?.into_inner();
    let version = user.version;
    if let Some(response) = not_modified(&call.headers, version) {
        return Ok(response);
    }
    Ok(with_etag(json(StatusCode::OK, &convert::user(user)?)?, version))
}

pub(crate) async fn change_password(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(&["application/json"]).await?;
    let scanned = scan(&body)?;
    let mut fields = Fields::of(&scanned)?;
    let current_password = fields.required("current_password", limits::check_text_length);
    let password = fields.required("password", limits::check_password);
    fields.finish()?;
    let request = call.rpc_request(ChangePasswordRequest { current_password, password });
    call.gateway.auth.clone().change_password(request).await?;
    call.gateway.revocations.wait_for_auth_events().await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(crate) async fn sessions(call: Call) -> HandlerResult {
    call.reject_query()?;
    let user = call.user()?;
    sessions_of(&call, user).await
}

pub(crate) async fn revoke_session(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let session_id: SessionId = call.id("session")?;
    call.read_empty_body().await?;
    let message =
        RevokeSessionsRequest { user_id: call.user()?.to_string(), session_id: session_id.to_string() };
    let request = call.rpc_request(message);
    call.gateway.auth.clone().revoke_sessions(request).await?;
    call.gateway.revocations.wait_for_auth_events().await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Lists the live sessions of a person, marking the caller's own.
pub(crate) async fn sessions_of(call: &Call, user: UserId) -> HandlerResult {
    let request = call.rpc_request(ListSessionsRequest { user_id: user.to_string() });
    let listed = call.gateway.auth.clone().list_sessions(request).await?.into_inner();
    let own = match &call.caller.principal {
        Principal::User { session, .. } => session.to_string(),
        Principal::Anonymous | Principal::System => String::new(),
    };
    let items = listed.sessions.into_iter().map(|session| {
        let current = session.id == own;
        convert::session(session, current)
    });
    json(StatusCode::OK, &public::SessionPage { items: items.collect::<Result<_, _>>()? })
}
