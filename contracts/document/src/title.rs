//! The title that a document suggests for itself.

use vitae_contracts_core::{printable_words, unprintable};

use crate::view::Document;

/// The length of a title in characters.
const MAX_CHARACTERS: usize = 200;

/// `basics.name – basics.label`, else the one that is there, else nothing.
///
/// One line: white space, control and format characters (bidi, zero-width) become
/// single spaces. At most 200 characters, so it is a title that the server takes.
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
    // A joiner or a flag may have lost what follows it.
    while let Some((at, _)) = unprintable(cut).next() {
        cut = cut[..at].trim_end();
    }
    Some(cut.to_owned())
}

/// The words of `text`, one space between them; absent if there is none.
fn one_line(text: &str) -> Option<String> {
    let words = printable_words(text);
    (!words.is_empty()).then(|| words.join(" "))
}
