//! What the gateway says of itself: keys, routes, health.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use vitae_contracts_core::{ResumeId, UserId};
use vitae_contracts_services::audit::v1::ListEntriesRequest;
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::resumes::v1::GetResumeRequest;
use vitae_contracts_services::users::v1::GetUserRequest;
use vitae_server_common::Caller;

use crate::call::{Answer, Call, json, json_text};
use crate::openapi;

/// The keys that verify access tokens (RFC 7517).
pub(crate) async fn jwks(call: Call) -> Answer {
    call.no_query()?;
    let keys = call.gateway.auth.clone().get_keys(call.ask(GetKeysRequest {})).await?.into_inner();
    let mut response = json_text(StatusCode::OK, keys.jwks);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

/// This API, as OpenAPI 3.1.
pub(crate) async fn description(call: Call) -> Answer {
    call.no_query()?;
    Ok(json_text(StatusCode::OK, openapi::document()))
}

/// Whether the process answers at all.
pub(crate) async fn livez(call: Call) -> Answer {
    call.no_query()?;
    json(StatusCode::OK, &serde_json::json!({ "status": "live" }))
}

/// Whether every service behind the gateway answers.
pub(crate) async fn readyz(call: Call) -> Answer {
    call.no_query()?;
    let system = Arc::new(Caller::system());
    let gateway = &call.gateway;
    let auth = gateway.auth.clone().get_keys(system.attach(GetKeysRequest {})).await.map(drop);
    // Ids that nobody has: a service that answers "not found" answers.
    let nobody = GetUserRequest { id: UserId::from_bytes([0; 16]).to_string() };
    let users = gateway.users.clone().get_user(system.attach(nobody)).await.map(drop);
    let nothing = GetResumeRequest { id: ResumeId::from_bytes([0; 16]).to_string() };
    let resumes = gateway.resumes.clone().get_resume(system.attach(nothing)).await.map(drop);
    let one = ListEntriesRequest { page_size: 1, ..ListEntriesRequest::default() };
    let audit = gateway.audit.clone().list_entries(system.attach(one)).await.map(drop);
    let state = |answer: Result<(), tonic::Status>| match answer {
        Ok(()) => "ready",
        Err(status) if status.code() == tonic::Code::NotFound => "ready",
        Err(_) => "unavailable",
    };
    let (auth, users, resumes, audit) = (state(auth), state(users), state(resumes), state(audit));
    let stuck = gateway.health.stuck();
    let ready = stuck.is_empty() && [auth, users, resumes, audit].iter().all(|state| *state == "ready");
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let overall = if ready { "ready" } else { "unavailable" };
    let services = serde_json::json!({ "auth": auth, "users": users, "resumes": resumes, "audit": audit });
    json(status, &serde_json::json!({ "status": overall, "services": services, "stuck_feeds": stuck }))
}
