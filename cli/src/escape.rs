//! Escaping of text for terminals.

use std::fmt::Write as _;

use vitae_contracts_core::{Untrusted, unprintable};

/// Escapes JSON for a terminal, keeping its value.
pub(crate) fn escape_json(text: &str) -> String {
    escaped(text, '\n')
}

/// Escapes JSON for a terminal, on one line.
pub(crate) fn escape_json_line(text: &str) -> String {
    escaped(text, ' ')
}

/// Escapes any text for a terminal, except line breaks and tabs.
pub(crate) fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\n', '\t']) {
        let words = piece.trim_end_matches(['\n', '\t']);
        // Writing to a String cannot fail.
        let _ = write!(escaped, "{}{}", Untrusted::from(words).escaped(), &piece[words.len()..]);
    }
    escaped
}

/// Line breaks, carriage returns and tabs occur unescaped only between tokens, where a space is
/// equivalent. Other unsafe characters occur in strings, where an escape is equivalent.
fn escaped(text: &str, line_break: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut unprintable = unprintable(text).map(|(at, _)| at).peekable();
    for (at, c) in text.char_indices() {
        let is_unprintable = unprintable.next_if_eq(&at).is_some();
        match c {
            '\n' => escaped.push(line_break),
            '\t' | '\r' => escaped.push(' '),
            c if is_unprintable => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use vitae_contracts_core::is_unsafe_for_terminal;

    use super::*;

    #[test]
    fn escaped_json_has_the_same_value() {
        let text = "{\r\n\t\"a\u{9b}\": \"\u{7f}\u{202e}\u{e000}\u{e0001}é🙂\"\n}";
        for escaped in [escape_json(text), escape_json_line(text)] {
            assert!(!escaped.chars().any(|c| c != '\n' && is_unsafe_for_terminal(c)), "{escaped}");
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(&escaped), value(text));
        }
        assert!(!escape_json_line(text).contains('\n'));
    }
}
