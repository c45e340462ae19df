//! JSON output.

use serde::Serialize;

use crate::errors::Failure;
use crate::exit;

/// Serializes a value compactly.
pub(super) fn of(value: &(impl Serialize + ?Sized)) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|e| unwritable(&e))
}

/// Serializes a value with indentation; embedded documents keep their layout.
pub(super) fn pretty(value: &(impl Serialize + ?Sized)) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|e| unwritable(&e))
}

/// Returns the JSON on one line, with unchanged strings.
pub(super) fn on_one_line(text: &str) -> String {
    // Line breaks occur only between tokens, where a space is equivalent.
    text.replace(['\n', '\r'], " ")
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::new(exit::FAILED, format!("cannot serialize the result as JSON: {error}"))
}
