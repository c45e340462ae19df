//! YAML that every reader reads alike, and that a terminal can show.

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use vitae_contracts_core::unprintable;
use vitae_contracts_document::{Kind, Scanned, Value};

use super::json::inert_line;
use crate::errors::Failure;
use crate::exit;

/// A value as a document of its own.
pub(super) fn document(json: &Scanned<'_>) -> Result<String, Failure> {
    text(&Yaml(json.root()), json.text())
}

/// A value as one more item of a sequence that begins at the margin.
pub(super) fn item(json: &Scanned<'_>) -> Result<String, Failure> {
    let text = text(&[Yaml(json.root())], json.text())?;
    // What fell back on JSON stands alone.
    Ok(if text.starts_with('-') { text } else { format!("- {text}") })
}

/// Text that acts on a terminal stands raw in YAML's readable forms: such a value is written as the
/// JSON that it also is, whose escapes YAML knows.
fn text(value: &impl Serialize, json: &str) -> Result<String, Failure> {
    let text = serde_saphyr::to_string(value)
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot write the answer as YAML: {e}")))?;
    if unprintable(&text).any(|(_, c)| c != '\n') {
        return Ok(format!("{}\n", inert_line(json)));
    }
    Ok(text)
}

/// A JSON value by its meaning: the text of a number is not kept, only its value.
struct Yaml<'a>(Value<'a>);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value) = self;
        match value.kind() {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool => serializer.serialize_bool(value.text() == "true"),
            Kind::Number => number(value.text(), serializer),
            Kind::String => serializer.serialize_str(&value.as_str().unwrap_or_default()),
            Kind::Array => {
                let mut sequence = serializer.serialize_seq(Some(value.elements().count()))?;
                for element in value.elements() {
                    sequence.serialize_element(&Self(element))?;
                }
                sequence.end()
            }
            Kind::Object => {
                let mut map = serializer.serialize_map(Some(value.members().count()))?;
                for (key, member) in value.members() {
                    map.serialize_entry(&key, &Self(member))?;
                }
                map.end()
            }
        }
    }
}

fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(integer) = text.parse() {
        return serializer.serialize_i128(integer);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        // Larger than readers can hold as a number.
        _ => serializer.serialize_str(text),
    }
}

#[cfg(test)]
mod tests {
    use vitae_contracts_document::scan;

    use super::*;

    #[test]
    fn yaml_values_keep_their_type() {
        let json = r##"{"a": "yes", "b": "+44 20", "c": "1.10", "d": null, "e": true, "f": 1e2,
            "g": 1180591620717411303424, "h": [], "i": {}, "j": "x ", "k": ["a: b", "- c", "#d"],
            "l": "two\nlines\n"}"##;
        let yaml = document(&scan(json.as_bytes()).unwrap()).unwrap();
        let lines: Vec<&str> = yaml.lines().collect();
        for line in [
            "a: \"yes\"",
            "c: \"1.10\"",
            "d: null",
            "e: true",
            "g: 1180591620717411303424",
            "h: []",
            "i: {}",
            "l: |",
        ] {
            assert!(lines.contains(&line), "{line} in {yaml}");
        }
    }

    #[test]
    fn items_form_one_yaml_sequence() {
        let items = [r#"{"a": 1, "b": [2]}"#, r#"{"a": "\u009b\u202e"}"#, "3"];
        let text: String = items.iter().map(|json| item(&scan(json.as_bytes()).unwrap()).unwrap()).collect();
        assert_eq!(text, "- a: 1\n  b:\n  - 2\n- {\"a\": \"\\u009b\\u202e\"}\n- 3\n");
    }
}
