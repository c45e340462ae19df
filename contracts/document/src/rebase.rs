//! Three-way merge of two changes of one document.

use std::collections::HashMap;
use std::ops::Range;

use crate::align::{common_elements, is_same};
use crate::merge::{ObjectRewriter, SpacedMember};
use crate::pointer;
use crate::string::unescaped;
use crate::value::{Kind, Scanned, Value};

/// The result of a [`rebase`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebased {
    /// Our text with their changes added; where both changed the same part, ours.
    pub text: String,
    /// The parts that both changed differently.
    pub conflicts: Vec<Conflict>,
}

/// A part that both sides changed differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The location, as a JSON pointer (RFC 6901) into our text.
    pub pointer: String,
    /// The JSON text before both changes; absent if the part did not exist.
    pub base: Option<String>,
    /// Our JSON text, which is kept in the result; absent if we removed the part.
    pub ours: Option<String>,
    /// Their JSON text; absent if they removed the part.
    pub theirs: Option<String>,
}

/// Applies the changes from `base` to `theirs` to `ours`, which was also changed from `base`.
///
/// Keeps all of our changes: parts that they did not change stay byte for byte, and where both changed
/// the same part, ours is kept and theirs is reported as a conflict. If both inserted elements into a list
/// at the same position, both are kept, ours first.
///
/// ```
/// use vitae_contracts_document::{rebase, scan};
///
/// let base = scan(br#"{"name": "Ada", "label": "Analyst"}"#)?;
/// let ours = scan(br#"{"name": "Ada",   "label": "Programmer"}"#)?;
/// let theirs = scan(br#"{"name": "Ada King", "label": "Analyst", "url": "x"}"#)?;
/// let rebased = rebase(&base, &ours, &theirs);
/// assert_eq!(rebased.text, r#"{"name": "Ada King",   "label": "Programmer",   "url": "x"}"#);
/// assert!(rebased.conflicts.is_empty());
/// # Ok::<(), vitae_contracts_document::Malformed>(())
/// ```
#[must_use]
pub fn rebase(base: &Scanned<'_>, ours: &Scanned<'_>, theirs: &Scanned<'_>) -> Rebased {
    let root = ours.root();
    let end = root.offset() + root.text().len();
    let mut rebaser = Rebaser { pointer: String::new(), conflicts: Vec::new() };
    let mut text = ours.text().get(..root.offset()).unwrap_or_default().to_owned();
    rebaser.value(&mut text, Some(base.root()), root, theirs.root());
    text.push_str(ours.text().get(end..).unwrap_or_default());
    Rebased { text, conflicts: rebaser.conflicts }
}

struct Rebaser {
    pointer: String,
    conflicts: Vec<Conflict>,
}

impl Rebaser {
    /// Writes the merge of a value that exists on both sides.
    fn value(&mut self, out: &mut String, base: Option<Value<'_>>, ours: Value<'_>, theirs: Value<'_>) {
        let was = |value| base.is_some_and(|base| is_same(base, value));
        if was(theirs) || is_same(ours, theirs) {
            return out.push_str(ours.text());
        }
        if was(ours) {
            return out.push_str(theirs.text());
        }
        match (ours.kind(), theirs.kind(), base.map(|base| base.kind())) {
            (Kind::Object, Kind::Object, _) => self.members(out, base, ours, theirs),
            (Kind::Array, Kind::Array, Some(Kind::Array)) => {
                let base: Vec<_> = base.into_iter().flat_map(|base| base.elements()).collect();
                self.elements(out, &base, ours, theirs);
            }
            _ => {
                self.conflict(base, Some(ours), Some(theirs));
                out.push_str(ours.text());
            }
        }
    }

    fn members(&mut self, out: &mut String, base: Option<Value<'_>>, ours: Value<'_>, theirs: Value<'_>) {
        let before: HashMap<_, _> = base.into_iter().flat_map(|base| base.members()).collect();
        let mut left: HashMap<_, _> = theirs.members().collect();
        let mut object = ObjectRewriter::begin(out, ours);
        for member in SpacedMember::members_of(ours) {
            let key = unescaped(member.raw_key);
            let (old, value) = (before.get(&key).copied(), member.value);
            let length = self.pointer.len();
            pointer::push_key(&mut self.pointer, &key);
            match (left.remove(&key), old) {
                (Some(theirs), _) => object.keep(&member, |out| self.value(out, old, value, theirs)),
                (None, Some(old)) if is_same(old, value) => object.remove(&member),
                (None, Some(old)) => {
                    self.conflict(Some(old), Some(value), None);
                    object.keep(&member, |out| out.push_str(value.text()));
                }
                (None, None) => object.keep(&member, |out| out.push_str(value.text())),
            }
            self.pointer.truncate(length);
        }
        for member in SpacedMember::members_of(theirs) {
            let key = unescaped(member.raw_key);
            match before.get(&key) {
                _ if !left.contains_key(&key) => {}
                None => object.append(member.raw_key, |out| out.push_str(member.value.text())),
                Some(old) if is_same(*old, member.value) => {}
                Some(old) => {
                    let length = self.pointer.len();
                    pointer::push_key(&mut self.pointer, &key);
                    self.conflict(Some(*old), None, Some(member.value));
                    self.pointer.truncate(length);
                }
            }
        }
        object.end();
    }

    /// Merges two lists: they are split where all three have the same element, and each chunk is merged separately.
    fn elements(&mut self, out: &mut String, base: &[Value<'_>], ours: Value<'_>, theirs: Value<'_>) {
        let ours_list: Vec<_> = ours.elements().collect();
        let theirs_list: Vec<_> = theirs.elements().collect();
        let in_ours: HashMap<_, _> = common_elements(base, &ours_list).into_iter().collect();
        let in_theirs: HashMap<_, _> = common_elements(base, &theirs_list).into_iter().collect();
        let mut texts = Vec::new();
        let mut from = (0, 0, 0);
        let stable = (0..base.len()).filter_map(|at| Some((at, *in_ours.get(&at)?, *in_theirs.get(&at)?)));
        let end = (base.len(), ours_list.len(), theirs_list.len());
        for (at, our_at, their_at) in stable.chain([end]) {
            let chunk = Chunk {
                base: &base[from.0..at],
                ours: &ours_list[from.1..our_at],
                theirs: &theirs_list[from.2..their_at],
                indices: from.1..our_at,
            };
            self.chunk(&mut texts, &chunk);
            texts.extend(ours_list.get(our_at).map(|same| same.text().to_owned()));
            from = (at + 1, our_at + 1, their_at + 1);
        }
        let style = if ours_list.is_empty() { ListStyle::of(theirs) } else { ListStyle::of(ours) };
        style.write(out, &texts);
    }

    fn chunk(&mut self, texts: &mut Vec<String>, chunk: &Chunk<'_, '_>) {
        let Chunk { base, ours, theirs, indices } = chunk;
        let all = |list: &[Value<'_>]| list.iter().map(|value| value.text().to_owned()).collect::<Vec<_>>();
        let same = |one: &[Value<'_>], two: &[Value<'_>]| {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| is_same(*one, *two))
        };
        if same(base, theirs) || same(ours, theirs) {
            return texts.extend(all(ours));
        }
        if same(base, ours) {
            return texts.extend(all(theirs));
        }
        if base.len() > ours.len().min(theirs.len()) {
            // One side removed an element that the other changed, and it is unknown which.
            let join = |list: &[Value<'_>]| Some(format!("[{}]", all(list).join(", ")));
            self.conflicts.push(Conflict {
                pointer: self.pointer.clone(),
                base: join(base),
                ours: join(ours),
                theirs: join(theirs),
            });
            return texts.extend(all(ours));
        }
        for (at, old) in base.iter().enumerate() {
            let length = self.pointer.len();
            pointer::push_index(&mut self.pointer, indices.start + at);
            let mut text = String::new();
            self.value(&mut text, Some(*old), ours[at], theirs[at]);
            self.pointer.truncate(length);
            texts.push(text);
        }
        texts.extend(all(&ours[base.len()..]));
        texts.extend(all(&theirs[base.len()..]));
    }

    fn conflict(&mut self, base: Option<Value<'_>>, ours: Option<Value<'_>>, theirs: Option<Value<'_>>) {
        let text = |value: Option<Value<'_>>| value.map(|value| value.text().to_owned());
        self.conflicts.push(Conflict {
            pointer: self.pointer.clone(),
            base: text(base),
            ours: text(ours),
            theirs: text(theirs),
        });
    }
}

/// A part of a list between two elements that neither side changed.
struct Chunk<'p, 'a> {
    base: &'p [Value<'a>],
    ours: &'p [Value<'a>],
    theirs: &'p [Value<'a>],
    /// Its indices in our list.
    indices: Range<usize>,
}

/// The formatting of a list: white space and commas.
struct ListStyle<'a> {
    open: &'a str,
    between: &'a str,
    close: &'a str,
}

impl<'a> ListStyle<'a> {
    fn of(list: Value<'a>) -> Self {
        let text = list.text();
        let place = |value: Value<'_>| {
            let start = value.offset() - list.offset();
            start..start + value.text().len()
        };
        let mut elements = list.elements().map(place);
        let (Some(first), second) = (elements.next(), elements.next()) else {
            return Self { open: "", between: ", ", close: "" };
        };
        let final_one = elements.last().or_else(|| second.clone()).unwrap_or_else(|| first.clone());
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();
        Self {
            open: part(1..first.start),
            between: second.map_or(", ", |second| part(first.end..second.start)),
            close: part(final_one.end..text.len() - 1),
        }
    }

    fn write(&self, out: &mut String, texts: &[String]) {
        if texts.is_empty() {
            return out.push_str("[]");
        }
        out.push('[');
        out.push_str(self.open);
        out.push_str(&texts.join(self.between));
        out.push_str(self.close);
        out.push(']');
    }
}
