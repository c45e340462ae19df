//! `vitae.audit.v1.Audit`: decode, call, encode.

use tonic::{Request, Response, Status};
use vitae_contracts_core::{Role, limits};
use vitae_contracts_services::audit::v1::audit_server::Audit as Rpc;
use vitae_contracts_services::audit::v1::{ListEntriesRequest, ListEntriesResponse};
use vitae_server_common::{Caller, ServiceError, timestamp_from_proto};

use crate::Audit;
use crate::store::List;

#[tonic::async_trait]
impl Rpc for Audit {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let (caller, message) = Caller::take(request)?;
        caller.require_role(&[Role::Admin])?;
        let page = self.store.list(decode_list(message)?).await?;
        Ok(Response::new(ListEntriesResponse {
            entries: page.items,
            next_page_token: page.next,
            previous_page_token: page.previous,
        }))
    }
}

fn decode_list(message: ListEntriesRequest) -> Result<List, ServiceError> {
    let limit = u32::try_from(message.page_size).unwrap_or(0);
    if !(1..=limits::PAGE).contains(&limit) {
        let text = format!("expected 1 to {}, found {}", limits::PAGE, message.page_size);
        return Err(ServiceError::parameter("limit", text));
    }
    limits::check_text_length(&message.action).map_err(|text| ServiceError::parameter("action", text))?;
    Ok(List {
        actor: decode_id("actor_id", &message.actor_id)?,
        object: decode_id("object_id", &message.object_id)?,
        action: message.action,
        since: message.since.map(timestamp_from_proto),
        until: message.until.map(timestamp_from_proto),
        sort: if message.sort.is_empty() { "-sequence".to_owned() } else { message.sort },
        limit: limit as usize,
        token: message.page_token,
    })
}

fn decode_id<T: std::str::FromStr<Err: ToString>>(name: &str, text: &str) -> Result<Option<T>, ServiceError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: T::Err| ServiceError::parameter(name, error.to_string()))
}
