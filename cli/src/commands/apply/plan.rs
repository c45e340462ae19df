//! Plans the changes for an object of a manifest, without making them.

use std::collections::{HashMap, HashSet};

use serde_json::Map;
use vitae_contracts_core::fold;
use vitae_contracts_document::{diff, scan};
use vitae_sdk::{Deleted, RawValue, ResumeId, ResumeSummary, Status, UserId};
use vitae_sdk_workspace::Values;
use vitae_sdk_workspace::manifest::{Document, Object, Resume, User};

use crate::changes::Difference;
use crate::connection::Connection;
use crate::errors::{ErrorDetail, Failure};
use crate::exit;
use crate::values::UserName;

/// The plan for one object, with its changes.
pub(super) struct Planned {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) changes: Vec<Difference>,
    pub(super) plan: Plan,
}

pub(super) enum Plan {
    Unchanged { id: String },
    CreateUser(User),
    UpdateUser { current: Box<vitae_sdk::User>, stated: User },
    CreateResume(Resume, UserId),
    UpdateResume { current: Box<vitae_sdk::Resume>, stated: Resume, replaces_document: bool },
}

/// Reads current objects, and caches the ids of people.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    owners: HashMap<String, UserId>,
    /// E-mails of people that earlier objects create.
    coming: HashSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, owners: HashMap::new(), coming: HashSet::new() }
    }

    pub(super) async fn plan(&mut self, object: &Object) -> Result<Planned, Failure> {
        match object {
            Object::User(user) => self.user(user).await,
            Object::Resume(resume) => self.resume(resume).await,
        }
    }

    async fn user(&mut self, stated: &User) -> Result<Planned, Failure> {
        let email = stated.values.get("email").map(str::to_owned);
        let name = email.or(stated.id.map(|id| id.to_string())).unwrap_or_default();
        let Some(current) = self.current_user(stated, &name).await? else {
            if stated.values.get("name").is_none() {
                let what = format!("no person has the e-mail {name} yet, and a new person needs a name");
                return Err(Failure::new(exit::INVALID_INPUT, what).next("add the name"));
            }
            self.coming.insert(fold(&name));
            let changes = changes(None, &user_json(&stated.values, stated.status.as_ref()))?;
            return Ok(Planned { kind: "user", name, changes, plan: Plan::CreateUser(stated.clone()) });
        };
        let is = Values::of_user(&current).restricted_to(&stated.values);
        let status = stated.status.as_ref().map(|_| &current.status);
        let changes =
            changes(Some(&user_json(&is, status)), &user_json(&stated.values, stated.status.as_ref()))?;
        let plan = if changes.is_empty() {
            Plan::Unchanged { id: current.id.to_string() }
        } else {
            Plan::UpdateUser { current: Box::new(current), stated: stated.clone() }
        };
        Ok(Planned { kind: "user", name, changes, plan })
    }

    async fn current_user(&self, stated: &User, name: &str) -> Result<Option<vitae_sdk::User>, Failure> {
        let explain = |error| self.connection.explain(&format!("find {name}"), &error);
        let users = self.connection.client.users();
        let Some(id) = stated.id else {
            let found = users.list().email(name).deleted(Deleted::Exclude).send().await.map_err(explain)?;
            return Ok(found.items.into_iter().next());
        };
        let user = users.get(id).await.map_err(explain)?;
        match user.deleted_at {
            None => Ok(Some(user)),
            Some(_) => Err(deleted(format!("{name} is deleted"), "users", &id.to_string())),
        }
    }

    async fn resume(&mut self, stated: &Resume) -> Result<Planned, Failure> {
        let title = stated.values.get("title").map(str::to_owned);
        let name = title.or(stated.id.map(|id| id.to_string())).unwrap_or_default();
        let owner = self.owner(stated).await?;
        let Some(current) = self.current_resume(stated, owner, &name).await? else {
            let document = document_of(stated).map(RawValue::get);
            let changes = changes(None, &resume_json(&stated.values, stated.owner.as_deref(), document))?;
            // A person that an earlier object creates has no id in a dry run.
            let plan = Plan::CreateResume(stated.clone(), owner.unwrap_or_default());
            return Ok(Planned { kind: "resume", name, changes, plan });
        };
        if owner.is_some_and(|owner| owner != current.owner.id) {
            let what = format!("\"{name}\" belongs to {}, and the owner cannot be changed", current.owner.id);
            return Err(Failure::new(exit::CONFLICT, what)
                .next("remove owner, or remove the id to create a new resume"));
        }
        let is = Values::of_resume(&current).restricted_to(&stated.values);
        let document = document_of(stated);
        let current_document = document.map(|_| current.document.get());
        let changes = changes(
            Some(&resume_json(&is, None, current_document)),
            &resume_json(&stated.values, None, document.map(RawValue::get)),
        )?;
        let replaces_document = changes.iter().any(|change| change.pointer().starts_with("/document"));
        let plan = if changes.is_empty() {
            Plan::Unchanged { id: current.id.to_string() }
        } else {
            Plan::UpdateResume { current: Box::new(current), stated: stated.clone(), replaces_document }
        };
        Ok(Planned { kind: "resume", name, changes, plan })
    }

    /// Returns the owner: the stated one, or for a resume without id the logged-in account.
    async fn owner(&mut self, stated: &Resume) -> Result<Option<UserId>, Failure> {
        let Some(owner) = &stated.owner else {
            return if stated.id.is_some() { Ok(None) } else { self.me().await.map(Some) };
        };
        let owner: UserName =
            owner.parse().map_err(|e| Failure::new(exit::INVALID_INPUT, format!("owner: {e}")))?;
        let key = match &owner {
            UserName::Id(id) => return Ok(Some(*id)),
            UserName::Email(email) => fold(email),
        };
        if let Some(id) = self.owners.get(&key) {
            return Ok(Some(*id));
        }
        match self.connection.user(&owner, Deleted::Exclude).await {
            Ok(id) => {
                self.owners.insert(key, id);
                Ok(Some(id))
            }
            Err(none) if none.exit == exit::NOT_FOUND && self.coming.contains(&key) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn me(&mut self) -> Result<UserId, Failure> {
        if let Some(id) = self.owners.get("") {
            return Ok(*id);
        }
        let me = self.connection.client.me().get().await;
        let id = me.map_err(|e| self.connection.explain("read the account", &e))?.id;
        self.owners.insert(String::new(), id);
        Ok(id)
    }

    async fn current_resume(
        &self,
        stated: &Resume,
        owner: Option<UserId>,
        name: &str,
    ) -> Result<Option<vitae_sdk::Resume>, Failure> {
        let explain = |error| self.connection.explain(&format!("find \"{name}\""), &error);
        let Some(id) = self.match_of(stated, owner, name).await? else { return Ok(None) };
        let resume = self.connection.client.resumes().get(id).await.map_err(explain)?;
        match resume.deleted_at {
            None => Ok(Some(resume)),
            Some(_) => Err(deleted(format!("\"{name}\" is deleted"), "resumes", &id.to_string())),
        }
    }

    async fn match_of(
        &self,
        stated: &Resume,
        owner: Option<UserId>,
        name: &str,
    ) -> Result<Option<ResumeId>, Failure> {
        if stated.id.is_some() {
            return Ok(stated.id);
        }
        let (Some(owner), Some(title)) = (owner, stated.values.get("title")) else { return Ok(None) };
        let list = self.connection.client.resumes().list().owner(owner).title(title).limit(20);
        let found = list.send().await;
        let found = found.map_err(|e| self.connection.explain(&format!("find \"{name}\""), &e))?.items;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id)),
            many => {
                let what = format!("{} resumes of this owner have the title \"{title}\"", many.len());
                let mut failure =
                    Failure::new(exit::INVALID_INPUT, what).next("state the id of the intended one");
                failure.details = many.iter().map(|one| ErrorDetail::new(one.id.to_string())).collect();
                Err(failure)
            }
        }
    }
}

/// Returns these fields of a person as JSON.
fn user_json(values: &Values, status: Option<&Status>) -> String {
    let mut object: Map<String, serde_json::Value> =
        values.to_json::<vitae_sdk::User>().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    if let Some(status) = status {
        object.insert("status".to_owned(), status.as_str().into());
    }
    serde_json::Value::Object(object).to_string()
}

/// Returns these fields of a resume as JSON, with the exact text of the document.
fn resume_json(values: &Values, owner: Option<&str>, document: Option<&str>) -> String {
    let owner = owner.map(|owner| ("owner", serde_json::Value::from(owner)));
    let fields = owner.into_iter().chain(values.to_json::<ResumeSummary>());
    let mut members: Vec<String> = fields.map(|(key, value)| format!("\"{key}\":{value}")).collect();
    members.extend(document.map(|document| format!("\"document\":{document}")));
    format!("{{{}}}", members.join(","))
}

/// Returns the document of a manifest; its file was read before.
pub(super) fn document_of(stated: &Resume) -> Option<&RawValue> {
    match &stated.document {
        Some(Document::Inline(document)) => Some(document),
        Some(Document::File(_)) | None => None,
    }
}

/// Returns the parts that differ; all parts of a new object.
fn changes(before: Option<&str>, after: &str) -> Result<Vec<Difference>, Failure> {
    let malformed = |e| Failure::new(exit::INVALID_INPUT, format!("the object is not well-formed JSON: {e}"));
    let before = scan(before.unwrap_or("{}").as_bytes()).map_err(malformed)?;
    let after = scan(after.as_bytes()).map_err(malformed)?;
    Ok(diff(&before, &after).into_iter().map(Difference::of).collect())
}

fn deleted(what: String, noun: &str, id: &str) -> Failure {
    Failure::new(exit::CONFLICT, what).next(format!("restore it with `vitae {noun} restore {id}` first"))
}
