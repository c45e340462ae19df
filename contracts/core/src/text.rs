//! Text that people stored: compared folded, shown escaped.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Text that a person stored; hostile until shown escaped.
///
/// It has no `Display` on purpose: a name can hold escape sequences that act on
/// the reader's terminal. Show it with [`Untrusted::escaped`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// The text as stored, for comparing and sending; never for showing.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with every character that acts on a terminal written as `\u{…}`.
    pub fn escaped(&self) -> impl fmt::Display + '_ {
        Escaped(&self.0)
    }

    /// The text as stored, by value.
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escaped())
    }
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(self.0, f)
    }
}

pub(crate) fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| acts_on_terminal(*c)) {
        f.write_str(&text[shown..at])?;
        write!(f, "\\u{{{:x}}}", u32::from(c))?;
        shown = at + c.len_utf8();
    }
    f.write_str(&text[shown..])
}

/// Letters by category, but drawn as nothing: they hide text or pad it.
const FILLERS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{17b4}', '\u{3164}', '\u{ffa0}'];

/// Whether a character does something other than show itself.
///
/// True for control (C0, C1), format (bidi, zero-width, tags), line and paragraph
/// separators, unassigned and private characters, and the fillers that look like nothing.
pub fn acts_on_terminal(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    ) || FILLERS.contains(&c)
}

/// The form in which text is compared, sorted and searched.
///
/// NFKC (UAX #15), lower case, trimmed, runs of white space as one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let lower = text.nfkc().flat_map(char::to_lowercase);
    for c in lower {
        if !c.is_whitespace() {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    // Lower-casing can leave a sequence that NFKC would compose again ("İ").
    let mut folded: String = folded.nfkc().collect();
    folded.truncate(folded.trim_end().len());
    folded
}

/// Returns `text` cut after the last character that ends within `bytes`, with `…` behind the cut.
pub fn shortened(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(bytes)]))
}

/// The form in which a password is hashed and compared.
///
/// The mappings of the `OpaqueString` profile (RFC 8265, section 4.2.2): other spaces become U+0020, then
/// NFC. Case, width and everything else stay. Keyboards and systems differ in how they compose `é`.
pub fn normalize_password(text: &str) -> Cow<'_, str> {
    let is_other_space = |c: char| !c.is_ascii() && c.general_category() == GeneralCategory::SpaceSeparator;
    if text.is_ascii() || is_nfc(text) && !text.contains(is_other_space) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_other_space(c) { ' ' } else { c }).nfc().collect())
}

/// Writes `text` as a quoted, escaped word for a message, cut at 40 characters.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars();
    for c in chars.by_ref().take(40) {
        out.push(c);
    }
    let cut = chars.next().is_some();
    let mut quoted = String::new();
    // Writing to a String cannot fail.
    let _ = write!(quoted, "{}", Escaped(&out));
    quoted.push_str(if cut { "…\"" } else { "\"" });
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_and_not_done() {
        for (text, shown) in [
            ("Ada Lovelace", "Ada Lovelace"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("a\u{fff9}b", "a\\u{fff9}b"),
            ("\u{3164}", "\\u{3164}"),
            ("名前 é 🙂", "名前 é 🙂"),
        ] {
            assert_eq!(Untrusted::from(text).escaped().to_string(), shown);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("ééé", 6), "ééé");
        assert_eq!(shortened("ééé", 5), "éé…");
        assert_eq!(shortened("é", 1), "…");
        assert_eq!(quoted(&"é".repeat(41)), format!("\"{}…\"", "é".repeat(40)));
    }

    #[test]
    fn passwords_are_composed_and_their_case_and_width_stay() {
        for (text, normalized) in [
            ("correct horse", "correct horse"),
            ("e\u{301}cole", "école"),
            ("a\u{a0}b\u{3000}c\u{2000}d", "a b c d"),
            ("É ﬁ Ａ \t\u{200b}", "É ﬁ Ａ \t\u{200b}"),
        ] {
            assert_eq!(normalize_password(text), normalized);
            assert_eq!(normalize_password(&normalize_password(text)), normalized);
        }
    }

    #[test]
    fn folding_joins_what_people_take_for_the_same() {
        for (text, folded) in [
            ("  Ada \t LOVELACE ", "ada lovelace"),
            ("Ａｄａ", "ada"),
            ("E\u{301}cole", "école"),
            ("ﬁle", "file"),
            ("   ", ""),
        ] {
            assert_eq!(fold(text), folded);
            assert_eq!(fold(&fold(text)), folded, "folding twice changes nothing");
        }
    }
}
