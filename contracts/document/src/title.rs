//! The title suggested by a document.

use vitae_contracts_core::{printable_words, unprintable};

use crate::view::Document;

/// The length of a title in characters.
const MAX_CHARACTERS: usize = 200;

/// Returns `basics.name – basics.label`, or the one of them that is present, or `None`.
///
/// The title is a single line: white space, control and format characters (bidi, zero-width) become
/// single spaces. It has at most 200 characters, so the server accepts it.
pub fn title_of(document: &Document<'_>) -> Option<String> {
    let basics = document.basics()?;
    let name = basics.name().and_then(|name| one_line(&name));
    let label = basics.label().and_then(|label| one_line(&label));
    let title = match (name, label) {
        (Some(name), Some(label)) => format!("{name} – {label}"),
        (name, label) => name.or(label)?,
    };
    let end = title.char_indices().nth(MAX_CHARACTERS);
    let mut cut = end.map_or(title.as_str(), |(end, _)| &title[..end]).trim_end();
    // A joiner or a flag at the end may have lost the characters that follow it.
    while let Some((at, _)) = unprintable(cut).next() {
        cut = cut[..at].trim_end();
    }
    Some(cut.to_owned())
}

/// Returns the words of `text` separated by one space; `None` if there are no words.
fn one_line(text: &str) -> Option<String> {
    let words = printable_words(text);
    (!words.is_empty()).then(|| words.join(" "))
}
