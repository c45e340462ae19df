//! The fields selected by `--fields`.

use std::collections::BTreeSet;

use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use vitae_contracts_core::limits::check_label_key;
use vitae_contracts_document::{Kind, Scanned, Value};
use vitae_sdk_workspace::fields::{InputKind, text_of_json};

use super::rows::Column;
use crate::errors::{ErrorDetail, Failure};

/// Suffix of a field with arbitrary content: any field below it can be selected.
const OPEN: &str = ".*";

/// Field names; nested fields are separated by dots.
#[derive(Debug, Clone)]
pub(crate) struct Fields(Vec<String>);

impl Fields {
    /// Selects these fields.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Selects all known fields.
    pub(super) fn all(known: &[&str]) -> Self {
        Self(known.iter().map(|name| name.strip_suffix(OPEN).unwrap_or(name).to_owned()).collect())
    }

    /// Rejects unknown fields before the command runs.
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), Failure> {
        if known.is_empty() {
            return Err(Failure::usage("this command has no output fields").next("remove --fields"));
        }
        let is_known = |name: &str| known.iter().any(|known| shows(known, name));
        let Some(unknown) = self.0.iter().find(|name| !is_known(name)) else { return Ok(()) };
        let mut failure = Failure::usage(format!("unknown field \"{unknown}\"")).next("use the fields above");
        failure.details = known.iter().map(|name| ErrorDetail::new(*name)).collect();
        Err(failure)
    }

    /// Returns a column for each field.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.0.iter().map(|name| Column::of_field(name)).collect()
    }

    /// Returns the names, for a CSV header.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    /// Returns a cell for each field: plain text for strings, empty for null, JSON for compound values.
    pub(super) fn cells(&self, object: &Scanned<'_>) -> Vec<Cell> {
        let cell = |name: &String| {
            find(object.root(), name).map_or_else(Cell::default, |value| Cell::of(name, value))
        };
        self.0.iter().map(cell).collect()
    }

    /// Returns the object with only these fields, in this order.
    pub(super) fn select<'a>(&'a self, object: &Scanned<'a>) -> impl Serialize + use<'a> {
        Selected { object: object.root(), names: self.0.iter().map(String::as_str).collect() }
    }
}

/// A cell of a row.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether it is a number or boolean, which no spreadsheet executes.
    pub(super) is_plain: bool,
}

impl Cell {
    fn of(name: &str, value: Value<'_>) -> Self {
        let is_plain = matches!(value.kind(), Kind::Number | Kind::Bool);
        // The text form can be imported and is easier to read than JSON.
        let labels =
            if name == LABELS { text_of_json(InputKind::Labels, value).ok().flatten() } else { None };
        Self { text: labels.unwrap_or_else(|| text_of(value)), is_plain }
    }
}

/// Whether the requested name is a known field, a parent of one, or below an open field.
fn shows(known: &str, asked: &str) -> bool {
    let inside =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    if let Some(key) = asked.strip_prefix(LABEL) {
        return known == LABELS && check_label_key(key).is_ok();
    }
    match known.strip_suffix(OPEN) {
        Some(open) => asked == open || inside(asked, open) || inside(open, asked),
        None => asked == known || inside(known, asked),
    }
}

/// Begins the name of a field that is one label.
const LABEL: &str = "label:";
/// The field of all labels.
const LABELS: &str = "labels";

fn find<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    if let Some(key) = name.strip_prefix(LABEL) {
        return object.get(LABELS)?.get(key);
    }
    name.split('.').try_fold(object, |value, part| match value.kind() {
        Kind::Array => value.elements().nth(part.parse().ok()?),
        _ => value.get(part),
    })
}

fn text_of(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Null => String::new(),
        Kind::String => value.as_str().unwrap_or_default().into_owned(),
        Kind::Array if value.elements().all(|element| !is_compound(element)) => {
            value.elements().map(text_of).collect::<Vec<_>>().join(",")
        }
        _ => value.text().to_owned(),
    }
}

fn is_compound(value: Value<'_>) -> bool {
    matches!(value.kind(), Kind::Array | Kind::Object)
}

/// Serializes only these fields of an object; missing ones are null.
struct Selected<'a> {
    object: Value<'a>,
    names: Vec<&'a str>,
}

impl Serialize for Selected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut written = BTreeSet::new();
        for name in &self.names {
            let is_label = name.starts_with(LABEL);
            let head = if is_label { name } else { name.split('.').next().unwrap_or_default() };
            if !written.insert(head) {
                continue;
            }
            if is_label {
                let label = find(self.object, name).map(|value| value.as_str());
                map.serialize_entry(name, &label)?;
                continue;
            }
            let value = self.object.get(head);
            let parts = parts_below(&self.names, head);
            match (value, parts) {
                (Some(object), Some(names)) if object.kind() == Kind::Object => {
                    map.serialize_entry(head, &Selected { object, names })?;
                }
                // Arrays are kept whole: removing elements would change their meaning.
                (Some(value), parts) if parts.is_none() || value.kind() == Kind::Array => {
                    let text = value.text().to_owned();
                    map.serialize_entry(head, &RawValue::from_string(text).map_err(S::Error::custom)?)?;
                }
                _ => map.serialize_entry(head, &())?,
            }
        }
        map.end()
    }
}

/// Returns the requested names below `head`; `None` if all of it is requested.
fn parts_below<'a>(names: &[&'a str], head: &str) -> Option<Vec<&'a str>> {
    if names.contains(&head) {
        return None;
    }
    Some(names.iter().filter_map(|name| name.strip_prefix(head)?.strip_prefix('.')).collect())
}

#[cfg(test)]
mod tests {
    use vitae_contracts_document::scan;

    use super::*;

    const OBJECT: &str = r#"{"id": 1, "owner": {"id": 2, "name": null}, "tags": ["a", "b"], "document": {"n": 1.10, "work": [{"name": "X"}]}}"#;

    fn fields(names: &str) -> Fields {
        Fields::new(names.split(',').map(str::to_owned).collect())
    }

    #[test]
    fn selected_fields_are_kept_in_order() {
        let object = scan(OBJECT.as_bytes()).unwrap();
        for (names, selected) in [
            ("tags,id", r#"{"tags":["a", "b"],"id":1}"#),
            ("owner.name,id,owner.id", r#"{"owner":{"name":null,"id":2},"id":1}"#),
            ("owner.id,owner", r#"{"owner":{"id": 2, "name": null}}"#),
            ("document.n", r#"{"document":{"n":1.10}}"#),
            ("document.absent.deeper", r#"{"document":{"absent":null}}"#),
        ] {
            let fields = fields(names);
            assert_eq!(serde_json::to_string(&fields.select(&object)).unwrap(), selected, "{names}");
        }
        let cells = fields("id,owner.name,tags,document.work.0.name,owner").cells(&object);
        let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(texts, ["1", "", "a,b", "X", r#"{"id": 2, "name": null}"#]);
    }

    #[test]
    fn unknown_field_is_rejected_with_the_known_ones() {
        let known = ["id", "owner.id", "owner.name", "document.*"];
        for names in ["id", "owner", "owner.name", "document", "document.basics.name"] {
            assert!(fields(names).check(&known).is_ok(), "{names}");
        }
        for names in ["", "ID", "own", "owner.", "owner.x", "id.x", "documents"] {
            let failure = fields(names).check(&known).unwrap_err();
            assert_eq!(failure.details.len(), known.len(), "{names}");
        }
    }
}
