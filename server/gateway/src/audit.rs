//! `/v1/audit`: the audit log.

use http::StatusCode;
use vitae_contracts_core::{EventId, UserId};
use vitae_contracts_services::audit::v1::ListEntriesRequest;
use vitae_server_common::timestamp_to_proto;

use crate::call::{Call, HandlerResult, json};
use crate::convert;

pub(crate) async fn list(call: Call) -> HandlerResult {
    let mut query = call.query();
    let message = ListEntriesRequest {
        page_size: query.limit(),
        page_token: query.text("cursor"),
        actor_id: query.id::<UserId>("actor_id"),
        action: query.text("action"),
        object_id: query.id::<EventId>("object_id"),
        since: query.time("since").map(timestamp_to_proto),
        until: query.time("until").map(timestamp_to_proto),
        sort: query.text("sort"),
    };
    query.finish()?;
    let listed = call.gateway.audit.clone().list_entries(call.rpc_request(message)).await?.into_inner();
    let cursors = (listed.next_page_token, listed.previous_page_token);
    json(StatusCode::OK, &convert::page(listed.entries, convert::entry, cursors, None)?)
}
