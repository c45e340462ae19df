//! Text entered by people: folded for comparison, escaped for display.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::{
    GeneralCategory, GeneralCategoryGroup, UnicodeEmoji as _, UnicodeGeneralCategory as _,
};

/// Text entered by a person, which must be escaped before it is displayed.
///
/// It deliberately has no `Display`: a name can contain escape sequences that control
/// the reader's terminal. Display it with [`Untrusted::escaped`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Returns the text as stored, for comparing and sending; not for display.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text with every [`unprintable`] character written as `\u{…}`.
    pub fn escaped(&self) -> impl fmt::Display + '_ {
        Escaped(&self.0)
    }

    /// Returns the text as stored, by value.
    pub fn into_inner(self) -> String {
        self.0
    }
}

/// Compares and hashes as its text does, so that a map is searched by a `&str`.
impl std::borrow::Borrow<str> for Untrusted {
    fn borrow(&self) -> &str {
        &self.0
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
    for (at, c) in unprintable(text) {
        f.write_str(&text[shown..at])?;
        write!(f, "\\u{{{:x}}}", u32::from(c))?;
        shown = at + c.len_utf8();
    }
    f.write_str(&text[shown..])
}

/// Letters by category that are rendered blank: they can hide or pad text.
const FILLERS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{17b4}', '\u{3164}', '\u{ffa0}'];

/// Returns whether displaying a character can have an effect other than showing its glyph.
///
/// True for control (C0, C1), format (bidi, zero-width, tags), line and paragraph
/// separators, unassigned and private-use characters, and blank fillers.
pub fn is_unsafe_for_terminal(c: char) -> bool {
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

/// Returns the characters of a text that must be escaped for display, with their byte offsets.
///
/// Those that are [unsafe for a terminal](is_unsafe_for_terminal), except zero-width joiners and non-joiners where
/// ordinary writing uses them: between letters of scripts that join or stack (Persian, Sinhala),
/// after a virama, and between emoji; and except the tags of the three flags that Unicode recommends.
pub fn unprintable(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut end_of_flag = 0;
    text.char_indices().filter(move |&(at, c)| {
        if c.is_ascii() {
            return c.is_ascii_control();
        }
        if c == BLACK_FLAG {
            let rest = &text[at + c.len_utf8()..];
            let tags = FLAG_TAGS.iter().find(|tags| rest.starts_with(**tags));
            end_of_flag = tags.map_or(0, |tags| at + c.len_utf8() + tags.len());
        }
        at >= end_of_flag && is_unsafe_for_terminal(c) && !(is_joiner(c) && is_joiner_in_place(text, at, c))
    })
}

/// Returns the words of a text, split at white space and at [`unprintable`] characters.
pub fn printable_words(text: &str) -> Vec<&str> {
    let mut unprintable = unprintable(text).map(|(at, _)| at).peekable();
    let mut words = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if unprintable.next_if_eq(&at).is_some() || c.is_whitespace() {
            words.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// Returns whether a character is invisible where it is not supported: `Default_Ignorable_Code_Point`
/// (Unicode, section 5.21). These ranges do not change.
pub(crate) fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether a character is the zero-width joiner or non-joiner.
pub fn is_joiner(c: char) -> bool {
    matches!(c, NON_JOINER | JOINER)
}

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// Selects the coloured form of the preceding character.
const EMOJI_SELECTOR: char = '\u{fe0f}';
const BLACK_FLAG: char = '\u{1f3f4}';
/// The flags of England, Scotland and Wales: all tag sequences that UTS #51 recommends for general use.
const FLAG_TAGS: [&str; 3] = [
    "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Returns whether a joiner is used as in ordinary writing (compare UAX #31, section 2.3).
fn is_joiner_in_place(text: &str, at: usize, joiner: char) -> bool {
    let mut before = text[..at].chars().rev();
    let after = text[at + joiner.len_utf8()..].chars().next();
    let Some(last) = before.next() else { return false };
    let emoji = if last == EMOJI_SELECTOR { before.next() } else { Some(last) };
    let is_between =
        |is: fn(char) -> bool, before: Option<char>| before.is_some_and(is) && after.is_some_and(is);
    is_between(joins, Some(last))
        || (joiner == JOINER && is_between(is_pictographic, emoji))
        // A Malayalam chillu ends a word with a joiner.
        || (joiner == JOINER && joins(last) && is_virama(last) && !after.is_some_and(is_joiner))
}

/// Blocks of scripts whose letters join or stack, as controlled by joiners and non-joiners.
const JOINING: [std::ops::RangeInclusive<char>; 18] = [
    '\u{600}'..='\u{77f}',     // Arabic, Syriac
    '\u{7c0}'..='\u{7ff}',     // N'Ko
    '\u{840}'..='\u{8ff}',     // Mandaic, Syriac, Arabic
    '\u{900}'..='\u{dff}',     // Devanagari to Sinhala
    '\u{1000}'..='\u{109f}',   // Myanmar
    '\u{1780}'..='\u{18af}',   // Khmer, Mongolian
    '\u{1a20}'..='\u{1aaf}',   // Tai Tham
    '\u{1b00}'..='\u{1bbf}',   // Balinese, Sundanese
    '\u{1cd0}'..='\u{1cff}',   // Vedic
    '\u{a840}'..='\u{a8ff}',   // Phags-pa, Saurashtra, Devanagari
    '\u{a980}'..='\u{a9ff}',   // Javanese, Myanmar
    '\u{aa60}'..='\u{aa7f}',   // Myanmar
    '\u{fb50}'..='\u{fdff}',   // Arabic presentation forms
    '\u{fe70}'..='\u{fefc}',   // Arabic presentation forms
    '\u{10ac0}'..='\u{10baf}', // Manichaean, Psalter Pahlavi
    '\u{10d00}'..='\u{10fdf}', // Hanifi Rohingya, Sogdian
    '\u{11000}'..='\u{11fff}', // Brahmi and its descendants
    '\u{1e900}'..='\u{1e95f}', // Adlam
];

/// Returns whether a character is a letter or mark of a script that joins or stacks.
fn joins(c: char) -> bool {
    JOINING.iter().any(|block| block.contains(&c))
        && matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
}

fn is_virama(c: char) -> bool {
    const VIRAMA: u8 = 9;
    canonical_combining_class(c) == VIRAMA
}

/// Returns whether a character is an emoji that can be part of a joined sequence.
fn is_pictographic(c: char) -> bool {
    let is_letter_of_flag = ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
    !c.is_ascii() && !is_letter_of_flag && c.is_emoji_char()
}

/// Returns the folded form of a text, used to compare, sort and search.
///
/// NFKC (UAX #15), lower case, trimmed, each run of white space replaced by one space.
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
    // Lower-casing can leave a sequence that NFKC composes again ("İ").
    let mut folded: String = folded.nfkc().collect();
    folded.truncate(folded.trim_end().len());
    folded
}

/// Returns `text` truncated after the last character that ends within `bytes`, followed by `…`.
pub fn shortened(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(bytes)]))
}

/// Returns the form in which a password is hashed and compared.
///
/// Applies the mappings of the `OpaqueString` profile (RFC 8265, section 4.2.2): other spaces become U+0020, then
/// NFC. Case, width and everything else are kept. Keyboards and systems differ in how they compose `é`.
pub fn normalize_password(text: &str) -> Cow<'_, str> {
    let is_other_space = |c: char| !c.is_ascii() && c.general_category() == GeneralCategory::SpaceSeparator;
    if text.is_ascii() || is_nfc(text) && !text.contains(is_other_space) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_other_space(c) { ' ' } else { c }).nfc().collect())
}

/// Returns `text` quoted and escaped for a message, truncated at 40 characters.
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
    fn unsafe_characters_are_escaped() {
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
    fn long_texts_are_truncated_between_characters() {
        assert_eq!(shortened("ééé", 6), "ééé");
        assert_eq!(shortened("ééé", 5), "éé…");
        assert_eq!(shortened("é", 1), "…");
        assert_eq!(quoted(&"é".repeat(41)), format!("\"{}…\"", "é".repeat(40)));
    }

    #[test]
    fn passwords_are_composed_and_keep_case_and_width() {
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
    fn joiners_of_ordinary_writing_are_not_escaped() {
        for text in [
            "علی\u{200c}رضا",                                                  // Persian
            "می\u{200c}روم به خانه\u{200c}ای",                                 // Persian
            "کار\u{200c}ها",                      // after a letter that joins only to the right
            "ශ්\u{200d}රී",                         // Sinhala
            "क्\u{200d}ष क्\u{200c}ष",              // Devanagari
            "র\u{200d}্যাব",                        // Bengali: before the virama
            "അവന്\u{200d}",                        // Malayalam: the end of a word
            "\u{1f469}\u{200d}\u{1f4bb}",         // woman technologist
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}", // rainbow flag
            "\u{2764}\u{fe0f}\u{200d}\u{1f525}",  // heart on fire
            "\u{1f9d1}\u{1f3fd}\u{200d}\u{1f680}", // astronaut with a skin tone
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}", // family
            "\u{1f9d4}\u{200d}\u{2642}\u{fe0f}",  // man with a beard
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", // flag of Scotland
        ] {
            assert_eq!(Untrusted::from(text).escaped().to_string(), text);
        }
    }

    #[test]
    fn joiners_elsewhere_are_escaped() {
        for (text, shown) in [
            ("a\u{200d}b", "a\\u{200d}b"),
            ("zoe\u{200c}", "zoe\\u{200c}"),
            ("\u{200c}علی", "\\u{200c}علی"),
            ("علی\u{200c}", "علی\\u{200c}"),
            ("علی\u{200c} رضا", "علی\\u{200c} رضا"),
            ("علی\u{200c}\u{200c}رضا", "علی\\u{200c}\\u{200c}رضا"),
            ("علی\u{200c}a", "علی\\u{200c}a"),
            ("1\u{200d}2", "1\\u{200d}2"),
            ("о\u{200d}а", "о\\u{200d}а"),
            ("\u{1f469}\u{200d}", "\u{1f469}\\u{200d}"),
            ("\u{1f469}\u{200c}\u{1f4bb}", "\u{1f469}\\u{200c}\u{1f4bb}"),
            ("\u{200d}\u{1f469}", "\\u{200d}\u{1f469}"),
            ("1\u{fe0f}\u{200d}\u{1f469}", "1\u{fe0f}\\u{200d}\u{1f469}"),
            ("\u{1f3f4}\u{e0067}\u{e007f}", "\u{1f3f4}\\u{e0067}\\u{e007f}"),
            ("a\u{e0067}", "a\\u{e0067}"),
        ] {
            assert_eq!(Untrusted::from(text).escaped().to_string(), shown);
        }
    }

    #[test]
    fn words_end_at_white_space_and_unprintable_characters() {
        assert_eq!(printable_words("  a\u{1b}b\u{200d}c d\n"), ["a", "b", "c", "d"]);
        assert_eq!(printable_words("علی\u{200c}رضا \u{202e}x"), ["علی\u{200c}رضا", "x"]);
        assert_eq!(printable_words(" \u{7}"), [""; 0]);
    }

    #[test]
    fn folding_unifies_case_width_and_composition() {
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
