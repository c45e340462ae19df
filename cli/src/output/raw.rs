//! Output of raw responses, for `vitae api`.

use super::list::scanned;
use super::{Output, yaml};
use crate::errors::Failure;
use crate::escape;
use crate::flags::OutputFormat;

impl Output {
    /// Whether bytes can be written unchanged: standard output is not a terminal.
    pub(crate) fn is_exact(&self) -> bool {
        self.terminal.is_none()
    }

    /// Writes bytes unchanged and flushes them.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out().write_all(bytes)?;
        Ok(self.out().flush()?)
    }

    /// Writes an untrusted line, escaped.
    pub(crate) fn untrusted_line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out(), "{}", escape::escape_text(line))?)
    }

    /// Writes an escaped text to the terminal; JSON stays valid.
    pub(crate) fn shown(&mut self, text: &str, is_json: bool) -> Result<(), Failure> {
        self.page();
        let text = text.trim_end();
        let text = match scanned(text) {
            Ok(scanned) if is_json => escape::escape_json(&vitae_contracts_document::pretty(&scanned)),
            _ => escape::escape_text(text),
        };
        Ok(writeln!(self.out(), "{text}")?)
    }

    /// Writes one JSON value in the requested format.
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
                values.iter().map(|value| escape::escape_json_line(value.text()) + "\n").collect()
            }
            _ => escape::escape_json(&vitae_contracts_document::pretty(&value)) + "\n",
        };
        Ok(self.out().write_all(written.as_bytes())?)
    }
}
