//! Request traces on standard error, and the number of attempts of failed calls.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};

use vitae_sdk::{Attempt, Error, ExtraHeaders, Middleware, Outcome};

use crate::flags::Global;
use crate::stderr::print_line;

/// Number of failed calls whose attempts are remembered; more than run concurrently.
const FAILED_CALLS: usize = 64;

/// The level of detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Silent,
    /// Retries, with their reason.
    Retries,
    /// One line for each attempt.
    Attempts,
    /// Attempts with headers; the SDK removes secrets before.
    Headers,
}

/// Middleware that traces every attempt.
#[derive(Debug, Clone)]
pub(crate) struct Tracer {
    level: Level,
    /// Request ids of failed calls with their number of attempts.
    failed: Arc<Mutex<VecDeque<(String, u32)>>>,
}

impl Tracer {
    pub(crate) fn new(global: &Global) -> Self {
        let level = if global.network.debug {
            Level::Headers
        } else if global.network.verbose {
            Level::Attempts
        } else if io::stderr().is_terminal() && !global.quiet {
            Level::Retries
        } else {
            Level::Silent
        };
        Self { level, failed: Arc::default() }
    }

    /// Suppresses notices about retries.
    pub(crate) fn silence_retries(&mut self) {
        if self.level == Level::Retries {
            self.level = Level::Silent;
        }
    }

    /// Returns the number of attempts of the failed call with this request id.
    pub(crate) fn attempts(&self, request_id: &str) -> Option<u32> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.iter().rev().find(|(id, _)| id == request_id).map(|(_, number)| *number)
    }

    fn remember(&self, attempt: &Attempt, error: &Error) {
        // The server may have replaced the request id.
        let id = error.request_id().unwrap_or(attempt.request_id());
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() == FAILED_CALLS {
            failed.pop_front();
        }
        failed.push_back((id.to_owned(), attempt.number()));
    }
}

impl Middleware for Tracer {
    fn before(&self, attempt: &Attempt, _: &mut ExtraHeaders) {
        if self.level == Level::Headers {
            print_line(&format!("> {attempt}"));
            for (name, value) in attempt.headers() {
                print_line(&format!("> {name}: {value}"));
            }
        }
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        if let (Some(error), None) = (outcome.error(), outcome.repeat_in()) {
            self.remember(attempt, error);
        }
        match self.level {
            Level::Headers => {
                print_line(&format!("< {outcome}"));
                for (name, value) in outcome.headers() {
                    print_line(&format!("< {name}: {value}"));
                }
            }
            Level::Attempts => print_line(&format!("{attempt}: {outcome}")),
            Level::Retries | Level::Silent => {}
        }
        if let (Some(error), Some(wait)) = (outcome.error(), outcome.repeat_in())
            && self.level >= Level::Retries
        {
            print_line(&format!("retrying in {} ms: {}", wait.as_millis(), with_root_cause(error)));
        }
    }
}

/// Formats the error with its root cause.
fn with_root_cause(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    match causes.last() {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}
