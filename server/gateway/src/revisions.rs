//! `/v1/resumes/{id}/revisions`: the revisions of a resume.

use http::StatusCode;
use vitae_contracts_core::{Code, ResumeId};
use vitae_contracts_services::resumes::v1::{GetRevisionRequest, ListRevisionsRequest};

use crate::call::{Call, HandlerResult, json, json_text};
use crate::convert;
use crate::error::ApiError;
use crate::resumes::with_document;

pub(crate) async fn list(call: Call) -> HandlerResult {
    let id: ResumeId = call.id("resume")?;
    let mut query = call.query();
    let message = ListRevisionsRequest {
        id: id.to_string(),
        page_size: query.limit(),
        page_token: query.text("cursor"),
        sort: query.text("sort"),
    };
    query.finish()?;
    let listed = call.gateway.resumes.clone().list_revisions(call.rpc_request(message)).await?.into_inner();
    let cursors = (listed.next_page_token, listed.previous_page_token);
    json(StatusCode::OK, &convert::page(listed.revisions, convert::revision, cursors, None)?)
}

pub(crate) async fn get(call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: ResumeId = call.id("resume")?;
    let revision = number(call.path.get(1).map_or("", String::as_str));
    let revision =
        revision.ok_or_else(|| ApiError::new(Code::NotFound, format!("resume {id} has no such revision")))?;
    let request = call.rpc_request(GetRevisionRequest { id: id.to_string(), revision });
    let mut revision = call.gateway.resumes.clone().get_revision(request).await?.into_inner();
    let document = std::mem::take(&mut revision.document);
    Ok(json_text(StatusCode::OK, with_document(&convert::revision(revision)?, &document)?))
}

/// Parses a revision in canonical form: no sign, no leading zero.
fn number(text: &str) -> Option<i64> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| canonical)
}
