//! Differences between two documents.

use std::collections::HashMap;

use crate::align::{common_elements, is_same};
use crate::pointer;
use crate::value::{Kind, Scanned, Value};

/// A part that differs between two documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The location, as a JSON pointer (RFC 6901).
    ///
    /// For a removed part, its location before the change; otherwise its location after it.
    pub pointer: String,
    /// The JSON text before the change; absent if the part was added.
    pub before: Option<String>,
    /// The JSON text after the change; absent if the part was removed.
    pub after: Option<String>,
}

/// Returns the parts that differ, in the order of the text; empty if the documents are equal.
///
/// White space, escapes and the order of keys are ignored. An element inserted into a list is
/// one change, regardless of how many elements follow it.
///
/// ```
/// use vitae_contracts_document::{diff, scan};
///
/// let before = scan(br#"{"basics": {"name": "Ada"}, "work": [{"name": "B"}]}"#)?;
/// let after = scan(br#"{"work": [{"name": "A"}, {"name": "B"}], "basics": {"name": "Ada", "label": "Analyst"}}"#)?;
/// let changes = diff(&before, &after);
/// assert_eq!(changes[0].pointer, "/basics/label");
/// assert_eq!(changes[1].pointer, "/work/0");
/// assert_eq!(changes[1].after.as_deref(), Some(r#"{"name": "A"}"#));
/// # Ok::<(), vitae_contracts_document::Malformed>(())
/// ```
#[must_use]
pub fn diff(before: &Scanned<'_>, after: &Scanned<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(&mut changes, "", before.root(), after.root());
    changes
}

fn compare(changes: &mut Vec<Change>, at: &str, before: Value<'_>, after: Value<'_>) {
    if is_same(before, after) {
        return;
    }
    match (before.kind(), after.kind()) {
        (Kind::Object, Kind::Object) => compare_members(changes, at, before, after),
        (Kind::Array, Kind::Array) => compare_elements(changes, at, before, after),
        _ => record(changes, at.to_owned(), Some(before), Some(after)),
    }
}

fn compare_members(changes: &mut Vec<Change>, at: &str, before: Value<'_>, after: Value<'_>) {
    let mut new: HashMap<_, _> = after.members().collect();
    for (key, value) in before.members() {
        let mut pointer = at.to_owned();
        pointer::push_key(&mut pointer, &key);
        match new.remove(&key) {
            Some(other) => compare(changes, &pointer, value, other),
            None => record(changes, pointer, Some(value), None),
        }
    }
    for (key, value) in after.members().filter(|(key, _)| new.contains_key(key)) {
        let mut pointer = at.to_owned();
        pointer::push_key(&mut pointer, &key);
        record(changes, pointer, None, Some(value));
    }
}

fn compare_elements(changes: &mut Vec<Change>, at: &str, before: Value<'_>, after: Value<'_>) {
    let (old, new): (Vec<_>, Vec<_>) = (before.elements().collect(), after.elements().collect());
    let element_pointer = |index| {
        let mut pointer = at.to_owned();
        pointer::push_index(&mut pointer, index);
        pointer
    };
    let (mut i, mut j) = (0, 0);
    let end = (old.len(), new.len());
    for (same_i, same_j) in common_elements(&old, &new).into_iter().chain([end]) {
        // Between two common elements, elements are paired by index as far as both sides have some.
        while i < same_i && j < same_j {
            compare(changes, &element_pointer(j), old[i], new[j]);
            (i, j) = (i + 1, j + 1);
        }
        (i..same_i).for_each(|i| record(changes, element_pointer(i), Some(old[i]), None));
        (j..same_j).for_each(|j| record(changes, element_pointer(j), None, Some(new[j])));
        (i, j) = (same_i + 1, same_j + 1);
    }
}

fn record(changes: &mut Vec<Change>, pointer: String, before: Option<Value<'_>>, after: Option<Value<'_>>) {
    let text = |value: Option<Value<'_>>| value.map(|value| value.text().to_owned());
    changes.push(Change { pointer, before: text(before), after: text(after) });
}
