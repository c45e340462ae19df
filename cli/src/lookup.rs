//! Lookup of ids by e-mail address and title.

use vitae_contracts_core::Untrusted;
use vitae_sdk::{Deleted, ResumeId, UserId};

use crate::connection::Connection;
use crate::errors::{ErrorDetail, Failure};
use crate::exit;
use crate::values::{ResumeName, UserName};

/// Maximum number of candidates in a message.
const MAX_LISTED: u32 = 20;

impl Connection {
    /// Returns the id of the person with this id or e-mail address.
    pub(crate) async fn user(&self, name: &UserName, deleted: Deleted) -> Result<UserId, Failure> {
        let email = match name {
            UserName::Id(id) => return Ok(*id),
            UserName::Email(email) => email,
        };
        let list = self.client.users().list().email(email).deleted(deleted).limit(MAX_LISTED);
        let found = list.send().await.map_err(|e| self.explain(&format!("find {name}"), &e))?.items;
        match found.as_slice() {
            [one] => Ok(one.id),
            [] => Err(not_found(
                format!("there is no {}person with the e-mail {email}", deleted_prefix(deleted)),
                "users",
            )),
            many => {
                let lines = many.iter().map(|user| format!("{}  {}", user.id, user.name.as_str()));
                Err(ambiguous(format!("{} people have had the e-mail {email}", many.len()), lines))
            }
        }
    }

    /// Returns the id of the owner, if one is named.
    pub(crate) async fn owner(&self, name: Option<&UserName>) -> Result<Option<UserId>, Failure> {
        match name {
            Some(name) => self.user(name, Deleted::Exclude).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the id of the resume with this id or title.
    pub(crate) async fn resume(&self, name: &ResumeName, deleted: Deleted) -> Result<ResumeId, Failure> {
        let title = match name {
            ResumeName::Id(id) => return Ok(*id),
            ResumeName::Title(title) => title,
        };
        let list = self.client.resumes().list().title(title).deleted(deleted).limit(MAX_LISTED);
        let page = list.send().await.map_err(|e| self.explain(&format!("find {name}"), &e))?;
        match page.items.as_slice() {
            [one] => Ok(one.id),
            [] => Err(not_found(
                format!("there is no {}resume with the title {name}", deleted_prefix(deleted)),
                "resumes",
            )),
            many => {
                let more = if page.next_cursor.is_some() { "more than " } else { "" };
                let lines = many.iter().map(|resume| {
                    let owner = resume.owner.name.as_ref().map_or("", Untrusted::as_str);
                    format!("{}  {owner}", resume.id)
                });
                Err(ambiguous(format!("{more}{} resumes have the title {name}", many.len()), lines))
            }
        }
    }
}

impl std::fmt::Display for UserName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "person {id}"),
            Self::Email(email) => f.write_str(email),
        }
    }
}

impl std::fmt::Display for ResumeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "resume {id}"),
            Self::Title(title) => write!(f, "\"{title}\""),
        }
    }
}

fn deleted_prefix(deleted: Deleted) -> &'static str {
    if deleted == Deleted::Only { "deleted " } else { "" }
}

fn not_found(message: String, noun: &str) -> Failure {
    Failure::new(exit::NOT_FOUND, message)
        .next(format!("run `vitae {noun} list --deleted include` to list everything visible to this login"))
}

fn ambiguous(message: String, candidates: impl Iterator<Item = String>) -> Failure {
    let mut failure = Failure::new(exit::INVALID_INPUT, message).next("use the id of one of these");
    failure.details = candidates.map(ErrorDetail::new).collect();
    failure
}
