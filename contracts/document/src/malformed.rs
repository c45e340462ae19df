//! Errors of the JSON scanner.

use crate::pointer;
use crate::string::{json_quoted, unescaped};

/// An error in a JSON text, with its location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at line {line} column {column}")]
pub struct Malformed {
    offset: usize,
    line: usize,
    column: usize,
    kind: MalformedKind,
    pointer: String,
}

impl Malformed {
    /// Returns the byte offset from the start of the input.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the line, counted from 1; lines end at a line feed.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> &MalformedKind {
        &self.kind
    }

    /// Returns the value that contains the error, as a JSON pointer (RFC 6901).
    ///
    /// For a duplicate key this is the second member; for an error between two values, the
    /// object or array around them.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

/// The kind of an error in a JSON text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKind {
    /// The text is empty or contains only white space.
    #[error("no JSON value in an empty text")]
    Empty,
    /// The text starts with U+FEFF, which RFC 8259 section 8.1 forbids in JSON sent over a network.
    #[error("byte order mark before the JSON text, which must be UTF-8 without one")]
    ByteOrderMark,
    /// The bytes are not valid UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// The text ends inside a value.
    #[error("unexpected end of the text")]
    UnexpectedEnd,
    /// A character that is not allowed here.
    #[error("expected {expected}, found {}", json_quoted(.found.encode_utf8(&mut [0; 4])))]
    Unexpected {
        /// A description of what is allowed here.
        expected: &'static str,
        /// The character that was found.
        found: char,
    },
    /// There is more text after the end of the value.
    #[error("unexpected text after the JSON value")]
    TrailingText,
    /// A string contains an unescaped control character.
    #[error("unescaped control character in a string")]
    ControlCharacter,
    /// A backslash does not begin a valid escape.
    #[error("invalid escape in a string")]
    InvalidEscape,
    /// An escape is half of a surrogate pair and not a character.
    #[error("lone surrogate in a string")]
    LoneSurrogate,
    /// A number has a leading zero, such as `01`.
    #[error("number with a leading zero")]
    LeadingZero,
    /// Arrays and objects are nested deeper than this limit.
    #[error("nesting deeper than {0} levels")]
    TooDeep(u8),
    /// An object has the same key twice; keys are compared after unescaping.
    #[error("duplicate key {}", json_quoted(.0))]
    DuplicateKey(String),
}

/// An error inside the scanner, which collects the path while it is returned.
///
/// Boxed, so that scanning valid text does not pay for the size of the error.
#[derive(Debug)]
pub(crate) struct Failure(Box<FailureDetails>);

#[derive(Debug)]
struct FailureDetails {
    offset: usize,
    kind: MalformedKind,
    /// The path to the value, innermost segment first.
    path: Vec<PathSegment>,
}

#[derive(Debug)]
enum PathSegment {
    Key(String),
    Index(usize),
}

impl Failure {
    pub(crate) fn new(offset: usize, kind: MalformedKind) -> Self {
        let path = Vec::new();
        Self(Box::new(FailureDetails { offset, kind, path }))
    }

    /// Adds the member with key `raw_key` (still escaped) to the path.
    pub(crate) fn in_member(mut self, raw_key: &str) -> Self {
        let key = unescaped(raw_key).into_owned();
        self.0.path.push(PathSegment::Key(key));
        self
    }

    /// Adds the element at `index` to the path.
    pub(crate) fn in_element(mut self, index: usize) -> Self {
        self.0.path.push(PathSegment::Index(index));
        self
    }

    /// Reports invalid UTF-8 instead of an unexpected end, where the valid part of the input ends.
    pub(crate) fn caused_by_invalid_utf8(mut self) -> Self {
        if matches!(self.0.kind, MalformedKind::UnexpectedEnd | MalformedKind::Empty) {
            self.0.kind = MalformedKind::InvalidUtf8;
        }
        self
    }

    /// Converts into the public error; `text` is the valid UTF-8 part of the input.
    pub(crate) fn into_malformed(self, text: &str) -> Malformed {
        let FailureDetails { offset, kind, path } = *self.0;
        let before = text.get(..offset).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let mut pointer = String::new();
        for step in path.iter().rev() {
            match step {
                PathSegment::Key(key) => pointer::push_key(&mut pointer, key),
                PathSegment::Index(index) => pointer::push_index(&mut pointer, *index),
            }
        }
        Malformed {
            offset,
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            kind,
            pointer,
        }
    }
}
