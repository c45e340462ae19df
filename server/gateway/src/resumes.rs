//! `/v1/resumes`: resumes.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::StatusCode;
use serde::Serialize;
use vitae_contracts_core::{Code, ResumeId, UserId, limits};
use vitae_contracts_document::{Kind, scan};
use vitae_contracts_services::resumes::v1::update_resume_request::DocumentChange;
use vitae_contracts_services::resumes::v1::{
    ChangeResumeRequest, CreateResumeRequest, Deleted, GetResumeRequest, ListResumesRequest, Resume, Tags,
    UpdateResumeRequest,
};

use crate::body::Fields;
use crate::call::{Call, HandlerResult, created, empty, json, json_text, not_modified, with_etag};
use crate::convert;
use crate::error::ApiError;
use crate::headers::{if_match, required_if_match};
use crate::query::{self, Query};

const JSON: &[&str] = &["application/json"];
/// RFC 7396, section 4; `application/json` is accepted as well.
const MERGE_PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

pub(crate) async fn list(call: Call) -> HandlerResult {
    let mut query = call.query();
    let message = ListResumesRequest {
        page_size: query.limit(),
        page_token: query.text("cursor"),
        skip: query.skip(),
        count: query.flag("count"),
        ..filters(&mut query)
    };
    query.finish()?;
    let listed = call.gateway.resumes.clone().list_resumes(call.rpc_request(message)).await?.into_inner();
    let cursors = (listed.next_page_token, listed.previous_page_token);
    json(StatusCode::OK, &convert::page(listed.resumes, convert::summary, cursors, listed.total)?)
}

/// Takes the filters that lists and exports share.
pub(crate) fn filters(query: &mut Query) -> ListResumesRequest {
    ListResumesRequest {
        query: query.text("q"),
        owner_id: query.id::<UserId>("owner_id"),
        tag: query.text("tag"),
        title: query.text("title"),
        sort: query.text("sort"),
        deleted: match query.deleted() {
            query::Deleted::Exclude => Deleted::Exclude.into(),
            query::Deleted::Only => Deleted::Only.into(),
            query::Deleted::Include => Deleted::Include.into(),
        },
        ..ListResumesRequest::default()
    }
}

pub(crate) async fn get(call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: ResumeId = call.id("resume")?;
    let request = call.rpc_request(GetResumeRequest { id: id.to_string() });
    let resume = call.gateway.resumes.clone().get_resume(request).await?.into_inner();
    match not_modified(&call.headers, revision_of(&resume)) {
        Some(response) => Ok(response),
        None => resume_response(resume),
    }
}

pub(crate) async fn create(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let message = CreateResumeRequest {
        id: String::new(),
        owner_id: fields.optional("owner_id", check_user_id).unwrap_or_default(),
        title: fields.required("title", limits::check_single_line),
        tags: fields.texts("tags").unwrap_or_default(),
        document: document(&mut fields, &body),
        reason: String::new(),
    };
    fields.finish()?;
    let resume = call.gateway.resumes.clone().create_resume(call.rpc_request(message)).await?.into_inner();
    let id = resume.summary.as_ref().map(|summary| summary.id.clone()).unwrap_or_default();
    let revision = revision_of(&resume);
    Ok(created(resume_response(resume)?, &format!("/v1/resumes/{id}"), revision))
}

pub(crate) async fn replace(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: ResumeId = call.id("resume")?;
    let body = call.json(JSON).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let title = fields.required("title", limits::check_single_line);
    let tags = fields.texts("tags").unwrap_or_default();
    let document = document(&mut fields, &body);
    fields.finish()?;
    let message = UpdateResumeRequest {
        id: id.to_string(),
        expected_revision: required_if_match(&call.headers)?,
        title: Some(title),
        tags: Some(Tags { tags }),
        document_change: Some(DocumentChange::Document(document)),
        reason: String::new(),
    };
    resume_response(call.gateway.resumes.clone().update_resume(call.rpc_request(message)).await?.into_inner())
}

pub(crate) async fn patch(mut call: Call) -> HandlerResult {
    call.reject_query()?;
    let id: ResumeId = call.id("resume")?;
    let body = call.json(MERGE_PATCH).await?;
    let scanned = scan(&body)?;
    call.set_idempotency_key(&scanned)?;
    let mut fields = Fields::of(&scanned)?;
    let title = fields.optional("title", limits::check_single_line);
    // In a merge patch, null removes a member; a resume without tags has an empty list.
    let tags = match fields.kind("tags") {
        Some(Kind::Null) => fields.raw("tags").map(|_| Vec::new()),
        _ => fields.texts("tags"),
    };
    let document = match fields.kind("document") {
        None => None,
        Some(Kind::Object) => {
            fields.raw("document").map(|text| DocumentChange::DocumentPatch(slice(&body, text)))
        }
        Some(kind) => {
            fields.raw("document");
            fields.add_violation("document", &format!("expected an object, found {kind}"));
            None
        }
    };
    fields.finish()?;
    let message = UpdateResumeRequest {
        id: id.to_string(),
        expected_revision: required_if_match(&call.headers)?,
        title,
        tags: tags.map(|tags| Tags { tags }),
        document_change: document,
        reason: String::new(),
    };
    resume_response(call.gateway.resumes.clone().update_resume(call.rpc_request(message)).await?.into_inner())
}

pub(crate) async fn delete(mut call: Call) -> HandlerResult {
    let message = decode_change(&mut call).await?;
    call.gateway.resumes.clone().delete_resume(call.rpc_request(message)).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(crate) async fn restore(mut call: Call) -> HandlerResult {
    let message = decode_change(&mut call).await?;
    let summary = call.gateway.resumes.clone().restore_resume(call.rpc_request(message)).await?.into_inner();
    let revision = summary.revision;
    Ok(with_etag(json(StatusCode::OK, &convert::summary(summary)?)?, revision))
}

pub(crate) async fn purge(mut call: Call) -> HandlerResult {
    let message = decode_change(&mut call).await?;
    call.gateway.resumes.clone().purge_resume(call.rpc_request(message)).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

async fn decode_change(call: &mut Call) -> Result<ChangeResumeRequest, ApiError> {
    call.reject_query()?;
    let id: ResumeId = call.id("resume")?;
    let expected_revision = if_match(&call.headers)?.unwrap_or(0);
    call.read_empty_body().await?;
    Ok(ChangeResumeRequest { id: id.to_string(), expected_revision })
}

/// Takes the document's exact text; the service validates it.
fn document(fields: &mut Fields<'_>, body: &Bytes) -> Bytes {
    match fields.raw("document") {
        Some(text) => slice(body, text),
        None => {
            fields.missing("document");
            Bytes::new()
        }
    }
}

/// Returns a part of the body without copying it.
fn slice(body: &Bytes, text: &str) -> Bytes {
    body.slice_ref(text.as_bytes())
}

pub(crate) fn check_user_id(text: &str) -> Result<(), String> {
    text.parse::<UserId>().map(drop).map_err(|error| error.to_string())
}

fn revision_of(resume: &Resume) -> i64 {
    resume.summary.as_ref().map_or(0, |summary| summary.revision)
}

/// Responds with a resume; the document's stored text is inserted unchanged.
fn resume_response(resume: Resume) -> HandlerResult {
    let summary =
        resume.summary.ok_or_else(|| ApiError::new(Code::Internal, "a service returned no resume"))?;
    let revision = summary.revision;
    let body = with_document(&convert::head(summary)?, &resume.document)?;
    Ok(with_etag(json_text(StatusCode::OK, body), revision))
}

/// Serializes `head` with one more member: the document's stored text.
///
/// A `RawValue` in the DTO would do the same, but would validate the text on every read.
pub(crate) fn with_document(head: &impl Serialize, document: &[u8]) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::with_capacity(document.len() + 512).writer();
    serde_json::to_writer(&mut body, head)
        .map_err(|_| ApiError::new(Code::Internal, "the response could not be written"))?;
    let mut body = body.into_inner();
    // The brace that closes the head.
    body.truncate(body.len() - 1);
    body.extend_from_slice(b",\"document\":");
    body.extend_from_slice(document);
    body.extend_from_slice(b"}");
    Ok(body.freeze())
}
