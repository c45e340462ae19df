//! Comparison of values, and alignment of two lists by their equal elements.

use std::ops::Range;

use crate::value::{Kind, Value};

/// The maximum number of comparisons; longer lists count as different between their common start and end.
const MAX_COMPARISONS: usize = 1 << 20;

/// Returns whether two values are equal, ignoring white space, escapes and the order of keys.
///
/// Numbers are compared as written: `1.10` is not `1.1`.
///
/// ```
/// use vitae_contracts_document::{is_same, scan};
///
/// let one = scan(br#"{"a": 1.10, "b": "\u0061"}"#)?;
/// let two = scan(br#"{"b":"a","a":1.10}"#)?;
/// assert!(is_same(one.root(), two.root()));
/// # Ok::<(), vitae_contracts_document::Malformed>(())
/// ```
#[must_use]
pub fn is_same(one: Value<'_>, two: Value<'_>) -> bool {
    if one.text() == two.text() {
        return true;
    }
    match (one.kind(), two.kind()) {
        (Kind::String, Kind::String) => one.as_str() == two.as_str(),
        (Kind::Array, Kind::Array) => {
            let (mut ones, mut twos) = (one.elements(), two.elements());
            loop {
                match (ones.next(), twos.next()) {
                    (None, None) => return true,
                    (Some(one), Some(two)) if is_same(one, two) => {}
                    _ => return false,
                }
            }
        }
        (Kind::Object, Kind::Object) => {
            let mut others: std::collections::HashMap<_, _> = two.members().collect();
            one.members().all(|(key, value)| others.remove(&key).is_some_and(|other| is_same(value, other)))
                && others.is_empty()
        }
        _ => false,
    }
}

/// Returns the index pairs of a longest common subsequence, ascending in both lists.
pub(crate) fn common_elements(one: &[Value<'_>], two: &[Value<'_>]) -> Vec<(usize, usize)> {
    let shorter = one.len().min(two.len());
    let start = (0..shorter).take_while(|at| is_same(one[*at], two[*at])).count();
    let end = (1..=shorter - start)
        .take_while(|back| is_same(one[one.len() - back], two[two.len() - back]))
        .count();
    let (middle_one, middle_two) = (start..one.len() - end, start..two.len() - end);
    let mut pairs: Vec<_> = (0..start).map(|at| (at, at)).collect();
    pairs.extend(longest_common_subsequence(one, middle_one, two, middle_two));
    pairs.extend((1..=end).rev().map(|back| (one.len() - back, two.len() - back)));
    pairs
}

/// Returns the longest common subsequence of two ranges, by dynamic programming over their lengths.
fn longest_common_subsequence(
    one: &[Value<'_>],
    in_one: Range<usize>,
    two: &[Value<'_>],
    in_two: Range<usize>,
) -> Vec<(usize, usize)> {
    let width = in_two.len() + 1;
    if in_one.len().saturating_mul(in_two.len()) > MAX_COMPARISONS {
        return Vec::new();
    }
    let mut lengths = vec![0_u32; (in_one.len() + 1) * width];
    for i in (0..in_one.len()).rev() {
        for j in (0..in_two.len()).rev() {
            lengths[i * width + j] = if is_same(one[in_one.start + i], two[in_two.start + j]) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < in_one.len() && j < in_two.len() {
        if is_same(one[in_one.start + i], two[in_two.start + j]) {
            pairs.push((in_one.start + i, in_two.start + j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
