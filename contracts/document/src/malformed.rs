//! Why a text is not a JSON document that Vitae takes.

use crate::pointer;
use crate::string::{json_quoted, unescaped};

/// A text that is not JSON as Vitae takes it, and where it stops being so.
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
    /// Where it happened, in bytes from the start of the input.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The line, counted from 1; lines end at a line feed.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What happened.
    pub fn kind(&self) -> &MalformedKind {
        &self.kind
    }

    /// The value in which it happened, as a JSON pointer (RFC 6901).
    ///
    /// For a duplicate key the second member; for a fault between two values the
    /// object or array around them.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

/// What is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKind {
    /// Nothing, or nothing but white space.
    #[error("no JSON value in an empty text")]
    Empty,
    /// The text starts with U+FEFF, which RFC 8259 section 8.1 forbids to send.
    #[error("byte order mark before the JSON text, which must be UTF-8 without one")]
    ByteOrderMark,
    /// Bytes that are no UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// The text stops inside a value.
    #[error("unexpected end of the text")]
    UnexpectedEnd,
    /// A character that cannot stand here.
    #[error("expected {expected}, found {}", json_quoted(.found.encode_utf8(&mut [0; 4])))]
    Unexpected {
        /// What could stand here, in words.
        expected: &'static str,
        /// What stands here.
        found: char,
    },
    /// More text after the end of the one value.
    #[error("unexpected text after the JSON value")]
    TrailingText,
    /// A control character that stands unescaped in a string.
    #[error("unescaped control character in a string")]
    ControlCharacter,
    /// A backslash followed by what is no escape.
    #[error("invalid escape in a string")]
    InvalidEscape,
    /// Half of a surrogate pair, which is no character.
    #[error("lone surrogate in a string")]
    LoneSurrogate,
    /// A number such as `01`.
    #[error("number with a leading zero")]
    LeadingZero,
    /// More arrays and objects inside each other than this limit.
    #[error("nesting deeper than {0} levels")]
    TooDeep(u8),
    /// A key that its object already has; escapes do not tell keys apart.
    #[error("duplicate key {}", json_quoted(.0))]
    DuplicateKey(String),
}

/// A fault on its way out of the scanner, gathering the path as it goes.
///
/// Boxed: a good text should not pay for the size of a bad one.
#[derive(Debug)]
pub(crate) struct Failure(Box<FailureDetails>);

#[derive(Debug)]
struct FailureDetails {
    offset: usize,
    kind: MalformedKind,
    /// The way to the value, innermost step first.
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

    /// Adds that it happened in the member whose key is written as `raw_key`.
    pub(crate) fn in_member(mut self, raw_key: &str) -> Self {
        let key = unescaped(raw_key).into_owned();
        self.0.path.push(PathSegment::Key(key));
        self
    }

    /// Adds that it happened in the element at `index`.
    pub(crate) fn in_element(mut self, index: usize) -> Self {
        self.0.path.push(PathSegment::Index(index));
        self
    }

    /// Tells that bytes which are no UTF-8, not the end, broke the text off.
    pub(crate) fn caused_by_invalid_utf8(mut self) -> Self {
        if matches!(self.0.kind, MalformedKind::UnexpectedEnd | MalformedKind::Empty) {
            self.0.kind = MalformedKind::InvalidUtf8;
        }
        self
    }

    /// The finished error; `text` is the input as far as it is UTF-8.
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
