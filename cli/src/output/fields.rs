//! The members of each object that `--fields` asks for.

use std::collections::BTreeSet;

use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use vitae_contracts_document::{Kind, Scanned, Value};

use super::Column;
use crate::errors::{Failure, Fault};

/// Ends the name of a member that holds whatever somebody put there: anything in it can be asked for.
const OPEN: &str = ".*";

/// Names of members; those of an object in an object stand behind a dot.
#[derive(Debug, Clone)]
pub(crate) struct Fields(Vec<String>);

impl Fields {
    /// The names that a comma separates.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// All that a command shows.
    pub(super) fn all(known: &[&str]) -> Self {
        Self(known.iter().map(|name| name.strip_suffix(OPEN).unwrap_or(name).to_owned()).collect())
    }

    /// Refuses names that a command does not show, before it does anything.
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), Failure> {
        if known.is_empty() {
            return Err(
                Failure::usage("this command shows nothing that has fields").next("leave --fields out")
            );
        }
        let is_known = |name: &str| known.iter().any(|known| shows(known, name));
        let Some(unknown) = self.0.iter().find(|name| !is_known(name)) else { return Ok(()) };
        let mut failure = Failure::usage(format!("there is no field \"{unknown}\" here"))
            .next("choose among the fields above");
        failure.faults = known.iter().map(|name| Fault::line(*name)).collect();
        Err(failure)
    }

    /// A column for each.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.0.iter().map(|name| Column::of_field(name)).collect()
    }

    /// The names themselves, as a header of CSV.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    /// A cell for each: the text of a string, nothing for null, JSON for what has parts.
    pub(super) fn cells(&self, object: &Scanned<'_>) -> Vec<Cell> {
        self.0.iter().map(|name| find(object.root(), name).map_or_else(Cell::default, Cell::of)).collect()
    }

    /// The same object with these members alone, in this order.
    pub(super) fn select<'a>(&'a self, object: &Scanned<'a>) -> impl Serialize + use<'a> {
        Selected { object: object.root(), names: self.0.iter().map(String::as_str).collect() }
    }
}

/// What stands in one cell.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether it is a number or a truth: nothing that a spreadsheet could run.
    pub(super) is_plain: bool,
}

impl Cell {
    fn of(value: Value<'_>) -> Self {
        let is_plain = matches!(value.kind(), Kind::Number | Kind::Bool);
        Self { text: text_of(value), is_plain }
    }
}

/// Whether a known name, or one of an object around or an open member above, is meant.
fn shows(known: &str, asked: &str) -> bool {
    let inside =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    match known.strip_suffix(OPEN) {
        Some(open) => asked == open || inside(asked, open) || inside(open, asked),
        None => asked == known || inside(known, asked),
    }
}

fn find<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
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

/// An object of which only these members are written; a missing one is null.
struct Selected<'a> {
    object: Value<'a>,
    names: Vec<&'a str>,
}

impl Serialize for Selected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut written = BTreeSet::new();
        for name in &self.names {
            let head = name.split('.').next().unwrap_or_default();
            if !written.insert(head) {
                continue;
            }
            let value = self.object.get(head);
            let parts = parts_below(&self.names, head);
            match (value, parts) {
                (Some(object), Some(names)) if object.kind() == Kind::Object => {
                    map.serialize_entry(head, &Selected { object, names })?;
                }
                // An array with some of its elements would be another one: it stays whole.
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

/// The names behind `head`, unless all of it is asked for.
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
            assert_eq!(failure.faults.len(), known.len(), "{names}");
        }
    }
}
