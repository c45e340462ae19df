//! `vitae.resumes.v1.Resumes`: decode, call, encode.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use vitae_contracts_core::{Code, ResumeId, Role, UserId, limits, quoted};
use vitae_contracts_services::resumes::v1::resumes_server::Resumes as Rpc;
use vitae_contracts_services::resumes::v1::{
    ChangeResumeRequest, CreateResumeRequest, Deleted, GetResumeRequest, GetRevisionRequest, GetStatsRequest,
    GetStatsResponse, ListResumesRequest, ListResumesResponse, ListRevisionsRequest, ListRevisionsResponse,
    PurgeResumeResponse, RecordExportRequest, RecordExportResponse, Resume, ResumeSummary, Revision,
    UpdateResumeRequest, update_resume_request,
};
use vitae_server_common::{Caller, FieldViolation, ServiceError, decode_skip};

use crate::Resumes;
use crate::resumes::{self, DocumentChange, Update};
use crate::store::{List, ListRevisions};

type RpcResult<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Rpc for Resumes {
    async fn list_resumes(&self, request: Request<ListResumesRequest>) -> RpcResult<ListResumesResponse> {
        let (caller, message) = Caller::take(request)?;
        let confined = resumes::confined_to(&caller)?;
        let listed = self.store.list(decode_list(message, confined)?).await?;
        Ok(Response::new(ListResumesResponse {
            resumes: listed.page.items.iter().map(resumes::Resume::summary).collect(),
            next_page_token: listed.page.next,
            previous_page_token: listed.page.previous,
            total: listed.total,
        }))
    }

    async fn get_resume(&self, request: Request<GetResumeRequest>) -> RpcResult<Resume> {
        let (caller, message) = Caller::take(request)?;
        let confined = resumes::confined_to(&caller)?;
        let id = decode_id(&message.id)?;
        let (resume, document) = self.store.get(id)?.ok_or_else(|| ServiceError::not_found("resume", id))?;
        resumes::require_visible(confined, &resume)?;
        Ok(Response::new(Resume { summary: Some(resume.summary()), document }))
    }

    async fn create_resume(&self, request: Request<CreateResumeRequest>) -> RpcResult<Resume> {
        let (caller, message) = Caller::take(request)?;
        let confined = resumes::writing_confined_to(&caller)?;
        if let Some(answer) = self.store.replayed_resume(&caller)? {
            return Ok(Response::new(answer));
        }
        let owner = decode_owner(&caller, &message.owner_id)?;
        if confined.is_some_and(|only| only != owner) {
            return Err(
                ServiceError::new(Code::Forbidden, "a member creates resumes of their own only").into()
            );
        }
        let mut resume = self.decode_new(&message, owner)?;
        resumes::check_document(&message.document)?;
        let owner = self.require_owner(&caller, owner).await?;
        resume.owner_name = Some(owner.name.clone());
        Ok(Response::new(self.store.create(&caller, resume, owner, message.document, message.reason).await?))
    }

    async fn update_resume(&self, request: Request<UpdateResumeRequest>) -> RpcResult<Resume> {
        let (caller, message) = Caller::take(request)?;
        resumes::writing_confined_to(&caller)?;
        let id = decode_id(&message.id)?;
        let expected = message.expected_revision;
        let update = decode_update(message)?;
        if let DocumentChange::Replace(text) = &update.document {
            resumes::check_document(text)?;
        }
        Ok(Response::new(self.store.update(&caller, id, expected, update).await?))
    }

    async fn delete_resume(&self, request: Request<ChangeResumeRequest>) -> RpcResult<ResumeSummary> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.delete(&caller, id, expected).await?))
    }

    async fn restore_resume(&self, request: Request<ChangeResumeRequest>) -> RpcResult<ResumeSummary> {
        let (caller, id, expected) = decode_change(request)?;
        if let Some(answer) = self.store.replayed_response(&caller)? {
            return Ok(Response::new(answer));
        }
        let confined = resumes::writing_confined_to(&caller)?;
        let resume = self.store.head(id)?.ok_or_else(|| ServiceError::not_found("resume", id))?;
        resumes::require_visible(confined, &resume)?;
        if resume.deleted_at.is_some() {
            self.require_owner(&caller, resume.owner).await?;
        }
        Ok(Response::new(self.store.restore(&caller, id, expected).await?))
    }

    async fn purge_resume(&self, request: Request<ChangeResumeRequest>) -> RpcResult<PurgeResumeResponse> {
        let (caller, id, expected) = decode_change(request)?;
        Ok(Response::new(self.store.purge(&caller, id, expected).await?))
    }

    async fn get_stats(&self, request: Request<GetStatsRequest>) -> RpcResult<GetStatsResponse> {
        let (caller, _) = Caller::take(request)?;
        caller.require_role(&[Role::Admin, Role::Editor, Role::Viewer])?;
        Ok(Response::new(self.store.stats().await?))
    }

    async fn list_revisions(
        &self,
        request: Request<ListRevisionsRequest>,
    ) -> RpcResult<ListRevisionsResponse> {
        let (caller, message) = Caller::take(request)?;
        let id = self.require_readable(&caller, &message.id)?;
        let list = ListRevisions {
            resume: id,
            sort: if message.sort.is_empty() { "-revision".to_owned() } else { message.sort },
            limit: decode_limit(message.page_size)?,
            token: message.page_token,
        };
        let page = self.store.revisions(list).await?;
        Ok(Response::new(ListRevisionsResponse {
            revisions: page.items,
            next_page_token: page.next,
            previous_page_token: page.previous,
        }))
    }

    async fn get_revision(&self, request: Request<GetRevisionRequest>) -> RpcResult<Revision> {
        let (caller, message) = Caller::take(request)?;
        let id = self.require_readable(&caller, &message.id)?;
        let revision = self.store.revision(id, message.revision)?;
        let missing =
            || ServiceError::new(Code::NotFound, format!("resume {id} has no revision {}", message.revision));
        Ok(Response::new(revision.ok_or_else(missing)?))
    }

    async fn record_export(&self, request: Request<RecordExportRequest>) -> RpcResult<RecordExportResponse> {
        let (caller, message) = Caller::take(request)?;
        let confined = resumes::confined_to(&caller)?;
        let filter = resumes::describe_filter(&message.filter.unwrap_or_default());
        self.store.record_export(&caller, confined, filter).await?;
        Ok(Response::new(RecordExportResponse {}))
    }
}

impl Resumes {
    /// Decodes the id of a resume, and checks that the caller may read it.
    fn require_readable(&self, caller: &Caller, id: &str) -> Result<ResumeId, ServiceError> {
        let confined = resumes::confined_to(caller)?;
        let id = decode_id(id)?;
        let resume = self.store.head(id)?.ok_or_else(|| ServiceError::not_found("resume", id))?;
        resumes::require_visible(confined, &resume)?;
        Ok(id)
    }

    fn decode_new(
        &self,
        message: &CreateResumeRequest,
        owner: UserId,
    ) -> Result<resumes::Resume, ServiceError> {
        let id = if message.id.is_empty() { ResumeId::new() } else { decode_id(&message.id)? };
        let mut violations = Vec::new();
        resumes::check_title(&message.title, &mut violations);
        let tags = resumes::fold_tags(&message.tags, &mut violations);
        require_none(violations)?;
        check_reason(&message.reason)?;
        let now = self.store.now();
        Ok(resumes::Resume {
            id,
            owner,
            owner_name: None,
            title: message.title.clone(),
            tags,
            revision: 1,
            document_revision: 1,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        })
    }
}

fn decode_id(text: &str) -> Result<ResumeId, ServiceError> {
    text.parse()
        .map_err(|_| ServiceError::new(Code::NotFound, format!("there is no resume {}", quoted(text))))
}

fn decode_owner(caller: &Caller, text: &str) -> Result<UserId, ServiceError> {
    let violation = |message: &str| {
        ServiceError::invalid(Code::ValidationFailed, vec![FieldViolation::new("/owner_id", message)])
    };
    match text {
        "" => caller.user().ok_or_else(|| violation("expected an owner")),
        text => text.parse().map_err(|_| violation("expected the id of a person")),
    }
}

fn decode_change(request: Request<ChangeResumeRequest>) -> Result<(Arc<Caller>, ResumeId, i64), Status> {
    let (caller, message) = Caller::take(request)?;
    resumes::writing_confined_to(&caller)?;
    Ok((caller, decode_id(&message.id)?, message.expected_revision))
}

fn decode_update(message: UpdateResumeRequest) -> Result<Update, ServiceError> {
    let mut violations = Vec::new();
    if let Some(title) = &message.title {
        resumes::check_title(title, &mut violations);
    }
    let tags = message.tags.map(|tags| resumes::fold_tags(&tags.tags, &mut violations));
    require_none(violations)?;
    check_reason(&message.reason)?;
    let document = match message.document_change {
        None => DocumentChange::Keep,
        Some(update_resume_request::DocumentChange::Document(text)) => DocumentChange::Replace(text),
        Some(update_resume_request::DocumentChange::DocumentPatch(patch)) => DocumentChange::Patch(patch),
    };
    Ok(Update { title: message.title, tags, document, reason: message.reason })
}

fn require_none(violations: Vec<FieldViolation>) -> Result<(), ServiceError> {
    if violations.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::invalid(Code::ValidationFailed, violations))
    }
}

fn check_reason(reason: &str) -> Result<(), ServiceError> {
    require_none(
        limits::check_reason(reason)
            .err()
            .map(|message| FieldViolation::new("/reason", message))
            .into_iter()
            .collect(),
    )
}

fn decode_limit(page_size: i32) -> Result<usize, ServiceError> {
    let limit = u32::try_from(page_size).unwrap_or(0);
    if (1..=limits::PAGE).contains(&limit) {
        return Ok(limit as usize);
    }
    let message = format!("expected 1 to {}, found {page_size}", limits::PAGE);
    Err(ServiceError::parameter("limit", message))
}

fn decode_list(message: ListResumesRequest, confined_to: Option<UserId>) -> Result<List, ServiceError> {
    let owner = match message.owner_id.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            ServiceError::parameter(
                "owner_id",
                format!("expected the id of a person, found {}", quoted(text)),
            )
        })?),
    };
    let deleted = match message.deleted() {
        Deleted::Unspecified | Deleted::Exclude => Some(false),
        Deleted::Only => Some(true),
        Deleted::Include => None,
    };
    Ok(List {
        owner,
        confined_to,
        deleted,
        limit: decode_limit(message.page_size)?,
        sort: if message.sort.is_empty() { "-created_at".to_owned() } else { message.sort },
        query: message.query,
        tag: message.tag,
        title: message.title,
        skip: decode_skip(message.skip, &message.page_token)?,
        token: message.page_token,
        count: message.count,
    })
}
