//! Failures of commands, as text and as JSON, and their mapping to exit codes.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::ops::{Deref, DerefMut};

use serde::Serialize;
use vitae_contracts_core::{Code, Untrusted};
use vitae_sdk::{Error, ProblemLocation, StoreError};

use crate::exit;

/// The next step where no better one is known.
const SERVER_LOG_STEP: &str = "search the server's log for this request id, or retry later";

/// A failed command: the message, the next step and the exit code.
///
/// Texts may contain untrusted input; they are escaped when written.
#[derive(Debug)]
pub(crate) struct Failure(Box<FailureBody>);

/// The parts of a failure, in the order of its JSON form.
#[derive(Debug, Serialize)]
pub(crate) struct FailureBody {
    /// The file and line that the failure is about.
    #[serde(flatten)]
    pub(crate) location: Option<FileLocation>,
    /// The error code of the server's response.
    #[serde(skip)]
    pub(crate) code: Option<String>,
    #[serde(rename = "exit_code")]
    pub(crate) exit: u8,
    pub(crate) message: String,
    pub(crate) next_step: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Whether the same command may succeed later.
    pub(crate) retryable: bool,
    /// The number of attempts at the request.
    pub(crate) attempts: Option<u32>,
    #[serde(rename = "errors", skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<ErrorDetail>,
}

/// A failure as JSON.
#[derive(Serialize)]
struct FailureJson<'a> {
    code: &'a str,
    #[serde(flatten)]
    parts: &'a FailureBody,
}

/// A file, and the line in it for files of several objects.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileLocation {
    pub(crate) file: String,
    pub(crate) line: Option<u64>,
}

/// One error in the input.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDetail {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: u8, message: impl Into<String>) -> Self {
        Self(Box::new(FailureBody {
            location: None,
            code: None,
            exit,
            message: message.into(),
            next_step: None,
            request_id: None,
            retryable: false,
            attempts: None,
            details: Vec::new(),
        }))
    }

    /// A failure without a message: only the exit code is reported.
    pub(crate) fn silent(exit: u8) -> Self {
        Self::new(exit, "")
    }

    /// Replaces the exit code.
    pub(crate) fn with_exit_code(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    /// A failure for an invalid command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(exit::USAGE, message)
    }

    /// A failure of a local file or directory.
    pub(crate) fn io(doing: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(exit::FAILED, format!("cannot {doing}: {error}"))
    }

    /// A failure of the credential store.
    pub(crate) fn store(doing: &str, error: &StoreError) -> Self {
        let mut message = format!("cannot {doing}: {error}");
        add_cause(&mut message, error);
        Self::new(exit::FAILED, message).next(error.next_step())
    }

    /// A failed SDK call. Without a response, the message names the server.
    pub(crate) fn call(doing: &str, server: &str, error: &Error) -> Self {
        let mut failure = match error.problem() {
            Some(problem) => {
                let (title, detail) = (problem.title.as_str(), problem.detail.as_str());
                let text = match (detail, problem.errors.as_slice()) {
                    ("", _) => title.to_owned(),
                    (_, []) => detail.to_owned(),
                    // With field errors present, the detail only counts them.
                    _ => format!("{title} ({detail})"),
                };
                let mut failure = Self::new(exit_of(error), format!("cannot {doing}: {text}"));
                failure.code = Some(problem.code.clone());
                failure.details = problem
                    .errors
                    .iter()
                    .map(|entry| ErrorDetail::at(&entry.location, entry.message.as_str()))
                    .collect();
                failure
            }
            None if error.is_unavailable() && error.status().is_none() => {
                let mut message = format!("cannot {doing}: no response from the server at {server}");
                add_cause(&mut message, error);
                Self::new(exit::UNREACHABLE, message)
            }
            None => {
                let mut message = format!("cannot {doing}: {error}");
                add_cause(&mut message, error);
                Self::new(exit_of(error), message)
            }
        };
        let step = error.next_step().or_else(|| error.request_id().map(|_| SERVER_LOG_STEP));
        failure.next_step = step.map(str::to_owned);
        failure.request_id = error.request_id().map(str::to_owned);
        failure.retryable = error.is_retryable();
        failure
    }

    /// Sets the next step.
    #[must_use]
    pub(crate) fn next(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }

    /// Sets the file that the failure is about.
    #[must_use]
    pub(crate) fn in_file(mut self, location: &FileLocation) -> Self {
        self.location = Some(location.clone());
        self
    }

    /// Writes the failure to standard error; write errors are ignored.
    pub(crate) fn print(&self, json: bool) {
        if self.exit == exit::DONE || self.message.is_empty() {
            return;
        }
        let text = if json { self.json() } else { self.text() };
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let location = self.location.as_ref().map(|location| format!("{location}: ")).unwrap_or_default();
        line(&mut text, &format!("error: {location}{}", self.message));
        for detail in &self.details {
            let location = detail.pointer.as_ref().or(detail.parameter.as_ref()).or(detail.header.as_ref());
            let location = location.map_or("", String::as_str);
            let gap = if location.is_empty() { "" } else { ": " };
            line(&mut text, &format!("  {location}{gap}{}", detail.message));
        }
        if let Some(step) = &self.next_step {
            line(&mut text, &format!("next: {step}"));
        }
        if let Some(id) = &self.request_id {
            line(&mut text, &format!("code: {}", self.code_line()));
            line(&mut text, &format!("request: {id}"));
        }
        text
    }

    /// The code of the server's response, or the name of the exit code.
    fn code_or_name(&self) -> &str {
        self.code.as_deref().unwrap_or(exit::meaning(self.exit).name)
    }

    /// The code, the number of attempts, and whether a retry may succeed.
    fn code_line(&self) -> String {
        let attempts = self.attempts.filter(|made| *made > 1);
        let attempts = attempts.map(|made| format!(" after {made} attempts")).unwrap_or_default();
        let later = if self.retryable { ", may succeed later" } else { "" };
        format!("{}{attempts}{later}", self.code_or_name())
    }

    fn json(&self) -> String {
        // Strings and numbers always serialize; the text form is a fallback.
        let value = FailureJson { code: self.code_or_name(), parts: &self.0 };
        let json = serde_json::to_string(&value).unwrap_or_else(|_| self.text());
        format!("{}\n", crate::escape::escape_json_line(&json))
    }
}

impl Deref for Failure {
    type Target = FailureBody;

    fn deref(&self) -> &FailureBody {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut FailureBody {
        &mut self.0
    }
}

impl From<io::Error> for Failure {
    /// A failed write to standard output; a closed pipe counts as success.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(exit::DONE, "");
        }
        Self::io("write to standard output", &error).next("check where the output goes, and its free space")
    }
}

impl fmt::Display for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

impl ErrorDetail {
    /// An entry without a location: an additional line of the message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { pointer: None, parameter: None, header: None, message: message.into() }
    }

    fn at(location: &ProblemLocation, message: &str) -> Self {
        let mut detail = Self::new(message);
        match location {
            ProblemLocation::Pointer(pointer) => detail.pointer = Some(pointer.clone()),
            ProblemLocation::Parameter(parameter) => detail.parameter = Some(parameter.clone()),
            ProblemLocation::Header(header) => detail.header = Some(header.clone()),
        }
        detail
    }
}

/// Returns the exit code of a failed call, by its error code or else by its kind.
fn exit_of(error: &Error) -> u8 {
    if let Some(code) = error.known_code() {
        return Code::exit_code(code);
    }
    // Without a problem document the response is not from Vitae: its 404 is not about our objects.
    let is_foreign = error.status().is_some() && error.problem().is_none();
    if is_foreign {
        return if error.is_unavailable() { exit::UNREACHABLE } else { exit::FAILED };
    }
    let kinds = [
        (error.is_unauthenticated(), exit::NOT_LOGGED_IN),
        (error.is_forbidden(), exit::FORBIDDEN),
        (error.is_not_found(), exit::NOT_FOUND),
        (error.is_conflict(), exit::CONFLICT),
        (error.is_invalid_input(), exit::INVALID_INPUT),
        (error.is_rate_limited(), exit::RATE_LIMITED),
        (error.is_unavailable(), exit::UNREACHABLE),
    ];
    kinds.into_iter().find(|(holds, _)| *holds).map_or(exit::FAILED, |(_, exit)| exit)
}

/// Appends the root cause, which is the most specific part of an error.
fn add_cause(message: &mut String, error: &dyn std::error::Error) {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    if let Some(cause) = cause {
        // Writing to a String cannot fail.
        let _ = write!(message, " ({cause})");
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", Untrusted::from(line).escaped());
}
