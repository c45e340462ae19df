//! `/v1/resumes/export` and `/v1/resumes/import`: NDJSON streams with bounded memory.
//!
//! Both can last as long as the client sends or reads, so every line is authorised again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::Serialize;
use tokio::time::timeout;
use vitae_contracts_core::{Code, ResumeId, UserId, limits};
use vitae_contracts_document::{Document, Kind, MAX_DEPTH, Scanned, scan, scan_within, title_of};
use vitae_contracts_gateway::{ImportResult, ImportStatus, Owner};
use vitae_contracts_services::resumes::v1::{
    CreateResumeRequest, GetResumeRequest, ListResumesRequest, RecordExportRequest,
};
use vitae_server_common::accept::Limits;
use vitae_server_common::{Caller, IdempotencyKey};

use crate::Gateway;
use crate::authorization::{self, Authorization};
use crate::body::Fields;
use crate::call::{Body, Call, HandlerResult, require_media_type};
use crate::error::ApiError;
use crate::resumes::{check_user_id, filters, with_document};
use crate::{convert, headers};

const NDJSON: &str = "application/x-ndjson";
/// Concurrent creations of an import; they share commits.
const IN_FLIGHT: usize = 64;
/// Resumes per page of an export.
const PAGE: i32 = 200;

pub(crate) async fn export(call: Call) -> HandlerResult {
    let mut query = call.query();
    let first = ListResumesRequest { page_size: PAGE, ..filters(&mut query) };
    query.finish()?;
    // The first page is read before the head is sent, so that an error has its status.
    let (ids, next) = page(&call.gateway, &call.caller, first.clone()).await?;
    record_export(&call, first).await?;
    let authorization = require_authorization(&call)?;
    let lines = stream::try_unfold((call, ids.into_iter(), next), move |(call, mut ids, mut next)| {
        let authorization = authorization.clone();
        async move {
            loop {
                authorization.require().await?;
                if let Some(id) = ids.next() {
                    if let Some(line) = export_line(&call, &id).await? {
                        return Ok(Some((line, (call, ids, next))));
                    }
                    continue;
                }
                let Some(request) = next else { return Ok(None) };
                let (more, after) = page(&call.gateway, &call.caller, request).await?;
                (ids, next) = (more.into_iter(), after);
            }
        }
    });
    // After lines have been sent, an error must break off the body: a normal end would look like a complete export.
    let lines = lines.map(|line: Result<Bytes, ApiError>| {
        line.map_err(|error| std::io::Error::other(format!("{}: {}", error.code, error.detail)))
    });
    Ok(ndjson(Body::from_stream(lines)))
}

/// Records the export in the audit log, before the first document is read.
async fn record_export(call: &Call, filter: ListResumesRequest) -> Result<(), ApiError> {
    let request = call.rpc_request(RecordExportRequest { filter: Some(filter) });
    call.gateway.resumes.clone().record_export(request).await?;
    Ok(())
}

/// Returns the authorisation of a route that requires a token.
fn require_authorization(call: &Call) -> Result<Authorization, ApiError> {
    call.authorization().ok_or_else(|| ApiError::new(Code::Unauthenticated, "an access token is required"))
}

/// Returns the ids of one page, and the request for the next page.
async fn page(
    gateway: &Gateway,
    caller: &Arc<Caller>,
    request: ListResumesRequest,
) -> Result<(Vec<String>, Option<ListResumesRequest>), ApiError> {
    let asked = caller.attach(request.clone());
    let listed = gateway.resumes.clone().list_resumes(asked).await?.into_inner();
    let ids = listed.resumes.into_iter().map(|summary| summary.id).collect();
    let token = listed.next_page_token;
    Ok((ids, (!token.is_empty()).then_some(ListResumesRequest { page_token: token, ..request })))
}

#[derive(Serialize)]
struct ExportHead<'a> {
    id: ResumeId,
    title: &'a str,
    owner_id: UserId,
    tags: &'a [String],
    revision: i64,
}

/// Returns one line, or `None` if the resume has been deleted since it was listed.
async fn export_line(call: &Call, id: &str) -> Result<Option<Bytes>, ApiError> {
    let request = call.rpc_request(GetResumeRequest { id: id.to_owned() });
    let resume = match call.gateway.resumes.clone().get_resume(request).await {
        Err(status) if status.code() == tonic::Code::NotFound => return Ok(None),
        resume => resume?.into_inner(),
    };
    let Some(summary) = resume.summary else { return Ok(None) };
    let Owner { id: owner_id, .. } = convert::summary(summary.clone())?.owner;
    let id =
        summary.id.parse().map_err(|_| ApiError::new(Code::Internal, "a service returned an invalid id"))?;
    let head =
        ExportHead { id, title: &summary.title, owner_id, tags: &summary.tags, revision: summary.revision };
    let mut line = BytesMut::from(with_document(&head, &one_line(&resume.document))?);
    line.extend_from_slice(b"\n");
    Ok(Some(line.freeze()))
}

/// Replaces line breaks, which would end the line of an NDJSON stream.
///
/// In JSON, unescaped line breaks occur only between tokens, so a space is equivalent.
fn one_line(document: &Bytes) -> Bytes {
    if !document.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        return document.clone();
    }
    document.iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }).collect()
}

pub(crate) async fn import(call: Call) -> HandlerResult {
    let mut query = call.query();
    let (owner_id, tag) = (query.id::<UserId>("owner_id"), query.text("tag"));
    query.finish()?;
    require_media_type(&call.headers, &[NDJSON])?;
    let key = headers::idempotency_key(&call.headers)?.map(str::to_owned);
    let authorization = require_authorization(&call)?;
    let import = Import { gateway: call.gateway, caller: call.caller, authorization, owner_id, tag, key };
    let import = Arc::new(import);
    let results =
        lines(call.body.into_inner(), Arc::clone(&import.gateway.limits), import.authorization.clone())
            .map(move |(number, line)| {
                let import = Arc::clone(&import);
                async move {
                    let created = async { import.create(number, line?).await };
                    result_line(number, created.await, &import.caller.request_id)
                }
            })
            .buffered(IN_FLIGHT);
    Ok(ndjson(Body::from_stream(results.map(Ok::<_, std::convert::Infallible>))))
}

/// The parameters of an import.
struct Import {
    gateway: Arc<Gateway>,
    caller: Arc<Caller>,
    authorization: Authorization,
    /// The owner of every resume, if it is not empty.
    owner_id: String,
    /// A tag of every resume, if it is not empty.
    tag: String,
    key: Option<String>,
}

impl Import {
    /// Creates the resume of one line, and returns its id.
    async fn create(&self, number: u64, line: Bytes) -> Result<String, ApiError> {
        let mut message = decode_line(&line)?;
        if !self.owner_id.is_empty() {
            message.owner_id.clone_from(&self.owner_id);
        }
        if !self.tag.is_empty() {
            message.tags.push(self.tag.clone());
        }
        let mut caller = Caller::clone(&self.caller);
        caller.idempotency_key = self.repeat(number, &line);
        // Last, so that the time between the check and the creation is minimal.
        self.authorization.require().await?;
        let request = Arc::new(caller).attach(message);
        let resume = self.gateway.resumes.clone().create_resume(request).await?.into_inner();
        Ok(resume.summary.map(|summary| summary.id).unwrap_or_default())
    }

    /// Returns the idempotency key of one line; each line is a separate creation.
    fn repeat(&self, number: u64, line: &[u8]) -> Option<IdempotencyKey> {
        let key = self.key.as_ref()?;
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in [self.owner_id.as_bytes(), self.tag.as_bytes(), line] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Some(IdempotencyKey { key: format!("{key}/{number}"), digest })
    }
}

/// Decodes a line of an export, or a document by itself.
fn decode_line(line: &Bytes) -> Result<CreateResumeRequest, ApiError> {
    let scanned = scan(line)?;
    let is_export = scanned.get("document").is_some_and(|value| value.kind() == Kind::Object)
        && scanned.get("title").is_some();
    if !is_export {
        // As the member of a body it is one level deeper, and must not exceed the limit there.
        scan_within(line, MAX_DEPTH - 1)?;
        let title = title_of(&Document::new(&scanned)).unwrap_or_else(|| "Untitled resume".to_owned());
        let document = line.slice_ref(trimmed(&scanned).as_bytes());
        return Ok(CreateResumeRequest { title, document, ..CreateResumeRequest::default() });
    }
    let mut fields = Fields::of(&scanned)?;
    // The id and revision of the exported resume are ignored: the line becomes a new resume.
    fields.raw("id");
    fields.raw("revision");
    let message = CreateResumeRequest {
        title: fields.required("title", limits::check_single_line),
        owner_id: fields.optional("owner_id", check_user_id).unwrap_or_default(),
        tags: fields.texts("tags").unwrap_or_default(),
        document: fields.raw("document").map(|text| line.slice_ref(text.as_bytes())).unwrap_or_default(),
        ..CreateResumeRequest::default()
    };
    fields.finish()?;
    Ok(message)
}

fn trimmed<'a>(scanned: &Scanned<'a>) -> &'a str {
    scanned.text().trim()
}

fn result_line(line: u64, created: Result<String, ApiError>, request_id: &str) -> Bytes {
    let result = match created {
        Ok(id) => ImportResult { line, status: ImportStatus::Created, id: id.parse().ok(), problem: None },
        Err(error) => {
            let problem = Some(error.problem(request_id));
            ImportResult { line, status: ImportStatus::Refused, id: None, problem }
        }
    };
    let mut text = serde_json::to_vec(&result).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

/// Returns the lines of a body with their numbers from 1, without empty lines.
///
/// A line that is too long is rejected and not buffered. When the authorisation ends, the next line is
/// an error and the last one.
fn lines(
    body: Body,
    limits: Arc<Limits>,
    authorization: Authorization,
) -> impl Stream<Item = (u64, Result<Bytes, ApiError>)> + Send {
    let body = PacedBody { body, limits, waited: Duration::ZERO, arrived: 0 };
    let reader = LineReader { body, read: BytesMut::new(), number: 0, is_too_long: false, is_ended: false };
    let next = async |(mut reader, authorization): (LineReader, Authorization)| {
        let line = reader.next_authorized(&authorization).await?;
        Some((line, (reader, authorization)))
    };
    stream::unfold((reader, authorization), next)
        .filter(|(_, line)| std::future::ready(!line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty())))
}

/// A body with a minimum rate and no overall deadline.
struct PacedBody {
    body: Body,
    limits: Arc<Limits>,
    /// The time spent waiting for data, without the time in which lines are stored.
    waited: Duration,
    arrived: u64,
}

impl PacedBody {
    /// Returns the next chunk; `None` at the end.
    async fn next(&mut self) -> Option<Result<Bytes, ApiError>> {
        loop {
            let since = Instant::now();
            let Ok(frame) = timeout(self.limits.stall, self.body.frame()).await else {
                return Some(Err(too_slow(&self.limits)));
            };
            let cut = |_| ApiError::new(Code::MalformedJson, "the body ended early; send the rest again");
            let frame = match frame?.map_err(cut) {
                Ok(frame) => frame,
                Err(error) => return Some(Err(error)),
            };
            let Ok(data) = frame.into_data() else { continue };
            self.waited += since.elapsed();
            self.arrived += data.len() as u64;
            if self.limits.is_too_slow(self.waited, self.arrived) {
                return Some(Err(too_slow(&self.limits)));
            }
            return Some(Ok(data));
        }
    }
}

fn too_slow(limits: &Limits) -> ApiError {
    let detail = format!(
        "the body arrived too slowly: expected data at least every {} s and {} bytes per second; send the rest again",
        limits.stall.as_secs(),
        limits.rate
    );
    ApiError::new(Code::Timeout, detail)
}

struct LineReader {
    body: PacedBody,
    read: BytesMut,
    number: u64,
    /// Whether the current line exceeds the limit.
    is_too_long: bool,
    is_ended: bool,
}

impl LineReader {
    /// Returns the next line, or an error as soon as the authorisation has ended.
    async fn next_authorized(
        &mut self,
        authorization: &Authorization,
    ) -> Option<(u64, Result<Bytes, ApiError>)> {
        if self.is_ended {
            // The body has ended, so this does not wait; each remaining line is authorised when it is created.
            return self.next().await;
        }
        if !authorization.has_ended() {
            tokio::select! {
                biased;
                line = self.next() => return line,
                () = authorization.ended() => {}
            }
        }
        Some(self.end_with(authorization::ended()))
    }

    /// Ends the stream with an error in place of the next line.
    fn end_with(&mut self, error: ApiError) -> (u64, Result<Bytes, ApiError>) {
        self.is_ended = true;
        self.is_too_long = false;
        self.read.clear();
        self.number += 1;
        (self.number, Err(error))
    }

    async fn next(&mut self) -> Option<(u64, Result<Bytes, ApiError>)> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.read[searched..].iter().position(|b| *b == b'\n') {
                let mut line = self.read.split_to(searched + at + 1);
                line.truncate(line.len() - 1);
                return Some(self.line(line.freeze()));
            }
            searched = self.read.len();
            if searched > limits::BODY_BYTES {
                self.is_too_long = true;
                self.read.clear();
                searched = 0;
            }
            if self.is_ended {
                let rest = self.read.split().freeze();
                return (!rest.is_empty() || self.is_too_long).then(|| self.line(rest));
            }
            match self.body.next().await {
                None => self.is_ended = true,
                Some(Ok(data)) => self.read.extend_from_slice(&data),
                Some(Err(error)) => return Some(self.end_with(error)),
            }
        }
    }

    fn line(&mut self, line: Bytes) -> (u64, Result<Bytes, ApiError>) {
        self.number += 1;
        if std::mem::take(&mut self.is_too_long) || line.len() > limits::BODY_BYTES {
            let detail = format!("expected at most {} bytes in a line", limits::BODY_BYTES);
            return (self.number, Err(ApiError::new(Code::BodyTooLarge, detail)));
        }
        (self.number, Ok(line))
    }
}

fn ndjson(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response
}
