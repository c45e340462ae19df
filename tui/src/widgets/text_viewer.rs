//! A scrollable viewer for long texts: a resume, or the changes between two revisions.

use vitae_sdk::{Resume, ResumeId};

use crate::app::effect::Effect;
use crate::client::error::ConsoleError;
use crate::client::load::Load;
use crate::client::request::{Change, Request, Response};
use crate::client::ticket::{Issuer, Ticket, response_type};
use crate::widgets::resume_view::{self, StyledLine};

/// The subject of a viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A resume of this revision, or any revision.
    Resume(ResumeId, u64),
    /// A revision compared with another, by default its predecessor.
    Change(ResumeId, Option<u64>, u64),
}

/// The form in which a resume is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// As formatted text.
    #[default]
    Rendered,
    /// As JSON, every value as it was sent.
    Raw,
}

/// A text that is loaded from the server, layout out in lines and scrolled.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextViewer {
    pub(crate) scroll: usize,
    pub(crate) form: Form,
    load: Load<Subject, LoadedText>,
}

#[derive(Debug, Clone)]
struct LoadedText {
    content: Content,
    lines: Vec<StyledLine>,
    layout: Option<(usize, Form)>,
}

/// The loaded object that is rendered.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Resume(Box<Resume>),
    Change(Box<Change>),
}

response_type!(LoadedText:
    Response::Resume(resume) => Self::new(Content::Resume(resume)),
    Response::Change(change) => Self::new(Content::Change(change)));

impl LoadedText {
    fn new(content: Content) -> Self {
        Self { content, lines: Vec::new(), layout: None }
    }
}

impl TextViewer {
    /// Requests a subject; a new one is shown from its beginning.
    pub(crate) fn want(&mut self, subject: Subject, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let request = match subject {
            Subject::Resume(id, _) => Request::Resume(id),
            Subject::Change(id, from, to) => Request::Change { id, from, to },
        };
        self.load.want(&subject, tickets, request)
    }

    /// Handles a response; returns whether it belonged to this viewer.
    pub(crate) fn response(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        let before = self.object();
        let is_taken = self.load.response(ticket, response);
        if is_taken && self.object() != before {
            self.scroll = 0;
        }
        is_taken
    }

    /// Lays the text out for a width, unless that was done.
    pub(crate) fn lay_out(&mut self, width: usize) {
        let form = self.form;
        let Some(loaded) = self.load.value_mut() else { return };
        if loaded.layout == Some((width, form)) {
            return;
        }
        loaded.lines = match (&loaded.content, form) {
            (Content::Resume(resume), Form::Rendered) => resume_view::resume(resume, width),
            (Content::Resume(resume), Form::Raw) => resume_view::raw(resume.document.get(), width),
            (Content::Change(change), _) => resume_view::change(change, width),
        };
        loaded.layout = Some((width, form));
    }

    /// Returns the lines after layout.
    pub(crate) fn lines(&self) -> &[StyledLine] {
        self.load.value().map_or(&[], |(_, loaded)| &loaded.lines)
    }

    /// Returns the rendered object, which may still be that of the previous subject.
    pub(crate) fn content(&self) -> Option<&Content> {
        self.load.value().map(|(_, loaded)| &loaded.content)
    }

    /// Returns whether the text belongs to this subject; of a resume, any revision.
    pub(crate) fn is_of(&self, subject: Subject) -> bool {
        let shown = self.load.value().map(|(shown, _)| *shown);
        match (shown, subject) {
            (Some(Subject::Resume(shown, _)), Subject::Resume(wanted, _)) => shown == wanted,
            (shown, wanted) => shown == Some(wanted),
        }
    }

    pub(crate) fn scroll_by(&mut self, lines: i64, height: usize) {
        let most = self.lines().len().saturating_sub(height);
        let step = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        let to = if lines < 0 { self.scroll.saturating_sub(step) } else { self.scroll.saturating_add(step) };
        self.scroll = to.min(most);
    }

    /// Switches between a rendered resume and its JSON.
    pub(crate) fn toggle_raw(&mut self) {
        self.form = if self.form == Form::Raw { Form::Rendered } else { Form::Raw };
        self.scroll = 0;
    }

    pub(crate) fn error(&self) -> Option<&ConsoleError> {
        self.load.error()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.load.is_waiting()
    }

    pub(crate) fn cancel(&mut self) -> Vec<Effect> {
        self.load.cancel()
    }

    pub(crate) fn retry(&mut self) {
        self.load.retry();
    }

    pub(crate) fn clear(&mut self) {
        self.load.clear();
    }

    fn object(&self) -> Option<ResumeId> {
        let (subject, _) = self.load.value()?;
        match subject {
            Subject::Resume(id, _) => Some(*id),
            // Each change is a separate text.
            Subject::Change(..) => None,
        }
    }
}
