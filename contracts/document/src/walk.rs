//! Navigation in scanned text without validating it again.
//!
//! Positions are byte offsets. On unscanned text the results are meaningless,
//! but nothing panics or loops forever.

use crate::string::end_of_plain_run;
use crate::value::Kind;

/// Returns the first position from `at` on that is not white space.
pub(crate) fn after_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Returns the position after the string whose opening quote is at `at`.
pub(crate) fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        at = end_of_plain_run(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// Returns the position after the value that begins at `at`.
pub(crate) fn after_value(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => after_string(bytes, at),
        Some(b'{' | b'[') => after_container(bytes, at),
        Some(_) => after_scalar(bytes, at),
        None => bytes.len(),
    }
}

fn after_container(bytes: &[u8], mut at: usize) -> usize {
    let mut open = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = after_string(bytes, at);
                continue;
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' if open == 1 => return at + 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn after_scalar(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
    rest.iter().position(ends).map_or(bytes.len(), |n| at + n)
}

/// Returns the kind of the value that begins at `at`.
pub(crate) fn kind_at(bytes: &[u8], at: usize) -> Kind {
    match bytes.get(at) {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// An iteration over the members of one object or the elements of one array.
///
/// It stops before each value. The caller tells with [`Walk::resume_at`] where
/// the value ended, so that nested walks read the text only once.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'a> {
    text: &'a str,
    at: usize,
}

/// The position of a member: its key without the quotes, and the start of its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberAt<'a> {
    /// The position of the key's opening quote.
    pub(crate) start: usize,
    pub(crate) raw_key: &'a str,
    pub(crate) value: usize,
}

impl<'a> Walk<'a> {
    /// Creates a walk inside the object or array whose bracket is at `start`.
    pub(crate) fn into(text: &'a str, start: usize) -> Self {
        let at = text.len().min(start + 1);
        Self { text, at }
    }

    /// Returns the next member of an object.
    pub(crate) fn next_member(&mut self) -> Option<MemberAt<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.next_element()?;
        let key_end = after_string(bytes, start);
        let colon = after_space(bytes, key_end);
        let value = after_space(bytes, colon + 1);
        let raw_key = self.text.get(start + 1..key_end - 1).unwrap_or_default();
        self.at = value;
        Some(MemberAt { start, raw_key, value })
    }

    /// Returns the start of the next element of an array, or of the next key of an object.
    pub(crate) fn next_element(&mut self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        self.at = after_space(bytes, self.at);
        if bytes.get(self.at) == Some(&b',') {
            self.at = after_space(bytes, self.at + 1);
        }
        match bytes.get(self.at) {
            None | Some(b'}' | b']') => None,
            Some(_) => Some(self.at),
        }
    }

    /// Continues after the value that ended at `end`.
    pub(crate) fn resume_at(&mut self, end: usize) {
        self.at = self.at.max(end);
    }

    /// Returns the position after the closing bracket; only valid once there is no next value.
    pub(crate) fn end(&self) -> usize {
        self.text.len().min(self.at + 1)
    }
}
