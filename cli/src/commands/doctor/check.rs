//! The result of a diagnostic check.

use serde::Serialize;

use crate::errors::Failure;
use crate::exit;
use crate::output::{Column, Row};

/// The result of one check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) detail: String,
    pub(super) next_step: Option<String>,
    /// The exit code if this is the first failed check.
    #[serde(skip)]
    pub(super) exit: u8,
}

/// The status of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    /// Works, with a problem that may cause failures.
    Warning,
    Failed,
    /// Not checked, because an earlier check failed.
    Skipped,
}

impl Check {
    pub(super) fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), next_step: None, exit: exit::DONE }
    }

    pub(super) fn warning(name: &'static str, detail: impl Into<String>, next: &str) -> Self {
        Self { status: Status::Warning, next_step: Some(next.to_owned()), ..Self::ok(name, detail) }
    }

    pub(super) fn failed(name: &'static str, failure: &Failure) -> Self {
        Self {
            name,
            status: Status::Failed,
            detail: failure.message.clone(),
            next_step: failure.next_step.clone(),
            exit: failure.exit,
        }
    }

    pub(super) fn skipped(name: &'static str, why: &str) -> Self {
        Self { status: Status::Skipped, ..Self::ok(name, why) }
    }
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Row for Check {
    const FIELDS: &'static [&'static str] = &["name", "status", "detail", "next_step"];
    // No column is truncated: the cut part may contain the reason.
    const COLUMNS: &'static [Column] =
        &[Column::fixed("STATUS"), Column::fixed("CHECK"), Column::fixed("DETAIL")];

    fn id(&self) -> String {
        self.name.to_owned()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.status.as_str().to_owned(), self.id(), self.detail.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("check", self.id()),
            ("status", self.status.as_str().to_owned()),
            ("detail", self.detail.clone()),
        ]
    }
}
