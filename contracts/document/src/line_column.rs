//! Line and column of a value, for messages about a file.

use std::fmt;

use crate::malformed::Malformed;
use crate::value::{Kind, Scanned, Value};

/// A line and a column in characters, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// The line; lines end at a line feed.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
}

impl LineColumn {
    /// Returns the start of the value at `pointer`, or of the innermost existing value on the way to it.
    ///
    /// ```
    /// use vitae_contracts_document::{LineColumn, scan};
    ///
    /// let scanned = scan(b"{\n  \"name\": 7}")?;
    /// assert_eq!(LineColumn::of_pointer(&scanned, "/name"), LineColumn { line: 2, column: 11 });
    /// # Ok::<(), vitae_contracts_document::Malformed>(())
    /// ```
    pub fn of_pointer(scanned: &Scanned<'_>, pointer: &str) -> Self {
        let mut value = scanned.root();
        for token in pointer.split('/').skip(1) {
            let Some(inner) = step(value, &token.replace("~1", "/").replace("~0", "~")) else { break };
            value = inner;
        }
        Self::of_offset(scanned.text(), value.offset())
    }

    fn of_offset(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl From<&Malformed> for LineColumn {
    fn from(malformed: &Malformed) -> Self {
        Self { line: malformed.line(), column: malformed.column() }
    }
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

fn step<'a>(value: Value<'a>, token: &str) -> Option<Value<'a>> {
    match value.kind() {
        Kind::Object => value.get(token),
        Kind::Array => value.elements().nth(token.parse().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan;

    #[test]
    fn pointer_is_resolved_to_line_and_column() {
        let text = "{\n  \"a/b\": [1,\n é\"x\"]}".replace("é", " ");
        let scanned = scan(text.as_bytes()).unwrap();
        for (pointer, line, column) in
            [("", 1, 1), ("/a~1b", 2, 10), ("/a~1b/1", 3, 3), ("/a~1b/7/x", 2, 10), ("/gone", 1, 1)]
        {
            assert_eq!(LineColumn::of_pointer(&scanned, pointer), LineColumn { line, column }, "{pointer}");
        }
    }
}
