//! Differences between documents, as output rows and lines.

use serde::Serialize;
use vitae_contracts_document::Change;
use vitae_sdk::RawValue;

use crate::errors::Failure;
use crate::exit;
use crate::output::{Column, Output, Row};

/// A difference at one pointer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Difference {
    change: &'static str,
    pointer: String,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
}

impl Difference {
    pub(crate) fn of(change: Change) -> Self {
        let name = match (&change.before, &change.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self { change: name, pointer: change.pointer, before: raw(change.before), after: raw(change.after) }
    }

    /// The pointer to the difference.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Formats the difference as one line; long values are truncated.
    pub(crate) fn line(&self) -> String {
        let pointer = if self.pointer.is_empty() { "/" } else { &self.pointer };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("~ {pointer}: {} → {}", short(before), short(after)),
            (Some(before), None) => format!("- {pointer}: {}", short(before)),
            (None, Some(after)) => format!("+ {pointer}: {}", short(after)),
            (None, None) => pointer.to_owned(),
        }
    }
}

/// Prints differences as rows.
pub(crate) fn write(differences: &[Difference], output: &mut Output) -> Result<(), Failure> {
    let mut list = output.list();
    list.page(differences)?;
    list.finish()?;
    Ok(())
}

/// Returns the outcome of a comparison: exit code 1 means differences and nothing else.
pub(crate) fn outcome(differ: bool) -> Result<(), Failure> {
    if differ { Err(Failure::silent(exit::DIFFERENT)) } else { Ok(()) }
}

/// Replaces exit code 1 of failures other than differences.
pub(crate) fn not_a_difference(failure: Failure) -> Failure {
    if failure.exit != exit::FAILED || failure.message.is_empty() {
        return failure;
    }
    failure.with_exit_code(exit::SOME_FAILED)
}

/// Formats a value on one line, truncated.
fn short(value: &RawValue) -> String {
    const MOST: usize = 200;
    let line: Vec<&str> = value.get().split_ascii_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

impl Row for Difference {
    const FIELDS: &'static [&'static str] = &["change", "pointer", "before", "after"];
    const COLUMNS: &'static [Column] =
        &[Column::fixed("CHANGE"), Column::text("POINTER"), Column::text("BEFORE"), Column::text("AFTER")];

    fn id(&self) -> String {
        self.pointer.clone()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let text = |value: &Option<Box<RawValue>>| match value {
            Some(value) if is_for_person => short(value),
            Some(value) => value.get().to_owned(),
            None => String::new(),
        };
        vec![self.change.to_owned(), self.pointer.clone(), text(&self.before), text(&self.after)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(true)).collect()
    }
}
