//! What has to be done for an object to be as stated, found out by reading alone.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use vitae_contracts_core::fold;
use vitae_contracts_document::{diff, scan};
use vitae_sdk::{Deleted, ResumeId, UserId};

use crate::arguments::values::UserName;
use crate::changes::Difference;
use crate::context::Online;
use crate::errors::{Failure, Fault};
use crate::exit;
use crate::manifest::{Object, Resume, User};

/// What is to be done with one object, and what it changes.
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

/// Reads what is there, and remembers whom it has asked for.
pub(super) struct Reader<'a> {
    pub(super) online: &'a Online,
    owners: HashMap<String, UserId>,
    /// E-mails of people who would be created by then.
    coming: HashSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(online: &'a Online) -> Self {
        Self { online, owners: HashMap::new(), coming: HashSet::new() }
    }

    pub(super) async fn plan(&mut self, object: &Object) -> Result<Planned, Failure> {
        match object {
            Object::User(user) => self.user(user).await,
            Object::Resume(resume) => self.resume(resume).await,
        }
    }

    async fn user(&mut self, stated: &User) -> Result<Planned, Failure> {
        let name = stated.email.clone().or(stated.id.map(|id| id.to_string())).unwrap_or_default();
        let Some(current) = self.current_user(stated, &name).await? else {
            if stated.name.is_none() {
                return Err(incomplete(format!("there is no {name} yet, and somebody new needs a name")));
            }
            self.coming.insert(fold(&name));
            let changes = changes(None, &user_json(stated))?;
            return Ok(Planned { kind: "user", name, changes, plan: Plan::CreateUser(stated.clone()) });
        };
        let is = json!({
            "email": stated.email.as_ref().map(|_| current.email.as_str()),
            "name": stated.name.as_ref().map(|_| current.name.as_str()),
            "role": stated.role.as_ref().map(|_| current.role.as_str()),
            "status": stated.status.as_ref().map(|_| current.status.as_str()),
        });
        let changes = changes(Some(&is.to_string()), &user_json(stated))?;
        let plan = if changes.is_empty() {
            Plan::Unchanged { id: current.id.to_string() }
        } else {
            Plan::UpdateUser { current: Box::new(current), stated: stated.clone() }
        };
        Ok(Planned { kind: "user", name, changes, plan })
    }

    async fn current_user(&self, stated: &User, name: &str) -> Result<Option<vitae_sdk::User>, Failure> {
        let explain = |error| self.online.explain(&format!("look for {name}"), &error);
        let users = self.online.client.users();
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
        let name = stated.title.clone().or(stated.id.map(|id| id.to_string())).unwrap_or_default();
        let owner = self.owner(stated).await?;
        let Some(current) = self.current_resume(stated, owner, &name).await? else {
            let changes = changes(None, &resume_json(stated, None)?)?;
            // Whoever is still to come has no id yet; only a dry run gets here without one.
            let plan = Plan::CreateResume(stated.clone(), owner.unwrap_or_default());
            return Ok(Planned { kind: "resume", name, changes, plan });
        };
        if owner.is_some_and(|owner| owner != current.owner.id) {
            let what = format!("\"{name}\" belongs to {}, and the owner never changes", current.owner.id);
            return Err(
                Failure::new(exit::CONFLICT, what).next("leave owner out, or state a new resume without id")
            );
        }
        let changes = changes(Some(&current_json(stated, &current)?), &resume_json(stated, Some(&current))?)?;
        let replaces_document = changes.iter().any(|change| change.pointer().starts_with("/document"));
        let plan = if changes.is_empty() {
            Plan::Unchanged { id: current.id.to_string() }
        } else {
            Plan::UpdateResume { current: Box::new(current), stated: stated.clone(), replaces_document }
        };
        Ok(Planned { kind: "resume", name, changes, plan })
    }

    /// Whose resume is meant: the stated owner, or without an id the one who is logged in.
    async fn owner(&mut self, stated: &Resume) -> Result<Option<UserId>, Failure> {
        let Some(owner) = &stated.owner else {
            return if stated.id.is_some() { Ok(None) } else { self.me().await.map(Some) };
        };
        let key = match owner {
            UserName::Id(id) => return Ok(Some(*id)),
            UserName::Email(email) => fold(email),
        };
        if let Some(id) = self.owners.get(&key) {
            return Ok(Some(*id));
        }
        match self.online.user(owner, Deleted::Exclude).await {
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
        let me = self.online.client.me().get().await;
        let id = me.map_err(|e| self.online.explain("find out who is logged in", &e))?.id;
        self.owners.insert(String::new(), id);
        Ok(id)
    }

    async fn current_resume(
        &self,
        stated: &Resume,
        owner: Option<UserId>,
        name: &str,
    ) -> Result<Option<vitae_sdk::Resume>, Failure> {
        let explain = |error| self.online.explain(&format!("look for \"{name}\""), &error);
        let Some(id) = self.match_of(stated, owner, name).await? else { return Ok(None) };
        let resume = self.online.client.resumes().get(id).await.map_err(explain)?;
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
        let (Some(owner), Some(title)) = (owner, &stated.title) else { return Ok(None) };
        let list = self.online.client.resumes().list().owner(owner).title(title).limit(20);
        let found = list.send().await;
        let found = found.map_err(|e| self.online.explain(&format!("look for \"{name}\""), &e))?.items;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id)),
            many => {
                let what = format!("{} resumes of this owner have the title \"{title}\"", many.len());
                let mut failure =
                    Failure::new(exit::INVALID_INPUT, what).next("state the id of the one that is meant");
                failure.faults = many.iter().map(|one| Fault::line(one.id.to_string())).collect();
                Err(failure)
            }
        }
    }
}

/// The stated fields as JSON; what is not stated is null on both sides.
fn user_json(stated: &User) -> String {
    json!({
        "email": stated.email,
        "name": stated.name,
        "role": stated.role.as_ref().map(vitae_sdk::Role::as_str),
        "status": stated.status.as_ref().map(vitae_sdk::Status::as_str),
    })
    .to_string()
}

/// Tags are compared as the server keeps them: folded, sorted, each once.
fn resume_json(stated: &Resume, current: Option<&vitae_sdk::Resume>) -> Result<String, Failure> {
    let tags = stated.tags.as_ref().map(|tags| {
        let mut tags: Vec<String> = tags.iter().map(|tag| fold(tag)).collect();
        tags.sort();
        tags.dedup();
        tags
    });
    let owner = if current.is_some() { None } else { stated.owner.as_ref().map(ToString::to_string) };
    let parts = (&stated.title, &tags, &owner, stated.document.as_deref().map(vitae_sdk::RawValue::get));
    text_of(&parts.0, &parts.1, &parts.2, parts.3)
}

fn current_json(stated: &Resume, current: &vitae_sdk::Resume) -> Result<String, Failure> {
    let title = stated.title.as_ref().map(|_| current.title.as_str());
    let tags = stated.tags.as_ref().map(|_| &current.tags);
    let document = stated.document.as_ref().map(|_| current.document.get());
    text_of(&title, &tags, &None::<String>, document)
}

fn text_of(
    title: &impl serde::Serialize,
    tags: &impl serde::Serialize,
    owner: &impl serde::Serialize,
    document: Option<&str>,
) -> Result<String, Failure> {
    let text = |value: Result<String, serde_json::Error>| {
        value.map_err(|e| Failure::new(exit::FAILED, format!("cannot write the object as JSON: {e}")))
    };
    Ok(format!(
        "{{\"owner\":{},\"title\":{},\"tags\":{},\"document\":{}}}",
        text(serde_json::to_string(owner))?,
        text(serde_json::to_string(title))?,
        text(serde_json::to_string(tags))?,
        document.unwrap_or("null")
    ))
}

/// What is different; of something new, every part that is stated.
fn changes(before: Option<&str>, after: &str) -> Result<Vec<Difference>, Failure> {
    let malformed = |e| Failure::new(exit::INVALID_INPUT, format!("the object is not well-formed JSON: {e}"));
    let nothing = scan(b"{}").map_err(malformed)?;
    let after = scan(after.as_bytes()).map_err(malformed)?;
    let found = match before {
        None => diff(&nothing, &after),
        Some(before) => diff(&scan(before.as_bytes()).map_err(malformed)?, &after),
    };
    // A null of ours stands for what is not stated; one inside the document is the author's.
    let is_stated = |change: &vitae_contracts_document::Change| {
        change.after.as_deref() != Some("null") || change.pointer.matches('/').count() > 1
    };
    Ok(found.into_iter().filter(is_stated).map(Difference::of).collect())
}

fn incomplete(what: String) -> Failure {
    Failure::new(exit::INVALID_INPUT, what).next("state what is missing")
}

fn deleted(what: String, noun: &str, id: &str) -> Failure {
    Failure::new(exit::CONFLICT, what).next(format!("bring it back with `vitae {noun} restore {id}` first"))
}
