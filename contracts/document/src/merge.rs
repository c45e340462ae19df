//! JSON Merge Patch (RFC 7396) on text: everything that the patch does not name stays byte for byte.

use std::collections::HashMap;

use crate::string::unescaped;
use crate::value::{Kind, Scanned, Value};
use crate::walk::{Walk, after_space, after_value};

/// The maximum length of white space that is repeated for each new member, in bytes.
///
/// It suffices for 15 levels of four spaces. Without a limit, a short patch could make a long
/// text out of a document with excessive indentation.
const MAX_REPEATED_SPACE: usize = 64;

/// Returns `target` changed by `patch`.
///
/// The order of keys, and numbers, nulls and white space that the patch does not touch, stay
/// byte for byte. A replaced value takes the patch's text at its old position; a new
/// member is appended, spaced like the last one; a removed member is removed with its comma and
/// white space. Nulls in an object that the patch adds are left out, so a
/// merge writes nulls only in lists.
///
/// The result is well-formed and not nested deeper than the deeper of the two.
pub fn merge_patch(target: &Scanned<'_>, patch: &Scanned<'_>) -> String {
    let root = target.root();
    let before = target.text().get(..root.offset()).unwrap_or_default();
    let end = root.offset() + root.text().len();
    let after = target.text().get(end..).unwrap_or_default();
    let mut out = String::with_capacity(target.text().len() + patch.text().len());
    out.push_str(before);
    merge(&mut out, Some(root), patch.root());
    out.push_str(after);
    out
}

fn merge(out: &mut String, target: Option<Value<'_>>, patch: Value<'_>) {
    let target = target.filter(|target| target.kind() == Kind::Object);
    match target {
        _ if patch.kind() != Kind::Object => out.push_str(patch.text()),
        Some(target) => merge_objects(out, target, patch),
        None => write_without_nulls(out, patch),
    }
}

fn merge_objects(out: &mut String, target: Value<'_>, patch: Value<'_>) {
    let mut changes: HashMap<_, _> = patch.members().collect();
    let mut object = ObjectRewriter::begin(out, target);
    for member in SpacedMember::members_of(target) {
        match changes.remove(&*unescaped(member.raw_key)) {
            None => object.keep(&member, |out| out.push_str(member.value.text())),
            Some(value) if value.kind() == Kind::Null => object.remove(&member),
            Some(value) => object.keep(&member, |out| merge(out, Some(member.value), value)),
        }
    }
    for member in SpacedMember::members_of(patch) {
        let is_new = changes.contains_key(&*unescaped(member.raw_key));
        if is_new && member.value.kind() != Kind::Null {
            object.append(member.raw_key, |out| merge(out, None, member.value));
        }
    }
    object.end();
}

fn write_without_nulls(out: &mut String, patch: Value<'_>) {
    let mut object = ObjectRewriter::begin(out, patch);
    for member in SpacedMember::members_of(patch) {
        match member.value.kind() {
            Kind::Null => object.remove(&member),
            _ => object.keep(&member, |out| merge(out, None, member.value)),
        }
    }
    object.end();
}

/// A member and the white space around it.
pub(crate) struct SpacedMember<'a> {
    /// The white space before the key, from the brace or comma.
    before: &'a str,
    pub(crate) raw_key: &'a str,
    /// The text between key and value, with the colon.
    colon: &'a str,
    pub(crate) value: Value<'a>,
    /// The white space after the value, to the comma or brace.
    after: &'a str,
}

impl<'a> SpacedMember<'a> {
    pub(crate) fn members_of(object: Value<'a>) -> impl Iterator<Item = Self> {
        let text = object.text();
        let part = move |start: usize, end: usize| text.get(start..end).unwrap_or_default();
        let mut walk = Walk::into(text, 0);
        let mut start = 1;
        std::iter::from_fn(move || {
            let member = walk.next_member()?;
            let end = after_value(text.as_bytes(), member.value);
            walk.resume_at(end);
            let next = after_space(text.as_bytes(), end);
            let key_end = member.start + member.raw_key.len() + 2;
            let spaced = SpacedMember {
                before: part(start, member.start),
                raw_key: member.raw_key,
                colon: part(key_end, member.value),
                value: Value::in_text(text, object.offset(), member.value..end),
                after: part(end, next),
            };
            start = next + 1;
            Some(spaced)
        })
    }
}

/// Rewrites an object member by member, in its original formatting.
pub(crate) struct ObjectRewriter<'a, 'o> {
    out: &'o mut String,
    original: &'a str,
    members: usize,
    written: usize,
    /// White space after the opening brace and before the closing brace.
    opening: &'a str,
    closing: &'a str,
    /// White space before the comma that follows the last written member.
    before_comma: &'a str,
    /// White space before the original's last member, and its colon.
    last_before: &'a str,
    last_colon: &'a str,
}

impl<'a, 'o> ObjectRewriter<'a, 'o> {
    pub(crate) fn begin(out: &'o mut String, object: Value<'a>) -> Self {
        Self {
            out,
            original: object.text(),
            members: 0,
            written: 0,
            opening: "",
            closing: "",
            before_comma: "",
            last_before: "",
            last_colon: ":",
        }
    }

    /// Writes a member of the original; `write_value` writes its value.
    pub(crate) fn keep(&mut self, member: &SpacedMember<'a>, write_value: impl FnOnce(&mut String)) {
        self.record(member);
        let before = self.begin_member(member.before);
        self.write(before, member.raw_key, member.colon, write_value);
        self.before_comma = member.after;
    }

    /// Leaves out a member of the original.
    pub(crate) fn remove(&mut self, member: &SpacedMember<'a>) {
        self.record(member);
    }

    /// Writes a new member, after all members of the original.
    pub(crate) fn append(&mut self, raw_key: &str, write_value: impl FnOnce(&mut String)) {
        self.before_comma = "";
        let before = match self.members {
            // The space after the brace does not show the style after a comma.
            1 if self.last_before.is_empty() => self.last_colon.trim_start().trim_start_matches(':'),
            _ => self.last_before,
        };
        let before = self.begin_member(repeatable(before).unwrap_or_default());
        let colon = repeatable(self.last_colon).unwrap_or(":");
        self.write(before, raw_key, colon, write_value);
    }

    pub(crate) fn end(self) {
        self.out.push_str(match (self.written, self.members) {
            (0, 0) => self.original,
            (0, _) => "{}",
            _ => self.closing,
        });
        if self.written > 0 {
            self.out.push('}');
        }
    }

    fn record(&mut self, member: &SpacedMember<'a>) {
        if self.members == 0 {
            self.opening = member.before;
        }
        self.members += 1;
        self.closing = member.after;
        self.last_before = member.before;
        self.last_colon = member.colon;
    }

    /// Writes the comma or brace before a member and returns the white space that follows it.
    fn begin_member(&mut self, before: &'a str) -> &'a str {
        if self.written == 0 {
            self.out.push('{');
            return self.opening;
        }
        self.out.push_str(self.before_comma);
        self.out.push(',');
        before
    }

    fn write(&mut self, before: &str, raw_key: &str, colon: &str, write_value: impl FnOnce(&mut String)) {
        self.out.push_str(before);
        self.out.extend(["\"", raw_key, "\"", colon]);
        write_value(self.out);
        self.written += 1;
    }
}

fn repeatable(space: &str) -> Option<&str> {
    (space.len() <= MAX_REPEATED_SPACE).then_some(space)
}
