//! JSON pointers (RFC 6901), which locate a value inside a document.

use std::fmt::Write as _;

/// Appends the member called `key` to `pointer`.
///
/// ```
/// use vitae_contracts_document::pointer;
///
/// let mut pointer = String::from("/work/0");
/// pointer::push_key(&mut pointer, "and/or~");
/// assert_eq!(pointer, "/work/0/and~1or~0");
/// ```
pub fn push_key(pointer: &mut String, key: &str) {
    pointer.push('/');
    for c in key.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// Appends the element at `index`, counted from 0, to `pointer`.
pub fn push_index(pointer: &mut String, index: usize) {
    // Writing to a String cannot fail.
    let _ = write!(pointer, "/{index}");
}
