//! `/v1/stats`: statistics of all people and resumes.

use http::StatusCode;
use vitae_contracts_services::{resumes, users};

use crate::call::{Call, HandlerResult, json};
use crate::convert;

pub(crate) async fn get(call: Call) -> HandlerResult {
    call.reject_query()?;
    let (mut users, mut resumes) = (call.gateway.users.clone(), call.gateway.resumes.clone());
    let (users, resumes) = tokio::try_join!(
        users.get_stats(call.rpc_request(users::v1::GetStatsRequest {})),
        resumes.get_stats(call.rpc_request(resumes::v1::GetStatsRequest {})),
    )?;
    json(StatusCode::OK, &convert::stats(users.get_ref(), resumes.into_inner())?)
}
