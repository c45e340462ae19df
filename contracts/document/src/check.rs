//! Validation of a document against the JSON Resume schema.

use crate::pointer;
use crate::schema::{Field, RESUME, Shape};
use crate::string::{json_quoted, unescaped};
use crate::value::{Kind, Scanned};
use crate::walk::{Walk, after_string, after_value, kind_at};

/// The maximum number of violations returned by [`check`]; one further entry counts the rest.
pub const MAX_VIOLATIONS: usize = 100;

/// A part of a document that violates the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// The location, as a JSON pointer (RFC 6901) from the root of the document.
    pub pointer: String,
    /// A message with the expected and the found value.
    pub message: String,
}

/// Returns all violations of the JSON Resume schema, in the order of the text.
///
/// A document without violations is valid in version 1.3.1, and so is every valid document of 1.0.0.
/// The root must be an object, a known field must have its type, a known date
/// its pattern (which allows month 19 and day 39).
/// `null` in a known field counts as absent, but is not allowed as an element of a list. Keys that
/// are not known may have any value. `format: uri` and `email` are not checked.
///
/// If there are more than [`MAX_VIOLATIONS`], a last entry at the root counts the rest.
pub fn check(scanned: &Scanned<'_>) -> Vec<FieldViolation> {
    check_first(scanned, MAX_VIOLATIONS)
}

/// Like [`check`], with at most `limit` violations before the entry that counts the rest.
pub fn check_first(scanned: &Scanned<'_>, limit: usize) -> Vec<FieldViolation> {
    let mut checker = Checker { text: scanned.text(), violations: Vec::new(), limit, left_out: 0 };
    let root = scanned.root().offset();
    checker.value(root, Shape::Object(RESUME), &Path::Root);
    checker.finish()
}

/// The path to a value, as a linked list on the stack; formatted only for a violation.
enum Path<'p> {
    Root,
    Field(&'p Path<'p>, &'static str),
    Element(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(parent, key) => {
                let mut pointer = parent.pointer();
                pointer::push_key(&mut pointer, key);
                pointer
            }
            Self::Element(parent, index) => {
                let mut pointer = parent.pointer();
                pointer::push_index(&mut pointer, *index);
                pointer
            }
        }
    }
}

struct Checker<'a> {
    text: &'a str,
    violations: Vec<FieldViolation>,
    limit: usize,
    left_out: usize,
}

impl Checker<'_> {
    /// Checks the value that begins at `at` and returns where it ends.
    fn value(&mut self, at: usize, shape: Shape, path: &Path<'_>) -> usize {
        let bytes = self.text.as_bytes();
        let found = kind_at(bytes, at);
        let expected = match shape {
            Shape::Text | Shape::Date => Kind::String,
            Shape::Texts | Shape::Entries(_) => Kind::Array,
            Shape::Object(_) => Kind::Object,
        };
        if found != expected {
            self.violation(path, || format!("expected {expected}, found {found}"));
            return after_value(bytes, at);
        }
        match shape {
            Shape::Text => after_string(bytes, at),
            Shape::Date => self.date(at, path),
            Shape::Texts => self.elements(at, Shape::Text, path),
            Shape::Entries(fields) => self.elements(at, Shape::Object(fields), path),
            Shape::Object(fields) => self.object(at, fields, path),
        }
    }

    fn object(&mut self, at: usize, fields: &'static [Field], path: &Path<'_>) -> usize {
        let bytes = self.text.as_bytes();
        let mut walk = Walk::into(self.text, at);
        while let Some(member) = walk.next_member() {
            let end = match find_field(member.raw_key, fields) {
                Some(field) if kind_at(bytes, member.value) != Kind::Null => {
                    let path = Path::Field(path, field.key);
                    self.value(member.value, field.shape, &path)
                }
                _ => after_value(bytes, member.value),
            };
            walk.resume_at(end);
        }
        walk.end()
    }

    fn elements(&mut self, at: usize, shape: Shape, path: &Path<'_>) -> usize {
        let mut walk = Walk::into(self.text, at);
        let mut index = 0;
        while let Some(start) = walk.next_element() {
            let end = self.value(start, shape, &Path::Element(path, index));
            walk.resume_at(end);
            index += 1;
        }
        walk.end()
    }

    fn date(&mut self, at: usize, path: &Path<'_>) -> usize {
        let end = after_string(self.text.as_bytes(), at);
        let raw = self.text.get(at + 1..end - 1).unwrap_or_default();
        let date = unescaped(raw);
        if !is_date(&date) {
            self.violation(path, || {
                let found = json_quoted(&date);
                format!("expected YYYY, YYYY-MM or YYYY-MM-DD, found {found}")
            });
        }
        end
    }

    fn violation(&mut self, path: &Path<'_>, message: impl FnOnce() -> String) {
        if self.violations.len() == self.limit {
            self.left_out += 1;
            return;
        }
        self.violations.push(FieldViolation { pointer: path.pointer(), message: message() });
    }

    fn finish(mut self) -> Vec<FieldViolation> {
        let message = match self.left_out {
            0 => return self.violations,
            1 => "1 more error".to_owned(),
            more => format!("{more} more errors"),
        };
        let pointer = String::new();
        self.violations.push(FieldViolation { pointer, message });
        self.violations
    }
}

fn find_field(raw_key: &str, fields: &'static [Field]) -> Option<&'static Field> {
    // Known keys need no escapes, but a document may contain them anyway.
    let key = unescaped(raw_key);
    fields.iter().find(|field| field.key == key)
}

/// Returns whether `date` matches the pattern `iso8601` of JSON Resume.
///
/// Each digit has its own range: year 1000 to 2999, month 00 to 19, day 00 to 39.
fn is_date(date: &str) -> bool {
    let ranges = b"1000-00-00".iter().zip(b"2999-19-39");
    let in_range = |(byte, (low, high)): (u8, (&u8, &u8))| (*low..=*high).contains(&byte);
    matches!(date.len(), 4 | 7 | 10) && date.bytes().zip(ranges).all(in_range)
}
