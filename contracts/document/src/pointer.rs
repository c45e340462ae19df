//! JSON pointers (RFC 6901): the address of a value inside a document.

use std::fmt::Write as _;

/// Lengthens `pointer` by the member called `key`.
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

/// Lengthens `pointer` by the element at `index`, counted from 0.
pub fn push_index(pointer: &mut String, index: usize) {
    // Writing to a String cannot fail.
    let _ = write!(pointer, "/{index}");
}
