//! What lies below an error, without the types of the HTTP library.

use std::error::Error;
use std::fmt;
use std::io;

use vitae_contracts_core::Untrusted;

/// Characters of a foreign text that an error shows.
const MAX_DISPLAYED_CHARS: usize = 500;

/// One link of an error's chain, kept as text.
///
/// Where the link was an `io::Error`, it still is one, so that callers can ask its kind.
pub(crate) struct Cause {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// The chain that begins with `error`.
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

/// Foreign text as one escaped line of bounded length.
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
