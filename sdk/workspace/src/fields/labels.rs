//! The text form of labels: `key=value` pairs separated by commas, as in `site=Berlin, team=data`.
//!
//! A value that contains a comma or a quotation mark, or begins or ends with white space, is quoted; within quotes
//! a quotation mark is doubled, as in CSV (RFC 4180, section 2).

use std::collections::BTreeMap;

use vitae_contracts_core::limits::{check_label_key, check_label_value, check_labels};

/// Labels: values by key.
pub type Labels = BTreeMap<String, String>;

/// Returns the text form, sorted by key.
pub fn print<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut labels: Vec<(&str, &str)> = labels.collect();
    labels.sort_unstable();
    labels.into_iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect::<Vec<_>>().join(", ")
}

fn quoted(value: &str) -> String {
    let is_plain = !value.contains([',', '"']) && value.trim() == value;
    if is_plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

/// Parses the text form.
///
/// # Errors
///
/// For a pair without `=`, a key that occurs twice and a quotation mark without its end.
pub fn parse(text: &str) -> Result<Labels, String> {
    let mut labels = Labels::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((key, value)) = rest.split_once('=') else {
            return Err(format!("expected KEY=VALUE, found \"{}\"", rest.trim_end()));
        };
        let key = key.trim();
        if key.contains(',') {
            return Err(format!("expected KEY=VALUE, found \"{key}\""));
        }
        let (value, after) = value_at(value.trim_start())?;
        if labels.insert(key.to_owned(), value).is_some() {
            return Err(format!("expected each key once, found \"{key}\" twice"));
        }
        rest = after.trim_start();
    }
    Ok(labels)
}

/// Splits the value at the beginning of a text from what follows its comma.
fn value_at(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(',').unwrap_or((text, ""));
        return Ok((value.trim_end().to_owned(), rest));
    };
    let mut value = String::new();
    let mut rest = quoted;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            return Err(format!("expected a closing quotation mark after \"{quoted}"));
        };
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => match after.trim_start() {
                "" => return Ok((value, "")),
                after => {
                    let rest = after.strip_prefix(',');
                    let rest = rest.ok_or_else(|| format!("expected a comma before \"{after}\""))?;
                    return Ok((value, rest));
                }
            },
        }
    }
}

/// Checks the text form, the number and size of the labels, and each key and value.
///
/// # Errors
///
/// The first problem, with the key of the label.
pub fn check(text: &str) -> Result<(), String> {
    let labels = parse(text)?;
    check_labels(labels.iter().map(|(key, value)| (&**key, &**value)))?;
    labels.iter().try_for_each(|(key, value)| {
        check_label_key(key)?;
        check_label_value(value).map_err(|message| format!("{key}: {message}"))
    })
}

/// Returns the changes that lead from one text to another: a new value, or none for a removed key.
pub fn changes(before: &str, after: &str) -> BTreeMap<String, Option<String>> {
    let before = parse(before).unwrap_or_default();
    let after = parse(after).unwrap_or_default();
    let removed = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None));
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
    removed.chain(set.map(|(key, value)| (key.clone(), Some(value.clone())))).collect()
}

/// Merges two changes of one text by key; returns the merged text and the keys that both changed differently, each
/// with their value. Ours stays at a conflict.
pub(crate) fn merge(before: &str, ours: &str, theirs: &str) -> (String, Vec<(String, Option<String>)>) {
    let (mine, other) = (changes(before, ours), changes(before, theirs));
    let mut merged = parse(ours).unwrap_or_default();
    let mut conflicts = Vec::new();
    for (key, value) in other {
        match mine.get(&key) {
            Some(same) if *same == value => {}
            Some(_) => conflicts.push((key, value)),
            None => match value {
                Some(value) => drop(merged.insert(key, value)),
                None => drop(merged.remove(&key)),
            },
        }
    }
    (print(merged.iter().map(|(key, value)| (&**key, &**value))), conflicts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(labels: &Labels) -> String {
        print(labels.iter().map(|(key, value)| (&**key, &**value)))
    }

    #[test]
    fn text_form_is_readable_and_forgiving() {
        let labels = parse("team=data,  site = Berlin ,note=\"a, \"\"b\"\"\", empty=").unwrap();
        assert_eq!(printed(&labels), "empty=, note=\"a, \"\"b\"\"\", site=Berlin, team=data");
        assert_eq!(parse("  ").unwrap(), Labels::new());
        for broken in ["team", "a=1, a=2", "a=\"x", "a=\"x\" y", "a=1, b"] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn merge_takes_both_changes_and_reports_the_keys_both_changed() {
        let (text, conflicts) = merge("a=1, b=1, c=1", "a=2, b=1, c=1, x=1", "a=3, c=1, y=1");
        assert_eq!(text, "a=2, c=1, x=1, y=1");
        assert_eq!(conflicts, [("a".to_owned(), Some("3".to_owned()))]);
    }

    proptest! {
        #[test]
        fn any_labels_survive_their_text_form(labels in prop::collection::btree_map("[a-z][a-z./-]{0,6}", "\\PC{0,8}", 0..5)) {
            prop_assert_eq!(parse(&printed(&labels)).unwrap(), labels);
        }
    }
}
