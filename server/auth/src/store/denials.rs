//! Audit events of denied access.

use prost::Message as _;
use vitae_contracts_core::{Code, EventId, UserId, subjects};
use vitae_contracts_services::auth::v1::{AuthEvent, Denial, ReportDenialsResponse};
use vitae_contracts_services::events::v1::Change;
use vitae_server_common::store::{NewEvent, append_with_context, idempotent};
use vitae_server_common::{Caller, ServiceError};

use super::AuthStore;

/// The largest number of denials in one report.
const MAX_REPORTED: usize = 2000;

impl AuthStore {
    /// Writes an event for each person and route. A repeated report changes nothing.
    pub(crate) async fn record_denials(
        &self,
        caller: &Caller,
        denials: Vec<Denial>,
    ) -> Result<ReportDenialsResponse, ServiceError> {
        if denials.len() > MAX_REPORTED {
            let detail = format!("expected at most {MAX_REPORTED} denials, found {}", denials.len());
            return Err(ServiceError::new(Code::InvalidParameter, detail));
        }
        let (caller, now, daily) = (caller.clone(), self.clock.now(), self.daily.essential());
        self.store
            .write(move |connection| {
                idempotent(connection, &caller, now, daily, || {
                    for denial in &denials {
                        let context = denial.context.clone().unwrap_or_default();
                        append_with_context(connection, &context, now, &event(denial))?;
                    }
                    Ok(ReportDenialsResponse {})
                })
            })
            .await
    }
}

/// Builds the event: its object and actor are the person; both are empty for denials counted without one.
fn event(denial: &Denial) -> NewEvent {
    let context = denial.context.clone().unwrap_or_default();
    let object = context.actor_id.parse::<UserId>().map_or([0; 16], |id| *id.as_bytes());
    let change = |field: &str, after: serde_json::Value| Change {
        field: field.to_owned(),
        before: String::new(),
        after: after.to_string(),
    };
    let route = (!denial.route.is_empty()).then(|| change("route", denial.route.as_str().into()));
    let payload = AuthEvent {
        user_id: context.actor_id,
        reason: denial.code.clone(),
        client: context.user_agent,
        address: context.client_address,
        changes: route.into_iter().chain([change("count", denial.count.into())]).collect(),
        ..AuthEvent::default()
    };
    NewEvent {
        id: EventId::new(),
        subject: subjects::ACCESS_DENIED,
        object_id: object,
        object_version: 1,
        payload: payload.encode_to_vec(),
    }
}
