//! Text layout in terminal cells.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;
use vitae_contracts_core::{Timestamp, Untrusted, is_joiner, unprintable};

/// Returns stored text escaped for display.
pub(crate) fn shown(text: &Untrusted) -> String {
    text.escaped().to_string()
}

/// Returns text of the server or the system escaped for display.
pub(crate) fn escaped(text: &str) -> String {
    shown(&Untrusted::from(text))
}

/// Returns whether the symbol of a cell is unsafe for a terminal.
///
/// A joiner at its end joins it to the next cell, which is assumed to contain a letter of the same script.
pub(crate) fn acts(symbol: &str) -> bool {
    if !symbol.ends_with(is_joiner) {
        return unprintable(symbol).next().is_some();
    }
    let last = symbol.trim_end_matches(is_joiner).chars().next_back();
    let joined: String = symbol.chars().chain(last).collect();
    unprintable(&joined).next().is_some()
}

/// Returns the width of a text in cells.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Returns as much of a text as fits, with an ellipsis if it is truncated.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let (mut fitted, mut used) = (String::new(), 0);
    for cluster in text.graphemes(true) {
        used += width(cluster);
        if used > room {
            break;
        }
        fitted.push_str(cluster);
    }
    fitted.push('…');
    fitted
}

/// Returns the end of a text that fits, for input fields.
pub(crate) fn fit_end(text: &str, columns: usize) -> &str {
    let (mut start, mut used) = (text.len(), 0);
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += width(cluster);
        if used > columns {
            break;
        }
        start = at;
    }
    &text[start..]
}

/// Wraps a text to lines of at most this width, between words where possible.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(char::is_whitespace) {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > columns && wide <= columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for cluster in word.graphemes(true) {
            let is_space = cluster.trim().is_empty();
            let wide = width(cluster);
            if used + wide > columns && !is_space && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(cluster);
            used += wide;
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// Formats an instant to the minute, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// Formats an instant to the second, in UTC.
pub(crate) fn second(at: Timestamp) -> String {
    at.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// Formats the time of day of an instant, in UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_string().chars().skip(11).take(8).collect()
}

/// Formats a count with thousands separators.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_truncated_between_grapheme_clusters() {
        for (text, columns, fitted) in [
            ("Ada", 3, "Ada"),
            ("Ada Lovelace", 4, "Ada…"),
            ("名前漢字", 5, "名前…"),
            ("名前漢字", 4, "名…"),
            ("e\u{301}a\u{301}o\u{301}", 2, "e\u{301}…"),
            ("Ada", 1, "…"),
            ("Ada", 0, ""),
        ] {
            assert_eq!(fit(text, columns), fitted);
            assert!(width(&fit(text, columns)) <= columns, "{text} in {columns}");
        }
    }

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 6), ["incomp", "rehens", "ible"]);
        assert_eq!(wrap("a (much longer)", 8), ["a (much", "longer)"]);
        assert_eq!(wrap("", 6), [""]);
        assert_eq!(wrap("名前漢字", 4), ["名前", "漢字"]);
    }

    #[test]
    fn counts_have_thousands_separators() {
        assert_eq!([7, 1000, 1_234_567].map(count), ["7", "1,000", "1,234,567"]);
    }

    #[test]
    fn long_input_shows_its_end() {
        assert_eq!(fit_end("ada lovelace", 5), "elace");
        assert_eq!(fit_end("名前", 3), "前");
    }
}
