//! The sources of an error, without the types of the HTTP library.

use std::error::Error;
use std::fmt;
use std::io;

use vitae_contracts_core::Untrusted;

/// Characters of an untrusted text that an error shows.
const MAX_DISPLAYED_CHARS: usize = 500;

/// One source of an error, kept as text.
///
/// An `io::Error` stays one, so that callers can read its kind.
pub(crate) struct Cause {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// Copies the chain of sources that starts with `error`.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        Self { text: escape_line(&error.to_string()), source: error.source().map(link) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)?;
        match &self.source {
            Some(source) => write!(f, " <- {source:?}"),
            None => Ok(()),
        }
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// Returns an untrusted text as one escaped line of bounded length.
pub(crate) fn escape_line(text: &str) -> String {
    let cut = text.char_indices().nth(MAX_DISPLAYED_CHARS).map(|(at, _)| at);
    let head = &text[..cut.unwrap_or(text.len())];
    let mark = if cut.is_some() { "…" } else { "" };
    format!("{}{mark}", Untrusted::from(head).escaped())
}

fn link(error: &(dyn Error + 'static)) -> Box<dyn Error + Send + Sync> {
    let cause = Cause::of(error);
    match error.downcast_ref::<io::Error>() {
        Some(io) => Box::new(io::Error::new(io.kind(), cause)),
        None => Box::new(cause),
    }
}
