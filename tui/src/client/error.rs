//! Errors of requests, classified by the next step.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::Code;
use vitae_sdk::{Error, ProblemLocation};

use crate::terminal::text::{escaped, shown};

/// The error of a request, as escaped text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsoleError {
    pub(crate) kind: Kind,
    /// The error.
    pub(crate) what: String,
    /// The next step for the user.
    pub(crate) next: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The invalid fields: JSON pointer and message.
    pub(crate) faults: Vec<(String, String)>,
}

/// The kinds of error that the console handles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The server's address cannot be reached, or the connection was interrupted.
    Offline,
    /// The server can be reached, but one of its services does not respond.
    Unavailable,
    /// No response in time.
    Slow,
    /// There is no login, or it has expired.
    LoggedOut,
    /// The session was revoked.
    Revoked,
    /// E-mail or password is wrong.
    WrongPassword,
    /// The role does not allow it.
    Forbidden,
    /// The generated first password must be changed before anything else.
    PasswordChangeRequired,
    /// The object does not exist.
    Missing,
    /// The object has changed in the meantime.
    MovedOn,
    /// The cursor of a page is no longer valid.
    LostPlace,
    /// The response is not from a compatible server.
    Foreign,
    /// The server rejected the request with a reason.
    Refused,
    /// An error on this machine, or in the input.
    Local,
}

impl ConsoleError {
    pub(crate) fn of(error: &Error) -> Self {
        let mut what = escaped(&error.to_string());
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            what = format!("{what}: {}", escaped(&cause.to_string()));
            source = cause.source();
        }
        Self {
            kind: Kind::of(error),
            what,
            next: next_step(error),
            request_id: error.request_id().map(escaped),
            faults: faults_of(error),
        }
    }

    /// Creates an error of this machine.
    pub(crate) fn local(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind: Kind::Local,
            what: what.into(),
            next: Some(next.into()),
            request_id: None,
            faults: Vec::new(),
        }
    }

    /// Returns whether the error can be temporary, so that the request should be retried.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Offline | Kind::Unavailable | Kind::Slow)
    }

    /// Returns whether a new login solves the error.
    pub(crate) fn wants_login(&self) -> bool {
        matches!(self.kind, Kind::LoggedOut | Kind::Revoked)
    }

    /// Returns a short description.
    pub(crate) fn headline(&self) -> &'static str {
        match self.kind {
            Kind::Offline => "The server cannot be reached",
            Kind::Unavailable => "A service of the server does not respond",
            Kind::Slow => "The server did not respond in time",
            Kind::LoggedOut => "The session has ended",
            Kind::Revoked => "The session was revoked",
            Kind::WrongPassword => "E-mail or password is wrong",
            Kind::Forbidden => "Your role does not allow this",
            Kind::PasswordChangeRequired => "The password must be changed first",
            Kind::Missing => "Not found",
            Kind::MovedOn => "Changed by another user",
            Kind::LostPlace => "The position in the list is no longer valid",
            Kind::Foreign => "This is not a compatible server",
            Kind::Refused => "The server rejected the request",
            Kind::Local => "Failed",
        }
    }

    /// Returns what happened, as one sentence.
    pub(crate) fn sentence(&self) -> String {
        match self.kind {
            Kind::Local => self.what.clone(),
            _ => format!("{}: {}", self.headline(), self.what),
        }
    }
}

/// Returns the next step, in terms of the console.
fn next_step(error: &Error) -> Option<String> {
    // A form saves with one idempotency key, so an earlier state of the form was saved with it.
    if error.known_code() == Some(Code::IdempotencyKeyReused) {
        return Some(
            "an earlier version of this form is already saved: find the object in the list and edit it there"
                .to_owned(),
        );
    }
    // The SDK's next step names a command; here the form is already open.
    if error.known_code() == Some(Code::PasswordChangeRequired) {
        return Some("choose your own password in the form".to_owned());
    }
    error.next_step().map(escaped)
}

fn faults_of(error: &Error) -> Vec<(String, String)> {
    let entries = error.problem().map(|problem| problem.errors.as_slice()).unwrap_or_default();
    let told = entries.iter().filter_map(|entry| match &entry.location {
        ProblemLocation::Pointer(pointer) => Some((pointer.clone(), shown(&entry.message))),
        _ => None,
    });
    let taken = (error.known_code() == Some(Code::EmailTaken))
        .then(|| ("/email".to_owned(), "another person has this e-mail address".to_owned()));
    told.chain(taken).collect()
}

impl Kind {
    fn of(error: &Error) -> Self {
        match error.known_code() {
            Some(Code::InvalidCredentials) => return Self::WrongPassword,
            Some(Code::InvalidCursor) => return Self::LostPlace,
            Some(Code::PasswordChangeRequired) => return Self::PasswordChangeRequired,
            Some(Code::InvalidRefreshToken | Code::InvalidToken) => return Self::Revoked,
            _ => {}
        }
        if error.is_unauthenticated() {
            Self::LoggedOut
        } else if error.is_timeout() {
            Self::Slow
        } else if error.is_unavailable() {
            if error.status().is_some() { Self::Unavailable } else { Self::Offline }
        } else if error.is_forbidden() {
            Self::Forbidden
        } else if error.is_not_found() && error.problem().is_some() {
            Self::Missing
        } else if error.is_precondition_failed() {
            Self::MovedOn
        } else if error.problem().is_none() && error.store_error().is_none() && error.request_id().is_some() {
            Self::Foreign
        } else {
            Self::Refused
        }
    }
}
