//! Answers of the server as they came.

use super::{Output, inert_line, json, scanned, yaml};
use crate::arguments::OutputFormat;
use crate::errors::Failure;

impl Output {
    /// Whether bytes can go out as they are: nobody's terminal is at the other end.
    pub(crate) fn is_exact(&self) -> bool {
        self.terminal.is_none()
    }

    /// Writes bytes as they are, at once.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out().write_all(bytes)?;
        Ok(self.out().flush()?)
    }

    /// Writes a line of other people's text without what acts on a terminal.
    pub(crate) fn untrusted_line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out(), "{}", json::inert_text(line))?)
    }

    /// Writes a text for a terminal; JSON as the same JSON.
    pub(crate) fn shown(&mut self, text: &str, is_json: bool) -> Result<(), Failure> {
        self.page();
        let text = text.trim_end();
        let text = match scanned(text) {
            Ok(scanned) if is_json => json::inert(&vitae_contracts_document::pretty(&scanned)),
            _ => json::inert_text(text),
        };
        Ok(writeln!(self.out(), "{text}")?)
    }

    /// Writes one JSON value in the form that was asked for.
    pub(crate) fn value(&mut self, text: &str) -> Result<(), Failure> {
        if self.filter.is_some() {
            return self.filtered(text);
        }
        let value = scanned(text)?;
        let written = match self.form {
            Some(OutputFormat::Yaml) => yaml::document(&value)?,
            Some(OutputFormat::Ndjson) => {
                let elements: Vec<_> = value.root().elements().collect();
                let values = if elements.is_empty() { vec![value.root()] } else { elements };
                values.iter().map(|value| inert_line(value.text()) + "\n").collect()
            }
            _ => json::inert(&vitae_contracts_document::pretty(&value)) + "\n",
        };
        Ok(self.out().write_all(written.as_bytes())?)
    }
}
