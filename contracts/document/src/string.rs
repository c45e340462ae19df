//! JSON strings: finding their end, unescaping, and quoting for messages.

use std::borrow::Cow;
use std::fmt::Write as _;

use vitae_contracts_core::is_unsafe_for_terminal;

/// Returns the first position from `at` on that ends a plain run inside a string.
///
/// A quote, a backslash or a control character ends a run. Returns the length of `bytes`
/// if there is none. Reads eight bytes at a time: most strings of a resume
/// are too short for a vector search to pay off.
pub(crate) fn end_of_plain_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let ends = ends_in(u64::from_le_bytes(*word));
        if ends != 0 {
            return at + (ends.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte < b' ' || byte == b'"' || byte == b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// Sets the high bit of each byte of `word` that ends a plain run.
///
/// Borrows propagate towards higher bytes only, so the lowest mark is exact and marks
/// above it can be false. Only the lowest is used.
fn ends_in(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    let quotes = zero_bytes(word ^ (ONES * u64::from(b'"')));
    let backslashes = zero_bytes(word ^ (ONES * u64::from(b'\\')));
    (controls | quotes | backslashes) & HIGH
}

/// Returns the value of a string; `raw` is the text between its quotes.
pub(crate) fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut unescaped = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        unescaped.push_str(plain);
        let (c, length) = escaped_character(escape);
        unescaped.push(c);
        rest = escape.get(length..).unwrap_or_default();
    }
    unescaped.push_str(rest);
    Cow::Owned(unescaped)
}

/// Returns the character of an escape, and the escape's length after the backslash.
fn escaped_character(escape: &str) -> (char, usize) {
    let Some(letter) = escape.chars().next() else {
        return (char::REPLACEMENT_CHARACTER, 0);
    };
    match letter {
        'b' => ('\u{8}', 1),
        'f' => ('\u{c}', 1),
        'n' => ('\n', 1),
        'r' => ('\r', 1),
        't' => ('\t', 1),
        'u' => escaped_code_point(escape),
        other => (other, other.len_utf8()),
    }
}

fn escaped_code_point(escape: &str) -> (char, usize) {
    let bytes = escape.as_bytes();
    let Some(first) = code_unit(bytes, 1) else {
        return (char::REPLACEMENT_CHARACTER, 1);
    };
    if let Some(c) = char::from_u32(u32::from(first)) {
        return (c, 5);
    }
    let second = match bytes.get(5..7) {
        Some(br"\u") => code_unit(bytes, 7),
        _ => None,
    };
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match pair {
        Some(c) => (c, 11),
        None => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// Returns the UTF-16 code unit written as four hexadecimal digits at `at`.
pub(crate) fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..)?.first_chunk::<4>()?;
    let mut unit = 0_u16;
    for digit in digits {
        let value = char::from(*digit).to_digit(16)?;
        unit = unit << 4 | u16::try_from(value).ok()?;
    }
    Some(unit)
}

/// The maximum number of characters of a value that a message contains.
const MAX_QUOTED_CHARACTERS: usize = 40;

/// Returns `text` as a quoted, escaped JSON string, truncated at 40 characters.
pub(crate) fn json_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut left = MAX_QUOTED_CHARACTERS;
    let mut buffer = String::new();
    for c in text.chars() {
        buffer.clear();
        push_escaped(&mut buffer, c);
        let width = buffer.chars().count();
        if width > left {
            quoted.push('…');
            break;
        }
        left -= width;
        quoted.push_str(&buffer);
    }
    quoted.push('"');
    quoted
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' | '\\' => out.extend(['\\', c]),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_unsafe_for_terminal(c) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_run_ends_at_quote_backslash_or_control_character() {
        // Every position in and around a word, among bytes that differ from the searched ones only in the high bit.
        for end in [b'"', b'\\', b'\n', 0x00, 0x1f] {
            for at in 0..20 {
                let mut text = vec![0xa2_u8; 24];
                text[at] = end;
                text[21] = b'"';
                assert_eq!(end_of_plain_run(&text, 0), at, "byte {end:#x} at {at}");
            }
        }
        for plain in [b' ', b'!', b'#', 0x7f, 0x80, 0xdc, 0xff] {
            assert_eq!(end_of_plain_run(&[plain; 19], 0), 19, "byte {plain:#x}");
        }
        assert_eq!(end_of_plain_run(b"abc", 7), 7);
    }

    #[test]
    fn escapes_are_decoded() {
        for (raw, expected) in [
            (r"plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9", "Aé"),
            (r"x\uD83D\ude42y", "x🙂y"),
            // The scanner rejects these, but they must not panic either.
            (r"\ud800", "\u{fffd}"),
            (r"\ud800\u0041", "\u{fffd}A"),
            (r"\u12", "\u{fffd}12"),
            (r"\é\", "é\u{fffd}"),
        ] {
            assert_eq!(unescaped(raw), expected, "{raw}");
        }
    }

    #[test]
    fn quoted_text_is_one_short_escaped_line() {
        for (text, in_message) in [
            ("Jan 2020", r#""Jan 2020""#.to_owned()),
            ("a\"b\\c\n", r#""a\"b\\c\n""#.to_owned()),
            ("\u{1b}[2J\u{202e}", r#""\u001b[2J\u202e""#.to_owned()),
            ("\u{e0041}", r#""\udb40\udc41""#.to_owned()),
            (&"é".repeat(40), format!("\"{}\"", "é".repeat(40))),
            (&"é".repeat(41), format!("\"{}…\"", "é".repeat(40))),
            (&"\u{1}".repeat(9), format!("\"{}…\"", r"\u0001".repeat(6))),
        ] {
            assert_eq!(json_quoted(text), in_message);
        }
    }
}
