//! Texts of resume documents.

use vitae_contracts_document::{
    LineColumn, Scanned, check, diff, merge_patch, pretty, rebase, scan, title_of, view,
};

use crate::draft::Change;

/// A problem of a document with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line and column of the value.
    pub position: LineColumn,
    /// The JSON pointer of the value; none where the text is not well-formed JSON.
    pub pointer: Option<String>,
    /// A fragment that says what is wrong. It may contain text of the document, unescaped.
    pub message: String,
}

/// Returns every problem of a document.
pub fn problems(text: &str) -> Vec<Problem> {
    let scanned = match scan(text.as_bytes()) {
        Ok(scanned) => scanned,
        Err(malformed) => {
            let message = malformed.kind().to_string();
            return vec![Problem { position: LineColumn::from(&malformed), pointer: None, message }];
        }
    };
    let found = check(&scanned).into_iter().map(|found| Problem {
        position: LineColumn::of_pointer(&scanned, &found.pointer),
        pointer: Some(found.pointer),
        message: found.message,
    });
    found.collect()
}

/// Returns the position of a value in a text that is well-formed JSON.
pub fn position(text: &str, pointer: &str) -> Option<LineColumn> {
    scan(text.as_bytes()).ok().map(|scanned| LineColumn::of_pointer(&scanned, pointer))
}

/// Checks a document; the error names the first problem and counts the others.
pub(crate) fn check_text(text: &str) -> Result<(), String> {
    let scanned = scan(text.as_bytes()).map_err(|malformed| format!("not well-formed JSON: {malformed}"))?;
    match check(&scanned).as_slice() {
        [] => Ok(()),
        [one] => Err(format!("{}: {}", one.pointer, one.message)),
        [first, rest @ ..] => Err(format!("{}: {}, and {} more", first.pointer, first.message, rest.len())),
    }
}

/// Returns a document of one line in readable layout; a document of several lines keeps its layout.
pub fn laid_out(text: &str) -> String {
    if text.contains('\n') {
        return text.to_owned();
    }
    scan(text.as_bytes()).map_or_else(|_| text.to_owned(), |scanned| pretty(&scanned))
}

/// Whether two texts are the same JSON.
pub(crate) fn is_same(one: &str, two: &str) -> bool {
    one == two
        || match (scan(one.as_bytes()), scan(two.as_bytes())) {
            (Ok(one), Ok(two)) => diff(&one, &two).is_empty(),
            _ => false,
        }
}

/// Returns the parts that differ, each with its pointer.
pub(crate) fn changes(before: &str, after: &str) -> Vec<Change> {
    let scanned = (scan(before.as_bytes()), scan(after.as_bytes()));
    let (Ok(old), Ok(new)) = scanned else {
        let after = Some("text that is not well-formed JSON yet".to_owned());
        return vec![Change { field: "document".to_owned(), before: None, after }];
    };
    let parts = diff(&old, &new).into_iter();
    parts.map(|part| Change { field: part.pointer, before: part.before, after: part.after }).collect()
}

/// Returns the sections of a document with their numbers of entries, on one line.
pub(crate) fn summary(text: &str) -> String {
    let Ok(scanned) = scan(text.as_bytes()) else {
        return "text that is not well-formed JSON yet".to_owned();
    };
    let sections: Vec<String> = scanned
        .members()
        .map(|(key, value)| match value.elements().count() {
            0 => key.into_owned(),
            many => format!("{key} ({many})"),
        })
        .collect();
    if sections.is_empty() { "empty".to_owned() } else { sections.join(", ") }
}

/// Merges two changes of one document. Returns the text, and pointer and value of each part that both changed
/// differently; ours stays there. A text that is not JSON cannot be merged: ours stays, theirs is one conflict.
pub(crate) fn merge(before: &str, ours: &str, theirs: &str) -> (String, Vec<(String, String)>) {
    let scanned = [before, ours, theirs].map(|text| scan(text.as_bytes()));
    let [Ok(base), Ok(mine), Ok(other)] = &scanned else {
        return (ours.to_owned(), vec![(String::new(), theirs.to_owned())]);
    };
    let merged = rebase(base, mine, other);
    let conflicts = merged.conflicts.into_iter();
    let conflicts =
        conflicts.map(|found| (found.pointer, found.theirs.unwrap_or_else(|| "(removed)".to_owned())));
    (merged.text, conflicts.collect())
}

/// Returns the text of a member of `basics`.
pub fn basics(document: &str, key: &str) -> Option<String> {
    let scanned = scan(document.as_bytes()).ok()?;
    Some(scanned.get("basics")?.get(key)?.as_str()?.into_owned())
}

/// Returns the document with another text for a member of `basics`; an empty text removes the member. None if the
/// document is not well-formed JSON.
pub fn with_basics(document: &str, key: &str, text: &str) -> Option<String> {
    let target = scan(document.as_bytes()).ok()?;
    let value = if text.is_empty() { serde_json::Value::Null } else { text.into() };
    let patch = serde_json::json!({ "basics": { key: value } }).to_string();
    let patch: Scanned<'_> = scan(patch.as_bytes()).ok()?;
    Some(merge_patch(&target, &patch))
}

/// Returns a title for a resume, from its document.
pub fn title(document: &str) -> Option<String> {
    let scanned = scan(document.as_bytes()).ok()?;
    title_of(&view::Document::new(&scanned))
}

/// Returns the document that a new resume starts with.
pub(crate) fn template(name: &str) -> String {
    let name = serde_json::Value::from(name).to_string();
    format!(
        r#"{{
  "basics": {{
    "name": {name},
    "label": "",
    "email": "",
    "summary": ""
  }},
  "work": [],
  "education": [],
  "skills": []
}}"#
    )
}
