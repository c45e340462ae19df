//! What is different between two documents, part by part.

use std::collections::HashMap;

use crate::align::{common_elements, is_same};
use crate::pointer;
use crate::value::{Kind, Scanned, Value};

/// One part that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, as a JSON pointer (RFC 6901).
    ///
    /// What was removed is named by its place before, all else by its place after.
    pub pointer: String,
    /// The JSON text before; absent if the part is new.
    pub before: Option<String>,
    /// The JSON text after; absent if the part is gone.
    pub after: Option<String>,
}

/// The parts that are different, in the order of the text; none if both say the same.
///
/// Spacing, escapes and the order of keys are no difference. An entry that was put into a list is
/// one change, however many entries stand behind it.
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
    let place = |index| {
        let mut pointer = at.to_owned();
        pointer::push_index(&mut pointer, index);
        pointer
    };
    let (mut i, mut j) = (0, 0);
    let end = (old.len(), new.len());
    for (same_i, same_j) in common_elements(&old, &new).into_iter().chain([end]) {
        // What stands between two common elements was changed as far as both sides have some.
        while i < same_i && j < same_j {
            compare(changes, &place(j), old[i], new[j]);
            (i, j) = (i + 1, j + 1);
        }
        (i..same_i).for_each(|i| record(changes, place(i), Some(old[i]), None));
        (j..same_j).for_each(|j| record(changes, place(j), None, Some(new[j])));
        (i, j) = (same_i + 1, same_j + 1);
    }
}

fn record(changes: &mut Vec<Change>, pointer: String, before: Option<Value<'_>>, after: Option<Value<'_>>) {
    let text = |value: Option<Value<'_>>| value.map(|value| value.text().to_owned());
    changes.push(Change { pointer, before: text(before), after: text(after) });
}
