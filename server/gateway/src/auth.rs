//! `/v1/auth`: login, refresh, logout.

use http::{HeaderValue, StatusCode, header};
use vitae_contracts_core::limits;
use vitae_contracts_document::scan;
use vitae_contracts_gateway as public;
use vitae_contracts_services::auth::v1::{LoginRequest, LogoutRequest, RefreshRequest, Tokens};
use vitae_contracts_services::users::v1::GetUserRequest;
use vitae_server_common::Caller;

use crate::body::Fields;
use crate::call::{Call, HandlerResult, empty, json};
use crate::convert;
use crate::error::ApiError;

const JSON: &[&str] = &["application/json"];

pub(crate) async fn login(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    let mut fields = Fields::of(&scanned)?;
    let email = fields.required("email", limits::check_text_length);
    let password = fields.required("password", limits::check_text_length);
    let device_token = fields.optional("device_token", limits::check_text_length).unwrap_or_default();
    fields.finish()?;
    let request = call.rpc_request(LoginRequest { email, password, device_token });
    let logged_in = call.gateway.auth.clone().login(request).await.map_err(ApiError::from);
    call.gateway.metrics.record_login(logged_in.as_ref().err().map(|error| error.code));
    tokens_response(&call, logged_in?.into_inner()).await
}

pub(crate) async fn refresh(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    let mut fields = Fields::of(&scanned)?;
    let refresh_token = fields.required("refresh_token", |_| Ok(()));
    let exchange_key = fields.optional("exchange_key", |_| Ok(())).unwrap_or_default();
    fields.finish()?;
    let request = call.rpc_request(RefreshRequest { refresh_token, exchange_key });
    let refreshed = call.gateway.auth.clone().refresh(request).await;
    if refreshed.is_err() {
        // A reused token has just ended its session.
        call.gateway.revocations.wait_for_auth_events().await?;
    }
    let tokens = refreshed?.into_inner();
    tokens_response(&call, tokens).await
}

pub(crate) async fn logout(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    let mut fields = Fields::of(&scanned)?;
    let refresh_token = fields.required("refresh_token", |_| Ok(()));
    fields.finish()?;
    let request = call.rpc_request(LogoutRequest { refresh_token });
    call.gateway.auth.clone().logout(request).await?;
    call.gateway.revocations.wait_for_auth_events().await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Responds with the tokens and their person; the response must not be cached (RFC 6749, section 5.1).
async fn tokens_response(call: &Call, tokens: Tokens) -> HandlerResult {
    let system = std::sync::Arc::new(Caller { idempotency_key: None, ..call.caller.as_system() });
    let request = system.attach(GetUserRequest { id: tokens.user_id });
    let user = call.gateway.users.clone().get_user(request).await?.into_inner();
    let body = public::Tokens {
        access_token: tokens.access_token,
        token_type: "Bearer".to_owned(),
        expires_in: tokens.expires_in.unsigned_abs(),
        refresh_token: tokens.refresh_token,
        password_change_required: tokens.password_change_required,
        user: convert::user(user)?,
        device_token: Some(tokens.device_token).filter(|token| !token.is_empty()),
    };
    let mut response = json(StatusCode::OK, &body)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
