//! The server itself: keys, API description, health.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http::{HeaderValue, StatusCode, header};
use vitae_contracts_core::{Code, ResumeId, UserId};
use vitae_contracts_services::audit::v1::ListEntriesRequest;
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::resumes::v1::GetResumeRequest;
use vitae_contracts_services::users::v1::GetUserRequest;
use vitae_server_common::{Caller, dead_workers};

use crate::Gateway;
use crate::access::ADMIN;
use crate::call::{Call, HandlerResult, json, json_text};
use crate::error::ApiError;
use crate::hosts::is_local;
use crate::{openapi, tokens};

/// Returns the keys that verify access tokens (RFC 7517).
pub(crate) async fn jwks(call: Call) -> HandlerResult {
    call.reject_query()?;
    let keys = call.gateway.auth.clone().get_keys(call.rpc_request(GetKeysRequest {})).await?.into_inner();
    let mut response = json_text(StatusCode::OK, keys.jwks);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    headers.insert(header::CACHE_CONTROL, PUBLIC);
    Ok(response)
}

/// `Cache-Control` of responses that are the same for all callers.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Returns the description of this API (OpenAPI 3.1).
pub(crate) async fn description(call: Call) -> HandlerResult {
    call.reject_query()?;
    let mut response = json_text(StatusCode::OK, openapi::document());
    response.headers_mut().insert(header::CACHE_CONTROL, PUBLIC);
    Ok(response)
}

/// Reports whether the process responds and all its worker threads are alive.
pub(crate) async fn livez(call: Call) -> HandlerResult {
    call.reject_query()?;
    let dead = dead_workers();
    if !dead.is_empty() {
        let detail = format!("dead: {}; restart the process", dead.join(", "));
        return Err(ApiError::new(Code::Unavailable, detail));
    }
    json(StatusCode::OK, &serde_json::json!({ "status": "live" }))
}

/// Rejects callers that are neither on this machine nor administrators; for routes without a role.
pub(crate) async fn require_operator(call: &Call) -> Result<(), ApiError> {
    // A proxy's header must not name another machine.
    let client: Option<IpAddr> = call.caller.client_address.parse().ok();
    if client.is_some_and(|client| client.is_loopback()) && is_local(call.peer, &call.headers) {
        return Ok(());
    }
    let Some(verified) =
        tokens::authenticate(call.gateway.verifier()?, &call.headers, call.gateway.clock.now())?
    else {
        let detail = "send an administrator's access token as Authorization: Bearer, or send the request from the server's machine";
        return Err(ApiError::new(Code::Unauthenticated, detail));
    };
    call.gateway.revocations.require(&verified.claims, true).await?;
    ADMIN.require(&verified.claims.principal())
}

/// Reports whether the gateway is connected, every service responds, and every feed is up to date.
///
/// The details are only for operators; other callers get the status.
pub(crate) async fn readyz(call: Call) -> HandlerResult {
    call.reject_query()?;
    let health = Health::of(&call.gateway).await;
    let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let overall = if health.is_ready() { READY } else { UNAVAILABLE };
    if require_operator(&call).await.is_err() {
        return json(status, &serde_json::json!({ "status": overall }));
    }
    let services: BTreeMap<_, _> = health.services.into_iter().collect();
    let stuck = health.stuck_feeds;
    let parked: BTreeMap<_, _> =
        health.parked.into_iter().map(|(feed, events)| (feed, parked_detail(events))).collect();
    let body = serde_json::json!({
        "status": overall, "services": services, "stuck_feeds": stuck, "parked_events": parked,
    });
    json(status, &body)
}

/// Describes the parked events of a feed in `/readyz`; they do not make the server unready.
fn parked_detail(events: i64) -> String {
    let events = if events == 1 { "1 event was".to_owned() } else { format!("{events} events were") };
    format!("{events} not processed and parked; `vitaed parked` lists them")
}

pub(crate) const READY: &str = "ready";
const UNAVAILABLE: &str = "unavailable";
/// Deadline of a probe; short, because the caller waits for all of them.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The current health of the services.
pub(crate) struct Health {
    /// Each service with [`READY`] or [`UNAVAILABLE`].
    pub(crate) services: [(&'static str, &'static str); 4],
    /// Stalled feeds of all processes, with the reason.
    pub(crate) stuck_feeds: BTreeMap<String, String>,
    is_connected: bool,
    /// Feeds with parked events of all processes, with their number.
    pub(crate) parked: BTreeMap<String, i64>,
}

impl Health {
    /// Probes every service.
    pub(crate) async fn of(gateway: &Gateway) -> Self {
        let system = Arc::new(Caller::system());
        let (mut auth, mut users) = (gateway.auth.clone(), gateway.users.clone());
        let (mut resumes, mut audit) = (gateway.resumes.clone(), gateway.audit.clone());
        // Ids that do not exist: "not found" is a response as well.
        let unknown_user = GetUserRequest { id: UserId::from_bytes([0; 16]).to_string() };
        let nothing = GetResumeRequest { id: ResumeId::from_bytes([0; 16]).to_string() };
        let one = ListEntriesRequest { page_size: 1, ..ListEntriesRequest::default() };
        let (auth, users, resumes, audit, stuck_feeds, not_serving, parked) = tokio::join!(
            state(auth.get_keys(system.attach(GetKeysRequest {}))),
            state(users.get_user(system.attach(unknown_user))),
            state(resumes.get_resume(system.attach(nothing))),
            state(audit.list_entries(system.attach(one))),
            stuck_feeds(gateway),
            not_serving(gateway),
            parked_events(gateway),
        );
        let services = [("auth", auth), ("users", users), ("resumes", resumes), ("audit", audit)];
        let is_serving = |name: &str| !not_serving.contains(&name);
        let services =
            services.map(|(name, state)| (name, if is_serving(name) { state } else { UNAVAILABLE }));
        Self { services, stuck_feeds, parked, is_connected: gateway.verifier().is_ok() }
    }

    fn is_ready(&self) -> bool {
        self.is_connected
            && dead_workers().is_empty()
            && self.stuck_feeds.is_empty()
            && self.services.iter().all(|(_, state)| *state == READY)
    }
}

async fn state<T>(probe: impl Future<Output = Result<T, tonic::Status>>) -> &'static str {
    match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
        Ok(Ok(_)) => READY,
        Ok(Err(status)) if status.code() == tonic::Code::NotFound => READY,
        Ok(Err(_)) | Err(_) => UNAVAILABLE,
    }
}

/// Returns the services of other processes that respond with "not serving".
async fn not_serving(gateway: &Gateway) -> Vec<&'static str> {
    let asked = gateway.following.iter().map(async |peer| {
        let says_so = tokio::time::timeout(PROBE_TIMEOUT, peer.is_not_serving()).await;
        says_so.unwrap_or(false).then_some(peer.consumer)
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Returns the stalled feeds of this process and of the others, with the reason.
async fn stuck_feeds(gateway: &Gateway) -> BTreeMap<String, String> {
    let asked = gateway.following.iter().map(|peer| tokio::time::timeout(PROBE_TIMEOUT, peer.stuck()));
    let others = join_all(asked).await.into_iter().flatten().flatten();
    gateway.health.stuck().into_iter().chain(others).collect()
}

/// Returns the feeds with parked events of this process and of the others, with their number.
async fn parked_events(gateway: &Gateway) -> BTreeMap<String, i64> {
    let asked = gateway.following.iter().map(|peer| tokio::time::timeout(PROBE_TIMEOUT, peer.parked()));
    let others = join_all(asked).await.into_iter().flatten().flatten();
    gateway.health.parked().into_iter().chain(others).collect()
}
