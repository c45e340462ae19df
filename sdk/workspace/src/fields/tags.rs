//! The text form of tags: separated by commas.

use vitae_contracts_core::Untrusted;
use vitae_contracts_core::limits::{TAGS, check_tag};

/// Returns the text form.
pub fn print(tags: &[Untrusted]) -> String {
    tags.iter().map(Untrusted::as_str).collect::<Vec<_>>().join(", ")
}

/// Returns the tags of a text as the server stores them: folded, sorted, each once.
///
/// A text that is no valid tag stays as it is, so that nothing typed is lost before [`check`] reports it.
pub fn parse(text: &str) -> Vec<String> {
    let typed = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    let mut tags: Vec<String> = typed.map(|tag| check_tag(tag).unwrap_or_else(|_| tag.to_owned())).collect();
    tags.sort();
    tags.dedup();
    tags
}

/// Checks the number of tags and each of them.
pub fn check(text: &str) -> Result<(), String> {
    let tags = parse(text);
    if tags.len() > TAGS {
        return Err(format!("expected at most {TAGS} tags, found {}", tags.len()));
    }
    tags.iter().try_for_each(|tag| check_tag(tag).map(drop))
}

/// Merges two changes of one text: added by either, removed by either.
pub(crate) fn merge(before: &str, ours: &str, theirs: &str) -> String {
    let [before, ours, theirs] = [before, ours, theirs].map(parse);
    let is_kept = |tag: &&String| !before.contains(tag) || (ours.contains(tag) && theirs.contains(tag));
    let mut tags: Vec<&str> = ours.iter().chain(&theirs).filter(is_kept).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(", ")
}
