//! Scanned text and the values in it, with their exact positions.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::string::unescaped;
use crate::walk::{self, Walk};

/// A JSON text that [`scan`](crate::scan()) has accepted.
#[derive(Debug, Clone, Copy)]
pub struct Scanned<'a> {
    text: &'a str,
    root: Value<'a>,
}

impl<'a> Scanned<'a> {
    pub(crate) fn new(text: &'a str, root: Range<usize>) -> Self {
        let root = Value::in_text(text, 0, root);
        Self { text, root }
    }

    /// Returns the exact text, including the white space around the value.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the root value.
    pub fn root(&self) -> Value<'a> {
        self.root
    }

    /// Returns the kind of the root.
    pub fn kind(&self) -> Kind {
        self.root.kind
    }

    /// Returns the root's members in the order of the text; none if it is not an object.
    pub fn members(&self) -> Members<'a> {
        self.root.members()
    }

    /// Returns the root's member called `key`.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.root.get(key)
    }
}

/// A value inside a scanned text.
///
/// Its text is well-formed JSON by itself, so it need not be scanned again.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    kind: Kind,
    text: &'a str,
    offset: usize,
}

impl<'a> Value<'a> {
    /// Creates the value at `range` of `text`; `base` is the offset of `text` in the whole.
    pub(crate) fn in_text(text: &'a str, base: usize, range: Range<usize>) -> Self {
        Self {
            kind: walk::kind_at(text.as_bytes(), range.start),
            offset: base + range.start,
            text: text.get(range).unwrap_or("null"),
        }
    }

    /// Returns the kind of the value.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the exact source text, without the white space around it.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the byte offset from the start of the scanned text.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the value as a separate scanned text, without a second scan.
    pub fn scanned(&self) -> Scanned<'a> {
        Scanned { text: self.text, root: Value { offset: 0, ..*self } }
    }

    /// Returns the unescaped value of a string; `None` if the value is not a string.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        let raw = self.text.strip_prefix('"')?.strip_suffix('"')?;
        Some(unescaped(raw))
    }

    /// Returns an object's members in the order of the text; none for other values.
    pub fn members(&self) -> Members<'a> {
        Members(match self.kind {
            Kind::Object => Children::of(self),
            _ => Children::none(),
        })
    }

    /// Returns an object's members with their keys as written, including escapes.
    pub(crate) fn raw_members(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let mut inside = self.members().0;
        std::iter::from_fn(move || {
            let member = inside.walk.next_member()?;
            let value = inside.value_at(member.value);
            Some((member.raw_key, value))
        })
    }

    /// Returns an array's elements; none for other values.
    pub fn elements(&self) -> Elements<'a> {
        Elements(match self.kind {
            Kind::Array => Children::of(self),
            _ => Children::none(),
        })
    }

    /// Returns an object's member called `key`.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.members().find(|(found, _)| found == key).map(|(_, value)| value)
    }
}

/// The members of an object, keys unescaped. See [`Value::members`].
#[derive(Debug, Clone)]
pub struct Members<'a>(Children<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let member = self.0.walk.next_member()?;
        let value = self.0.value_at(member.value);
        Some((unescaped(member.raw_key), value))
    }
}

/// The elements of an array. See [`Value::elements`].
#[derive(Debug, Clone)]
pub struct Elements<'a>(Children<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.0.walk.next_element()?;
        Some(self.0.value_at(start))
    }
}

/// The common part of both iterators: a walk, and the offset of its text.
#[derive(Debug, Clone)]
struct Children<'a> {
    walk: Walk<'a>,
    text: &'a str,
    base: usize,
}

impl<'a> Children<'a> {
    fn of(value: &Value<'a>) -> Self {
        Self { walk: Walk::into(value.text, 0), text: value.text, base: value.offset }
    }

    fn none() -> Self {
        Self { walk: Walk::into("", 0), text: "", base: 0 }
    }

    fn value_at(&mut self, start: usize) -> Value<'a> {
        let end = walk::after_value(self.text.as_bytes(), start);
        self.walk.resume_at(end);
        Value::in_text(self.text, self.base, start..end)
    }
}

/// The kind of a JSON value; displayed as a noun for messages, such as `an array`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Members in braces.
    Object,
    /// Elements in brackets.
    Array,
    /// Text in quotes.
    String,
    /// Digits of any number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        })
    }
}
