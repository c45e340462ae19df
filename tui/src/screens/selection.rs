//! The object that actions are about.

use vitae_sdk::{Resume, ResumeId, UserId};

use crate::client::request::Change;
use crate::client::row::Row;

/// The object at the cursor, or the object that is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Selection<'a> {
    Nothing,
    Row(&'a Row),
    /// A resume, and its contents if they are loaded.
    Resume(ResumeId, Option<&'a Resume>),
    /// A change of a resume, and its contents if they are loaded.
    Change(ResumeId, Option<&'a Change>),
}

impl<'a> Selection<'a> {
    pub(crate) fn of_row(row: Option<&'a Row>) -> Self {
        row.map_or(Self::Nothing, Self::Row)
    }

    /// Returns the resume that the selection is, or is about.
    pub(crate) fn resume_id(self) -> Option<ResumeId> {
        match self {
            Self::Resume(id, _) | Self::Change(id, _) => Some(id),
            Self::Row(Row::Resume(resume)) => Some(resume.id),
            Self::Row(Row::Entry(entry)) if entry.object.kind == "resume" => {
                entry.object.id.to_string().parse().ok()
            }
            Self::Row(Row::User(_) | Row::Revision(_) | Row::Session(_) | Row::Entry(_)) | Self::Nothing => {
                None
            }
        }
    }

    /// Returns the resume that can be edited: one that is not deleted.
    pub(crate) fn live_resume_id(self) -> Option<ResumeId> {
        match self {
            Self::Resume(id, Some(resume)) => resume.deleted_at.is_none().then_some(id),
            Self::Row(Row::Resume(resume)) => resume.deleted_at.is_none().then_some(resume.id),
            Self::Row(Row::User(_) | Row::Revision(_) | Row::Session(_) | Row::Entry(_))
            | Self::Resume(_, None)
            | Self::Change(..)
            | Self::Nothing => None,
        }
    }

    /// Returns the owner of a resume, the author of a revision, or the actor of an audit entry.
    pub(crate) fn person_behind(self) -> Option<UserId> {
        match self {
            Self::Resume(_, resume) => resume.map(|resume| resume.owner.id),
            Self::Change(_, change) => change?.after.author.as_ref().map(|author| author.id),
            Self::Row(Row::Resume(resume)) => Some(resume.owner.id),
            Self::Row(Row::Revision(revision)) => revision.author.as_ref().map(|author| author.id),
            Self::Row(Row::Entry(entry)) => entry.actor.id,
            Self::Row(Row::User(_) | Row::Session(_)) | Self::Nothing => None,
        }
    }

    /// Returns the id as text.
    pub(crate) fn id(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Resume(id, _) | Self::Change(id, _) => Some(id.to_string()),
            Self::Row(Row::User(user)) => Some(user.id.to_string()),
            Self::Row(Row::Resume(resume)) => Some(resume.id.to_string()),
            Self::Row(Row::Revision(revision)) => Some(revision.revision.to_string()),
            Self::Row(Row::Session(session)) => Some(session.id.to_string()),
            Self::Row(Row::Entry(entry)) => Some(entry.object.id.to_string()),
        }
    }
}
